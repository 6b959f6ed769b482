package store

import (
	"context"
	"time"

	"github.com/lintel-id/lintel/internal/identity"
)

// A change stays in the log until it is this old and has this many changes after it.
const (
	logAge  = 24 * time.Hour
	logRows = 1_000_000
)

// Prune deletes revocations that no living token needs, and trusts and access tokens that are over, which are
// changes of the model; request tokens that are over, nonces and activity that are too old, and sessions of the portal that are over; and the part
// of the change log that nobody needs to catch up.
func (s *Store) Prune(ctx context.Context, now time.Time) error {
	_, err := s.Update(ctx, func(tx *Tx) error {
		if err := tx.pruneRevocations(ctx, now); err != nil {
			return err
		}
		if err := tx.pruneTrusts(ctx, now); err != nil {
			return err
		}
		if err := tx.pruneOAuth1(ctx, now); err != nil {
			return err
		}
		if err := tx.prunePortalSessions(ctx, now); err != nil {
			return err
		}
		if err := tx.pruneActivity(ctx, now); err != nil {
			return err
		}
		return tx.pruneLog(ctx, now.Add(-logAge), s.logRows)
	})
	return err
}

func (tx *Tx) pruneRevocations(ctx context.Context, now time.Time) error {
	scan := func(row scanner) (r identity.Revocation, err error) {
		err = row.Scan(&r.Kind, &r.Key)
		return r, err
	}
	return each(ctx, tx.reader, scan, func(r identity.Revocation) error {
		tx.changed(identity.ChangeRevocation, r.ModelKey())
		return nil
	}, `DELETE FROM revocation WHERE expires_at > 0 AND expires_at <= $1 RETURNING kind, key`, now.UnixMicro())
}

// pruneLog deletes whole revisions that were logged before and have at least keep rows after
// them.
func (tx *Tx) pruneLog(ctx context.Context, before time.Time, keep int64) error {
	kept, found, err := first(ctx, tx.reader, scanOne[int64], `SELECT rev FROM change_log ORDER BY rev DESC, n DESC LIMIT 1 OFFSET $1`, keep-1)
	if err != nil || !found {
		return err
	}
	young, found, err := first(ctx, tx.reader, scanOne[int64], `SELECT rev FROM change_log WHERE at >= $1 ORDER BY rev LIMIT 1`, before.UnixMicro())
	if err != nil {
		return err
	}
	if found {
		kept = min(kept, young)
	}
	n, err := tx.exec(ctx, `DELETE FROM change_log WHERE rev < $1`, kept)
	if err != nil || n == 0 {
		return err
	}
	_, err = tx.exec(ctx, `UPDATE revision SET log_from = $1 WHERE id = 1`, kept-1)
	return err
}
