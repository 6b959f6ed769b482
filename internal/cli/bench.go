package cli

import (
	"context"
	"crypto/x509"
	"errors"
	"fmt"
	"os"
	"os/signal"
	"strings"
	"syscall"
	"time"

	"github.com/go-json-experiment/json"

	"github.com/lintel-id/lintel/internal/bench"
)

// benchCmd measures any Keystone-compatible server. Passwords come from the environment or from
// clouds.yaml only: every user of a machine can read the arguments of its processes.
type benchCmd struct {
	URL         string        `name:"url" help:"The server, with or without /v3; else OS_AUTH_URL or the cloud's auth_url." placeholder:"URL"`
	Cloud       string        `help:"Administrator's credentials: a cloud of clouds.yaml; else the OS_* environment." placeholder:"NAME"`
	Op          []string      `help:"What to measure, in this order; the operations are listed above." default:"validate"`
	Concurrency []int         `short:"c" help:"Connections; one row for each number." default:"16"`
	Seconds     float64       `help:"Length of each measurement." default:"5"`
	Vs          string        `help:"Alternate with a second server, or with a net/http server that always gives the same answer." placeholder:"URL|constant"`
	VsCloud     string        `help:"Credentials for the second server, where they differ." placeholder:"NAME"`
	Slice       time.Duration `help:"Length of one turn of the alternation." default:"500ms"`
	Rate        float64       `help:"Send this many requests a second whatever the answers take, instead of one after the other." placeholder:"N"`
	Tokens      int           `help:"How many different tokens are validated in turn." default:"16"`
	Role        string        `help:"Role of the user that is made for the run." default:"member"`
	PID         []int         `name:"pid" help:"The server's processes, for CPU and memory; else those that listen on its port." placeholder:"PID"`
	AllowRemote bool          `help:"Load a server that is not on this machine."`
	JSON        bool          `name:"json" help:"Print one JSON object a line."`
}

// Help tells kong what the one-line help leaves out.
func (benchCmd) Help() string {
	return `Makes a project, a user, an application credential and an EC2 key through the API, and removes them at the end. Every answer is
checked; the command fails when one was wrong. On a shared machine only the ratios of --vs mean anything.

  lintel bench --cloud dev-admin --op validate,login-appcred --vs constant

Operations: ` + strings.Join(bench.OperationNames(), ", ") + "."
}

// Run measures and prints.
func (b benchCmd) Run(p Process) error {
	o := bench.Options{Operations: b.Op, Concurrency: b.Concurrency, Length: time.Duration(b.Seconds * float64(time.Second)), Slice: b.Slice,
		Rate: b.Rate, Tokens: b.Tokens, Role: b.Role}
	var err error
	if o.Target, err = b.target(p, b.URL, b.Cloud); err != nil {
		return err
	}
	o.Target.PIDs = b.PID
	switch b.Vs {
	case "":
	case "constant":
		o.Yard = []string{p.Self, "bench-constant"}
	default:
		cloud := b.VsCloud
		if cloud == "" {
			cloud = b.Cloud
		}
		if o.Against, err = b.target(p, b.Vs, cloud); err != nil {
			return err
		}
	}
	table := bench.Table{W: p.Out}
	o.Row = table.Row
	if b.JSON {
		o.Row = func(r bench.Row) error {
			text, err := json.Marshal(r, json.Deterministic(true))
			if err != nil {
				return err
			}
			_, err = fmt.Fprintf(p.Out, "%s\n", text)
			return err
		}
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	return bench.Run(ctx, o)
}

// target is the server at url, or where the credentials say.
func (b benchCmd) target(p Process, url, cloud string) (*bench.Target, error) {
	value, err := credentialValues(p.Env, cloud)
	if err != nil {
		return nil, err
	}
	if url == "" {
		url = value("auth_url")
	}
	if url == "" {
		return nil, errors.New("no server is named\n  give --url URL, OS_AUTH_URL or --cloud NAME")
	}
	t, err := bench.NewTarget(url, b.AllowRemote)
	if err != nil {
		return nil, err
	}
	if t.Credentials, err = bench.NewCredentials(value); err != nil {
		return nil, fmt.Errorf("%w\n  set OS_USERNAME and OS_PASSWORD (and OS_PROJECT_NAME), or give --cloud NAME of a clouds.yaml", err)
	}
	return t, trust(t, value("cacert"))
}

// trust lets a server's certificate be signed by the authorities of a file alone.
func trust(t *bench.Target, file string) error {
	if t.TLS == nil || file == "" {
		return nil
	}
	text, err := os.ReadFile(file)
	if err != nil {
		return err
	}
	t.TLS.RootCAs = x509.NewCertPool()
	if !t.TLS.RootCAs.AppendCertsFromPEM(text) {
		return fmt.Errorf("%s holds no certificate", file)
	}
	return nil
}

// benchConstantCmd is the process that --vs constant starts.
type benchConstantCmd struct {
	Status int `required:""`
	Bytes  int `required:""`
}

// Run serves until standard input ends, which it does with the process that holds its other end.
func (b benchConstantCmd) Run(p Process) error {
	return bench.ServeConstant(os.Stdin, p.Out, b.Status, b.Bytes)
}
