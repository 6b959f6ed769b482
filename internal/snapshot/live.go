package snapshot

import (
	"context"
	"errors"
	"log/slog"
	"sync"
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
}

// Snapshot is a model, its revision and its lease, in one value: read apart, they could
// disagree.
type Snapshot struct {
	Model
	Rev        int64
	FreshUntil time.Time
}

// Fresh says whether the snapshot may be trusted at a time taken *after* it was used.
func (s *Snapshot) Fresh(now time.Time) bool { return now.Before(s.FreshUntil) }

// Options of a Live. Lease and Poll default to 5 s and 500 ms.
type Options struct {
	Lease time.Duration    // how long after its query was sent a model may be used
	Poll  time.Duration    // how often to look for changes
	Now   func() time.Time // nil: time.Now
	Log   *slog.Logger     // nil: slog.Default
}

// Live holds the newest snapshot.
type Live struct {
	source  Source
	options Options
	current atomic.Pointer[Snapshot]
	refresh sync.Mutex // one refresh at a time
}

// New loads the model.
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
	l := &Live{source: source, options: o}
	if err := l.load(ctx); err != nil {
		return nil, err
	}
	return l, nil
}

// Current returns the newest snapshot. It takes no lock.
func (l *Live) Current() *Snapshot { return l.current.Load() }

// Refresh brings the snapshot up to what the source has when it is called.
func (l *Live) Refresh(ctx context.Context) error {
	l.refresh.Lock()
	defer l.refresh.Unlock()
	return l.update(ctx)
}

// WaitFor returns once the snapshot has reached rev: read your writes.
func (l *Live) WaitFor(ctx context.Context, rev int64) error {
	if l.Current().Rev >= rev {
		return nil
	}
	l.refresh.Lock()
	defer l.refresh.Unlock()
	if l.Current().Rev >= rev {
		return nil // somebody else's refresh brought it
	}
	if err := l.update(ctx); err != nil {
		return err
	}
	if have := l.Current().Rev; have < rev {
		return errors.New("the database went back in time")
	}
	return nil
}

// Staleness is the time since the snapshot was known to be the newest.
func (l *Live) Staleness() time.Duration {
	return l.options.Now().Sub(l.Current().FreshUntil.Add(-l.options.Lease))
}

// Run polls until ctx ends. A failed poll is logged once for each row of failures; the lease
// runs out by itself.
func (l *Live) Run(ctx context.Context) {
	tick := time.NewTicker(l.options.Poll)
	defer tick.Stop()
	failing := false
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
		poll, cancel := context.WithTimeout(ctx, l.options.Lease)
		err := l.Refresh(poll)
		cancel()
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

// update applies the changes since the current snapshot. The caller holds the lock.
func (l *Live) update(ctx context.Context) error {
	old := l.current.Load()
	sent := l.options.Now() // before the query leaves: the lease counts from here
	e := old.edit()
	changed := false
	rev, err := l.source.Changes(ctx, old.Rev, func(c identity.Change) error {
		changed = true
		return e.apply(c)
	})
	switch {
	case errors.Is(err, identity.ErrChangeGap):
		return l.load(ctx)
	case err != nil:
		return err
	}
	next := &Snapshot{Model: old.Model, Rev: rev, FreshUntil: sent.Add(l.options.Lease)}
	if changed {
		next.Model = e.model()
	}
	l.current.Store(next)
	return nil
}

func (l *Live) load(ctx context.Context) error {
	sent := l.options.Now()
	e := Model{}.edit()
	rev, err := l.source.Load(ctx, e.apply)
	if err != nil {
		return err
	}
	l.current.Store(&Snapshot{Model: e.model(), Rev: rev, FreshUntil: sent.Add(l.options.Lease)})
	return nil
}
