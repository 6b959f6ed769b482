package store

import (
	"context"

	"github.com/lintel-id/lintel/internal/identity"
)

const selectImplication = `SELECT prior_role_id, implied_role_id FROM implication`

func scanImplication(row scanner) (i identity.Implication, err error) {
	err = row.Scan(&i.Prior, &i.Implied)
	return i, err
}

// AddImplication lets a role imply another. Adding it again changes nothing.
func (tx *Tx) AddImplication(ctx context.Context, i identity.Implication) error {
	n, err := tx.exec(ctx, `INSERT INTO implication (prior_role_id, implied_role_id) VALUES ($1, $2) ON CONFLICT DO NOTHING`, i.Prior, i.Implied)
	if err != nil {
		return tx.worded(object{noun: "implied role"}, err)
	}
	if n > 0 {
		tx.added(identity.ChangeImplication, i.Key())
	}
	return nil
}

// RemoveImplication ends an implication; NotFound when there is none.
func (tx *Tx) RemoveImplication(ctx context.Context, i identity.Implication) error {
	n, err := tx.exec(ctx, `DELETE FROM implication WHERE prior_role_id = $1 AND implied_role_id = $2`, i.Prior, i.Implied)
	if err != nil {
		return err
	}
	if n == 0 {
		return i.Missing()
	}
	tx.changed(identity.ChangeImplication, i.Key())
	return nil
}
