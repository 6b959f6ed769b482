package store

import (
	"context"
	"database/sql"
	"strings"

	"github.com/lintel-id/lintel/internal/identity"
)

const selectIdentityProvider = `SELECT id, domain_id, enabled, description, authorization_ttl,
	COALESCE((SELECT string_agg(r.remote_id, '` + listSep + `' ORDER BY r.remote_id) FROM identity_provider_remote_id r
		WHERE r.identity_provider_id = identity_provider.id), '')
	FROM identity_provider`

func scanIdentityProvider(row scanner) (i identity.IdentityProvider, err error) {
	var ttl sql.Null[int64]
	var remote string
	if err = row.Scan(&i.ID, &i.DomainID, &i.Enabled, &i.Description, &ttl, &remote); err != nil {
		return i, err
	}
	if ttl.Valid {
		i.AuthorizationTTL = &ttl.V
	}
	if remote != "" {
		i.RemoteIDs = strings.Split(remote, listSep)
	}
	return i, nil
}

func identityProviderObject(id identity.IdentityProviderID) object {
	return object{noun: "Identity Provider", id: string(id)}
}

// InsertIdentityProvider adds an identity provider; Conflict also when another has one of its
// remote ids. Identity providers are no part of the model.
func (tx *Tx) InsertIdentityProvider(ctx context.Context, i *identity.IdentityProvider) error {
	err := tx.insert(ctx, identityProviderObject(i.ID), `INSERT INTO identity_provider (id, domain_id, enabled, description, authorization_ttl)
		VALUES ($1, $2, $3, $4, $5)`, i.ID, i.DomainID, i.Enabled, i.Description, i.AuthorizationTTL)
	if err != nil {
		return err
	}
	return tx.insertRemoteIDs(ctx, i)
}

func (tx *Tx) insertRemoteIDs(ctx context.Context, i *identity.IdentityProvider) error {
	for _, remote := range i.RemoteIDs {
		_, err := tx.exec(ctx, `INSERT INTO identity_provider_remote_id (remote_id, identity_provider_id) VALUES ($1, $2)`, remote, i.ID)
		if identity.KindOf(err) == identity.Conflict {
			e := identity.Duplicate("identity_provider", "Duplicate remote ID: "+remote)
			e.Err = err
			return e
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// UpdateIdentityProvider writes what of an identity provider may change: all but its domain.
func (tx *Tx) UpdateIdentityProvider(ctx context.Context, i *identity.IdentityProvider) error {
	err := tx.update(ctx, identityProviderObject(i.ID), `UPDATE identity_provider SET enabled = $2, description = $3, authorization_ttl = $4 WHERE id = $1`,
		i.ID, i.Enabled, i.Description, i.AuthorizationTTL)
	if err != nil {
		return err
	}
	if _, err := tx.exec(ctx, `DELETE FROM identity_provider_remote_id WHERE identity_provider_id = $1`, i.ID); err != nil {
		return err
	}
	return tx.insertRemoteIDs(ctx, i)
}

// DeleteIdentityProvider deletes an identity provider with its protocols and what it calls users.
func (tx *Tx) DeleteIdentityProvider(ctx context.Context, id identity.IdentityProviderID) error {
	return tx.remove(ctx, identityProviderObject(id), `DELETE FROM identity_provider WHERE id = $1`, id)
}

// dropIdentityProviders deletes those of a domain.
func (tx *Tx) dropIdentityProviders(ctx context.Context, domain string) error {
	_, err := tx.exec(ctx, `DELETE FROM identity_provider WHERE domain_id = $1`, domain)
	return err
}

// IdentityProvider returns an identity provider, or nil where there is none.
func (r reader) IdentityProvider(ctx context.Context, id identity.IdentityProviderID) (*identity.IdentityProvider, error) {
	i, found, err := first(ctx, r, scanIdentityProvider, selectIdentityProvider+` WHERE id = $1`, string(id))
	if err != nil || !found {
		return nil, err
	}
	return &i, nil
}

// ListIdentityProviders lists identity providers in ascending order of id.
func (r reader) ListIdentityProviders(ctx context.Context, f identity.IdentityProviderFilter) ([]identity.IdentityProvider, error) {
	var w where
	equal(&w, "id", f.ID)
	w.flag("enabled", f.Enabled)
	if err := w.text(f.Text, "id"); err != nil {
		return nil, err
	}
	return collect(ctx, r, scanIdentityProvider, selectIdentityProvider+w.sql("id"), w.args...)
}
