package store

import (
	"context"
	"time"
)

// channel is what committed changes are announced on, with who made them.
const channel = "lintel"

// listenAgain is how long to wait before a lost connection is made again.
const listenAgain = time.Second

// Listen calls hint soon after another process has committed a change, until ctx ends. It is a hint and no more: a connection can be
// lost, a pooler can swallow it, a standby cannot listen at all. SQLite announces nothing.
func (s *Store) Listen(ctx context.Context, hint func()) {
	if s.hosts == nil {
		return
	}
	for ctx.Err() == nil {
		s.listen(ctx, hint)
		pause := time.NewTimer(listenAgain)
		select {
		case <-pause.C:
		case <-ctx.Done():
			pause.Stop()
		}
	}
}

func (s *Store) listen(ctx context.Context, hint func()) {
	conn, err := s.hosts.connect(ctx)
	if err != nil {
		s.log.Debug("cannot listen for changes", "error", err)
		return
	}
	defer func() { _ = conn.Close(context.WithoutCancel(ctx)) }() // nothing depends on it
	if _, err := conn.Exec(ctx, "LISTEN "+channel); err != nil {
		s.log.Debug("cannot listen for changes", "error", err)
		return
	}
	hint() // something may have been announced before
	for {
		n, err := conn.WaitForNotification(ctx)
		if err != nil {
			if ctx.Err() == nil {
				s.log.Debug("listening for changes ended", "error", err)
			}
			return
		}
		if n.Payload != s.origin { // nobody waits for this process to have its own changes
			hint()
		}
	}
}
