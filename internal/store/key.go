package store

import (
	"context"

	"github.com/lintel-id/lintel/internal/identity"
)

const selectKey = `SELECT id, purpose, state, sealed, created_at, primary_at, retired_at FROM key_ring`

func scanKey(row scanner) (k identity.SealedKey, err error) {
	var created, primary, retired int64
	err = row.Scan(&k.ID, &k.Purpose, &k.State, &k.Sealed, &created, &primary, &retired)
	k.CreatedAt, k.PrimaryAt, k.RetiredAt = fromMicros(created), fromMicros(primary), fromMicros(retired)
	return k, err
}

// PutKey adds a key to its ring, or writes its state and dates (and its seal, when the master
// key changed).
func (tx *Tx) PutKey(ctx context.Context, k *identity.SealedKey) error {
	_, err := tx.exec(ctx, `INSERT INTO key_ring (id, purpose, state, sealed, created_at, primary_at, retired_at) VALUES ($1, $2, $3, $4, $5, $6, $7)
		ON CONFLICT (id) DO UPDATE SET purpose = excluded.purpose, state = excluded.state, sealed = excluded.sealed,
			created_at = excluded.created_at, primary_at = excluded.primary_at, retired_at = excluded.retired_at`,
		k.ID, k.Purpose, k.State, blob(k.Sealed), micros(k.CreatedAt), micros(k.PrimaryAt), micros(k.RetiredAt))
	if err == nil {
		tx.changed(identity.ChangeKey, k.ID)
	}
	return err
}

// DeleteKey deletes a key: what it sealed can never be opened again.
func (tx *Tx) DeleteKey(ctx context.Context, id string) error {
	err := tx.remove(ctx, object{noun: "key", id: id}, `DELETE FROM key_ring WHERE id = $1`, id)
	if err == nil {
		tx.changed(identity.ChangeKey, id)
	}
	return err
}
