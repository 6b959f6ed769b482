package core

import (
	"context"

	"github.com/lintel-id/lintel/internal/identity"
)

// Protocol returns a protocol of an identity provider.
func (c *Core) Protocol(ctx context.Context, caller identity.Caller, provider identity.IdentityProviderID, id identity.ProtocolID) (*identity.Protocol, error) {
	if !caller.Known() {
		return nil, identity.Unauthenticated("no token was given")
	}
	p, err := c.Store.Protocol(ctx, provider, id)
	if err != nil {
		return nil, err
	}
	return p, c.enforceOn(caller, "identity:get_protocol", p != nil, noTarget, identity.MissingProtocol(provider, id))
}

// Protocols lists the protocols of an identity provider; one that does not exist has none.
func (c *Core) Protocols(ctx context.Context, caller identity.Caller, provider identity.IdentityProviderID) ([]*identity.Protocol, error) {
	if err := c.enforce(caller, "identity:list_protocols"); err != nil {
		return nil, err
	}
	return listed(c.Store.ListProtocols(ctx, provider))
}

// CreateProtocol makes a protocol.
func (c *Core) CreateProtocol(ctx context.Context, caller identity.Caller, spec identity.ProtocolSpec) (*identity.Protocol, error) {
	if err := spec.Validate(); err != nil {
		return nil, err
	}
	p := identity.Protocol(spec)
	err := c.update(ctx, caller, func(w *write) error {
		if err := c.enforce(w.caller, "identity:create_protocol"); err != nil {
			return err
		}
		if err := checkMappingExists(ctx, w, p.MappingID); err != nil {
			return err
		}
		i, err := w.IdentityProvider(ctx, p.IdentityProvider)
		if err != nil {
			return err
		}
		if i == nil {
			return missingIdentityProvider(p.IdentityProvider)
		}
		return w.InsertProtocol(ctx, &p)
	})
	if err != nil {
		return nil, err
	}
	return &p, nil
}

// checkMappingExists refuses a protocol whose mapping is not there (yet).
func checkMappingExists(ctx context.Context, w *write, id identity.MappingID) error {
	m, err := w.Mapping(ctx, id)
	if err == nil && m == nil {
		err = identity.Invalidf("Invalid mapping id: %s", id)
	}
	return err
}

// UpdateProtocol changes a protocol.
func (c *Core) UpdateProtocol(ctx context.Context, caller identity.Caller, provider identity.IdentityProviderID, id identity.ProtocolID, patch identity.ProtocolPatch) (*identity.Protocol, error) {
	if err := patch.Validate(); err != nil {
		return nil, err
	}
	var p identity.Protocol
	err := c.update(ctx, caller, func(w *write) error {
		if err := c.enforce(w.caller, "identity:update_protocol"); err != nil {
			return err
		}
		if err := checkMappingExists(ctx, w, patch.MappingID); err != nil {
			return err
		}
		old, err := w.Protocol(ctx, provider, id)
		if err != nil {
			return err
		}
		if old == nil {
			return identity.MissingProtocol(provider, id)
		}
		p = *old
		p.MappingID = patch.MappingID
		patch.RemoteIDAttribute.Apply(&p.RemoteIDAttribute)
		return w.UpdateProtocol(ctx, &p)
	})
	if err != nil {
		return nil, err
	}
	return &p, nil
}

// DeleteProtocol removes a protocol with what users are called in it.
func (c *Core) DeleteProtocol(ctx context.Context, caller identity.Caller, provider identity.IdentityProviderID, id identity.ProtocolID) error {
	return c.update(ctx, caller, func(w *write) error {
		if err := c.enforce(w.caller, "identity:delete_protocol"); err != nil {
			return err
		}
		err := w.DeleteProtocol(ctx, provider, id)
		if identity.KindOf(err) == identity.NotFound {
			return identity.MissingProtocol(provider, id)
		}
		return err
	})
}
