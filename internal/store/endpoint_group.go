package store

import (
	"context"

	"github.com/lintel-id/lintel/internal/identity"
)

const selectEndpointGroup = `SELECT id, name, description, filter_interface, filter_service_id, filter_region_id FROM endpoint_group`

func scanEndpointGroup(row scanner) (g identity.EndpointGroup, err error) {
	err = row.Scan(&g.ID, &g.Name, &g.Description, &g.Filter.Interface, &g.Filter.ServiceID, &g.Filter.RegionID)
	return g, err
}

func endpointGroupObject(id identity.EndpointGroupID) object {
	return object{noun: "Endpoint Group", id: string(id)}
}

// InsertEndpointGroup adds an endpoint group.
func (tx *Tx) InsertEndpointGroup(ctx context.Context, g *identity.EndpointGroup) error {
	err := tx.insert(ctx, endpointGroupObject(g.ID), `INSERT INTO endpoint_group
		(id, name, description, filter_interface, filter_service_id, filter_region_id) VALUES ($1, $2, $3, $4, $5, $6)`,
		g.ID, g.Name, g.Description, g.Filter.Interface, g.Filter.ServiceID, g.Filter.RegionID)
	if err == nil {
		tx.added(identity.ChangeEndpointGroup, string(g.ID))
	}
	return err
}

// UpdateEndpointGroup writes every column of an endpoint group.
func (tx *Tx) UpdateEndpointGroup(ctx context.Context, g *identity.EndpointGroup) error {
	err := tx.update(ctx, endpointGroupObject(g.ID), `UPDATE endpoint_group SET name = $2, description = $3, filter_interface = $4,
		filter_service_id = $5, filter_region_id = $6 WHERE id = $1`,
		g.ID, g.Name, g.Description, g.Filter.Interface, g.Filter.ServiceID, g.Filter.RegionID)
	if err == nil {
		tx.changed(identity.ChangeEndpointGroup, string(g.ID))
	}
	return err
}

// DeleteEndpointGroup deletes an endpoint group and takes it from the projects that have it.
func (tx *Tx) DeleteEndpointGroup(ctx context.Context, id identity.EndpointGroupID) error {
	if err := tx.dropProjectEndpointGroups(ctx, `endpoint_group_id = $1`, string(id)); err != nil {
		return err
	}
	err := tx.remove(ctx, endpointGroupObject(id), `DELETE FROM endpoint_group WHERE id = $1`, id)
	if err == nil {
		tx.changed(identity.ChangeEndpointGroup, string(id))
	}
	return err
}

// ListEndpointGroups lists endpoint groups in ascending order of id. TextFilters may be on name.
func (r reader) ListEndpointGroups(ctx context.Context, f identity.EndpointGroupFilter) ([]identity.EndpointGroup, error) {
	var w where
	equal(&w, "name", f.Name)
	if err := w.text(f.Text, "name"); err != nil {
		return nil, err
	}
	return collect(ctx, r, scanEndpointGroup, selectEndpointGroup+w.sql("id"), w.args...)
}
