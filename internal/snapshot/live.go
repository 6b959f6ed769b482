package snapshot

import (
	"context"
	"errors"
	"log/slog"
	"math/rand/v2"
	"sync/atomic"
	"time"

	"github.com/lintel-id/lintel/internal/identity"
)

// Source is where the model comes from.
type Source interface {
	// Load emits every object as of one revision, and returns that revision.
	Load(ctx context.Context, emit func(identity.Change) error) (rev int64, err error)
	// Changes emits each object changed after since, once, as it is at the revision it
	// returns. identity.ErrChangeGap asks for a Load.
	Changes(ctx context.Context, since int64, emit func(identity.Change) error) (rev int64, err error)
	// Join makes writers on other nodes wait for this one. It is called before each Follow that
	// finds the model without a lease.
	Join(ctx context.Context) error
	// Follow is Changes that proves a lease. applied is called when everything was emitted; when
	// it returns, the node answers from that revision. A nil error says that the revision was
	// the newest at some time after the call.
	Follow(ctx context.Context, since int64, emit func(identity.Change) error, applied func(rev int64)) error
}

// ErrPast says that the database has a lower revision than it had.
var ErrPast = errors.New("the database went back in time")

// Snapshot is a model, its revision and its lease, in one value: read apart, they could
// disagree.
type Snapshot struct {
	Model
	Rev int64

	sent    time.Time // when the query that proved the revision to be the newest was sent
	lease   time.Duration
	revText []string
}

// Fresh says whether the snapshot may be trusted at a time taken *after* it was used.
func (s *Snapshot) Fresh(now time.Time) bool { return s.FreshWithin(now, 0) }

// FreshWithin is Fresh with a lease that is longer by grace. Both of a time's clocks count: the
// monotonic one stands still while a machine sleeps, the wall clock can be set back.
func (s *Snapshot) FreshWithin(now time.Time, grace time.Duration) bool {
	lease := s.lease + grace
	return now.Sub(s.sent) < lease && now.UnixNano()-s.sent.UnixNano() < int64(lease)
}

// RevHeader is the revision as the value of an HTTP header, shared by all answers: do not write
// to it.
func (s *Snapshot) RevHeader() []string { return s.revText }

// Loss is what a database had and, after a failover or a restored backup, has no more.
type Loss struct {
	Rev         int64 // the highest revision there ever was
	Revocations []*identity.Revocation
}

// Options of a Live. Lease and Poll default to 5 s and 500 ms.
type Options struct {
	Lease time.Duration    // how long after its query was sent a model may be used
	Poll  time.Duration    // how often to look for changes
	Now   func() time.Time // nil: time.Now
	Log   *slog.Logger     // nil: slog.Default

	// Repair writes down again what the database has lost. Until it has succeeded there is no
	// lease. nil: nothing can be repaired.
	Repair func(context.Context, Loss) error
}

// Live holds the newest snapshot.
type Live struct {
	source  Source
	options Options
	current atomic.Pointer[Snapshot]
	refresh chan struct{} // holds one value while nobody refreshes
	kicks   chan struct{}

	confirmed time.Time // the newest query that found current to be the newest was sent then
	highest   int64
	lost      *Loss // not repaired yet

	failures atomic.Uint64
}

// New loads the model and proves a lease.
func New(ctx context.Context, source Source, o Options) (*Live, error) {
	if o.Lease == 0 {
		o.Lease = 5 * time.Second
	}
	if o.Poll == 0 {
		o.Poll = 500 * time.Millisecond
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.Log == nil {
		o.Log = slog.Default()
	}
	l := &Live{source: source, options: o, refresh: make(chan struct{}, 1), kicks: make(chan struct{}, 1)}
	l.current.Store(&Snapshot{})
	l.refresh <- struct{}{}
	if err := l.load(ctx, time.Time{}); err != nil {
		return nil, err
	}
	if err := l.Refresh(ctx); err != nil {
		return nil, err
	}
	return l, nil
}

// Current returns the newest snapshot. It takes no lock.
func (l *Live) Current() *Snapshot { return l.current.Load() }

// Failures counts the refreshes that failed.
func (l *Live) Failures() uint64 { return l.failures.Load() }

// Staleness is the time since the snapshot was known to be the newest.
func (l *Live) Staleness() time.Duration { return l.options.Now().Sub(l.Current().sent) }

// lock waits for the turn to refresh, or the end of ctx.
func (l *Live) lock(ctx context.Context) error {
	select {
	case <-l.refresh:
		return nil
	default:
	}
	select {
	case <-l.refresh:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

func (l *Live) unlock() { l.refresh <- struct{}{} }

// Refresh brings the snapshot up to what the source has when it is called, and proves a lease.
func (l *Live) Refresh(ctx context.Context) error {
	if err := l.lock(ctx); err != nil {
		return err
	}
	defer l.unlock()
	return l.follow(ctx)
}

// Renew is Refresh for those who found the lease run out: one of them refreshes for all.
func (l *Live) Renew(ctx context.Context) error {
	if err := l.lock(ctx); err != nil {
		return err
	}
	defer l.unlock()
	if l.Current().Fresh(l.options.Now()) {
		return nil
	}
	return l.follow(ctx)
}

// Confirm returns once the snapshot has been the newest at some time after the call. One query
// answers for all who wait.
func (l *Live) Confirm(ctx context.Context) error {
	asked := l.options.Now()
	if err := l.lock(ctx); err != nil {
		return err
	}
	defer l.unlock()
	if l.confirmed.After(asked) {
		return nil
	}
	return l.catchUp(ctx)
}

// WaitFor returns once the snapshot has reached rev: read your writes. ErrPast says that the
// database has no such revision.
func (l *Live) WaitFor(ctx context.Context, rev int64) error {
	if l.Current().Rev >= rev {
		return nil
	}
	if err := l.lock(ctx); err != nil {
		return err
	}
	defer l.unlock()
	if l.Current().Rev < rev { // or else somebody has caught up meanwhile
		if err := l.catchUp(ctx); err != nil {
			return err
		}
	}
	if l.Current().Rev < rev {
		return ErrPast
	}
	return nil
}

// Wrote is WaitFor for a write of this process, which made rev from the revision before it and knows what it has changed.
// When it does not (known is false), or when the snapshot is of another revision, the source is asked.
func (l *Live) Wrote(ctx context.Context, rev int64, changes []identity.Change, known bool) error {
	if l.Current().Rev >= rev {
		return nil
	}
	if err := l.lock(ctx); err != nil {
		return err
	}
	applied := l.applyWritten(rev, changes, known)
	l.unlock()
	if applied {
		return nil
	}
	return l.WaitFor(ctx, rev)
}

// applyWritten makes what a write has changed the current snapshot, if it can. The lease stays as it is: a commit says
// nothing about what others have written since. The caller holds the turn.
func (l *Live) applyWritten(rev int64, changes []identity.Change, known bool) bool {
	e := l.begin()
	if !known || e.from.Rev != rev-1 {
		return false
	}
	for _, c := range changes {
		if err := e.apply(c); err != nil {
			return false
		}
	}
	l.publish(e, rev, e.from.sent)
	return true
}

// Kick asks Run to refresh now.
func (l *Live) Kick() {
	select {
	case l.kicks <- struct{}{}:
	default: // it has been asked already
	}
}

// Run refreshes when kicked, and regularly, until ctx ends. A row of failures is logged once;
// the lease runs out by itself.
func (l *Live) Run(ctx context.Context) {
	failing := false
	var took time.Duration
	for {
		pause := l.options.Poll*8/10 + rand.N(l.options.Poll*4/10) //nolint:gosec // so that nodes do not ask in step
		// A database that is far away, or slow, is asked again at once: its leases are short by the time they arrive.
		next := time.NewTimer(max(pause-took, l.options.Poll/20))
		select {
		case <-ctx.Done():
			next.Stop()
			return
		case <-l.kicks:
			next.Stop()
		case <-next.C:
		}
		began := time.Now()
		poll, cancel := context.WithTimeout(ctx, l.options.Lease)
		err := l.Refresh(poll)
		cancel()
		took = time.Since(began)
		switch {
		case err != nil && ctx.Err() == nil && !failing:
			failing = true
			l.options.Log.Error("cannot refresh the model; validation stops when its lease ends", "error", err)
		case err == nil && failing:
			failing = false
			l.options.Log.Info("the model is fresh again", "revision", l.Current().Rev)
		}
	}
}
