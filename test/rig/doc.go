// Package rig runs the real things that drills and demonstrations need on one machine: a temporary PostgreSQL with
// standbys, lintel's own processes, and a TCP proxy between them that can cut, delay and swallow. It owns their
// directories and their ends. It refuses to know what is being proved.
package rig

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"net"
	"os"
	"path/filepath"
	"syscall"
	"time"
)

// ErrLate says that something did not happen before its deadline.
var ErrLate = errors.New("too late")

// Await asks every few milliseconds until ready returns nil, and returns its last error joined with ErrLate after limit.
func Await(limit time.Duration, ready func() error) error {
	const between = 3 * time.Millisecond
	deadline := time.Now().Add(limit)
	for {
		err := ready()
		if err == nil {
			return nil
		}
		if time.Now().After(deadline) {
			return fmt.Errorf("%w after %s: %w", ErrLate, limit, err)
		}
		<-time.After(between)
	}
}

// The ports that FreePort chooses from lie below those that the kernel gives to clients (32768 and up), so that no
// client takes the port of a server that is down for a moment.
const firstPort, lastPort = 15000, 32000

// FreePort returns a port of 127.0.0.1 that nobody listens on, and that this process has not returned before.
func (d *Dir) FreePort() (int, error) {
	for range 100 {
		port := firstPort + rand.IntN(lastPort-firstPort) //nolint:gosec // not a secret
		if d.ports[port] {
			continue
		}
		l, err := net.Listen("tcp", Address(port))
		if errors.Is(err, syscall.EADDRINUSE) {
			continue
		}
		if err != nil {
			return 0, err
		}
		l.Close()
		d.ports[port] = true
		return port, nil
	}
	return 0, errors.New("no free port was found")
}

// Address is a port of this machine.
func Address(port int) string { return fmt.Sprintf("127.0.0.1:%d", port) }

// Dir is a temporary directory and what runs in it.
type Dir struct {
	Path  string
	ports map[int]bool
	ends  []func() error
	keep  bool
}

// NewDir makes the directory. Others may pass through it, because PostgreSQL runs as its own user, but not list it.
func NewDir(prefix string) (*Dir, error) {
	path, err := os.MkdirTemp("", prefix)
	if err != nil {
		return nil, err
	}
	//nolint:gosec // G302: it holds a directory of another user
	return &Dir{Path: path, ports: map[int]bool{}}, os.Chmod(path, 0o711)
}

// AtEnd has end called by Close, the last one first.
func (d *Dir) AtEnd(end func() error) { d.ends = append(d.ends, end) }

// Keep has Close leave the directory.
func (d *Dir) Keep() { d.keep = true }

// Close ends what runs and removes the directory.
func (d *Dir) Close() (err error) {
	for i := len(d.ends) - 1; i >= 0; i-- {
		err = errors.Join(err, d.ends[i]())
	}
	d.ends = nil
	if d.keep {
		return err
	}
	return errors.Join(err, os.RemoveAll(d.Path))
}

// Write makes a private file.
func (d *Dir) Write(name, text string) (path string, err error) {
	path = filepath.Join(d.Path, name)
	return path, os.WriteFile(path, []byte(text), 0o600)
}
