// Package restart restarts a server again and again while clients use it, and counts the requests that fail: those that
// get no answer, or another than a client gets who comes at a quiet time. The program is the real one; this package plays
// the service manager, which holds the sockets and hears of the server's state, and the clients, which never try twice.
//
// Two ways of restarting must lose nothing. Two others are negative controls: a run that does not lose requests there has
// not looked.
package restart

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"sync"
	"syscall"
	"time"
)

// Way is how a server is restarted.
type Way string

// The ways.
const (
	Supervised Way = "supervised" // SIGTERM; when it has ended, the next one gets the same sockets
	Handover   Way = "handover"   // SIGUSR2; it starts the next one itself

	// Negative controls.
	Undrained Way = "undrained" // as supervised, with [server] drain = "0s": http.Server.Shutdown and nothing else
	Killed    Way = "killed"    // SIGKILL in the place of SIGTERM
)

// Options of a run.
type Options struct {
	Binary   string // lintel
	Way      Way
	Restarts int
	Clients  int    // half of them open a connection for each request
	Requests int    // at least so many, spread over the restarts
	Database string // URL of an empty database; "" for a new SQLite file
}

// Result of a run.
type Result struct {
	Restarts int
	Requests int
	Failed   int
	Slowest  time.Duration // from a request to its answer; connections wait while no process accepts them
	Took     time.Duration
	Failures []string // the first few
}

// String is the result in one line.
func (r Result) String() string {
	return fmt.Sprintf("%d of %d requests failed in %d restarts; slowest answer %s; took %s", r.Failed, r.Requests, r.Restarts,
		r.Slowest.Round(time.Millisecond), r.Took.Round(100*time.Millisecond))
}

// patience is how long a process may take to start, or to end.
const patience = 60 * time.Second

// Run makes a cloud in a temporary directory, has clients log in and validate, and restarts the server under them.
// A failed request is no error: it is counted.
func Run(ctx context.Context, o Options) (result Result, err error) {
	dir, err := os.MkdirTemp("", "lintel-restart-")
	if err != nil {
		return result, err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(dir)) }()
	s, err := newServer(dir, o)
	if err != nil {
		return result, err
	}
	defer func() { err = errors.Join(err, s.close()) }()
	if err := s.bootstrap(ctx); err != nil {
		return result, err
	}
	if err := s.start(ctx); err != nil {
		return result, err
	}
	login, err := s.credential()
	if err != nil {
		return result, err
	}
	begun, count := time.Now(), &counts{}
	stop := make(chan struct{})
	var clients sync.WaitGroup
	for i := range o.Clients {
		clients.Go(func() { (&client{address: s.address, keepAlive: i%2 == 0}).use(login, count, stop) })
	}
	for result.Restarts < o.Restarts && err == nil {
		if err = count.reach(ctx, o.Requests*(result.Restarts+1)/(o.Restarts+1)); err != nil {
			break
		}
		if err = s.restart(ctx); err == nil {
			result.Restarts++
		}
	}
	if err == nil {
		err = count.reach(ctx, o.Requests)
	}
	close(stop)
	clients.Wait()
	result.Took = time.Since(begun)
	result.Requests, result.Failed, result.Slowest, result.Failures = count.results()
	if err != nil {
		return result, fmt.Errorf("%w\nthe servers' log ends:\n%s", err, s.logTail())
	}
	return result, nil
}

// restart replaces the running process by another one, and returns when that answers and the old one has ended.
func (s *server) restart(ctx context.Context) error {
	switch s.way {
	case Handover:
		old := s.process
		if err := old.Signal(syscall.SIGUSR2); err != nil {
			return err
		}
		if err := s.awaitReady(ctx); err != nil {
			return err
		}
		if s.process.Pid == old.Pid {
			return errors.New("the new process was not made known to the service manager")
		}
		return awaitEnd(ctx, old.Pid)
	case Killed:
		if err := s.process.Kill(); err != nil {
			return err
		}
		_ = s.cmd.Wait() // it was killed
	default:
		if err := s.process.Signal(syscall.SIGTERM); err != nil {
			return err
		}
		if err := s.cmd.Wait(); err != nil {
			return fmt.Errorf("the server did not end well: %w", err)
		}
	}
	return s.start(ctx)
}

// logTail is the end of what the processes printed.
func (s *server) logTail() string {
	const enough = 4000
	text, err := os.ReadFile(filepath.Join(s.dir, logName))
	if err != nil {
		return err.Error()
	}
	return string(text[max(0, len(text)-enough):])
}
