package core

import (
	"context"
	"errors"
	"time"

	"github.com/lintel-id/lintel/internal/identity"
	"github.com/lintel-id/lintel/internal/snapshot"
	"github.com/lintel-id/lintel/internal/store"
)

// write is a model-changing transaction and the state it starts from.
type write struct {
	*store.Tx
	model  *snapshot.Snapshot
	caller identity.Caller // authorised anew on model
}

// additionsWait bounds the wait of a write that takes nothing from anybody for the other nodes:
// what was just made is then found on them, in a healthy cluster.
const additionsWait = 100 * time.Millisecond

// update runs f in a transaction that holds the revision: model is exactly the state that f
// changes, and the caller has been authorised on it. It returns when this node's model has
// the change, and no other node can answer from one that has not. Nobody gets as far as the
// transaction.
func (c *Core) update(ctx context.Context, caller identity.Caller, f func(*write) error) error {
	if !caller.Known() {
		return identity.Unauthenticated("no token was given")
	}
	tx, committed, err := c.transact(ctx, func(tx *store.Tx) error {
		w, err := c.begin(ctx, tx, caller)
		if err != nil {
			return err
		}
		return f(w)
	})
	if err != nil || committed.IsZero() {
		return err
	}
	limit := additionsWait
	if tx.Reduces() {
		limit = 0
	}
	if err := c.Barrier.Wait(ctx, tx.NextRev(), committed, limit); err != nil {
		return identity.Busy("The change was made, but it is not certain that every node knows it yet.", err, time.Second)
	}
	return nil
}

// turnWait is as long as the database may take for the write before.
const turnWait = 10 * time.Second

// transact runs f in a transaction and brings this node's model to what it made: at once, before the next write of this
// process can find it behind. committed is zero when f changed nothing.
func (c *Core) transact(ctx context.Context, f func(*store.Tx) error) (last *store.Tx, committed time.Time, err error) {
	late := time.NewTimer(turnWait)
	defer late.Stop()
	select {
	case c.Writing <- struct{}{}:
	case <-late.C:
		return nil, committed, identity.Busy("The database is busy.", errors.New("other writes of this process took the turn"), time.Second)
	case <-ctx.Done():
		return nil, committed, identity.Busy("The database is busy.", ctx.Err(), time.Second)
	}
	defer func() { <-c.Writing }()
	rev, err := c.Store.Update(ctx, func(tx *store.Tx) error {
		last = tx
		return f(tx)
	})
	if err != nil {
		return nil, committed, err
	}
	if rev != last.Rev() {
		committed = time.Now()
	}
	made, known := last.Made()
	if err := c.Live.Wrote(ctx, rev, made, known); err != nil {
		return nil, committed, stale(err)
	}
	return last, committed, nil
}

// begin brings the model to the state that the transaction changes.
func (c *Core) begin(ctx context.Context, tx *store.Tx, caller identity.Caller) (*write, error) {
	if err := c.Live.WaitFor(ctx, tx.Rev()); err != nil {
		return nil, stale(err)
	}
	w := &write{Tx: tx, model: c.Live.Current(), caller: caller}
	if w.model.Rev != tx.Rev() {
		c.Live.Kick() // nobody else can have changed it: the database has lost revisions
		return nil, stale(snapshot.ErrPast)
	}
	if caller.Authorization != nil {
		a, err := c.authorize(w.model, caller.Token, asOf{now: c.Now()})
		if err != nil {
			return nil, err
		}
		w.caller.Authorization = a
	}
	return w, nil
}

// Repair writes down again what the database has lost in a failover, and raises the revision
// above all that were seen, so that none comes twice.
func (c *Core) Repair(ctx context.Context, loss snapshot.Loss) error {
	_, err := c.Store.Update(ctx, func(tx *store.Tx) error {
		tx.RaiseRevision(loss.Rev)
		for _, r := range loss.Revocations {
			if err := tx.PutRevocation(ctx, *r); err != nil {
				return err
			}
		}
		return nil
	})
	return err
}
