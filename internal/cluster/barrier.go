// Package cluster makes a write known on all nodes before it is answered. It owns who the other nodes are, as far as this
// process has seen, and the wait until each has the write or has lost its lease. It refuses to know what a write is about.
package cluster

import (
	"context"
	"errors"
	"log/slog"
	"sync/atomic"
	"time"

	"github.com/lintel-id/lintel/internal/identity"
)

// Registry is where the nodes tell how far they are.
type Registry interface {
	// Nodes lists the nodes that have joined, dead ones too. What a node has told before the
	// call is in the list.
	Nodes(ctx context.Context) ([]identity.Node, error)
	// ForgetNode takes a node out that has not beaten since it was listed.
	ForgetNode(ctx context.Context, n identity.Node) error
}

// Options of a Barrier.
type Options struct {
	Self   string              // this process's node; "" when it is none
	Lease  time.Duration       // of this process's configuration, for nodes that could not be listed
	Log    *slog.Logger        // nil: slog.Default
	Waited func(time.Duration) // told how long each wait took; may be nil
}

// Barrier waits for other nodes. It is safe for concurrent use.
type Barrier struct {
	registry Registry
	options  Options
	turn     chan struct{} // holds one value while nobody lists
	newest   atomic.Pointer[listing]
}

// listing is what the registry said, and since when each node has said the same.
type listing struct {
	asked time.Time
	nodes []identity.Node
	still map[string]stillness
}

type stillness struct {
	beats int64
	since time.Time
}

// New returns a Barrier over a registry.
func New(r Registry, o Options) *Barrier {
	if o.Log == nil {
		o.Log = slog.Default()
	}
	if o.Waited == nil {
		o.Waited = func(time.Duration) {}
	}
	b := &Barrier{registry: r, options: o, turn: make(chan struct{}, 1)}
	b.newest.Store(&listing{})
	b.turn <- struct{}{}
	return b
}

// expired is a lease as somebody else's clock may measure it: clocks are slewed by 500 ppm at most.
func expired(lease time.Duration) time.Duration { return lease + lease/100 }

// Wait returns once no node can answer from a revision below rev, which was committed at a time before committed. It
// returns nil when each node has told that it has the revision, or when the leases of those that have not have run out.
// A limit that is not 0 ends the wait earlier, without an error: for writes that only add. An error says that ctx ended.
func (b *Barrier) Wait(ctx context.Context, rev int64, committed time.Time, limit time.Duration) error {
	defer func() { b.options.Waited(time.Since(committed)) }()
	for {
		// A database that swallows the question must not hold the answer for longer than a lease can last.
		asking, cancel := context.WithDeadline(ctx, committed.Add(b.left(b.newest.Load(), errUnheard, rev)))
		l, err := b.list(asking, time.Now())
		cancel()
		left := b.left(l, err, rev) - time.Since(committed)
		if limit > 0 {
			left = min(left, limit-time.Since(committed))
		}
		if left <= 0 {
			return nil
		}
		// Others take about as long as they took so far: asking a quarter later costs a quarter at most.
		pause := max(time.Millisecond, min(time.Since(committed)/4, 32*time.Millisecond))
		timer := time.NewTimer(min(pause, left))
		select {
		case <-timer.C:
		case <-ctx.Done():
			timer.Stop()
			return ctx.Err()
		}
	}
}

// errUnheard stands for a registry that does not answer.
var errUnheard = errors.New("cluster: the registry does not answer")

// left is how long after the commit the last node that may lack rev can hold a lease from before; 0 when all have it.
func (b *Barrier) left(l *listing, err error, rev int64) (longest time.Duration) {
	if err != nil {
		longest = expired(b.options.Lease) // who is there cannot be known
	}
	for _, n := range l.nodes {
		if n.ID != b.options.Self && n.Rev < rev && !b.dead(l, n) {
			longest = max(longest, expired(b.lease(n)))
		}
	}
	return longest
}

// dead says whether a node has been still for so long that it can have no lease, nor get one without joining again: a
// lease that it is about to prove counts from within the one before.
func (b *Barrier) dead(l *listing, n identity.Node) bool {
	return l.asked.Sub(l.still[n.ID].since) > expired(2*b.lease(n))
}

// lease is a node's lease; this process's where the registry does not know it.
func (b *Barrier) lease(n identity.Node) time.Duration {
	if n.Lease == 0 {
		return b.options.Lease
	}
	return n.Lease
}

// list returns a listing that was asked for after a time. One listing serves all who wait. When the registry cannot be
// asked it returns the newest there is, with the error.
func (b *Barrier) list(ctx context.Context, after time.Time) (*listing, error) {
	select {
	case <-b.turn:
	case <-ctx.Done():
		return b.newest.Load(), ctx.Err()
	}
	defer func() { b.turn <- struct{}{} }()
	old := b.newest.Load()
	asked := time.Now()
	if old.asked.After(after) {
		return old, nil
	}
	nodes, err := b.registry.Nodes(ctx)
	if err != nil {
		return old, err
	}
	next := &listing{asked: asked, nodes: nodes, still: make(map[string]stillness, len(nodes))}
	for _, n := range nodes {
		s, known := old.still[n.ID]
		if !known || s.beats != n.Beats {
			s = stillness{beats: n.Beats, since: time.Now()}
		}
		next.still[n.ID] = s
	}
	b.newest.Store(next)
	return next, nil
}

// forgetAfter is how long a node must have been still before its row is deleted.
const forgetAfter = time.Minute

// Look lists the nodes, so that a write knows at once who is dead, and forgets those that have been for long. A server
// calls it regularly.
func (b *Barrier) Look(ctx context.Context) {
	l, err := b.list(ctx, time.Now())
	if err != nil {
		return // the model's refresh tells of it
	}
	for _, n := range l.nodes {
		if l.asked.Sub(l.still[n.ID].since) < max(forgetAfter, 2*expired(2*b.lease(n))) || n.ID == b.options.Self {
			continue
		}
		if err := b.registry.ForgetNode(ctx, n); err == nil {
			b.options.Log.Warn("a node is gone without having left", "node", n.Name, "address", n.Address, "last_seen", n.SeenAt)
		}
	}
}

// Alive is how many nodes the last listing had that were not dead, as far as this process can tell.
func (b *Barrier) Alive() (n int) {
	l := b.newest.Load()
	for _, node := range l.nodes {
		if !b.dead(l, node) {
			n++
		}
	}
	return n
}
