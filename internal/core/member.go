package core

import (
	"context"
	"slices"

	"github.com/lintel-id/lintel/internal/identity"
)

// moveMember gives a user who is to be a member the member role on the default project, and
// takes it back on the one before. Keystone's v2.0 API did so: there a user's tenant is where
// the user may work.
func (c *Core) moveMember(ctx context.Context, w *write, member bool, u *identity.User, from identity.ProjectID) error {
	to := u.DefaultProjectID
	if !member || from == to {
		return nil
	}
	if to != "" {
		a, err := c.memberOf(w, "identity:create_grant", u, to)
		if err != nil {
			return err
		}
		if err := w.AddAssignment(ctx, a); err != nil {
			return err
		}
	}
	if w.model.Project(from) == nil {
		return nil
	}
	a, err := c.memberOf(w, "identity:revoke_grant", u, from)
	if err != nil || !w.model.HasGrant(a) {
		return err
	}
	if err := w.RemoveAssignment(ctx, a); err != nil {
		return err
	}
	return c.endLost(ctx, w, []identity.Assignment{a}, nil)
}

// memberOf is the member role of a user on a project, if the caller may do the action to it.
func (c *Core) memberOf(w *write, action string, u *identity.User, id identity.ProjectID) (identity.Assignment, error) {
	p, role := w.model.Project(id), w.model.RoleByName("", identity.RoleMember)
	switch {
	case p == nil:
		return identity.Assignment{}, identity.Missing("project", id)
	case role == nil:
		return identity.Assignment{}, identity.Missing("role", identity.RoleMember)
	}
	err := c.enforce(w.caller, action, slices.Concat(roleTarget(role), userTarget(u), projectTarget(p))...)
	return identity.Assignment{Actor: identity.Actor{User: u.ID}, Target: identity.Target{Project: id}, Role: role.ID}, err
}

// ProjectUsers lists the users who have a role on a project, however they come to it, in order
// of id.
func (c *Core) ProjectUsers(ctx context.Context, caller identity.Caller, id identity.ProjectID) ([]*identity.User, error) {
	if err := c.enforce(caller, "identity:list_users"); err != nil {
		return nil, err
	}
	held, err := c.RoleAssignments(ctx, caller, AssignmentQuery{AssignmentFilter: identity.AssignmentFilter{Project: id}, Effective: true})
	if err != nil {
		return nil, err
	}
	ids := make([]identity.UserID, len(held))
	for i := range held {
		ids[i] = held[i].Actor.User
	}
	slices.Sort(ids)
	s := c.Live.Current()
	var users []*identity.User
	for _, id := range slices.Compact(ids) {
		if u := s.User(id); u != nil {
			users = append(users, c.shown(u))
		}
	}
	return users, nil
}

// ProjectRoles lists the roles that a user has on a project, however the user comes to them, in
// order of id.
func (c *Core) ProjectRoles(ctx context.Context, caller identity.Caller, project identity.ProjectID, user identity.UserID) ([]*identity.Role, error) {
	held, err := c.RoleAssignments(ctx, caller, AssignmentQuery{AssignmentFilter: identity.AssignmentFilter{Project: project, User: user}, Effective: true})
	if err != nil {
		return nil, err
	}
	ids := make([]identity.RoleID, len(held))
	for i := range held {
		ids[i] = held[i].Role
	}
	slices.Sort(ids)
	s := c.Live.Current()
	var roles []*identity.Role
	for _, id := range slices.Compact(ids) {
		if r := s.Role(id); r != nil {
			roles = append(roles, r)
		}
	}
	return roles, nil
}
