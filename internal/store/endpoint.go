package store

import (
	"context"

	"github.com/lintel-id/lintel/internal/identity"
)

const selectEndpoint = `SELECT id, interface, service_id, COALESCE(region_id, ''), url, enabled, extra FROM endpoint`

func scanEndpoint(row scanner) (e identity.Endpoint, err error) {
	err = row.Scan(&e.ID, &e.Interface, &e.ServiceID, &e.RegionID, &e.URL, &e.Enabled, &e.Extra)
	return e, err
}

func endpointObject(id identity.EndpointID) object { return object{noun: "endpoint", id: string(id)} }

// InsertEndpoint adds an endpoint.
func (tx *Tx) InsertEndpoint(ctx context.Context, e *identity.Endpoint) error {
	err := tx.insert(ctx, endpointObject(e.ID), `INSERT INTO endpoint (id, interface, service_id, region_id, url, enabled, extra)
		VALUES ($1, $2, $3, NULLIF($4, ''), $5, $6, $7)`,
		e.ID, e.Interface, e.ServiceID, e.RegionID, e.URL, e.Enabled, e.Extra)
	if err == nil {
		tx.added(identity.ChangeEndpoint, string(e.ID))
	}
	return err
}

// UpdateEndpoint writes every column of an endpoint.
func (tx *Tx) UpdateEndpoint(ctx context.Context, e *identity.Endpoint) error {
	err := tx.update(ctx, endpointObject(e.ID), `UPDATE endpoint SET interface = $2, service_id = $3, region_id = NULLIF($4, ''), url = $5,
		enabled = $6, extra = $7 WHERE id = $1`,
		e.ID, e.Interface, e.ServiceID, e.RegionID, e.URL, e.Enabled, e.Extra)
	if err == nil {
		tx.changed(identity.ChangeEndpoint, string(e.ID))
	}
	return err
}

// DeleteEndpoint deletes an endpoint with all that is associated with it.
func (tx *Tx) DeleteEndpoint(ctx context.Context, id identity.EndpointID) error {
	if err := tx.dropProjectEndpoints(ctx, `endpoint_id = $1`, string(id)); err != nil {
		return err
	}
	err := tx.remove(ctx, endpointObject(id), `DELETE FROM endpoint WHERE id = $1`, id)
	if err == nil {
		tx.changed(identity.ChangeEndpoint, string(id))
	}
	return err
}

// ListEndpoints lists endpoints in ascending order of id. TextFilters may be on the attributes
// that f has.
func (r reader) ListEndpoints(ctx context.Context, f identity.EndpointFilter, text ...identity.TextFilter) ([]identity.Endpoint, error) {
	var w where
	equal(&w, "interface", f.Interface)
	equal(&w, "service_id", f.ServiceID)
	equal(&w, "region_id", f.RegionID)
	if err := w.text(text, "interface", "service_id", "region_id"); err != nil {
		return nil, err
	}
	return collect(ctx, r, scanEndpoint, selectEndpoint+w.sql("id"), w.args...)
}
