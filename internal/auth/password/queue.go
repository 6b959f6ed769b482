package password

import (
	"context"
	"sync/atomic"
	"time"
)

// queue admits as many callers at one time as slots has room, first come, first served, and lets up to bound others
// wait for at most maxWait.
type queue struct {
	slots    chan struct{}
	bound    int64
	maxWait  time.Duration
	waiting  atomic.Int64
	rejected atomic.Uint64
}

// enter takes a slot, which the caller gives back with leave. It returns ErrBusy when the queue is full or the wait too
// long, and the error of ctx when ctx ends first.
func (q *queue) enter(ctx context.Context) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	select {
	case q.slots <- struct{}{}:
		return nil
	default:
	}
	defer q.waiting.Add(-1)
	if q.waiting.Add(1) > q.bound {
		q.rejected.Add(1)
		return ErrBusy
	}
	timer := time.NewTimer(q.maxWait)
	defer timer.Stop()
	select {
	case q.slots <- struct{}{}:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	case <-timer.C:
		q.rejected.Add(1)
		return ErrBusy
	}
}

func (q *queue) leave() { <-q.slots }
