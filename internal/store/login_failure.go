package store

import (
	"context"
	"database/sql"
	"time"

	"github.com/lintel-id/lintel/internal/identity"
)

// LoginFailures counts failed logins in a row. They are no part of the model.
type LoginFailures struct {
	Count int
	Last  time.Time // zero for none
}

func scanLoginFailures(row *sql.Rows) (f LoginFailures, err error) {
	var last int64
	err = row.Scan(&f.Count, &last)
	f.Last = fromMicros(last)
	return f, err
}

// LoginFailures returns a user's failed logins since the last ClearLoginFailures.
func (r reader) LoginFailures(ctx context.Context, user identity.UserID) (LoginFailures, error) {
	f, _, err := first(ctx, r, scanLoginFailures, `SELECT count, last_at FROM login_failure WHERE user_id = $1`, user)
	return f, err
}

// RecordLoginFailure counts one more and returns the sum. Failures counted at the same time on
// several nodes all count.
func (s *Store) RecordLoginFailure(ctx context.Context, user identity.UserID, at time.Time) (f LoginFailures, err error) {
	err = s.write(ctx, func(w reader) error {
		f, _, err = first(ctx, w, scanLoginFailures, `INSERT INTO login_failure (user_id, count, last_at) VALUES ($1, 1, $2)
			ON CONFLICT (user_id) DO UPDATE SET count = login_failure.count + 1, last_at = excluded.last_at RETURNING count, last_at`,
			user, micros(at))
		return err
	})
	return f, err
}

// ClearLoginFailures forgets a user's failed logins.
func (s *Store) ClearLoginFailures(ctx context.Context, user identity.UserID) error {
	return s.write(ctx, func(w reader) error {
		_, err := w.q.ExecContext(ctx, w.d.bind(`DELETE FROM login_failure WHERE user_id = $1`), user)
		return err
	})
}

// write runs a single statement that changes nothing of the model.
func (s *Store) write(ctx context.Context, f func(w reader) error) error {
	if s.outdated != nil {
		return s.outdated
	}
	return s.retry(ctx, func() error { return f(reader{q: s.writers, d: s.engine}) })
}
