package core

import (
	"context"

	"github.com/lintel-id/lintel/internal/identity"
	"github.com/lintel-id/lintel/internal/policy"
	"github.com/lintel-id/lintel/internal/snapshot"
)

// grantActions are the policy actions of one verb: one for projects and domains, and on the
// system one for each kind of actor.
type grantActions struct{ here, systemUser, systemGroup string }

func (g grantActions) of(a identity.Assignment) string {
	switch {
	case !a.Target.System:
		return g.here
	case a.Actor.Group != "":
		return g.systemGroup
	}
	return g.systemUser
}

// GrantRole gives a role to an actor on a target. Giving it again changes nothing. A domain's
// own role can be granted only in that domain.
func (c *Core) GrantRole(ctx context.Context, caller identity.Caller, a identity.Assignment) error {
	return c.grant(ctx, caller, a, func(*snapshot.Snapshot) error { return nil })
}

// GrantNewRole is GrantRole as the v2.0 API has it: giving a role again is a conflict.
func (c *Core) GrantNewRole(ctx context.Context, caller identity.Caller, a identity.Assignment) error {
	return c.grant(ctx, caller, a, func(s *snapshot.Snapshot) error {
		if !s.HasGrant(a) {
			return nil
		}
		return identity.Duplicate("role grant", "User "+string(a.Actor.User)+" already has role "+string(a.Role)+" in tenant "+string(a.Target.Project))
	})
}

func (c *Core) grant(ctx context.Context, caller identity.Caller, a identity.Assignment, fits func(*snapshot.Snapshot) error) error {
	return c.update(ctx, caller, func(w *write) error {
		action := grantActions{"identity:create_grant", "identity:create_system_grant_for_user", "identity:create_system_grant_for_group"}.of(a)
		if err := c.enforceGrant(w.model, w.caller, action, a, actorTarget); err != nil {
			return err
		}
		if err := checkRolePlace(w.model, a); err != nil {
			return err
		}
		if err := fits(w.model); err != nil {
			return err
		}
		return w.AddAssignment(ctx, a)
	})
}

func checkRolePlace(s *snapshot.Snapshot, a identity.Assignment) error {
	of := s.Role(a.Role).DomainID
	switch {
	case of == "":
		return nil
	case a.Target.System:
		return identity.Invalidf("Role %s is a domain-specific role. Unable to use a domain-specific role in a system assignment.", a.Role)
	case of == a.Target.Domain:
		return nil
	}
	if p := s.Project(a.Target.Project); p != nil && p.OwnDomain() == of {
		return nil
	}
	_, target := a.Target.Row()
	return identity.Forbiddenf("Project %s must be in the same domain as the role %s being assigned.", target, a.Role)
}

// CheckGrant fails with NotFound unless just this assignment exists.
func (c *Core) CheckGrant(ctx context.Context, caller identity.Caller, a identity.Assignment) error {
	s, err := c.fresh(ctx)
	if err != nil {
		return err
	}
	action := grantActions{"identity:check_grant", "identity:check_system_grant_for_user", "identity:check_system_grant_for_group"}.of(a)
	if err := c.enforceGrant(s, caller, action, a, actorTarget); err != nil {
		return err
	}
	if !s.HasGrant(a) {
		return a.Missing()
	}
	return nil
}

// RevokeGrant takes a role back; a grant that does not exist is NotFound and nothing changes
// (CVE-2013-4477). The actor may be gone already, so that what it left can be removed. Tokens
// lose the role at once; by ExpireOnLoss the last role on a project takes all for good.
func (c *Core) RevokeGrant(ctx context.Context, caller identity.Caller, a identity.Assignment) error {
	return c.update(ctx, caller, func(w *write) error {
		action := grantActions{"identity:revoke_grant", "identity:revoke_system_grant_for_user", "identity:revoke_system_grant_for_group"}.of(a)
		if err := c.enforceGrant(w.model, w.caller, action, a, orphanTarget); err != nil {
			return err
		}
		if err := w.RemoveAssignment(ctx, a); err != nil {
			return err
		}
		return c.endLost(ctx, w, []identity.Assignment{a}, nil)
	})
}

// Grants lists the roles granted to an actor just on a target or, inherited, just to what is
// below it.
func (c *Core) Grants(ctx context.Context, caller identity.Caller, actor identity.Actor, target identity.Target, inherited bool) ([]*identity.Role, error) {
	s, err := c.fresh(ctx)
	if err != nil {
		return nil, err
	}
	a := identity.Assignment{Actor: actor, Target: target}
	action := grantActions{"identity:list_grants", "identity:list_system_grants_for_user", "identity:list_system_grants_for_group"}.of(a)
	if err := c.enforceGrant(s, caller, action, a, actorTarget); err != nil {
		return nil, err
	}
	var roles []*identity.Role
	for _, id := range s.Granted(actor, target, inherited) {
		if r := s.Role(id); r != nil {
			roles = append(roles, r)
		}
	}
	return roles, nil
}

// enforceGrant looks up the role (where one is named), the actor and the target, in this order,
// and then asks policy: what is missing is a 404 even for who may grant nothing, as in Keystone.
func (c *Core) enforceGrant(s *snapshot.Snapshot, caller identity.Caller, action string, a identity.Assignment,
	actor func(*snapshot.Snapshot, identity.Actor) ([]policy.Attr, error)) error {
	if !caller.Known() {
		return identity.Unauthenticated("no token was given")
	}
	var facts []policy.Attr
	if a.Role != "" {
		r := s.Role(a.Role)
		if r == nil {
			return identity.Missing("role", a.Role)
		}
		facts = roleTarget(r)
	}
	who, err := actor(s, a.Actor)
	if err != nil {
		return err
	}
	where, err := placeTarget(s, a.Target)
	if err != nil {
		return err
	}
	return c.enforce(caller, action, append(append(facts, who...), where...)...)
}

// actorTarget finds an actor as the kind it is said to be and no other (CVE-2014-0204).
func actorTarget(s *snapshot.Snapshot, a identity.Actor) ([]policy.Attr, error) {
	if a.Group != "" {
		if g := s.Group(a.Group); g != nil {
			return groupTarget(g), nil
		}
		return nil, identity.Missing("group", a.Group)
	}
	if u := s.User(a.User); u != nil {
		return userTarget(u), nil
	}
	return nil, identity.Missing("user", a.User)
}

// orphanTarget is actorTarget for an actor that may be gone: policy then knows nothing of it.
func orphanTarget(s *snapshot.Snapshot, a identity.Actor) ([]policy.Attr, error) {
	facts, err := actorTarget(s, a)
	if identity.KindOf(err) == identity.NotFound {
		return nil, nil
	}
	return facts, err
}

func placeTarget(s *snapshot.Snapshot, t identity.Target) ([]policy.Attr, error) {
	switch {
	case t.System:
		return nil, nil
	case t.Domain != "":
		if d := s.Domain(t.Domain); d != nil {
			return domainTarget(d), nil
		}
		return nil, identity.Missing("domain", t.Domain)
	}
	if p := s.Project(t.Project); p != nil {
		return projectTarget(p), nil
	}
	return nil, identity.Missing("project", t.Project)
}

// endLost makes an end, by ExpireOnLoss, to what users had on the projects that they have no
// role on once the assignments and memberships are gone: the tokens minted so far, the
// application credentials and the EC2 keys stay dead even if a role comes back. Nothing is
// deleted.
func (c *Core) endLost(ctx context.Context, w *write, assignments []identity.Assignment, memberships []identity.Membership) error {
	if !c.Settings.ExpireOnLoss {
		return nil
	}
	for _, lost := range w.model.Losses(assignments, memberships) {
		if err := c.revoke(ctx, w, identity.RevokeUserProject, identity.RevocationKey(lost.User, lost.Project)); err != nil {
			return err
		}
		for id := range w.model.ApplicationCredentialsOf(lost.User) {
			if w.model.ApplicationCredential(id).ProjectID != lost.Project {
				continue
			}
			if err := w.SetApplicationCredentialDisabled(ctx, id); err != nil {
				return err
			}
		}
		if err := endKeys(ctx, w, lost.User, lost.Project); err != nil {
			return err
		}
	}
	return nil
}

// endKeys ends the EC2 keys of a user for a project.
func endKeys(ctx context.Context, w *write, user identity.UserID, project identity.ProjectID) error {
	for id := range w.model.CredentialsOf(user) {
		if cred := w.model.Credential(id); cred.Type != identity.CredentialEC2 || cred.ProjectID != project || cred.Disabled {
			continue
		}
		if err := w.SetCredentialDisabled(ctx, id); err != nil {
			return err
		}
	}
	return nil
}
