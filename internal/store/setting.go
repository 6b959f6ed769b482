package store

import (
	"context"

	"github.com/lintel-id/lintel/internal/identity"
)

// InsertSetting writes a value that is set once for the life of the database; Conflict when it
// has been. Settings are no part of the model.
func (tx *Tx) InsertSetting(ctx context.Context, name, value string) error {
	return tx.insert(ctx, object{noun: "setting", id: name}, `INSERT INTO setting (name, value) VALUES ($1, $2)`, name, value)
}

// Setting returns a setting; NotFound when it was never set.
func (r reader) Setting(ctx context.Context, name string) (string, error) {
	value, found, err := first(ctx, r, scanOne[string], `SELECT value FROM setting WHERE name = $1`, name)
	if err == nil && !found {
		err = identity.Missing("setting", name)
	}
	return value, err
}
