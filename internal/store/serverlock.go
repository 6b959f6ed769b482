package store

import (
	"context"
	"errors"
	"fmt"
	"os"
	"syscall"
	"time"

	"github.com/lintel-id/lintel/internal/identity"
)

// serverLock is the file of the lock of a SQLite database's server: its process, and twice the revision that it answers
// from, so that a reader knows when it has read half of a write.
type serverLock struct {
	pid      int
	rev, too int64
}

func readServerLock(f *os.File) (l serverLock, err error) {
	text := make([]byte, 100)
	n, _ := f.ReadAt(text, 0) // the scan says when there was nothing
	_, err = fmt.Sscanf(string(text[:n]), "%d %d %d", &l.pid, &l.rev, &l.too)
	return l, err
}

// LockServer makes this process the one server of a SQLite file until Close, and refuses in
// words when another process is. Short commands write beside a server without it. On
// PostgreSQL many servers share a database, and LockServer does nothing.
func (s *Store) LockServer() error {
	if !s.OneServer() || s.lock != nil {
		return nil
	}
	f, err := os.OpenFile(s.file+".lock", os.O_CREATE|os.O_RDWR|syscall.O_CLOEXEC, 0o600)
	if err != nil {
		return fmt.Errorf("store: %w", err)
	}
	if err := syscall.Flock(int(f.Fd()), syscall.LOCK_EX|syscall.LOCK_NB); err != nil {
		holder, _ := readServerLock(f) // the words below do without it
		return errors.Join(fmt.Errorf("store: %s is in use by %w (pid %d): stop that one first", s.file, errOtherServer, holder.pid), f.Close())
	}
	s.lock = f
	if err := s.tellServer(0); err != nil {
		s.lock = nil
		return errors.Join(err, f.Close())
	}
	return nil
}

// errOtherServer says that LockServer may succeed later.
var errOtherServer = errors.New("another lintel server")

// OneServer says that only one process may serve from this database at a time.
func (s *Store) OneServer() bool { return s.file != "" }

// AwaitServer is LockServer that waits for the other server to end, or for ctx.
func (s *Store) AwaitServer(ctx context.Context) error {
	const often = 5 * time.Millisecond
	tick := time.NewTicker(often)
	defer tick.Stop()
	for {
		err := s.LockServer()
		if !errors.Is(err, errOtherServer) {
			return err
		}
		select {
		case <-ctx.Done():
			return errors.Join(err, ctx.Err())
		case <-tick.C:
		}
	}
}

// tellServer writes down the revision that this server answers from.
func (s *Store) tellServer(rev int64) error {
	if s.lock == nil || s.told == rev && rev != 0 {
		return nil
	}
	if _, err := s.lock.WriteAt(fmt.Appendf(nil, "%d %20d %20d\n", os.Getpid(), rev, rev), 0); err != nil {
		return fmt.Errorf("store: %w", err)
	}
	s.told = rev
	return nil
}

// lockHolder is the server of the file as a node, or none when this process is the server itself. That the lock is held
// shows that it lives.
func (s *Store) lockHolder() ([]identity.Node, error) {
	if s.lock != nil {
		return nil, nil
	}
	f, err := os.OpenFile(s.file+".lock", os.O_RDONLY|syscall.O_CLOEXEC, 0)
	if errors.Is(err, os.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("store: %w", err)
	}
	defer func() { _ = f.Close() }() // it was only read
	if syscall.Flock(int(f.Fd()), syscall.LOCK_SH|syscall.LOCK_NB) == nil {
		return nil, nil
	}
	now := time.Now()
	l, err := readServerLock(f)
	if err != nil || l.rev != l.too {
		l.rev = 0
	}
	return []identity.Node{{ID: fmt.Sprint(l.pid), Name: "sqlite", Rev: l.rev, SeenAt: now, Beats: now.UnixNano(), State: identity.NodeReady}}, nil
}
