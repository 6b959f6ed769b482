package store

import (
	"context"

	"github.com/lintel-id/lintel/internal/identity"
)

const selectMapping = `SELECT id, schema_version, rules FROM mapping`

func scanMapping(row scanner) (m identity.Mapping, err error) {
	err = row.Scan(&m.ID, &m.SchemaVersion, &m.Rules)
	return m, err
}

func mappingObject(id identity.MappingID) object { return object{noun: "mapping", id: string(id)} }

// InsertMapping adds a mapping. Mappings are no part of the model.
func (tx *Tx) InsertMapping(ctx context.Context, m *identity.Mapping) error {
	return tx.insert(ctx, mappingObject(m.ID), `INSERT INTO mapping (id, schema_version, rules) VALUES ($1, $2, $3)`, m.ID, m.SchemaVersion, m.Rules)
}

// UpdateMapping writes every column of a mapping.
func (tx *Tx) UpdateMapping(ctx context.Context, m *identity.Mapping) error {
	return tx.update(ctx, mappingObject(m.ID), `UPDATE mapping SET schema_version = $2, rules = $3 WHERE id = $1`, m.ID, m.SchemaVersion, m.Rules)
}

// DeleteMapping deletes a mapping, also one that a protocol names.
func (tx *Tx) DeleteMapping(ctx context.Context, id identity.MappingID) error {
	return tx.remove(ctx, mappingObject(id), `DELETE FROM mapping WHERE id = $1`, id)
}

// Mapping returns a mapping, or nil where there is none.
func (r reader) Mapping(ctx context.Context, id identity.MappingID) (*identity.Mapping, error) {
	m, found, err := first(ctx, r, scanMapping, selectMapping+` WHERE id = $1`, string(id))
	if err != nil || !found {
		return nil, err
	}
	return &m, nil
}

// ListMappings lists all mappings in ascending order of id.
func (r reader) ListMappings(ctx context.Context) ([]identity.Mapping, error) {
	return collect(ctx, r, scanMapping, selectMapping+` ORDER BY id`)
}
