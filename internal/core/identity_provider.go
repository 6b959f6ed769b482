package core

import (
	"context"
	"slices"

	"github.com/lintel-id/lintel/internal/identity"
)

func missingIdentityProvider(id identity.IdentityProviderID) error {
	return identity.Missing("Identity Provider", id)
}

// IdentityProvider returns an identity provider.
func (c *Core) IdentityProvider(ctx context.Context, caller identity.Caller, id identity.IdentityProviderID) (*identity.IdentityProvider, error) {
	if !caller.Known() {
		return nil, identity.Unauthenticated("no token was given")
	}
	i, err := c.Store.IdentityProvider(ctx, id)
	if err != nil {
		return nil, err
	}
	return i, c.enforceOn(caller, "identity:get_identity_provider", i != nil, noTarget, missingIdentityProvider(id))
}

// IdentityProviders lists identity providers.
func (c *Core) IdentityProviders(ctx context.Context, caller identity.Caller, f identity.IdentityProviderFilter) ([]*identity.IdentityProvider, error) {
	if err := c.enforce(caller, "identity:list_identity_providers"); err != nil {
		return nil, err
	}
	return listed(c.Store.ListIdentityProviders(ctx, f))
}

// CreateIdentityProvider makes an identity provider, with a new domain where none is named.
func (c *Core) CreateIdentityProvider(ctx context.Context, caller identity.Caller, spec identity.IdentityProviderSpec) (*identity.IdentityProvider, error) {
	if err := spec.Validate(); err != nil {
		return nil, err
	}
	i := identity.IdentityProvider(spec)
	i.RemoteIDs = slices.Sorted(slices.Values(spec.RemoteIDs))
	err := c.update(ctx, caller, func(w *write) error {
		if err := c.enforce(w.caller, "identity:create_identity_provider"); err != nil {
			return err
		}
		i.DomainID = spec.DomainID
		if i.DomainID == "" {
			d := homeOf(i.ID)
			if err := w.InsertProject(ctx, d); err != nil {
				return err
			}
			i.DomainID = identity.DomainID(d.ID)
		} else if w.model.Domain(i.DomainID) == nil {
			return identity.Missing("domain", i.DomainID)
		}
		return w.InsertIdentityProvider(ctx, &i)
	})
	if err != nil {
		return nil, err
	}
	return &i, nil
}

// homeOf is a new domain for the users of an identity provider.
func homeOf(id identity.IdentityProviderID) *identity.Project {
	name := identity.NewID()
	return &identity.Project{ID: identity.ProjectID(name), Name: name, IsDomain: true, Enabled: true,
		Description: "Users of the identity provider " + string(id)}
}

// UpdateIdentityProvider changes an identity provider.
func (c *Core) UpdateIdentityProvider(ctx context.Context, caller identity.Caller, id identity.IdentityProviderID, patch identity.IdentityProviderPatch) (*identity.IdentityProvider, error) {
	if err := patch.Validate(); err != nil {
		return nil, err
	}
	var i identity.IdentityProvider
	err := c.update(ctx, caller, func(w *write) error {
		old, err := w.IdentityProvider(ctx, id)
		if err != nil {
			return err
		}
		err = c.enforceOn(w.caller, "identity:update_identity_provider", old != nil, noTarget, missingIdentityProvider(id))
		if err != nil {
			return err
		}
		i = patch.Apply(*old)
		i.RemoteIDs = slices.Sorted(slices.Values(i.RemoteIDs))
		return w.UpdateIdentityProvider(ctx, &i)
	})
	if err != nil {
		return nil, err
	}
	return &i, nil
}

// DeleteIdentityProvider removes an identity provider with its protocols and what it calls
// users. Its domain stays.
func (c *Core) DeleteIdentityProvider(ctx context.Context, caller identity.Caller, id identity.IdentityProviderID) error {
	return c.update(ctx, caller, func(w *write) error {
		if err := c.enforce(w.caller, "identity:delete_identity_provider"); err != nil {
			return err
		}
		return w.DeleteIdentityProvider(ctx, id)
	})
}
