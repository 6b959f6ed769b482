package core

import (
	"context"
	"time"

	"github.com/lintel-id/lintel/internal/identity"
	"github.com/lintel-id/lintel/internal/snapshot"
	"github.com/lintel-id/lintel/internal/token"
)

// resealBatch is how many rows are sealed anew in one transaction, which keeps other writers
// waiting for a few hundredths of a second.
const resealBatch = 200

// retiredKeysKept is how long a credential key is kept at least after it has retired: requests
// that have read a row before it was sealed anew are over by then.
const retiredKeysKept = time.Minute

// Resealed is what one pass of Reseal did.
type Resealed struct {
	Rows    int // sealed anew
	Damaged int // cannot be opened; they stay as they are, and so does their key
	Dropped int // keys that seal nothing any more
}

// RotateCredentialKeys makes a fresh credential key primary. What older keys sealed can be read
// as before, and Reseal seals it anew.
func (c *Core) RotateCredentialKeys(ctx context.Context) error {
	return c.update(ctx, identity.Caller{Local: true}, func(w *write) error {
		if err := c.checkMaster(w.model); err != nil {
			return err
		}
		put, err := token.RotateCredentialKeys(c.Master, w.model.KeyRing(), c.Now().UTC())
		if err != nil {
			return err
		}
		return putKeys(ctx, w.Tx, put, nil)
	})
}

// Reseal seals anew, with the primary credential key, what older ones have sealed, and drops
// those that seal nothing any more. Each batch is a transaction of its own: whatever ends a
// pass, the next one goes on where it stopped, and several nodes may do it at the same time.
func (c *Core) Reseal(ctx context.Context) (did Resealed, err error) {
	s, err := c.fresh(ctx)
	if err != nil {
		return did, err
	}
	for _, k := range s.KeyRing() {
		if k.Purpose != identity.CredentialKeys || k.State != identity.KeySecondary {
			continue
		}
		for _, in := range identity.SealedInAll() {
			if err := c.resealIn(ctx, in, k.ID, &did); err != nil {
				return did, err
			}
		}
		if err := c.dropUnused(ctx, k, &did); err != nil {
			return did, err
		}
	}
	return did, nil
}

// resealIn seals anew what a key has sealed in one kind of rows. Rows that cannot be opened
// stay, and are passed over.
func (c *Core) resealIn(ctx context.Context, in identity.SealedIn, keyID string, did *Resealed) error {
	for damaged := 0; ; {
		some, err := c.Store.ListSealed(ctx, in, keyID, damaged, 1) // no transaction for nothing
		if err != nil || len(some) == 0 {
			return err
		}
		var rows, bad int
		err = c.update(ctx, identity.Caller{Local: true}, func(w *write) (err error) {
			rows, bad, err = c.resealSome(ctx, w, in, keyID, damaged)
			return err
		})
		if err != nil || rows+bad == 0 {
			return err // of no rows: somebody else was first
		}
		damaged += bad
		did.Rows, did.Damaged = did.Rows+rows, did.Damaged+bad
	}
}

func (c *Core) resealSome(ctx context.Context, w *write, in identity.SealedIn, keyID string, skip int) (rows, damaged int, err error) {
	ring, err := c.ring(w.model)
	if err != nil {
		return 0, 0, err
	}
	old, err := w.ListSealed(ctx, in, keyID, skip, resealBatch)
	if err != nil {
		return 0, 0, err
	}
	fresh := make([]identity.SealedRow, 0, len(old))
	for _, row := range old {
		id, owner, typ := boundTo(in, row.Name)
		plain, err := ring.OpenBlob(id, owner, typ, keyID, row.Sealed)
		if err != nil {
			c.Log.ErrorContext(ctx, "a sealed secret is damaged", "in", in, "id", row.Name[0], "error", err)
			continue
		}
		row.Sealed, row.KeyID = ring.SealBlob(id, owner, typ, plain)
		fresh = append(fresh, row)
	}
	rows, err = w.Reseal(ctx, in, keyID, fresh)
	return rows, len(old) - len(fresh), err
}

// boundTo is what the secret of a row was sealed for.
func boundTo(in identity.SealedIn, name [3]string) (id, owner, typ string) {
	switch in {
	case identity.SealedInConsumer:
		return name[0], "", sealedConsumer
	case identity.SealedInRequestToken:
		return name[0], "", sealedRequestToken
	case identity.SealedInAccessToken:
		return name[0], "", sealedAccessToken
	case identity.SealedInDomainConfig:
		return configBoundTo(name[0], name[1], name[2])
	}
	return name[0], name[1], name[2]
}

func (c *Core) dropUnused(ctx context.Context, k identity.SealedKey, did *Resealed) error {
	if c.Now().Before(k.RetiredAt.Add(retiredKeysKept)) {
		return nil
	}
	if sealed, err := c.Store.CountSealed(ctx); err != nil || sealed[k.ID] > 0 {
		return err
	}
	dropped := false
	err := c.update(ctx, identity.Caller{Local: true}, func(w *write) (err error) {
		dropped, err = w.DeleteUnusedKey(ctx, k.ID)
		return err
	})
	if err == nil && dropped {
		did.Dropped++
	}
	return err
}

// resealOld is Reseal as housekeeping does it.
func (c *Core) resealOld(ctx context.Context) {
	did, err := c.Reseal(ctx)
	if err != nil && ctx.Err() == nil {
		c.Log.Error("cannot seal secrets anew", "error", err)
	}
	if did.Rows > 0 || did.Dropped > 0 {
		c.Log.Info("sealed secrets anew", "rows", did.Rows, "damaged", did.Damaged, "keys_dropped", did.Dropped)
	}
}

// ringWith returns a ring that has a credential key: that of s, or the newest, for a row that
// was read from the database and is newer than s.
func (c *Core) ringWith(ctx context.Context, s *snapshot.Snapshot, keyID string) (*token.Ring, error) {
	ring, err := c.ring(s)
	if err != nil || ring.HasBlobKey(keyID) {
		return ring, err
	}
	if err := c.confirm(ctx); err != nil {
		return nil, err
	}
	return c.ring(c.Live.Current())
}

// sealCredential puts a blob into its credential, whose id, owner and type must stand.
func (c *Core) sealCredential(s *snapshot.Snapshot, cred *identity.Credential, blob []byte) error {
	ring, err := c.ring(s)
	if err != nil {
		return err
	}
	cred.Sealed, cred.KeyID = ring.SealBlob(string(cred.ID), string(cred.UserID), cred.Type, blob)
	return nil
}

// openCredential returns the blob of a credential of the model, which has the keys it takes. It
// fails for a blob that was sealed for another credential, owner or type.
func (c *Core) openCredential(s *snapshot.Snapshot, cred *identity.Credential) ([]byte, error) {
	ring, err := c.ring(s)
	if err != nil {
		return nil, err
	}
	return blobOf(ring, cred)
}

func blobOf(ring *token.Ring, cred *identity.Credential) ([]byte, error) {
	return ring.OpenBlob(string(cred.ID), string(cred.UserID), cred.Type, cred.KeyID, cred.Sealed)
}
