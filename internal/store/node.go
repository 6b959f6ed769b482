package store

import (
	"context"
	"fmt"
	"time"

	"github.com/lintel-id/lintel/internal/identity"
)

const selectNode = `SELECT id, name, address, version, started_at, seen_at, beats, rev, lease, state FROM node`

func scanNode(row scanner) (n identity.Node, err error) {
	var started, seen, lease int64
	err = row.Scan(&n.ID, &n.Name, &n.Address, &n.Version, &started, &seen, &n.Beats, &n.Rev, &lease, &n.State)
	n.StartedAt, n.SeenAt, n.Lease = fromMicros(started), fromMicros(seen), time.Duration(lease)*time.Microsecond
	return n, err
}

// Nodes lists the servers that have joined, dead ones too until somebody forgets them. On SQLite there is at most one,
// the holder of the server lock.
func (s *Store) Nodes(ctx context.Context) ([]identity.Node, error) {
	if s.outdated != nil {
		return nil, s.outdated
	}
	if s.file != "" {
		return s.lockHolder()
	}
	return collect(ctx, s.reader, scanNode, selectNode+` ORDER BY name, address, id`)
}

// ForgetNode deletes the row of a node that has not beaten since it was listed.
func (s *Store) ForgetNode(ctx context.Context, n identity.Node) error {
	_, err := s.exec(ctx, `DELETE FROM node WHERE id = $1 AND beats = $2`, n.ID, n.Beats)
	return err
}

// DatabaseTime is the database's clock. SQLite has none of its own.
func (s *Store) DatabaseTime(ctx context.Context) (time.Time, error) {
	us, found, err := first(ctx, s.reader, scanOne[int64], `SELECT `+s.engine.now)
	if err == nil && !found {
		err = fmt.Errorf("store: the database does not tell the time")
	}
	return fromMicros(us), err
}

// exec runs a statement that changes nothing of the model, in a transaction of its own.
func (s *Store) exec(ctx context.Context, text string, args ...any) (n int64, err error) {
	err = s.retry(ctx, func() error {
		result, err := s.writers.ExecContext(ctx, s.engine.bind(text), args...)
		if err != nil {
			return err
		}
		n, err = result.RowsAffected()
		return err
	})
	return n, err
}
