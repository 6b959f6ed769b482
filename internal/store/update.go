package store

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"strings"
	"time"

	"github.com/lintel-id/lintel/internal/identity"
)

// What lost against another transaction is tried again this often and this long.
const (
	maxAttempts = 20
	retryFor    = 5 * time.Second
)

// writeWithin is how long one attempt may take, its commit too.
const writeWithin = 10 * time.Second

const unknownOutcome = "The database did not say whether the change was made."

// Update runs f in a transaction that changes the model, and returns the revision the model
// then has: Rev()+1, or Rev() when f changed nothing. Model-changing transactions run one
// after the other, on all nodes: the revision row is taken before f starts.
//
// f must have no effect but on tx, because it runs again when the database gave precedence to
// another transaction. When f returns an error or panics, nothing is kept. Unavailable means
// the database could not be reached or was busy for too long; after a failure of the final
// commit nobody knows whether it was made.
func (s *Store) Update(ctx context.Context, f func(tx *Tx) error) (rev int64, err error) {
	err = s.retry(ctx, func() error {
		rev, err = s.once(ctx, false, f)
		return err
	})
	return rev, err
}

// retry calls try until it does not lose against another transaction, or for too long. Its
// errors are identity.Errors where they can be.
func (s *Store) retry(ctx context.Context, try func() error) error {
	start := time.Now()
	for attempt := 1; ; attempt++ {
		err := try()
		if s.engine.fault(err) != faultContention || attempt == maxAttempts || time.Since(start) > retryFor {
			return s.engine.translate(ctx, err)
		}
		pause := time.NewTimer(time.Duration(attempt) * time.Duration(rand.Int64N(int64(10*time.Millisecond)))) //nolint:gosec // jitter is no secret
		select {
		case <-pause.C:
		case <-ctx.Done():
			pause.Stop()
			return s.engine.translate(ctx, err)
		}
	}
}

// once runs f in one transaction. A bulk one keeps its statements prepared and lists no changes.
func (s *Store) once(ctx context.Context, bulk bool, f func(tx *Tx) error) (int64, error) {
	if s.outdated != nil {
		return 0, s.outdated
	}
	if !bulk {
		// A commit that waits for a standby heeds no statement_timeout.
		var cancel context.CancelFunc
		ctx, cancel = context.WithTimeout(ctx, writeWithin)
		defer cancel()
	}
	conn, err := s.writers.Conn(ctx)
	if err != nil {
		return 0, err
	}
	defer func() { _ = conn.Close() }() // it is given back
	t, err := conn.BeginTx(ctx, nil)
	if err != nil {
		return 0, err
	}
	defer func() { _ = t.Rollback() }() // after a commit it does nothing; a panic passes through it
	tx := &Tx{reader: reader{q: t, d: s.engine}, seen: map[recorded]bool{}, bulk: bulk}
	if bulk {
		tx.q = newPrepared(t)
	}
	if err := tx.lockRevision(ctx); err != nil {
		return 0, err
	}
	if err := f(tx); err != nil {
		return 0, err
	}
	if err := tx.logChanges(ctx, time.Now()); err != nil {
		return 0, err
	}
	if err := t.Commit(); err != nil {
		if s.engine.fault(err) == faultContention {
			return 0, err
		}
		return 0, identity.Busy(unknownOutcome, err, retryAfter)
	}
	if s.replicated.missed(conn) {
		return 0, identity.Busy(unknownOutcome, errors.New("the wait for the synchronous standby was cancelled"), retryAfter)
	}
	if len(tx.changes) == 0 && !tx.raised {
		return tx.rev, nil
	}
	return tx.NextRev(), nil
}

func (tx *Tx) lockRevision(ctx context.Context) error {
	for _, text := range tx.d.begin {
		if _, err := tx.exec(ctx, text); err != nil {
			return err
		}
	}
	rev, found, err := first(ctx, tx.reader, scanOne[int64], tx.d.revision)
	if err == nil && !found {
		err = fmt.Errorf("store: the revision row is gone")
	}
	tx.rev = rev
	return err
}

// logRowsPerInsert keeps a statement's parameters well below both engines' limits.
const logRowsPerInsert = 500

// logChanges gives the changes their number and lists them under it.
func (tx *Tx) logChanges(ctx context.Context, now time.Time) error {
	if len(tx.changes) == 0 && !tx.raised {
		return nil
	}
	next := tx.NextRev()
	if tx.d.announce != "" {
		if _, err := tx.exec(ctx, tx.d.announce); err != nil {
			return err
		}
	}
	if tx.bulk || tx.raised {
		_, err := tx.exec(ctx, `UPDATE revision SET rev = $1, log_from = $1 WHERE id = 1`, next)
		return err
	}
	if _, err := tx.exec(ctx, `UPDATE revision SET rev = $1 WHERE id = 1`, next); err != nil {
		return err
	}
	for from := 0; from < len(tx.changes); from += logRowsPerInsert {
		part := tx.changes[from:min(from+logRowsPerInsert, len(tx.changes))]
		var w where
		for i, c := range part {
			w.add("(?, ?, ?, ?, ?)", next, from+i, string(c.kind), c.key, now.UnixMicro())
		}
		if _, err := tx.exec(ctx, `INSERT INTO change_log (rev, n, kind, key, at) VALUES `+strings.Join(w.conditions, ", "), w.args...); err != nil {
			return err
		}
	}
	return nil
}
