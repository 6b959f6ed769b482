package store

import (
	"context"

	"github.com/lintel-id/lintel/internal/identity"
)

const selectConsumer = `SELECT id, description, sealed, key_id, extra FROM consumer`

func scanConsumer(row scanner) (c identity.Consumer, err error) {
	err = row.Scan(&c.ID, &c.Description, &c.Sealed, &c.KeyID, &c.Extra)
	return c, err
}

func consumerObject(id identity.ConsumerID) object { return object{noun: "consumer", id: string(id)} }

// InsertConsumer adds a consumer. They are no part of the model.
func (tx *Tx) InsertConsumer(ctx context.Context, c *identity.Consumer) error {
	return tx.insert(ctx, consumerObject(c.ID), `INSERT INTO consumer (id, description, sealed, key_id, extra) VALUES ($1, $2, $3, $4, $5)`,
		c.ID, c.Description, blob(c.Sealed), c.KeyID, c.Extra)
}

// UpdateConsumer writes the description and the extra attributes of a consumer; its secret
// stays what it is.
func (tx *Tx) UpdateConsumer(ctx context.Context, c *identity.Consumer) error {
	return tx.update(ctx, consumerObject(c.ID), `UPDATE consumer SET description = $2, extra = $3 WHERE id = $1`, c.ID, c.Description, c.Extra)
}

// DeleteConsumer deletes a consumer with its request tokens and access tokens.
func (tx *Tx) DeleteConsumer(ctx context.Context, id identity.ConsumerID) error {
	if err := tx.dropAccessTokens(ctx, `consumer_id = $1`, id); err != nil {
		return err
	}
	return tx.remove(ctx, consumerObject(id), `DELETE FROM consumer WHERE id = $1`, id)
}

// Consumer returns a consumer; NotFound when there is none.
func (r reader) Consumer(ctx context.Context, id identity.ConsumerID) (identity.Consumer, error) {
	c, found, err := first(ctx, r, scanConsumer, selectConsumer+` WHERE id = $1`, id)
	if err == nil && !found {
		err = identity.Missing("consumer", id)
	}
	return c, err
}

// ListConsumers lists consumers in ascending order of id.
func (r reader) ListConsumers(ctx context.Context) ([]identity.Consumer, error) {
	return collect(ctx, r, scanConsumer, selectConsumer+` ORDER BY id`)
}
