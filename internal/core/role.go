package core

import (
	"context"

	"github.com/lintel-id/lintel/internal/identity"
	"github.com/lintel-id/lintel/internal/policy"
)

func roleTarget(r *identity.Role) []policy.Attr {
	return []policy.Attr{attr("target.role.id", r.ID), attr("target.role.name", r.Name), nullable("target.role.domain_id", r.DomainID)}
}

// roleActions are the policy actions of one verb: a domain's own role has another one.
type roleActions struct{ global, domain string }

func (a roleActions) on(d identity.DomainID) string {
	if d != "" {
		return a.domain
	}
	return a.global
}

// enforceRole is enforceOn for a role, which is nil when there is none.
func (c *Core) enforceRole(caller identity.Caller, actions roleActions, id identity.RoleID, r *identity.Role) error {
	action := actions.global
	if r != nil {
		action = actions.on(r.DomainID)
	}
	return c.enforceOn(caller, action, r != nil, func() []policy.Attr { return roleTarget(r) }, identity.Missing("role", id))
}

// Role returns a role.
func (c *Core) Role(ctx context.Context, caller identity.Caller, id identity.RoleID) (*identity.Role, error) {
	s, err := c.fresh(ctx)
	if err != nil {
		return nil, err
	}
	r := s.Role(id)
	return r, c.enforceRole(caller, roleActions{"identity:get_role", "identity:get_domain_role"}, id, r)
}

// Roles lists the global roles or, with a domain in the filter, those of that domain.
func (c *Core) Roles(ctx context.Context, caller identity.Caller, f identity.RoleFilter) ([]*identity.Role, error) {
	actions := roleActions{"identity:list_roles", "identity:list_domain_roles"}
	if err := c.enforce(caller, actions.on(f.DomainID)); err != nil {
		return nil, err
	}
	return listed(c.Store.ListRoles(ctx, f))
}

// CreateRole makes a role; with a domain, one of that domain's own.
func (c *Core) CreateRole(ctx context.Context, caller identity.Caller, spec identity.RoleSpec) (*identity.Role, error) {
	if err := spec.Validate(); err != nil {
		return nil, err
	}
	r := &identity.Role{ID: identity.RoleID(identity.NewID()), DomainID: spec.DomainID, Name: spec.Name, Description: spec.Description,
		Options: spec.Options, Extra: spec.Extra}
	err := c.update(ctx, caller, func(w *write) error {
		actions := roleActions{"identity:create_role", "identity:create_domain_role"}
		if err := c.enforce(w.caller, actions.on(r.DomainID), roleTarget(r)...); err != nil {
			return err
		}
		if r.DomainID != "" && w.model.Domain(r.DomainID) == nil {
			return identity.Missing("domain", r.DomainID)
		}
		return w.InsertRole(ctx, r)
	})
	if err != nil {
		return nil, err
	}
	return r, nil
}

// UpdateRole changes a role.
func (c *Core) UpdateRole(ctx context.Context, caller identity.Caller, id identity.RoleID, patch identity.RolePatch) (*identity.Role, error) {
	if err := patch.Validate(); err != nil {
		return nil, err
	}
	var r identity.Role
	err := c.update(ctx, caller, func(w *write) error {
		old := w.model.Role(id)
		if err := c.enforceRole(w.caller, roleActions{"identity:update_role", "identity:update_domain_role"}, id, old); err != nil {
			return err
		}
		switch {
		case old.Options.IsImmutable() && !patch.OnlyUnlocks():
			return immutable("role", id)
		case patch.DomainID.Set && patch.DomainID.Value != old.DomainID:
			return identity.Invalidf("Invalid input for field 'domain_id': a role cannot move to another domain.")
		}
		r = *old
		patch.Name.Apply(&r.Name)
		patch.Description.Apply(&r.Description)
		r.Options.Immutable = applyOption(patch.Immutable, r.Options.Immutable)
		var err error
		if r.Extra, err = mergeExtra(r.Extra, patch.Extra); err != nil {
			return err
		}
		return w.UpdateRole(ctx, &r)
	})
	if err != nil {
		return nil, err
	}
	return &r, nil
}

// DeleteRole removes a role with its grants, its implications and the application credentials
// that hold it. Tokens lose it at once. ExpireOnLoss does not apply: nobody's access was taken
// away, and the credentials that used the role are gone.
func (c *Core) DeleteRole(ctx context.Context, caller identity.Caller, id identity.RoleID) error {
	return c.update(ctx, caller, func(w *write) error {
		r := w.model.Role(id)
		if err := c.enforceRole(w.caller, roleActions{"identity:delete_role", "identity:delete_domain_role"}, id, r); err != nil {
			return err
		}
		if r.Options.IsImmutable() {
			return immutable("role", id)
		}
		return w.DeleteRole(ctx, id)
	})
}
