package store

import (
	"context"
	"time"

	"github.com/lintel-id/lintel/internal/identity"
)

// CountLoginTry counts one more failed login of a user, before it is known to be one, and says
// whether it may be made. It counts nothing when most are counted already and the lock of the
// last one, which lasts so long (0: for ever), is not over; when it is over the count starts
// anew. Tries at the same time on several nodes all count. Invalid means there is no such
// user. It is no change of the model, like the two below.
func (s *Store) CountLoginTry(ctx context.Context, user identity.UserID, most int, at time.Time, lock time.Duration) (counted bool, err error) {
	over := int64(-1)
	if lock > 0 {
		over = micros(at.Add(-lock))
	}
	err = s.write(ctx, func(w reader) error {
		_, counted, err = first(ctx, w, scanOne[int64], `INSERT INTO login_failure (user_id, count, last_at) VALUES ($1, 1, $2)
			ON CONFLICT (user_id) DO UPDATE SET last_at = excluded.last_at,
				count = CASE WHEN login_failure.count < $3 THEN login_failure.count + 1 ELSE 1 END
			WHERE login_failure.count < $3 OR login_failure.last_at <= $4 RETURNING count`, user, micros(at), most, over)
		return err
	})
	return counted, err
}

// TakeBackLoginTry uncounts a try that was not wrong.
func (s *Store) TakeBackLoginTry(ctx context.Context, user identity.UserID) error {
	return s.write(ctx, func(w reader) error {
		_, err := w.q.ExecContext(ctx, w.d.bind(`UPDATE login_failure SET count = count - 1 WHERE user_id = $1 AND count > 0`), user)
		return err
	})
}

const clearLoginFailures = `DELETE FROM login_failure WHERE user_id = $1 AND count > 0`

// ClearLoginFailures forgets a user's failed logins.
func (s *Store) ClearLoginFailures(ctx context.Context, user identity.UserID) error {
	return s.write(ctx, func(w reader) error {
		_, err := w.q.ExecContext(ctx, w.d.bind(clearLoginFailures), user)
		return err
	})
}

// ClearLoginFailures forgets a user's failed logins.
func (tx *Tx) ClearLoginFailures(ctx context.Context, user identity.UserID) error {
	_, err := tx.exec(ctx, clearLoginFailures, user)
	return err
}

// write runs a single statement that changes nothing of the model.
func (s *Store) write(ctx context.Context, f func(w reader) error) error {
	if s.outdated != nil {
		return s.outdated
	}
	return s.retry(ctx, func() error { return f(reader{q: s.writers, d: s.engine}) })
}
