package store

import (
	"context"
	"database/sql"
	"errors"
	"sync"
	"sync/atomic"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"

	"github.com/lintel-id/lintel/internal/identity"
)

// Member is a server's place among the nodes of its database: where its model comes from, and where it tells how far
// that has come. Its methods are called by one goroutine at a time, but for State.
//
// On PostgreSQL a Follow is one transaction on one connection that reads what is new and writes the node's row. That it
// commits proves that the database read from could still be written: a primary that was cut off from its synchronous
// standby answers reads for ever, and no lease may come from it.
//
// On SQLite there is one server, and a read proves what is in the file. It tells its revision in the file of the server
// lock, to short commands that write beside it and wait until it has their change.
type Member struct {
	*Store
	node     identity.Node
	followed bool
	timeline string // of the server last read from
	hinted   atomic.Bool

	mu    sync.Mutex
	state string
}

// Member returns the place of a server that has not joined yet.
func (s *Store) Member(n identity.Node) *Member { return &Member{Store: s, node: n, state: n.State} }

// Node is the server as it tells of itself, without what its row alone has: when it was seen, and how far it is.
func (m *Member) Node() identity.Node {
	n := m.node
	n.State = m.State()
	return n
}

// SetState says what the node's row is to tell from the next beat on.
func (m *Member) SetState(state string) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.state = state
}

// State is what SetState set last.
func (m *Member) State() string {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.state
}

// Listen is Store.Listen. A Follow after a hint expects news, and does not ask first whether there are any.
func (m *Member) Listen(ctx context.Context, hint func()) {
	m.Store.Listen(ctx, func() {
		m.hinted.Store(true)
		hint()
	})
}

// Join makes the others wait for this node from now on. It must have returned before a Follow that gives the node a
// lease begins, each time the node had none: a write that is answered without waiting for the node has then been
// committed before that Follow reads.
func (m *Member) Join(ctx context.Context) error {
	if m.file != "" {
		return nil // the lock is held
	}
	n := m.node
	_, err := m.exec(ctx, `INSERT INTO node (id, name, address, version, started_at, seen_at, beats, rev, lease, state)
		VALUES ($1, $2, $3, $4, `+m.engine.now+`, `+m.engine.now+`, 1, 0, $5, $6)
		ON CONFLICT (id) DO UPDATE SET seen_at = excluded.seen_at, beats = node.beats + 1`,
		n.ID, n.Name, n.Address, n.Version, n.Lease.Microseconds(), m.State())
	return err
}

// Leave takes the node out. It answers nothing from its model any more.
func (m *Member) Leave(ctx context.Context) error {
	if m.file != "" {
		return nil
	}
	_, err := m.exec(ctx, `DELETE FROM node WHERE id = $1`, m.node.ID)
	return err
}

// Follow is Changes for a lease. applied is called when all changes have been emitted, and must have made the node
// answer from the revision it is given when it returns: only then are the others told. A nil error means that this
// revision was the newest at some time after the call.
func (m *Member) Follow(ctx context.Context, since int64, emit func(identity.Change) error, applied func(rev int64)) error {
	if m.file == "" {
		return m.followPostgres(ctx, since, emit, applied)
	}
	rev, err := m.Changes(ctx, since, emit)
	if err != nil {
		return err
	}
	applied(rev)
	return m.tellServer(rev)
}

// head is what a Follow reads first.
type head struct {
	rev, logFrom int64
	timeline     string
}

func scanHead(row scanner) (h head, err error) {
	err = row.Scan(&h.rev, &h.logFrom, &h.timeline)
	return h, err
}

// overslept is how late a deadline is noticed by a process that was stopped, and has no reason to doubt anybody else.
const overslept = time.Second / 2

func (m *Member) followPostgres(ctx context.Context, since int64, emit func(identity.Change) error, applied func(rev int64)) (err error) {
	deadline, bounded := ctx.Deadline()
	patient := bounded && time.Until(deadline) > silence/2
	defer func() {
		if err != nil && patient && ctx.Err() == context.DeadlineExceeded && time.Since(deadline) < overslept {
			m.hosts.doubt()
		}
	}()
	conn, err := m.model.Conn(ctx)
	if err != nil {
		return m.engine.translate(ctx, err)
	}
	defer func() { _ = conn.Close() }() // it is given back
	news := m.hinted.Swap(false)
	if !news {
		var h head
		h, err = m.beat(ctx, conn, since)
		if news = h.rev != since; err == nil && !news {
			applied(since)
		}
	}
	if err == nil && news {
		err = m.catchUp(ctx, conn, since, emit, applied)
	}
	if err == nil && m.replicated.missed(conn) {
		return errors.New("store: the wait for the synchronous standby was cancelled")
	}
	return err
}

const selectHead = `SELECT rev, log_from, `

const beatNode = `UPDATE node SET rev = $1, seen_at = ` + postgresNow + `, beats = beats + 1, state = $2 WHERE id = $3`

// beat is a Follow where nothing is new, in one statement: one way through the network, however far the database is.
func (m *Member) beat(ctx context.Context, conn *sql.Conn, since int64) (head, error) {
	const revision = ` RETURNING (SELECT rev FROM revision WHERE id = 1), (SELECT log_from FROM revision WHERE id = 1), `
	h, found, err := first(ctx, reader{q: conn, d: m.engine}, scanHead, beatNode+revision+m.timelineOf, since, m.State(), m.node.ID)
	if err == nil && !found {
		err = identity.ErrNotJoined
	}
	if err != nil {
		return h, err
	}
	return h, m.gap(h, since)
}

// gap finds out whether the log tells all that is new. Another timeline is another primary: what the old one had last may
// be missing here.
func (m *Member) gap(h head, since int64) error {
	other := m.followed && h.timeline != m.timeline
	m.timeline, m.followed = h.timeline, true
	if other || since < h.logFrom || since > h.rev {
		return identity.ErrChangeGap
	}
	return nil
}

// catchUp is a Follow where something is new.
func (m *Member) catchUp(ctx context.Context, conn *sql.Conn, since int64, emit func(identity.Change) error, applied func(rev int64)) error {
	t := &pipeline{Conn: conn}
	defer t.rollback()
	n, err := t.readLog(ctx, `BEGIN ISOLATION LEVEL REPEATABLE READ`, m.timelineOf, since)
	if err != nil {
		return m.engine.translate(ctx, err)
	}
	if err := m.gap(n.head, since); err != nil {
		return err
	}
	objects := &pgx.Batch{}
	if err := n.keys.queue(objects, emit); err != nil {
		return err
	}
	if err := t.send(ctx, objects); err != nil {
		return m.engine.translate(ctx, err)
	}
	applied(n.rev)
	b := &pgx.Batch{}
	var rows int64
	b.Queue(beatNode, n.rev, m.State(), m.node.ID).Exec(func(tag pgconn.CommandTag) error {
		rows = tag.RowsAffected()
		return nil
	})
	if err := t.end(ctx, b); err != nil {
		return m.engine.translate(ctx, err)
	}
	if rows != 1 {
		return identity.ErrNotJoined
	}
	return nil
}
