package core

import (
	"context"
	"fmt"
	"time"

	"github.com/lintel-id/lintel/internal/identity"
	"github.com/lintel-id/lintel/internal/store"
	"github.com/lintel-id/lintel/internal/token"
)

// Restore is what a restore needs. It needs no model: the database may be empty, or hold
// what nobody wants any more.
type Restore struct {
	Store   *store.Store
	Backup  *store.Backup
	Master  token.MasterKey
	Methods token.Methods // see Settings
	Now     func() time.Time
	Options store.RestoreOptions
}

// Run fills the database with the backup and returns its new revision. A backup has forgotten
// what was revoked since: so there are new token keys, and every token of before is revoked, of
// a Keystone's keys too. Passwords, application credentials and EC2 keys are those of the backup.
//
// A backup whose keys do not open with the master key is refused before anything is changed.
// For the other refusals see store.Store.Restore.
func (r Restore) Run(ctx context.Context) (rev int64, err error) {
	return r.Store.Restore(ctx, r.Backup, r.Options, func(keys []identity.SealedKey) (func(*store.Tx) error, error) {
		if len(keys) > 0 {
			if _, err := token.NewRing(r.Master, keys, nil, r.Methods); err != nil {
				return nil, fmt.Errorf("the keys in the backup cannot be used: %w", err)
			}
		}
		return func(tx *store.Tx) error { return r.endTokens(ctx, tx, keys) }, nil
	})
}

// endTokens revokes every token there is.
func (r Restore) endTokens(ctx context.Context, tx *store.Tx, keys []identity.SealedKey) error {
	now := r.Now().UTC()
	// It never expires: nobody knows how long the tokens of a Keystone live.
	if err := tx.PutRevocation(ctx, identity.Revocation{Kind: identity.RevokeAll, At: now}); err != nil {
		return err
	}
	if len(keys) == 0 {
		return nil // the first server makes them
	}
	return putKeys(ctx, tx, newTokenKeys(r.Master, now), tokenKeys(keys))
}
