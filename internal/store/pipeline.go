package store

import (
	"context"
	"database/sql"
	"errors"
	"iter"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/stdlib"

	"github.com/lintel-id/lintel/internal/identity"
)

// statement is one with its arguments.
type statement struct {
	text string
	args []any
}

// transaction is what a Tx works in.
type transaction interface {
	querier
	// commit reads what was changed, runs the last statements and ends the transaction. unknown says that an error leaves
	// open whether it was made.
	commit(ctx context.Context, changed changedKeys, emit func(identity.Change) error, last []statement) (unknown bool, err error)
	// rollback ends it without a trace. After a commit it does nothing.
	rollback()
}

// pipeline is a transaction on PostgreSQL that sends several statements at once. The database is a network away and every
// answer is waited for while others wait for the revision: a write of one row is three ways there and back, not nine.
type pipeline struct {
	*sql.Conn
	open bool
}

// lockRevision begins a transaction that changes something, and returns the revision. A node that stops in the middle of
// it must not stop the others' writes for good.
func (p *pipeline) lockRevision(ctx context.Context) (rev int64, err error) {
	b := &pgx.Batch{}
	for _, text := range []string{`BEGIN`, `SET LOCAL lock_timeout = '3s'`, `SET LOCAL idle_in_transaction_session_timeout = '10s'`} {
		b.Queue(text)
	}
	b.Queue(`SELECT rev FROM revision WHERE id = 1 FOR UPDATE`).QueryRow(func(row pgx.Row) error { return row.Scan(&rev) })
	err = p.begin(ctx, b)
	if errors.Is(err, pgx.ErrNoRows) {
		err = errNoRevision
	}
	return rev, err
}

// begin sends the first statements of a transaction, BEGIN among them.
func (p *pipeline) begin(ctx context.Context, b *pgx.Batch) error {
	p.open = true
	return p.send(ctx, b)
}

// send sends a batch and calls what was registered for its answers.
func (p *pipeline) send(ctx context.Context, b *pgx.Batch) error {
	return p.direct(func(c *pgx.Conn) error { return c.SendBatch(ctx, b).Close() })
}

// direct hands do the connection below database/sql.
func (p *pipeline) direct(do func(*pgx.Conn) error) error {
	return p.Raw(func(driver any) error {
		c, ok := driver.(*stdlib.Conn)
		if !ok {
			return errors.New("store: not a connection of pgx")
		}
		return do(c.Conn())
	})
}

func (p *pipeline) commit(ctx context.Context, changed changedKeys, emit func(identity.Change) error, last []statement) (unknown bool, err error) {
	b := &pgx.Batch{}
	if err := changed.queue(b, emit); err != nil {
		return false, err
	}
	for _, s := range last {
		b.Queue(s.text, s.args...)
	}
	// An error that PostgreSQL answered before it came to COMMIT has undone all. Any other, and nobody knows.
	unknown = len(last) == 0
	if !unknown {
		b.QueuedQueries[b.Len()-1].Exec(func(pgconn.CommandTag) error {
			unknown = true
			return nil
		})
	}
	err = p.end(ctx, b)
	var answered *pgconn.PgError
	return err != nil && (unknown || !errors.As(err, &answered)), err
}

// end sends the last statements of a transaction and its COMMIT.
func (p *pipeline) end(ctx context.Context, b *pgx.Batch) error {
	b.Queue(`COMMIT`).Exec(func(tag pgconn.CommandTag) error {
		if tag.String() != "COMMIT" { // PostgreSQL answers so when a statement had failed
			return pgx.ErrTxCommitRollback
		}
		return nil
	})
	err := p.send(ctx, b)
	p.open = err != nil
	return err
}

// rollbackWithin is how long a transaction may take to be undone before its connection is given up.
const rollbackWithin = 3 * time.Second

func (p *pipeline) rollback() {
	if !p.open {
		return
	}
	ctx, cancel := context.WithTimeout(context.Background(), rollbackWithin)
	defer cancel()
	p.open = false
	_, _ = p.ExecContext(ctx, `ROLLBACK`) // a connection with an open transaction is not used again
}

// beginReading begins a transaction that sees the database as of one revision.
const beginReading = `BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY`

// eachRow hands every row to do.
func eachRow[T any](scan func(scanner) (T, error), do func(T) error) func(pgx.Rows) error {
	return func(rows pgx.Rows) error {
		for rows.Next() {
			v, err := scan(rows)
			if err != nil {
				return err
			}
			if err := do(v); err != nil {
				return err
			}
		}
		return rows.Err()
	}
}

// news is what the change log tells.
type news struct {
	head
	keys changedKeys
}

// readLog begins a transaction and reads what is newer than a revision.
func (p *pipeline) readLog(ctx context.Context, begin, timelineOf string, since int64) (n news, err error) {
	n.keys = changedKeys{}
	b := &pgx.Batch{}
	b.Queue(begin)
	b.Queue(selectHead + timelineOf + ` FROM revision WHERE id = 1`).QueryRow(func(row pgx.Row) error {
		return row.Scan(&n.rev, &n.logFrom, &n.timeline)
	})
	b.Queue(selectLog, since).Query(eachRow(scanRecorded, func(c recorded) error {
		n.keys.add(c)
		return nil
	}))
	err = p.begin(ctx, b)
	if errors.Is(err, pgx.ErrNoRows) {
		err = errNoRevision
	}
	return n, err
}

// errStopped ends a reading of rows that nobody takes any more.
var errStopped = errors.New("store: nobody takes the rows")

// copyIn is COPY of the rows that read finds: one statement, which looks at references when all rows are there.
func (p *pipeline) copyIn(ctx context.Context, t table, read func(add func(row []any) error) error) error {
	var broken error
	next, stop := iter.Pull(func(yield func([]any) bool) {
		broken = read(func(row []any) error {
			if !yield(row) {
				return errStopped
			}
			return nil
		})
	})
	defer stop()
	err := p.direct(func(c *pgx.Conn) error {
		_, err := c.CopyFrom(ctx, pgx.Identifier{t.name}, t.columnNames(), pgx.CopyFromFunc(func() ([]any, error) {
			row, _ := next()
			return row, broken
		}))
		return err
	})
	if broken != nil {
		return broken // PostgreSQL only says that it was told to stop
	}
	return err
}
