package bench

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"slices"
	"strconv"
	"strings"
	"time"
)

// ServeConstant is the yardstick: a plain net/http server on a free loopback port that reads each request's body and
// gives the same answer to all. The first bytes bytes of in are that answer's body; the end of in ends the server. Its
// address, "127.0.0.1:PORT", is the line it writes to out.
func ServeConstant(in io.Reader, out io.Writer, status, bytes int) error {
	body := make([]byte, bytes)
	if _, err := io.ReadFull(in, body); err != nil {
		return fmt.Errorf("the answer's body: %w", err)
	}
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return err
	}
	server := &http.Server{ReadHeaderTimeout: time.Minute, Handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if _, err := io.Copy(io.Discard, r.Body); err != nil {
			return // the client went away
		}
		if bytes > 0 {
			w.Header().Set("Content-Type", "application/json")
		}
		w.WriteHeader(status)
		_, _ = w.Write(body) // a client that does not read its answer counts it as an error itself
	})}
	done := make(chan error, 1)
	go func() { done <- server.Serve(listener) }()
	if _, err := fmt.Fprintln(out, listener.Addr()); err != nil {
		return err
	}
	if _, err := io.Copy(io.Discard, in); err != nil {
		return err
	}
	if err := server.Close(); err != nil {
		return err
	}
	if err := <-done; !errors.Is(err, http.ErrServerClosed) {
		return err
	}
	return nil
}

// constant is a running yardstick.
type constant struct {
	cmd     *exec.Cmd
	stdin   io.WriteCloser
	address string
}

// startConstant runs ServeConstant in a process of its own: in ours it would share our scheduler and our garbage
// collector. GOMAXPROCS is the environment's, or else every core, as it is for a server that was started like us.
func startConstant(ctx context.Context, command []string, status int, answer []byte) (*constant, error) {
	args := slices.Concat(command[1:], []string{"--status", strconv.Itoa(status), "--bytes", strconv.Itoa(len(answer))})
	cmd := exec.CommandContext(ctx, command[0], args...) //nolint:gosec // G204: the caller of Run names it, no request does
	cmd.Stderr = os.Stderr
	stdin, err := cmd.StdinPipe()
	if err != nil {
		return nil, err
	}
	stdout, err := cmd.StdoutPipe()
	if err != nil {
		return nil, err
	}
	if err := cmd.Start(); err != nil {
		return nil, fmt.Errorf("the constant-answer server: %w", err)
	}
	c := &constant{cmd: cmd, stdin: stdin}
	_, err = stdin.Write(answer)
	if err == nil {
		c.address, err = bufio.NewReader(stdout).ReadString('\n')
		c.address = strings.TrimSpace(c.address)
	}
	if err != nil {
		return nil, fmt.Errorf("the constant-answer server: %w", errors.Join(err, c.stop()))
	}
	return c, nil
}

// stop ends the process by the end of its input.
func (c *constant) stop() error {
	if err := c.stdin.Close(); err != nil {
		return err
	}
	return c.cmd.Wait()
}

// side is the yardstick's part of a measurement: it gets what the measured server gets.
func (c *constant) side(measured *side) *side {
	l := *measured.load
	l.once = false
	return &side{name: "constant", address: &address{hostPort: c.address}, load: &l, pids: []int{c.cmd.Process.Pid}, total: newTally()}
}
