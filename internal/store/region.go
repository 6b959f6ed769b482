package store

import (
	"context"

	"github.com/lintel-id/lintel/internal/identity"
)

const selectRegion = `SELECT id, COALESCE(parent_id, ''), description, extra FROM region`

func scanRegion(row scanner) (r identity.Region, err error) {
	err = row.Scan(&r.ID, &r.ParentID, &r.Description, &r.Extra)
	return r, err
}

func regionObject(id identity.RegionID) object { return object{noun: "region", id: string(id)} }

// InsertRegion adds a region.
func (tx *Tx) InsertRegion(ctx context.Context, r *identity.Region) error {
	err := tx.insert(ctx, regionObject(r.ID), `INSERT INTO region (id, parent_id, description, extra) VALUES ($1, NULLIF($2, ''), $3, $4)`,
		r.ID, r.ParentID, r.Description, r.Extra)
	if err == nil {
		tx.added(identity.ChangeRegion, string(r.ID))
	}
	return err
}

// UpdateRegion writes every column of a region.
func (tx *Tx) UpdateRegion(ctx context.Context, r *identity.Region) error {
	err := tx.update(ctx, regionObject(r.ID), `UPDATE region SET parent_id = NULLIF($2, ''), description = $3, extra = $4 WHERE id = $1`,
		r.ID, r.ParentID, r.Description, r.Extra)
	if err == nil {
		tx.changed(identity.ChangeRegion, string(r.ID))
	}
	return err
}

// DeleteRegion deletes a region; Conflict while it has regions below it or endpoints.
func (tx *Tx) DeleteRegion(ctx context.Context, id identity.RegionID) error {
	err := tx.remove(ctx, regionObject(id), `DELETE FROM region WHERE id = $1`, id)
	if err == nil {
		tx.changed(identity.ChangeRegion, string(id))
	}
	return err
}

// ListRegions lists the regions right below parent, or all where it is "", in ascending order
// of id.
func (r reader) ListRegions(ctx context.Context, parent identity.RegionID) ([]identity.Region, error) {
	var w where
	equal(&w, "parent_id", parent)
	return collect(ctx, r, scanRegion, selectRegion+w.sql("id"), w.args...)
}
