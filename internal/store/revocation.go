package store

import (
	"context"
	"time"

	"github.com/lintel-id/lintel/internal/identity"
)

const selectRevocation = `SELECT kind, key, rev, at, expires_at FROM revocation`

func scanRevocation(row scanner) (r identity.Revocation, err error) {
	var at, expires int64
	err = row.Scan(&r.Kind, &r.Key, &r.Rev, &at, &expires)
	r.At, r.ExpiresAt = fromMicros(at), fromMicros(expires)
	return r, err
}

// PutRevocation adds a revocation. One with the same kind and key ends more tokens for it and
// lives longer, never less. A zero Rev means the revision this transaction makes.
func (tx *Tx) PutRevocation(ctx context.Context, r identity.Revocation) error {
	if r.Rev == 0 {
		r.Rev = tx.NextRev()
	}
	_, err := tx.exec(ctx, `INSERT INTO revocation (kind, key, rev, at, expires_at) VALUES ($1, $2, $3, $4, $5)
		ON CONFLICT (kind, key) DO UPDATE SET
			rev = CASE WHEN excluded.rev > revocation.rev THEN excluded.rev ELSE revocation.rev END,
			at = CASE WHEN excluded.at > revocation.at THEN excluded.at ELSE revocation.at END,
			expires_at = CASE WHEN excluded.expires_at = 0 OR revocation.expires_at = 0 THEN 0
				WHEN excluded.expires_at > revocation.expires_at THEN excluded.expires_at ELSE revocation.expires_at END`,
		r.Kind, r.Key, r.Rev, micros(r.At), micros(r.ExpiresAt))
	if err == nil {
		tx.changed(identity.ChangeRevocation, r.ModelKey())
	}
	return err
}

// ListRevocations lists the revocations made after a time, the oldest first.
func (r reader) ListRevocations(ctx context.Context, since time.Time) ([]identity.Revocation, error) {
	return collect(ctx, r, scanRevocation, selectRevocation+` WHERE at > $1 ORDER BY at, kind, key`, micros(since))
}
