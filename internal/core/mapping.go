package core

import (
	"context"

	"github.com/lintel-id/lintel/internal/auth/mapping"
	"github.com/lintel-id/lintel/internal/identity"
)

// Mapping returns a mapping.
func (c *Core) Mapping(ctx context.Context, caller identity.Caller, id identity.MappingID) (*identity.Mapping, error) {
	if !caller.Known() {
		return nil, identity.Unauthenticated("no token was given")
	}
	m, err := c.Store.Mapping(ctx, id)
	if err != nil {
		return nil, err
	}
	return m, c.enforceOn(caller, "identity:get_mapping", m != nil, noTarget, identity.Missing("mapping", id))
}

// Mappings lists all mappings.
func (c *Core) Mappings(ctx context.Context, caller identity.Caller) ([]*identity.Mapping, error) {
	if err := c.enforce(caller, "identity:list_mappings"); err != nil {
		return nil, err
	}
	return listed(c.Store.ListMappings(ctx))
}

// CreateMapping makes a mapping whose rules can be read.
func (c *Core) CreateMapping(ctx context.Context, caller identity.Caller, spec identity.MappingSpec) (*identity.Mapping, error) {
	if err := spec.Validate(); err != nil {
		return nil, err
	}
	m := identity.Mapping(spec)
	if m.SchemaVersion == "" {
		m.SchemaVersion = mapping.Version1
	}
	if _, err := mapping.Parse(m.SchemaVersion, []byte(m.Rules)); err != nil {
		return nil, err
	}
	err := c.update(ctx, caller, func(w *write) error {
		if err := c.enforce(w.caller, "identity:create_mapping"); err != nil {
			return err
		}
		return w.InsertMapping(ctx, &m)
	})
	if err != nil {
		return nil, err
	}
	return &m, nil
}

// UpdateMapping changes the rules of a mapping, and their version where one is named.
func (c *Core) UpdateMapping(ctx context.Context, caller identity.Caller, id identity.MappingID, patch identity.MappingPatch) (*identity.Mapping, error) {
	if err := patch.Validate(); err != nil {
		return nil, err
	}
	if patch.SchemaVersion != "" {
		if _, err := mapping.Parse(patch.SchemaVersion, []byte(patch.Rules)); err != nil {
			return nil, err
		}
	}
	var m identity.Mapping
	err := c.update(ctx, caller, func(w *write) error {
		old, err := w.Mapping(ctx, id)
		if err != nil {
			return err
		}
		if err := c.enforceOn(w.caller, "identity:update_mapping", old != nil, noTarget, identity.Missing("mapping", id)); err != nil {
			return err
		}
		m = *old
		m.Rules = patch.Rules
		if patch.SchemaVersion != "" {
			m.SchemaVersion = patch.SchemaVersion
		} else if _, err := mapping.Parse(m.SchemaVersion, []byte(m.Rules)); err != nil {
			return err
		}
		return w.UpdateMapping(ctx, &m)
	})
	if err != nil {
		return nil, err
	}
	return &m, nil
}

// DeleteMapping removes a mapping, also one that a protocol names: nobody can log in with that
// protocol then.
func (c *Core) DeleteMapping(ctx context.Context, caller identity.Caller, id identity.MappingID) error {
	return c.update(ctx, caller, func(w *write) error {
		if err := c.enforce(w.caller, "identity:delete_mapping"); err != nil {
			return err
		}
		return w.DeleteMapping(ctx, id)
	})
}
