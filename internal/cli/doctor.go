package cli

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/signal"
	"slices"
	"strings"
	"syscall"
	"text/tabwriter"
	"time"

	"github.com/lintel-id/lintel/internal/config"
	"github.com/lintel-id/lintel/internal/server"
	"github.com/lintel-id/lintel/internal/store"
)

type doctorCmd struct {
	configFlag
	JSON bool `name:"json" help:"Print JSON."`
}

// Help tells kong what the one-line help leaves out.
func (doctorCmd) Help() string {
	return `Looks at the configuration, the keys, the certificate, the database and the catalog, and changes nothing. Run it as the user that the
server runs as, on its machine, beside the server or without it. The exit status is 1 when a check failed; a warning is no failure.`
}

// The results of a check.
const (
	resultOK   = "ok"
	resultWarn = "warn"
	resultFail = "fail"
	resultNone = "not checked"
)

// finding is what a check found.
type finding struct {
	Check  string `json:"check"`
	Result string `json:"result"`
	Detail string `json:"detail"`
	Do     string `json:"what_to_do"`
}

// doctor collects what its checks find.
type doctor struct {
	config   *config.Config
	now      func() time.Time
	store    *store.Store // nil when it cannot be opened
	findings []finding
}

func (d *doctor) add(check, result, detail, do string) {
	d.findings = append(d.findings, finding{check, result, strings.ReplaceAll(detail, "\n", " "), do})
}

func (d *doctor) ok(check, format string, args ...any) {
	d.add(check, resultOK, fmt.Sprintf(format, args...), "")
}
func (d *doctor) warn(check, detail, do string) { d.add(check, resultWarn, detail, do) }
func (d *doctor) fail(check, detail, do string) { d.add(check, resultFail, detail, do) }

// settle says ok for a check that has found nothing.
func (d *doctor) settle(check, format string, args ...any) {
	if !slices.ContainsFunc(d.findings, func(f finding) bool { return f.Check == check }) {
		d.ok(check, format, args...)
	}
}

// Run examines and prints.
func (c doctorCmd) Run(p Process) error {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	d := doctor{now: time.Now}
	cfg, err := c.load(p)
	if err != nil {
		d.fail("configuration", err.Error(), "correct the file; docs/operate/lintel.example.toml has every key")
		d.add("everything else", resultNone, "needs a configuration", "")
	} else {
		d.config = cfg
		d.ok("configuration", "%s", orDefaults(c.Config))
		if err := d.examine(ctx); err != nil {
			return err
		}
	}
	if err := d.print(p, c.JSON); err != nil {
		return err
	}
	failed := 0
	for _, f := range d.findings {
		if f.Result == resultFail {
			failed++
		}
	}
	if failed > 0 {
		return fmt.Errorf("checks failed: %d", failed)
	}
	return nil
}

func orDefaults(file string) string {
	if file == "" {
		return "the defaults, no file"
	}
	return file
}

// examine makes all checks; its error is no finding.
func (d *doctor) examine(ctx context.Context) (err error) {
	d.policy()
	d.masterKey()
	d.certificate()
	d.listening(ctx)
	d.database(ctx)
	if d.store == nil {
		d.add("everything in the database", resultNone, "needs the database", "")
		return nil
	}
	defer func() { err = errors.Join(err, d.store.Close()) }()
	d.engine(ctx)
	d.clock(ctx)
	d.keys(ctx)
	d.catalog(ctx)
	d.administrators(ctx)
	return nil
}

func (d *doctor) print(p Process, asJSON bool) error {
	if asJSON {
		return printJSON(p, d.findings)
	}
	w := tabwriter.NewWriter(p.Out, 0, 0, 2, ' ', 0)
	fmt.Fprintln(w, "CHECK\tRESULT\t\tWHAT TO DO")
	for _, f := range d.findings {
		if f.Result == resultFail {
			f.Result = strings.ToUpper(f.Result) // to be seen
		}
		fmt.Fprintf(w, "%s\t%s\t%s\t%s\n", f.Check, f.Result, f.Detail, f.Do)
	}
	return w.Flush()
}

func (d *doctor) policy() {
	if _, err := server.OpenPolicy(d.config.Policy); err != nil {
		d.fail("policy", err.Error(), "correct the file; lintel policy check lists all faults")
	} else if d.config.Policy.File == "" {
		d.ok("policy", "the defaults")
	} else {
		d.ok("policy", "%s over the defaults", d.config.Policy.File)
	}
}

func (d *doctor) masterKey() {
	if _, err := d.config.Keys.MasterKey(); err != nil {
		d.fail("master key", err.Error(), "name the file that lintel bootstrap made, with mode 0600, or give the key in LINTEL_MASTER_KEY or as a credential of the service manager")
		return
	}
	from := d.config.Keys.MasterKeyFile
	if from == "" {
		from = "of the environment or of the service manager"
	}
	d.ok("master key", "%s", from)
}
