package store

import (
	"context"

	"github.com/lintel-id/lintel/internal/identity"
)

const selectServiceProvider = `SELECT id, enabled, description, auth_url, sp_url, relay_state_prefix FROM service_provider`

func scanServiceProvider(row scanner) (p identity.ServiceProvider, err error) {
	err = row.Scan(&p.ID, &p.Enabled, &p.Description, &p.AuthURL, &p.SPURL, &p.RelayStatePrefix)
	return p, err
}

func serviceProviderObject(id identity.ServiceProviderID) object {
	return object{noun: "Service Provider", id: string(id)}
}

// InsertServiceProvider adds a service provider.
func (tx *Tx) InsertServiceProvider(ctx context.Context, p *identity.ServiceProvider) error {
	err := tx.insert(ctx, serviceProviderObject(p.ID), `INSERT INTO service_provider (id, enabled, description, auth_url, sp_url, relay_state_prefix)
		VALUES ($1, $2, $3, $4, $5, $6)`, p.ID, p.Enabled, p.Description, p.AuthURL, p.SPURL, p.RelayStatePrefix)
	if err == nil {
		tx.added(identity.ChangeServiceProvider, string(p.ID))
	}
	return err
}

// UpdateServiceProvider writes every column of a service provider.
func (tx *Tx) UpdateServiceProvider(ctx context.Context, p *identity.ServiceProvider) error {
	err := tx.update(ctx, serviceProviderObject(p.ID), `UPDATE service_provider SET enabled = $2, description = $3, auth_url = $4, sp_url = $5,
		relay_state_prefix = $6 WHERE id = $1`, p.ID, p.Enabled, p.Description, p.AuthURL, p.SPURL, p.RelayStatePrefix)
	if err == nil {
		tx.changed(identity.ChangeServiceProvider, string(p.ID))
	}
	return err
}

// DeleteServiceProvider deletes a service provider.
func (tx *Tx) DeleteServiceProvider(ctx context.Context, id identity.ServiceProviderID) error {
	err := tx.remove(ctx, serviceProviderObject(id), `DELETE FROM service_provider WHERE id = $1`, id)
	if err == nil {
		tx.changed(identity.ChangeServiceProvider, string(id))
	}
	return err
}

// ListServiceProviders lists service providers in ascending order of id.
func (r reader) ListServiceProviders(ctx context.Context, f identity.ServiceProviderFilter) ([]identity.ServiceProvider, error) {
	var w where
	equal(&w, "id", f.ID)
	w.flag("enabled", f.Enabled)
	if err := w.text(f.Text, "id"); err != nil {
		return nil, err
	}
	return collect(ctx, r, scanServiceProvider, selectServiceProvider+w.sql("id"), w.args...)
}
