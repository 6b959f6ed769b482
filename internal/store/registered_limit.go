package store

import (
	"context"

	"github.com/lintel-id/lintel/internal/identity"
)

const selectRegisteredLimit = `SELECT id, service_id, COALESCE(region_id, ''), resource_name, default_limit, description FROM registered_limit`

func scanRegisteredLimit(row scanner) (l identity.RegisteredLimit, err error) {
	err = row.Scan(&l.ID, &l.ServiceID, &l.RegionID, &l.ResourceName, &l.Default, &l.Description)
	return l, err
}

func registeredLimitObject(l *identity.RegisteredLimit) object {
	return object{noun: "registered_limit", id: string(l.ID), name: l.ResourceName}
}

// InsertRegisteredLimit adds a registered limit. Limits are no part of the model.
func (tx *Tx) InsertRegisteredLimit(ctx context.Context, l *identity.RegisteredLimit) error {
	return tx.insert(ctx, registeredLimitObject(l), `INSERT INTO registered_limit
		(id, service_id, region_id, resource_name, default_limit, description) VALUES ($1, $2, NULLIF($3, ''), $4, $5, $6)`,
		l.ID, l.ServiceID, l.RegionID, l.ResourceName, l.Default, l.Description)
}

// UpdateRegisteredLimit writes every column of a registered limit.
func (tx *Tx) UpdateRegisteredLimit(ctx context.Context, l *identity.RegisteredLimit) error {
	return tx.update(ctx, registeredLimitObject(l), `UPDATE registered_limit SET service_id = $2, region_id = NULLIF($3, ''),
		resource_name = $4, default_limit = $5, description = $6 WHERE id = $1`,
		l.ID, l.ServiceID, l.RegionID, l.ResourceName, l.Default, l.Description)
}

// DeleteRegisteredLimit deletes a registered limit, and the limits that override it.
func (tx *Tx) DeleteRegisteredLimit(ctx context.Context, id identity.RegisteredLimitID) error {
	return tx.remove(ctx, object{noun: "registered_limit", id: string(id)}, `DELETE FROM registered_limit WHERE id = $1`, id)
}

// RegisteredLimit returns a registered limit, or nil where there is none.
func (r reader) RegisteredLimit(ctx context.Context, id identity.RegisteredLimitID) (*identity.RegisteredLimit, error) {
	l, found, err := first(ctx, r, scanRegisteredLimit, selectRegisteredLimit+` WHERE id = $1`, string(id))
	if err != nil || !found {
		return nil, err
	}
	return &l, nil
}

// RegisteredLimitFor returns the registered limit of a resource, or nil where there is none.
// The region "" is the registered limit of no region.
func (r reader) RegisteredLimitFor(ctx context.Context, service identity.ServiceID, region identity.RegionID, resource string) (*identity.RegisteredLimit, error) {
	l, found, err := first(ctx, r, scanRegisteredLimit,
		selectRegisteredLimit+` WHERE service_id = $1 AND COALESCE(region_id, '') = $2 AND resource_name = $3`, string(service), string(region), resource)
	if err != nil || !found {
		return nil, err
	}
	return &l, nil
}

// ListRegisteredLimits lists registered limits in ascending order of id. TextFilters may be on
// resource_name, service_id and region_id.
func (r reader) ListRegisteredLimits(ctx context.Context, f identity.RegisteredLimitFilter) ([]identity.RegisteredLimit, error) {
	var w where
	equal(&w, "service_id", f.ServiceID)
	equal(&w, "region_id", f.RegionID)
	equal(&w, "resource_name", f.ResourceName)
	if err := w.text(f.Text, "resource_name", "service_id", "region_id"); err != nil {
		return nil, err
	}
	w.page(f.Page)
	return collect(ctx, r, scanRegisteredLimit, selectRegisteredLimit+w.sql("id"), w.args...)
}
