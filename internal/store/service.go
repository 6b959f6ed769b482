package store

import (
	"context"

	"github.com/lintel-id/lintel/internal/identity"
)

const selectService = `SELECT id, type, name, description, enabled, extra FROM service`

func scanService(row scanner) (s identity.Service, err error) {
	err = row.Scan(&s.ID, &s.Type, &s.Name, &s.Description, &s.Enabled, &s.Extra)
	return s, err
}

func serviceObject(id identity.ServiceID) object { return object{noun: "service", id: string(id)} }

// InsertService adds a service.
func (tx *Tx) InsertService(ctx context.Context, s *identity.Service) error {
	err := tx.insert(ctx, serviceObject(s.ID), `INSERT INTO service (id, type, name, description, enabled, extra) VALUES ($1, $2, $3, $4, $5, $6)`,
		s.ID, s.Type, s.Name, s.Description, s.Enabled, s.Extra)
	if err == nil {
		tx.added(identity.ChangeService, string(s.ID))
	}
	return err
}

// UpdateService writes every column of a service.
func (tx *Tx) UpdateService(ctx context.Context, s *identity.Service) error {
	err := tx.update(ctx, serviceObject(s.ID), `UPDATE service SET type = $2, name = $3, description = $4, enabled = $5, extra = $6 WHERE id = $1`,
		s.ID, s.Type, s.Name, s.Description, s.Enabled, s.Extra)
	if err == nil {
		tx.changed(identity.ChangeService, string(s.ID))
	}
	return err
}

// DeleteService deletes a service with its endpoints and all that is associated with them.
func (tx *Tx) DeleteService(ctx context.Context, id identity.ServiceID) error {
	if err := tx.dropProjectEndpoints(ctx, `endpoint_id IN (SELECT id FROM endpoint WHERE service_id = $1)`, string(id)); err != nil {
		return err
	}
	if err := tx.drop(ctx, identity.ChangeEndpoint, `DELETE FROM endpoint WHERE service_id = $1 RETURNING id`, id); err != nil {
		return err
	}
	err := tx.remove(ctx, serviceObject(id), `DELETE FROM service WHERE id = $1`, id)
	if err == nil {
		tx.changed(identity.ChangeService, string(id))
	}
	return err
}

// ListServices lists services in ascending order of id. TextFilters may be on name and type.
func (r reader) ListServices(ctx context.Context, f identity.ServiceFilter) ([]identity.Service, error) {
	var w where
	equal(&w, "name", f.Name)
	equal(&w, "type", f.Type)
	if err := w.text(f.Text, "name", "type"); err != nil {
		return nil, err
	}
	return collect(ctx, r, scanService, selectService+w.sql("id"), w.args...)
}
