package core

import (
	"context"
	"fmt"

	"github.com/lintel-id/lintel/internal/identity"
	"github.com/lintel-id/lintel/internal/snapshot"
)

// RoleInference is a role and those it implies directly, in order of id.
type RoleInference struct {
	Prior   *identity.Role
	Implies []*identity.Role
}

// Implications returns the roles that a role implies directly.
func (c *Core) Implications(ctx context.Context, caller identity.Caller, prior identity.RoleID) (RoleInference, error) {
	s, err := c.fresh(ctx)
	if err != nil {
		return RoleInference{}, err
	}
	if _, err := c.enforceImplication(s, caller, "identity:list_implied_roles", prior); err != nil {
		return RoleInference{}, err
	}
	return inference(s, prior), nil
}

func inference(s *snapshot.Snapshot, prior identity.RoleID) RoleInference {
	in := RoleInference{Prior: s.Role(prior)}
	for _, id := range s.ImpliedBy(prior) {
		in.Implies = append(in.Implies, s.Role(id))
	}
	return in
}

// RoleInferences returns every role that implies any.
func (c *Core) RoleInferences(ctx context.Context, caller identity.Caller) ([]RoleInference, error) {
	if err := c.enforce(caller, "identity:list_role_inference_rules"); err != nil {
		return nil, err
	}
	s, err := c.fresh(ctx)
	if err != nil {
		return nil, err
	}
	var all []RoleInference
	for _, prior := range s.Implications() {
		all = append(all, inference(s, prior))
	}
	return all, nil
}

// Implication returns the two roles of an implication.
func (c *Core) Implication(ctx context.Context, caller identity.Caller, i identity.Implication) (RoleInference, error) {
	return c.implication(ctx, caller, "identity:get_implied_role", i)
}

// CheckImplication fails with NotFound unless prior implies implied directly.
func (c *Core) CheckImplication(ctx context.Context, caller identity.Caller, i identity.Implication) error {
	_, err := c.implication(ctx, caller, "identity:check_implied_role", i)
	return err
}

func (c *Core) implication(ctx context.Context, caller identity.Caller, action string, i identity.Implication) (RoleInference, error) {
	s, err := c.fresh(ctx)
	if err != nil {
		return RoleInference{}, err
	}
	roles, err := c.enforceImplication(s, caller, action, i.Prior, i.Implied)
	if err != nil {
		return RoleInference{}, err
	}
	if !s.Implies(i) {
		return RoleInference{}, i.Missing()
	}
	return RoleInference{Prior: roles[0], Implies: roles[1:]}, nil
}

// CreateImplication lets a role imply another. Keystone's limits: no role implies admin, and
// no global role implies one of a domain's own. A second time it is a Conflict, as in Keystone.
// Roles may imply each other in a circle: all of them then mean the same.
func (c *Core) CreateImplication(ctx context.Context, caller identity.Caller, i identity.Implication) (in RoleInference, err error) {
	err = c.update(ctx, caller, func(w *write) error {
		roles, err := c.enforceImplication(w.model, w.caller, "identity:create_implied_role", i.Prior, i.Implied)
		if err != nil {
			return err
		}
		prior, implied := roles[0], roles[1]
		switch {
		case implied.Name == identity.RoleAdmin, prior.DomainID == "" && implied.DomainID != "":
			return identity.Forbiddenf("%s cannot be an implied roles.", i.Implied)
		case w.model.Implies(i):
			return identity.Duplicate("implied_role", fmt.Sprintf("Duplicate entry found with prior role %s and implied role %s", i.Prior, i.Implied))
		}
		in = RoleInference{Prior: prior, Implies: []*identity.Role{implied}}
		return w.AddImplication(ctx, i)
	})
	if err != nil {
		return RoleInference{}, err
	}
	return in, nil
}

// DeleteImplication ends an implication. Tokens lose what came through it at once.
func (c *Core) DeleteImplication(ctx context.Context, caller identity.Caller, i identity.Implication) error {
	return c.update(ctx, caller, func(w *write) error {
		if _, err := c.enforceImplication(w.model, w.caller, "identity:delete_implied_role", i.Prior, i.Implied); err != nil {
			return err
		}
		return w.RemoveImplication(ctx, i)
	})
}

// enforceImplication looks the roles up, then asks policy: a missing role is a 404 even for who
// may not act on any, as in Keystone. Rules can name no attribute of these roles.
func (c *Core) enforceImplication(s *snapshot.Snapshot, caller identity.Caller, action string, ids ...identity.RoleID) ([]*identity.Role, error) {
	if !caller.Known() {
		return nil, identity.Unauthenticated("no token was given")
	}
	roles := make([]*identity.Role, len(ids))
	for i, id := range ids {
		if roles[i] = s.Role(id); roles[i] == nil {
			return nil, identity.Missing("role", id)
		}
	}
	return roles, c.enforce(caller, action)
}
