package server

import (
	"errors"
	"io"
	"os"
	"os/exec"
	"os/signal"
	"strconv"
	"syscall"

	"github.com/lintel-id/lintel/internal/auth/password"
)

// hashingNice is how much less of a busy processor the process that hashes passwords gets: nine parts of ten go to
// those that want to be answered now.
const hashingNice = 10

// HashPasswords is the process that Options.Hashing starts. It ends with the process at the other end of conn, and not by
// the signals that a terminal or a service manager sends to both: logins go on while that one drains.
func HashPasswords(conn io.ReadWriteCloser) error {
	signal.Ignore(os.Interrupt, syscall.SIGTERM, syscall.SIGHUP, syscall.SIGUSR2)
	yield()
	return password.Serve(conn)
}

// yield gives this process's threads a low priority. Where that is not allowed they keep theirs.
func yield() {
	tasks, _ := os.ReadDir("/proc/self/task") // the threads that the runtime has started; theirs are like them
	for _, t := range tasks {
		if id, err := strconv.Atoi(t.Name()); err == nil {
			_ = syscall.Setpriority(syscall.PRIO_PROCESS, id, hashingNice)
		}
	}
}

// hashing is a running process that hashes passwords, as a connection to it.
type hashing struct {
	*os.File
	cmd *exec.Cmd
}

// startHashing starts a command that calls HashPasswords with its standard input. It gets nothing of our environment.
func startHashing(command []string) (io.ReadWriteCloser, error) {
	ours, theirs, err := pair()
	if err != nil {
		return nil, err
	}
	defer func() { _ = theirs.Close() }()           // the process has its own
	cmd := exec.Command(command[0], command[1:]...) //nolint:gosec,noctx // the command line names it, no request does; it outlives them
	cmd.Stdin, cmd.Stderr, cmd.Env = theirs, os.Stderr, []string{}
	if err := cmd.Start(); err != nil {
		return nil, errors.Join(err, ours.Close())
	}
	return &hashing{File: ours, cmd: cmd}, nil
}

// Close ends the process.
func (h *hashing) Close() error {
	return errors.Join(h.File.Close(), end(h.cmd))
}
