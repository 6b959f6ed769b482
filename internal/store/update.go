package store

import (
	"context"
	"database/sql"
	"errors"
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
	t, rev, err := s.begin(ctx, conn)
	if err != nil {
		return 0, err
	}
	defer t.rollback() // a panic passes through it
	tx := &Tx{reader: reader{q: t, d: s.engine}, rev: rev, seen: map[recorded]bool{}, bulk: bulk}
	if p, ok := t.(*localTx); ok && bulk {
		tx.q = newPrepared(p.Tx)
	}
	if err := f(tx); err != nil {
		return 0, err
	}
	made := func(c identity.Change) error {
		tx.made = append(tx.made, c)
		return nil
	}
	if unknown, err := t.commit(ctx, tx.listed(), made, tx.log(time.Now())); err != nil {
		if unknown && s.engine.fault(err) != faultContention {
			return 0, identity.Busy(unknownOutcome, err, retryAfter)
		}
		return 0, err
	}
	if s.replicated.missed(conn) {
		return 0, identity.Busy(unknownOutcome, errors.New("the wait for the synchronous standby was cancelled"), retryAfter)
	}
	if len(tx.changes) == 0 && !tx.raised {
		return tx.rev, nil
	}
	return tx.NextRev(), nil
}

// begin starts a transaction and returns the revision, which nobody else can change before its end.
func (s *Store) begin(ctx context.Context, conn *sql.Conn) (t transaction, rev int64, err error) {
	if s.file == "" {
		p := &pipeline{Conn: conn}
		rev, err = p.lockRevision(ctx)
		t = p
	} else {
		var local *sql.Tx
		if local, err = conn.BeginTx(ctx, nil); err != nil {
			return nil, 0, err
		}
		rev, _, err = revision(ctx, reader{q: local, d: s.engine}) // BEGIN IMMEDIATE has locked the file
		t = &localTx{local}
	}
	if err != nil {
		t.rollback()
	}
	return t, rev, err
}

// localTx is a transaction on a SQLite file.
type localTx struct{ *sql.Tx }

func (t *localTx) commit(ctx context.Context, changed changedKeys, emit func(identity.Change) error, last []statement) (unknown bool, err error) {
	if err := changed.emit(ctx, reader{q: t, d: sqliteDialect()}, emit); err != nil {
		return false, err
	}
	for _, s := range last {
		if _, err := t.ExecContext(ctx, s.text, s.args...); err != nil {
			return false, err
		}
	}
	return true, t.Commit()
}

func (t *localTx) rollback() { _ = t.Rollback() }

// logRowsPerInsert keeps a statement's parameters well below both engines' limits.
const logRowsPerInsert = 500

// log gives the changes their number, lists them under it, and announces them.
func (tx *Tx) log(now time.Time) (last []statement) {
	if len(tx.changes) == 0 && !tx.raised {
		return nil
	}
	add := func(text string, args ...any) { last = append(last, statement{tx.d.bind(text), args}) }
	next := tx.NextRev()
	if tx.d.announce != "" {
		add(tx.d.announce)
	}
	if tx.bulk || tx.raised {
		add(`UPDATE revision SET rev = $1, log_from = $1 WHERE id = 1`, next)
		return last
	}
	add(`UPDATE revision SET rev = $1 WHERE id = 1`, next)
	for from := 0; from < len(tx.changes); from += logRowsPerInsert {
		part := tx.changes[from:min(from+logRowsPerInsert, len(tx.changes))]
		var w where
		for i, c := range part {
			w.add("(?, ?, ?, ?, ?)", next, from+i, string(c.kind), c.key, now.UnixMicro())
		}
		add(`INSERT INTO change_log (rev, n, kind, key, at) VALUES `+strings.Join(w.conditions, ", "), w.args...)
	}
	return last
}
