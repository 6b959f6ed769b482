package server

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"time"

	"golang.org/x/sys/unix"

	"github.com/lintel-id/lintel/internal/core"
	"github.com/lintel-id/lintel/internal/systemd"
)

// A handover replaces the running program without a service manager: the old process starts the new one with duplicates
// of its sockets and one end of a pair of its own. The new one reads its configuration, opens the database, loads the
// model and the keys, and then says on the pair how it takes over. The old one closes its end, drains and ends. When the
// new one ends without a word, the old one goes on as if nothing had happened.
//
// On PostgreSQL both answer for a while. SQLite's file has one server, so there the new process waits, with everything
// loaded, until the old one has let go of it; what arrives meanwhile waits in the socket.

// handoverTime is how long a successor may take to load.
const handoverTime = 5 * time.Minute

// errHandover is the cause of an end while the predecessor still had the database.
var errHandover = errors.New("server: a signal ended it before it could take over")

// handOver starts a successor on every value from Handovers until one takes over or ctx ends.
func (s *service) handOver(ctx context.Context, successors chan<- successor) {
	for {
		select {
		case <-ctx.Done():
			return
		case <-s.options.Handovers:
		}
		s.log.Info("starting a new process that takes over")
		next, err := s.start(ctx)
		if err != nil {
			s.log.Error("the new process did not take over: this one goes on", "error", err)
			continue
		}
		successors <- next
		return
	}
}

// start runs this program anew and returns when it takes over. A process that does not is ended.
func (s *service) start(ctx context.Context) (next successor, err error) {
	ours, theirs, err := pair()
	if err != nil {
		return "", err
	}
	defer closeAll([]*os.File{ours})
	cmd, err := s.command(theirs)
	if err != nil {
		return "", errors.Join(err, theirs.Close())
	}
	err = cmd.Start()
	closeAll(cmd.ExtraFiles)
	if err != nil {
		return "", err
	}
	stop := context.AfterFunc(ctx, func() { _ = ours.SetReadDeadline(time.Unix(1, 0)) }) // a socket has deadlines
	defer stop()
	if err := ours.SetReadDeadline(time.Now().Add(handoverTime)); err != nil {
		return "", errors.Join(err, end(cmd))
	}
	word, err := bufio.NewReader(ours).ReadString('\n')
	next = successor(strings.TrimSuffix(word, "\n"))
	if err == nil && (next == waiting || next == answering) {
		s.log.Info("the new process takes over", "pid", cmd.Process.Pid, "state", string(next))
		s.tell("MAINPID=" + strconv.Itoa(cmd.Process.Pid))
		return next, cmd.Process.Release()
	}
	if errors.Is(err, io.EOF) {
		err = errors.New("it ended before it was ready, and has written why to standard error")
	}
	return "", errors.Join(err, end(cmd))
}

// pair returns two connected sockets.
func pair() (one, other *os.File, err error) {
	fds, err := unix.Socketpair(unix.AF_UNIX, unix.SOCK_STREAM|unix.SOCK_CLOEXEC|unix.SOCK_NONBLOCK, 0)
	if err != nil {
		return nil, nil, os.NewSyscallError("socketpair", err)
	}
	return os.NewFile(uintptr(fds[0]), handoverSocket), os.NewFile(uintptr(fds[1]), handoverSocket), nil
}

// end ends a process that did not take over, and says how it ended.
func end(cmd *exec.Cmd) error {
	_ = cmd.Process.Kill() // it may have ended before
	return cmd.Wait()
}

// command is this program as it would be started anew, with the sockets and its end of the pair.
func (s *service) command(end *os.File) (*exec.Cmd, error) {
	path, err := os.Executable()
	if err != nil {
		return nil, err
	}
	files, err := s.sockets.files()
	if err != nil {
		return nil, err
	}
	var names []string
	for _, f := range files {
		names = append(names, f.Name())
	}
	names = append(names, handoverSocket)
	cmd := &exec.Cmd{Path: path, Args: os.Args, Stdout: os.Stdout, Stderr: os.Stderr, ExtraFiles: append(files, end)}
	cmd.Env = append(os.Environ(), s.notifier.Environ()...)
	cmd.Env = append(cmd.Env, fmt.Sprintf("LISTEN_FDS=%d", len(names)), "LISTEN_FDNAMES="+strings.Join(names, ":"),
		fmt.Sprintf("%s=%d", systemd.ParentVariable, os.Getpid()))
	return cmd, nil
}

// succeed takes over from a predecessor, if there is one: it returns when this process may answer.
func (s *service) succeed(ctx context.Context, c *core.Core) error {
	old := s.sockets.predecessor
	if old == nil {
		return nil
	}
	how := answering
	if c.Store.OneServer() {
		how = waiting
	}
	if _, err := old.WriteString(string(how) + "\n"); err != nil {
		return fmt.Errorf("server: the predecessor is gone: %w", err)
	}
	// It closes its end once the service manager knows of us.
	if _, err := io.Copy(io.Discard, old); err != nil {
		return fmt.Errorf("server: the predecessor is gone: %w", err)
	}
	if how == answering {
		return nil
	}
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	go func() {
		select {
		case <-s.options.Signals:
			cancel(errHandover)
		case <-ctx.Done():
		}
	}()
	if err := c.Store.AwaitServer(ctx); err != nil {
		return errors.Join(err, context.Cause(ctx))
	}
	return c.Live.Refresh(ctx) // the predecessor has written since we looked
}
