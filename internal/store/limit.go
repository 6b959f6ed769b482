package store

import (
	"context"

	"github.com/lintel-id/lintel/internal/identity"
)

const selectLimit = `SELECT l.id, l.registered_limit_id, p.id, p.domain_id, p.is_domain, r.service_id, COALESCE(r.region_id, ''), r.resource_name,
	l.resource_limit, l.description
	FROM project_limit l JOIN registered_limit r ON r.id = l.registered_limit_id JOIN project p ON p.id = l.project_id`

func scanLimit(row scanner) (l identity.Limit, err error) {
	var of, domain string
	var isDomain bool
	err = row.Scan(&l.ID, &l.RegisteredID, &of, &domain, &isDomain, &l.ServiceID, &l.RegionID, &l.ResourceName, &l.Value, &l.Description)
	if isDomain {
		l.DomainID = identity.DomainID(of)
	} else {
		l.ProjectID, l.ProjectDomainID = identity.ProjectID(of), identity.DomainID(domain)
	}
	return l, err
}

func limitObject(l *identity.Limit) object {
	return object{noun: "limit", id: string(l.ID), name: l.ResourceName}
}

// InsertLimit adds a limit. Limits are no part of the model.
func (tx *Tx) InsertLimit(ctx context.Context, l *identity.Limit) error {
	return tx.insert(ctx, limitObject(l), `INSERT INTO project_limit (id, project_id, registered_limit_id, resource_limit, description)
		VALUES ($1, $2, $3, $4, $5)`, l.ID, l.Of(), l.RegisteredID, l.Value, l.Description)
}

// UpdateLimit writes what of a limit may change: its value and description.
func (tx *Tx) UpdateLimit(ctx context.Context, l *identity.Limit) error {
	return tx.update(ctx, limitObject(l), `UPDATE project_limit SET resource_limit = $2, description = $3 WHERE id = $1`, l.ID, l.Value, l.Description)
}

// DeleteLimit deletes a limit.
func (tx *Tx) DeleteLimit(ctx context.Context, id identity.LimitID) error {
	return tx.remove(ctx, object{noun: "limit", id: string(id)}, `DELETE FROM project_limit WHERE id = $1`, id)
}

// Limit returns a limit, or nil where there is none.
func (r reader) Limit(ctx context.Context, id identity.LimitID) (*identity.Limit, error) {
	l, found, err := first(ctx, r, scanLimit, selectLimit+` WHERE l.id = $1`, string(id))
	if err != nil || !found {
		return nil, err
	}
	return &l, nil
}

// HasLimits says whether limits override a registered limit.
func (r reader) HasLimits(ctx context.Context, id identity.RegisteredLimitID) (bool, error) {
	_, found, err := first(ctx, r, scanOne[string], `SELECT id FROM project_limit WHERE registered_limit_id = $1 LIMIT 1`, string(id))
	return found, err
}

// LimitsOn lists the limits that override a registered limit, in ascending order of id.
func (r reader) LimitsOn(ctx context.Context, id identity.RegisteredLimitID) ([]identity.Limit, error) {
	return collect(ctx, r, scanLimit, selectLimit+` WHERE l.registered_limit_id = $1 ORDER BY l.id`, string(id))
}

// ListLimits lists limits in ascending order of id. TextFilters may be on resource_name,
// service_id and region_id.
func (r reader) ListLimits(ctx context.Context, f identity.LimitFilter) ([]identity.Limit, error) {
	var w where
	if f.ProjectID != "" {
		w.add("p.id = ? AND NOT p.is_domain", string(f.ProjectID))
	}
	if f.DomainID != "" {
		w.add("p.id = ? AND p.is_domain", string(f.DomainID))
	}
	if f.In != "" {
		w.add("(p.id = ? OR p.domain_id = ?)", string(f.In), string(f.In))
	}
	equal(&w, "p.id", f.Of)
	equal(&w, "l.registered_limit_id", f.RegisteredID)
	equal(&w, "r.service_id", f.ServiceID)
	equal(&w, "r.region_id", f.RegionID)
	equal(&w, "r.resource_name", f.ResourceName)
	if err := w.text(f.Text, "resource_name", "service_id", "region_id"); err != nil {
		return nil, err
	}
	if f.Page.Marker != "" {
		w.add("l.id > ?", f.Page.Marker)
	}
	w.limit = f.Page.Limit
	return collect(ctx, r, scanLimit, selectLimit+w.sql("l.id"), w.args...)
}
