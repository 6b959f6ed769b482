package snapshot

import (
	"context"
	"errors"
	"strconv"
	"time"

	"github.com/lintel-id/lintel/internal/identity"
)

// follow applies what is new and proves a lease. The caller holds the turn.
func (l *Live) follow(ctx context.Context) (err error) {
	defer func() {
		if err != nil {
			l.failures.Add(1)
		}
	}()
	// A gap takes a second round; one that shows a loss takes a third, because everybody loads afresh after a repair.
	for range 3 {
		if err := l.repair(ctx); err != nil {
			return err
		}
		err = l.prove(ctx)
		if !errors.Is(err, identity.ErrChangeGap) {
			return err
		}
		if err := l.load(ctx, time.Time{}); err != nil {
			return err
		}
	}
	return err
}

// prove applies what the log tells and proves the lease of it.
func (l *Live) prove(ctx context.Context) error {
	if !l.Current().Fresh(l.options.Now()) {
		if err := l.source.Join(ctx); err != nil {
			return err
		}
	}
	sent := l.options.Now() // before the query leaves: the lease counts from here
	e := l.begin()
	if err := l.source.Follow(ctx, e.from.Rev, e.apply, func(rev int64) { l.publish(e, rev, e.from.sent) }); err != nil {
		return err
	}
	proven := *l.Current()
	proven.sent = sent
	l.current.Store(&proven)
	l.confirmed = sent
	return nil
}

// catchUp applies what is new and leaves the lease as it is. The caller holds the turn.
func (l *Live) catchUp(ctx context.Context) error {
	sent := l.options.Now()
	e := l.begin()
	rev, err := l.source.Changes(ctx, e.from.Rev, e.apply)
	switch {
	case errors.Is(err, identity.ErrChangeGap):
		if err := l.load(ctx, e.from.sent); err != nil {
			return err
		}
	case err != nil:
		return err
	default:
		l.publish(e, rev, e.from.sent)
	}
	l.confirmed = sent
	return nil
}

// changing is an edit of the current snapshot.
type changing struct {
	*edit
	from    *Snapshot
	changed bool
}

func (l *Live) begin() *changing {
	from := l.Current()
	return &changing{edit: from.edit(), from: from}
}

func (c *changing) apply(change identity.Change) error {
	c.changed = true
	return c.edit.apply(change)
}

// publish makes what was changed the current snapshot.
func (l *Live) publish(c *changing, rev int64, sent time.Time) {
	next := &Snapshot{Model: c.from.Model, Rev: rev, sent: sent, lease: l.options.Lease, revText: c.from.revText}
	if c.changed {
		next.Model = c.model()
	}
	if rev != c.from.Rev || next.revText == nil {
		next.revText = []string{strconv.FormatInt(rev, 10)}
	}
	l.highest = max(l.highest, rev)
	l.current.Store(next)
}

// load replaces the model; sent says how far its lease has been proven. Revocations that were
// known before stay: they are missing only where the database has lost them, and then there is
// no lease until they are written down again.
func (l *Live) load(ctx context.Context, sent time.Time) error {
	e := &changing{edit: Model{}.edit(), from: &Snapshot{}, changed: true}
	rev, err := read(ctx, l.source, e.apply)
	if err != nil {
		return err
	}
	lost := e.keepRevocations(&l.Current().Model, l.options.Now())
	if rev < l.highest || len(lost) > 0 {
		l.options.Log.Error("the database has lost changes that it had confirmed: a failover without a synchronous standby, or a restored backup",
			"revision", rev, "revision_before", l.highest, "revocations_lost", len(lost))
		l.lost = &Loss{Rev: l.highest, Revocations: lost}
		sent = time.Time{}
	}
	l.publish(e, rev, sent)
	return nil
}

// read is source.Load with apply in a goroutine of its own: one processor reads rows while another takes objects into
// the model.
func read(ctx context.Context, source Source, apply func(identity.Change) error) (rev int64, err error) {
	const size = 512
	batches, applied := make(chan []identity.Change, 4), make(chan struct{})
	ctx, fail := context.WithCancelCause(ctx)
	defer fail(nil)
	go func() {
		defer close(applied)
		for batch := range batches {
			for i := 0; i < len(batch) && ctx.Err() == nil; i++ {
				if err := apply(batch[i]); err != nil {
					fail(err)
				}
			}
		}
	}()
	var batch []identity.Change
	rev, err = source.Load(ctx, func(c identity.Change) error {
		if batch = append(batch, c); len(batch) == size {
			batches <- batch
			batch = make([]identity.Change, 0, size)
		}
		return context.Cause(ctx)
	})
	batches <- batch
	close(batches)
	<-applied
	if err == nil {
		err = context.Cause(ctx)
	}
	return rev, err
}

// keepRevocations adds those of an older model that are missing and not over, and returns them.
func (c *changing) keepRevocations(old *Model, now time.Time) (missing []*identity.Revocation) {
	for kind, of := range old.revocations {
		for key, r := range of.All() {
			over := !r.ExpiresAt.IsZero() && !r.ExpiresAt.After(now)
			if _, there := c.revocations[kind].Get(key); there || over {
				continue
			}
			c.revocations[kind] = c.revocations[kind].With(key, r)
			missing = append(missing, r)
		}
	}
	return missing
}

// repair has what was lost written down again.
func (l *Live) repair(ctx context.Context) error {
	if l.lost == nil {
		return nil
	}
	if l.options.Repair != nil {
		if err := l.options.Repair(ctx, *l.lost); err != nil {
			return err
		}
	}
	l.lost = nil
	return nil
}
