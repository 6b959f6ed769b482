package core

import (
	"context"
	"iter"

	"github.com/lintel-id/lintel/internal/identity"
	"github.com/lintel-id/lintel/internal/policy"
	"github.com/lintel-id/lintel/internal/snapshot"
)

func groupTarget(g *identity.Group) []policy.Attr {
	return []policy.Attr{attr("target.group.id", g.ID), attr("target.group.name", g.Name), attr("target.group.domain_id", g.DomainID)}
}

// Group returns a group.
func (c *Core) Group(ctx context.Context, caller identity.Caller, id identity.GroupID) (*identity.Group, error) {
	s, err := c.fresh(ctx)
	if err != nil {
		return nil, err
	}
	g := s.Group(id)
	return g, c.enforceGroup(caller, "identity:get_group", id, g)
}

// enforceGroup is enforceOn for a group, which is nil when there is none.
func (c *Core) enforceGroup(caller identity.Caller, action string, id identity.GroupID, g *identity.Group) error {
	return c.enforceOn(caller, action, g != nil, func() []policy.Attr { return groupTarget(g) }, identity.Missing("group", id))
}

// Groups lists groups; a domain-scoped caller sees those of its domain.
func (c *Core) Groups(ctx context.Context, caller identity.Caller, f identity.GroupFilter) (iter.Seq2[*identity.Group, error], error) {
	if err := c.enforceList(caller, "identity:list_groups", &f.DomainID); err != nil {
		return nil, err
	}
	if err := checkMarker(f.Page, c.Live.Current().Group(identity.GroupID(f.Page.Marker))); err != nil {
		return nil, err
	}
	return c.listGroups(ctx, f), nil
}

func (c *Core) listGroups(ctx context.Context, f identity.GroupFilter) iter.Seq2[*identity.Group, error] {
	find := func(p identity.Page) ([]identity.GroupID, error) {
		f.Page = p
		return c.Store.ListGroupIDs(ctx, f)
	}
	return list(ctx, c, f.Page, find, (*snapshot.Snapshot).Group)
}

// CreateGroup makes a group, in the caller's domain when none is named.
func (c *Core) CreateGroup(ctx context.Context, caller identity.Caller, spec identity.GroupSpec) (*identity.Group, error) {
	if err := spec.Validate(); err != nil {
		return nil, err
	}
	g := &identity.Group{ID: identity.GroupID(identity.NewID()), DomainID: spec.DomainID, Name: spec.Name, Description: spec.Description, Extra: spec.Extra}
	err := c.update(ctx, caller, func(w *write) error {
		if g.DomainID == "" {
			g.DomainID = c.homeDomain(w.caller)
		}
		if err := c.enforce(w.caller, "identity:create_group", groupTarget(g)...); err != nil {
			return err
		}
		if w.model.Domain(g.DomainID) == nil {
			return identity.Missing("domain", g.DomainID)
		}
		return w.InsertGroup(ctx, g)
	})
	if err != nil {
		return nil, err
	}
	return g, nil
}

// UpdateGroup changes a group.
func (c *Core) UpdateGroup(ctx context.Context, caller identity.Caller, id identity.GroupID, patch identity.GroupPatch) (*identity.Group, error) {
	if err := patch.Validate(); err != nil {
		return nil, err
	}
	var g identity.Group
	err := c.update(ctx, caller, func(w *write) error {
		old := w.model.Group(id)
		if err := c.enforceGroup(w.caller, "identity:update_group", id, old); err != nil {
			return err
		}
		if patch.DomainID.Set && patch.DomainID.Value != old.DomainID {
			return identity.Invalidf("Invalid input for field 'domain_id': a group cannot move to another domain.")
		}
		g = *old
		patch.Name.Apply(&g.Name)
		patch.Description.Apply(&g.Description)
		var err error
		if g.Extra, err = mergeExtra(g.Extra, patch.Extra); err != nil {
			return err
		}
		return w.UpdateGroup(ctx, &g)
	})
	if err != nil {
		return nil, err
	}
	return &g, nil
}

// DeleteGroup removes a group with its grants. Its members lose what they had through it, at
// once and, by ExpireOnLoss, for good.
func (c *Core) DeleteGroup(ctx context.Context, caller identity.Caller, id identity.GroupID) error {
	return c.update(ctx, caller, func(w *write) error {
		if err := c.enforceGroup(w.caller, "identity:delete_group", id, w.model.Group(id)); err != nil {
			return err
		}
		grants, err := w.ListAssignments(ctx, identity.AssignmentFilter{Group: id})
		if err != nil {
			return err
		}
		if err := c.endLost(ctx, w, grants, nil); err != nil {
			return err
		}
		return w.DeleteGroup(ctx, id)
	})
}

// GroupUsers lists the users in a group; a domain-scoped caller sees those of its domain.
func (c *Core) GroupUsers(ctx context.Context, caller identity.Caller, id identity.GroupID, f identity.UserFilter) (iter.Seq2[*identity.User, error], error) {
	s, err := c.fresh(ctx)
	if err != nil {
		return nil, err
	}
	if err := c.enforceGroup(caller, "identity:list_users_in_group", id, s.Group(id)); err != nil {
		return nil, err
	}
	f.GroupID = id
	if caller.Authorization != nil && caller.Domain != nil {
		own := identity.DomainID(caller.Domain.ID)
		if f.DomainID != "" && f.DomainID != own {
			return func(func(*identity.User, error) bool) {}, nil
		}
		f.DomainID = own
	}
	return c.listUsers(ctx, f), nil
}

// AddMember puts a user into a group.
func (c *Core) AddMember(ctx context.Context, caller identity.Caller, m identity.Membership) error {
	return c.update(ctx, caller, func(w *write) error {
		if err := c.enforceMember(w.model, w.caller, "identity:add_user_to_group", m); err != nil {
			return err
		}
		return w.AddMember(ctx, m)
	})
}

// RemoveMember takes a user out of a group. What it had through the group ends at once and, by
// ExpireOnLoss, for good.
func (c *Core) RemoveMember(ctx context.Context, caller identity.Caller, m identity.Membership) error {
	return c.update(ctx, caller, func(w *write) error {
		if err := c.enforceMember(w.model, w.caller, "identity:remove_user_from_group", m); err != nil {
			return err
		}
		if err := w.RemoveMember(ctx, m); err != nil {
			return err
		}
		return c.endLost(ctx, w, nil, []identity.Membership{m})
	})
}

// CheckMember fails with NotFound unless the user is in the group.
func (c *Core) CheckMember(ctx context.Context, caller identity.Caller, m identity.Membership) error {
	s, err := c.fresh(ctx)
	if err != nil {
		return err
	}
	if err := c.enforceMember(s, caller, "identity:check_user_in_group", m); err != nil {
		return err
	}
	if !s.IsMember(m.UserID, m.GroupID) {
		return m.Missing()
	}
	return nil
}

// enforceMember asks policy about a user and a group with what is known of the two; only then
// does it say that one of them is missing.
func (c *Core) enforceMember(s *snapshot.Snapshot, caller identity.Caller, action string, m identity.Membership) error {
	u, g := s.User(m.UserID), s.Group(m.GroupID)
	var target []policy.Attr
	if u != nil {
		target = append(target, userTarget(u)...)
	}
	if g != nil {
		target = append(target, groupTarget(g)...)
	}
	switch err := c.enforce(caller, action, target...); {
	case err != nil:
		return err
	case g == nil:
		return identity.Missing("group", m.GroupID)
	case u == nil:
		return identity.Missing("user", m.UserID)
	}
	return nil
}
