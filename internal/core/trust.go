package core

import (
	"context"
	"slices"

	"github.com/lintel-id/lintel/internal/identity"
	"github.com/lintel-id/lintel/internal/policy"
	"github.com/lintel-id/lintel/internal/snapshot"
)

// Trust is one as its trustor and trustee see it: with its roles as they are now.
type Trust struct {
	*identity.Trust
	RoleObjects []*identity.Role // of Roles, those that still exist, in order of id
}

func describeTrust(s *snapshot.Snapshot, t *identity.Trust) *Trust {
	out := &Trust{Trust: t}
	for _, id := range t.Roles {
		if r := s.Role(id); r != nil {
			out.RoleObjects = append(out.RoleObjects, r)
		}
	}
	return out
}

func trustTarget(t *identity.Trust) []policy.Attr {
	return []policy.Attr{attr("target.trust.trustor_user_id", t.TrustorID), attr("target.trust.trustee_user_id", t.TrusteeID)}
}

// Trust returns a trust.
func (c *Core) Trust(ctx context.Context, caller identity.Caller, id identity.TrustID) (*Trust, error) {
	return c.trust(ctx, caller, "identity:get_trust", id)
}

// TrustRoles returns a trust for its roles.
func (c *Core) TrustRoles(ctx context.Context, caller identity.Caller, id identity.TrustID) (*Trust, error) {
	return c.trust(ctx, caller, "identity:list_roles_for_trust", id)
}

// TrustRole returns a role of a trust.
func (c *Core) TrustRole(ctx context.Context, caller identity.Caller, id identity.TrustID, role identity.RoleID) (*identity.Role, error) {
	t, err := c.trust(ctx, caller, "identity:get_role_for_trust", id)
	if err != nil {
		return nil, err
	}
	i := slices.IndexFunc(t.RoleObjects, func(r *identity.Role) bool { return r.ID == role })
	if i < 0 {
		return nil, identity.Missing("role", role)
	}
	return t.RoleObjects[i], nil
}

func (c *Core) trust(ctx context.Context, caller identity.Caller, action string, id identity.TrustID) (*Trust, error) {
	s, err := c.fresh(ctx)
	if err != nil {
		return nil, err
	}
	t, err := c.enforceTrust(s, caller, action, id)
	if err != nil {
		return nil, err
	}
	return describeTrust(s, t), nil
}

// enforceTrust finds a trust and then asks policy: one that is missing, or over, is a 404 for
// everybody (bug 1840288 of Keystone).
func (c *Core) enforceTrust(s *snapshot.Snapshot, caller identity.Caller, action string, id identity.TrustID) (*identity.Trust, error) {
	if !caller.Known() {
		return nil, identity.Unauthenticated("no token was given")
	}
	t := s.Trust(id)
	if t == nil || t.Over(c.Now()) {
		return nil, identity.Missing("trust", id)
	}
	return t, c.enforce(caller, action, trustTarget(t)...)
}

// Trusts lists trusts in order of id, those that are over too until they are removed. Everybody
// may list those made by or for them.
func (c *Core) Trusts(ctx context.Context, caller identity.Caller, f identity.TrustFilter) ([]*identity.Trust, error) {
	action := "identity:list_trusts"
	switch {
	case f.TrustorID != "":
		action = "identity:list_trusts_for_trustor"
	case f.TrusteeID != "":
		action = "identity:list_trusts_for_trustee"
	}
	target := trustTarget(&identity.Trust{TrustorID: f.TrustorID, TrusteeID: f.TrusteeID})
	if err := c.enforce(caller, action, target...); err != nil {
		return nil, err
	}
	return listed(c.Store.ListTrusts(ctx, f))
}

// CreateTrust makes a trust of the caller, in the project of the caller's token. With the token
// of a trust it is a redelegation of that one.
func (c *Core) CreateTrust(ctx context.Context, caller identity.Caller, spec identity.TrustSpec) (*Trust, error) {
	if err := spec.Validate(); err != nil {
		return nil, err
	}
	if !spec.ExpiresAt.IsZero() && !spec.ExpiresAt.After(c.Now()) {
		return nil, identity.Invalidf("The 'expires_at' must not be before now.")
	}
	var t *Trust
	err := c.update(ctx, caller, func(w *write) error {
		const action = "identity:create_trust"
		if err := c.enforce(w.caller, action, attr("target.trust.trustor_user_id", spec.TrustorID)); err != nil {
			return err
		}
		if w.caller.Authorization == nil {
			return identity.NotAuthorized(action) // nobody is the trustor
		}
		made, err := c.newTrust(w, &spec)
		if err != nil {
			return err
		}
		t = describeTrust(w.model, made)
		return w.InsertTrust(ctx, made)
	})
	if err != nil {
		return nil, err
	}
	return t, nil
}

// newTrust makes the trust of a spec out of what the caller has.
func (c *Core) newTrust(w *write, spec *identity.TrustSpec) (*identity.Trust, error) {
	switch {
	case spec.ProjectID != "" && len(spec.Roles) == 0:
		return nil, identity.NotAuthorized("At least one role should be specified")
	case spec.TrustorID != w.caller.User.ID:
		return nil, identity.NotAuthorized("The authenticated user should match the trustor")
	case w.model.User(spec.TrusteeID) == nil:
		return nil, identity.Missing("user", spec.TrusteeID)
	}
	roles, err := trustRoles(w.model, spec)
	if err != nil {
		return nil, err
	}
	if spec.ProjectID != "" && (w.caller.Project == nil || w.caller.Project.ID != spec.ProjectID) {
		return nil, identity.NotAuthorized("A trust is made with a token of its project")
	}
	t := &identity.Trust{ID: identity.TrustID(identity.NewID()), TrustorID: spec.TrustorID, TrusteeID: spec.TrusteeID, ProjectID: spec.ProjectID,
		Impersonation: spec.Impersonation, Roles: roles, ExpiresAt: spec.ExpiresAt, RemainingUses: identity.UnlimitedUses, Extra: spec.Extra}
	if spec.RemainingUses != nil {
		t.RemainingUses = *spec.RemainingUses
	}
	return t, c.redelegate(w, t, spec)
}

// trustRoles finds the roles of a spec, all of which the trustor must hold on the project, and
// returns them in order of id.
func trustRoles(s *snapshot.Snapshot, spec *identity.TrustSpec) ([]identity.RoleID, error) {
	var ids []identity.RoleID
	for _, ref := range spec.Roles {
		id, err := trustRole(s, ref)
		if err != nil {
			return nil, err
		}
		ids = append(ids, id)
	}
	if spec.ProjectID != "" && s.Project(spec.ProjectID) == nil {
		return nil, identity.Missing("project", spec.ProjectID)
	}
	for _, id := range ids {
		if !s.Holds(spec.TrustorID, identity.Target{Project: spec.ProjectID}, []identity.RoleID{id}) {
			return nil, identity.Missing("role", id)
		}
	}
	slices.Sort(ids)
	return slices.Compact(ids), nil
}

// trustRole finds a role by id, or by a name that only one role has.
func trustRole(s *snapshot.Snapshot, ref identity.RoleRef) (identity.RoleID, error) {
	if ref.ID != "" {
		return ref.ID, nil // whether it exists shows in who holds it
	}
	switch named := s.RolesNamed(ref.Name); len(named) {
	case 0:
		return "", identity.Missing("role", ref.Name)
	case 1:
		return named[0].ID, nil
	}
	return "", identity.Invalidf("There are multiple role entities named '%s'. Please use ID instead of names to resolve the ambiguity.", ref.Name)
}

// DeleteTrust removes a trust with all that were redelegated from it, and the credentials made
// with their tokens: the tokens end at once (CVE-2014-2237). The token of a trust can remove
// that trust and those below it, but no other trust of the trustor it acts as.
func (c *Core) DeleteTrust(ctx context.Context, caller identity.Caller, id identity.TrustID) error {
	const action = "identity:delete_trust"
	return c.update(ctx, caller, func(w *write) error {
		t, err := c.enforceTrust(w.model, w.caller, action, id)
		if err != nil {
			return err
		}
		if w.caller.Authorization != nil && w.caller.Trust != nil {
			if chain, _ := w.model.TrustChain(t); !slices.Contains(chain, w.caller.Trust) {
				return identity.NotAuthorized(action)
			}
		}
		return w.DeleteTrust(ctx, id)
	})
}
