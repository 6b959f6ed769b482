package store

import (
	"context"

	"github.com/lintel-id/lintel/internal/identity"
)

const selectProtocol = `SELECT id, identity_provider_id, mapping_id, remote_id_attribute FROM federation_protocol`

func scanProtocol(row scanner) (p identity.Protocol, err error) {
	err = row.Scan(&p.ID, &p.IdentityProvider, &p.MappingID, &p.RemoteIDAttribute)
	return p, err
}

func protocolObject(id identity.ProtocolID) object {
	return object{noun: "federation protocol", id: string(id)}
}

// InsertProtocol adds a protocol. Protocols are no part of the model.
func (tx *Tx) InsertProtocol(ctx context.Context, p *identity.Protocol) error {
	return tx.insert(ctx, protocolObject(p.ID), `INSERT INTO federation_protocol (identity_provider_id, id, mapping_id, remote_id_attribute)
		VALUES ($1, $2, $3, $4)`, p.IdentityProvider, p.ID, p.MappingID, p.RemoteIDAttribute)
}

// UpdateProtocol writes the mapping and the remote id attribute of a protocol.
func (tx *Tx) UpdateProtocol(ctx context.Context, p *identity.Protocol) error {
	return tx.update(ctx, protocolObject(p.ID), `UPDATE federation_protocol SET mapping_id = $3, remote_id_attribute = $4
		WHERE identity_provider_id = $1 AND id = $2`, p.IdentityProvider, p.ID, p.MappingID, p.RemoteIDAttribute)
}

// DeleteProtocol deletes a protocol and what users are called in it.
func (tx *Tx) DeleteProtocol(ctx context.Context, provider identity.IdentityProviderID, id identity.ProtocolID) error {
	return tx.remove(ctx, protocolObject(id), `DELETE FROM federation_protocol WHERE identity_provider_id = $1 AND id = $2`, provider, id)
}

// Protocol returns a protocol, or nil where there is none.
func (r reader) Protocol(ctx context.Context, provider identity.IdentityProviderID, id identity.ProtocolID) (*identity.Protocol, error) {
	p, found, err := first(ctx, r, scanProtocol, selectProtocol+` WHERE identity_provider_id = $1 AND id = $2`, string(provider), string(id))
	if err != nil || !found {
		return nil, err
	}
	return &p, nil
}

// ListProtocols lists the protocols of an identity provider in ascending order of id.
func (r reader) ListProtocols(ctx context.Context, provider identity.IdentityProviderID) ([]identity.Protocol, error) {
	return collect(ctx, r, scanProtocol, selectProtocol+` WHERE identity_provider_id = $1 ORDER BY id`, string(provider))
}
