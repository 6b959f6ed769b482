package core

import (
	"context"
	"slices"
	"time"

	"github.com/lintel-id/lintel/internal/identity"
	"github.com/lintel-id/lintel/internal/snapshot"
	"github.com/lintel-id/lintel/internal/store"
	"github.com/lintel-id/lintel/internal/token"
)

// openRing is the unsealed key ring of one slice of sealed keys.
type openRing struct {
	sealed []identity.SealedKey
	ring   *token.Ring
}

// ring returns the key ring of a snapshot. Keys are unsealed once for each change of the ring;
// until then this is one atomic load. When nothing but the master key over them has changed, the
// keys that are open stay open: the server goes on until it is restarted with that master key.
func (c *Core) ring(s *snapshot.Snapshot) (*token.Ring, error) {
	sealed := s.KeyRing()
	open := c.Memory.rings.Load()
	if open != nil && sameSlice(open.sealed, sealed) {
		return open.ring, nil
	}
	ring, err := c.unseal(sealed)
	if err != nil {
		if open == nil || !sameKeys(open.sealed, sealed) {
			return nil, err
		}
		c.Log.Warn("the master key was changed: restart this server with the new one before the keys change again")
		ring = open.ring
	}
	c.Memory.rings.Store(&openRing{sealed, ring})
	return ring, nil
}

func (c *Core) unseal(keys []identity.SealedKey) (*token.Ring, error) {
	return token.NewRing(c.Master, keys, c.Keystone, c.Settings.Methods)
}

// checkMaster fails when the master key is not that of the ring: keys that it seals would be of
// no use to anybody else.
func (c *Core) checkMaster(s *snapshot.Snapshot) error {
	_, err := c.unseal(s.KeyRing())
	return err
}

// sameKeys says whether two rings, in order of id, have the same keys, however sealed.
func sameKeys(a, b []identity.SealedKey) bool {
	return slices.EqualFunc(a, b, func(a, b identity.SealedKey) bool {
		return a.ID == b.ID && a.Purpose == b.Purpose && a.State == b.State && a.PrimaryAt.Equal(b.PrimaryAt) && a.RetiredAt.Equal(b.RetiredAt)
	})
}

func sameSlice(a, b []identity.SealedKey) bool {
	return len(a) == len(b) && (len(a) == 0 || &a[0] == &b[0])
}

// CheckKeys fails when the master key does not open the ring, or when there is none.
func (c *Core) CheckKeys() error {
	_, err := c.ring(c.Live.Current())
	return err
}

// Keys returns the sealed keys, for their states and ages.
func (c *Core) Keys(ctx context.Context) ([]identity.SealedKey, error) {
	s, err := c.fresh(ctx)
	if err != nil {
		return nil, err
	}
	return s.KeyRing(), nil
}

// EnsureKeys makes the first keys of a database that has none.
func (c *Core) EnsureKeys(ctx context.Context) error {
	return c.update(ctx, identity.Caller{Local: true}, func(w *write) error {
		if len(w.model.KeyRing()) > 0 {
			return nil
		}
		return putKeys(ctx, w.Tx, token.Initial(c.Master, c.Now().UTC()), nil)
	})
}

// RotateKeys makes the staged token key primary, stages a new one and drops keys that no
// living token can need.
func (c *Core) RotateKeys(ctx context.Context) error {
	settled, err := c.settleKeys(ctx)
	if err != nil {
		return err
	}
	return c.update(ctx, identity.Caller{Local: true}, func(w *write) error { return c.rotate(ctx, w, settled) })
}

// settleKeys returns the key ring once no node can be without a key of it: the staged key must be known everywhere before
// tokens are sealed with it.
func (c *Core) settleKeys(ctx context.Context) ([]identity.SealedKey, error) {
	if err := c.Live.Confirm(ctx); err != nil {
		return nil, stale(err)
	}
	s := c.Live.Current()
	if err := c.Barrier.Wait(ctx, s.Rev, time.Now(), 0); err != nil {
		return nil, stale(err)
	}
	return s.KeyRing(), nil
}

// RotateDueKeys rotates when the interval has passed, and does nothing otherwise. It reports
// whether it rotated. Of several nodes only the first does: the others find it done.
func (c *Core) RotateDueKeys(ctx context.Context) (bool, error) {
	s, err := c.fresh(ctx)
	if err != nil || !token.Due(s.KeyRing(), c.Settings.KeyRotation, c.Now()) {
		return false, err
	}
	settled, err := c.settleKeys(ctx)
	if err != nil {
		return false, err
	}
	rotated := false
	err = c.update(ctx, identity.Caller{Local: true}, func(w *write) error {
		rotated = token.Due(w.model.KeyRing(), c.Settings.KeyRotation, c.Now())
		if !rotated {
			return nil
		}
		return c.rotate(ctx, w, settled)
	})
	return rotated && err == nil, err
}

// ReplaceTokenKeys makes new token keys and drops all others, which ends every token: for a
// key that has leaked, and for a database that was restored and has forgotten revocations.
func (c *Core) ReplaceTokenKeys(ctx context.Context) error {
	return c.update(ctx, identity.Caller{Local: true}, func(w *write) error {
		if err := c.checkMaster(w.model); err != nil {
			return err
		}
		return putKeys(ctx, w.Tx, newTokenKeys(c.Master, c.Now().UTC()), tokenKeys(w.model.KeyRing()))
	})
}

func newTokenKeys(master token.MasterKey, now time.Time) []identity.SealedKey {
	return slices.DeleteFunc(token.Initial(master, now), func(k identity.SealedKey) bool { return k.Purpose != identity.TokenKeys })
}

// tokenKeys are the ids of the token keys among keys.
func tokenKeys(keys []identity.SealedKey) (ids []string) {
	for _, k := range keys {
		if k.Purpose == identity.TokenKeys {
			ids = append(ids, k.ID)
		}
	}
	return ids
}

// RewrapKeys seals the whole ring with another master key, and returns how many keys that were:
// 0 when it had done so before. From then on the old master key opens nothing.
func (c *Core) RewrapKeys(ctx context.Context, from, to [32]byte) (n int, err error) {
	old, fresh := token.MasterKeyFromBytes(from), token.MasterKeyFromBytes(to)
	err = c.update(ctx, identity.Caller{Local: true}, func(w *write) error {
		n = 0
		keys := w.model.KeyRing()
		if _, err := token.Rewrap(fresh, fresh, keys); err == nil {
			return nil
		}
		put, err := token.Rewrap(old, fresh, keys)
		if err != nil {
			return err
		}
		n = len(put)
		return putKeys(ctx, w.Tx, put, nil)
	})
	return n, err
}

func (c *Core) rotate(ctx context.Context, w *write, settled []identity.SealedKey) error {
	if !sameSlice(settled, w.model.KeyRing()) {
		return identity.Busy("The keys were rotated by somebody else just now.", nil, time.Second)
	}
	if err := c.checkMaster(w.model); err != nil {
		return err
	}
	put, drop, err := token.Rotate(c.Master, w.model.KeyRing(), c.Now().UTC(), token.Limits{
		TokenLife: c.Settings.LongestLife(), Window: c.Settings.AllowExpiredWindow, MaxActive: c.Settings.MaxActiveKeys})
	if err != nil {
		return err
	}
	return putKeys(ctx, w.Tx, put, drop)
}

func putKeys(ctx context.Context, tx *store.Tx, put []identity.SealedKey, drop []string) error {
	for i := range put {
		if err := tx.PutKey(ctx, &put[i]); err != nil {
			return err
		}
	}
	for _, id := range drop {
		if err := tx.DeleteKey(ctx, id); err != nil {
			return err
		}
	}
	return nil
}

// KeepHouse rotates due keys, seals anew what old ones have sealed, and removes what has no more use, once. Call it every minute or so.
func (c *Core) KeepHouse(ctx context.Context) {
	if rotated, err := c.RotateDueKeys(ctx); err != nil {
		c.Log.Error("cannot rotate the token keys", "error", err)
	} else if rotated {
		c.Log.Info("rotated the token keys")
	}
	c.resealOld(ctx)
	if err := c.Store.Prune(ctx, c.Now()); err != nil && ctx.Err() == nil {
		c.Log.Error("cannot remove old rows", "error", err)
	}
}
