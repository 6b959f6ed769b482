package token

import (
	"fmt"
	"slices"
	"time"

	"github.com/lintel-id/lintel/internal/identity"
)

// Limits is what a rotation of token keys must respect.
type Limits struct {
	TokenLife time.Duration // of the longest-lived token
	Window    time.Duration // how long an expired token may still be shown: Keystone's allow_expired_window
	MaxActive int           // token keys there may be at most: Keystone's max_active_keys
}

// Initial returns the keys of a new installation: a primary key for each purpose, and a staged token key.
func Initial(m MasterKey, now time.Time) []identity.SealedKey {
	keys := []identity.SealedKey{newKey(m, identity.TokenKeys, identity.KeyStaged, now)}
	for _, purpose := range purposes() {
		keys = append(keys, newKey(m, purpose, identity.KeyPrimary, now))
	}
	return keys
}

// Rotate returns the token keys to write and the ids of those to delete, so that the staged key becomes primary, the
// primary secondary, and a fresh key staged. A secondary key is deleted once no token that it sealed can be younger
// than TokenLife + Window. keys may hold other purposes too; they are left alone.
//
// The order of Keystone's fernet_rotate, with one difference: where that deletes a key that is still needed, this is
// a Conflict that names the number of keys it takes. It is also an error if there is not exactly one primary and one
// staged key.
//
// A key must be known to all nodes before it becomes primary. Rotate cannot see the nodes: the caller waits for them
// after each rotation.
func Rotate(m MasterKey, keys []identity.SealedKey, now time.Time, limits Limits) (put []identity.SealedKey, drop []string, err error) {
	old, err := primary(keys, identity.TokenKeys)
	if err != nil {
		return nil, nil, err
	}
	staged := ofState(keys, identity.TokenKeys, identity.KeyStaged)
	if len(staged) != 1 {
		return nil, nil, fmt.Errorf("token: %d staged token keys, exactly one is needed", len(staged))
	}
	put = []identity.SealedKey{
		retire(old, now),
		promote(staged[0], now),
		newKey(m, identity.TokenKeys, identity.KeyStaged, now),
	}
	active := len(put)
	for _, k := range ofState(keys, identity.TokenKeys, identity.KeySecondary) {
		if now.Before(k.RetiredAt.Add(limits.TokenLife + limits.Window)) {
			active++
		} else {
			drop = append(drop, k.ID)
		}
	}
	if active > limits.MaxActive {
		return nil, nil, &identity.Error{Kind: identity.Conflict, Message: fmt.Sprintf(
			"Rotating now takes %d active token keys, but max_active_keys is %d: tokens that are still good would be lost.", active, limits.MaxActive)}
	}
	return put, drop, nil
}

// RotateCredentialKeys returns the credential keys to write so that a fresh key becomes primary and the primary
// secondary. Nothing is staged, because what a key sealed reaches a node together with the key; and nothing is
// deleted, because only the store knows which rows a secondary key still holds.
func RotateCredentialKeys(m MasterKey, keys []identity.SealedKey, now time.Time) ([]identity.SealedKey, error) {
	old, err := primary(keys, identity.CredentialKeys)
	if err != nil {
		return nil, err
	}
	return []identity.SealedKey{retire(old, now), newKey(m, identity.CredentialKeys, identity.KeyPrimary, now)}, nil
}

// Rewrap returns keys sealed by another master key, and nothing else of them changed. The error names a key that the
// old master key does not open.
func Rewrap(from, to MasterKey, keys []identity.SealedKey) ([]identity.SealedKey, error) {
	rewrapped := slices.Clone(keys)
	for i, k := range keys {
		raw, err := unseal(from, k)
		if err != nil {
			return nil, err
		}
		rewrapped[i].Sealed = to.Seal(string(k.Purpose), k.ID, raw[:])
	}
	return rewrapped, nil
}

// Due says whether the primary token key is as old as interval. It is false where there is no one primary key: Rotate
// would refuse.
func Due(keys []identity.SealedKey, interval time.Duration, now time.Time) bool {
	k, err := primary(keys, identity.TokenKeys)
	return err == nil && !now.Before(k.PrimaryAt.Add(interval))
}

func newKey(m MasterKey, p identity.KeyPurpose, s identity.KeyState, now time.Time) identity.SealedKey {
	raw := randomKey()
	k := identity.SealedKey{ID: identity.NewID(), Purpose: p, State: s, CreatedAt: now}
	k.Sealed = m.Seal(string(p), k.ID, raw[:])
	if s == identity.KeyPrimary {
		k.PrimaryAt = now
	}
	return k
}

func promote(k identity.SealedKey, now time.Time) identity.SealedKey {
	k.State, k.PrimaryAt = identity.KeyPrimary, now
	return k
}

func retire(k identity.SealedKey, now time.Time) identity.SealedKey {
	k.State, k.RetiredAt = identity.KeySecondary, now
	return k
}
