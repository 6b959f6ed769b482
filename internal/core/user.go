package core

import (
	"context"
	"iter"
	"slices"

	"github.com/lintel-id/lintel/internal/identity"
	"github.com/lintel-id/lintel/internal/policy"
	"github.com/lintel-id/lintel/internal/snapshot"
)

func userTarget(u *identity.User) []policy.Attr {
	return []policy.Attr{attr("target.user.id", u.ID), attr("target.user.domain_id", u.DomainID), attr("user_id", u.ID)}
}

// User returns a user.
func (c *Core) User(ctx context.Context, caller identity.Caller, id identity.UserID) (*identity.FederatedUser, error) {
	u, err := c.userFor(ctx, caller, "identity:get_user", id)
	if err != nil {
		return nil, err
	}
	return c.withFederated(ctx, c.shown(u))
}

// userFor returns the user of a path after asking policy about an action on it.
func (c *Core) userFor(ctx context.Context, caller identity.Caller, action string, id identity.UserID) (*identity.User, error) {
	s, err := c.fresh(ctx)
	if err != nil {
		return nil, err
	}
	u := s.User(id)
	if err := c.enforceOn(caller, action, u != nil, func() []policy.Attr { return userTarget(u) }, identity.Missing("user", id)); err != nil {
		return nil, err
	}
	return u, nil
}

// Users lists users; a domain-scoped caller sees those of its domain.
func (c *Core) Users(ctx context.Context, caller identity.Caller, f identity.UserFilter) (iter.Seq2[*identity.User, error], error) {
	if err := c.enforceList(caller, "identity:list_users", &f.DomainID); err != nil {
		return nil, err
	}
	if err := checkMarker(f.Page, c.Live.Current().User(identity.UserID(f.Page.Marker))); err != nil {
		return nil, err
	}
	return c.listUsers(ctx, f), nil
}

func (c *Core) listUsers(ctx context.Context, f identity.UserFilter) iter.Seq2[*identity.User, error] {
	find := func(p identity.Page) ([]identity.UserID, error) {
		f.Page = p
		return c.Store.ListUserIDs(ctx, f)
	}
	return list(ctx, c, f.Page, find, func(s *snapshot.Snapshot, id identity.UserID) *identity.User { return c.shown(s.User(id)) })
}

// UserProjects lists the projects a user has a role on.
func (c *Core) UserProjects(ctx context.Context, caller identity.Caller, id identity.UserID, f identity.ProjectFilter) ([]*identity.Project, error) {
	u, err := c.userFor(ctx, caller, "identity:list_user_projects", id)
	if err != nil {
		return nil, err
	}
	projects, _ := c.Live.Current().ProjectsOf(u.ID)
	return slices.DeleteFunc(projects, func(p *identity.Project) bool { return !f.Matches(p) }), nil
}

// UserGroups lists the groups a user is in; a domain-scoped caller sees those of its domain.
func (c *Core) UserGroups(ctx context.Context, caller identity.Caller, id identity.UserID, f identity.GroupFilter) (iter.Seq2[*identity.Group, error], error) {
	u, err := c.userFor(ctx, caller, "identity:list_groups_for_user", id)
	if err != nil {
		return nil, err
	}
	f.UserID = u.ID
	if caller.Authorization != nil && caller.Domain != nil {
		f.DomainID = identity.DomainID(caller.Domain.ID)
	}
	return c.listGroups(ctx, f), nil
}

// CreateUser makes a user, in the caller's domain when none is named.
func (c *Core) CreateUser(ctx context.Context, caller identity.Caller, spec identity.UserSpec) (*identity.FederatedUser, error) {
	if err := spec.Validate(); err != nil {
		return nil, err
	}
	if !caller.Known() {
		return nil, identity.Unauthenticated("no token was given")
	}
	u := &identity.User{ID: identity.UserID(identity.NewID()), DomainID: spec.DomainID, Name: spec.Name, Enabled: spec.Enabled,
		DefaultProjectID: spec.DefaultProjectID, Email: spec.Email, Options: spec.Options.Apply(nil), Extra: spec.Extra, CreatedAt: c.Now().UTC()}
	hash, err := c.hashChosen(ctx, identity.Opt[identity.Secret]{Set: !spec.Password.Empty(), Value: spec.Password})
	if err != nil {
		return nil, err
	}
	err = c.update(ctx, caller, func(w *write) error {
		if u.DomainID == "" {
			u.DomainID = c.homeDomain(w.caller)
		}
		if err := c.enforce(w.caller, "identity:create_user", userTarget(u)...); err != nil {
			return err
		}
		if w.model.Domain(u.DomainID) == nil {
			return identity.Missing("domain", u.DomainID)
		}
		if err := checkDefaultProject(w.model, u.DefaultProjectID); err != nil {
			return err
		}
		if err := w.InsertUser(ctx, u); err != nil {
			return err
		}
		if err := putFederated(ctx, w, u.ID, spec.Federated); err != nil {
			return err
		}
		if err := c.moveMember(ctx, w, spec.Member, u, ""); err != nil {
			return err
		}
		if hash == "" {
			return nil
		}
		row, err := c.firstPassword(ctx, w, u, identity.LoginPassword, hash, byAdministrator)
		u.Login = identity.PasswordState{ID: row.ID, ExpiresAt: row.ExpiresAt}
		return err
	})
	if err != nil {
		return nil, err
	}
	return &identity.FederatedUser{User: u, Federated: spec.Federated}, nil
}

// checkDefaultProject refuses a domain as default project; one that does not exist is taken,
// as Keystone does.
func checkDefaultProject(s *snapshot.Snapshot, id identity.ProjectID) error {
	if p := s.Project(id); p != nil && p.IsDomain {
		return identity.Invalidf("Invalid input for field 'default_project_id': %s acts as a domain.", id)
	}
	return nil
}

// UpdateUser changes a user. Disabling it ends its tokens for good and, as Keystone, its
// application credentials; a new password ends the tokens got with the old one.
func (c *Core) UpdateUser(ctx context.Context, caller identity.Caller, id identity.UserID, patch identity.UserPatch) (*identity.FederatedUser, error) {
	if err := patch.Validate(); err != nil {
		return nil, err
	}
	if !caller.Known() {
		return nil, identity.Unauthenticated("no token was given")
	}
	hash, err := c.hashChosen(ctx, patch.Password)
	if err != nil {
		return nil, err
	}
	var u identity.User
	err = c.update(ctx, caller, func(w *write) error {
		old := w.model.User(id)
		err := c.enforceOn(w.caller, "identity:update_user", old != nil, func() []policy.Attr { return userTarget(old) }, identity.Missing("user", id))
		if err != nil {
			return err
		}
		if err := keepsItsUser(w.caller, "identity:update_user", id); err != nil {
			return err
		}
		if patch.DomainID.Set && patch.DomainID.Value != old.DomainID {
			return identity.Invalidf("Invalid input for field 'domain_id': a user cannot move to another domain.")
		}
		if err := checkDefaultProject(w.model, patch.DefaultProjectID.Value); err != nil {
			return err
		}
		if u, err = patchedUser(old, &patch); err != nil {
			return err
		}
		if patch.Enabled.Set && u.Enabled {
			if err := c.wake(ctx, w, &u); err != nil {
				return err
			}
		}
		if err := w.UpdateUser(ctx, &u); err != nil {
			return err
		}
		if err := c.moveMember(ctx, w, patch.Member, &u, old.DefaultProjectID); err != nil {
			return err
		}
		if err := putFederated(ctx, w, u.ID, patch.Federated); err != nil {
			return err
		}
		if err := c.endDisabled(ctx, w, old, &u); err != nil {
			return err
		}
		if hash == "" {
			return nil
		}
		row, err := c.replacePassword(ctx, w, &u, identity.LoginPassword, hash, byAdministrator)
		u.Login = identity.PasswordState{ID: row.ID, ExpiresAt: row.ExpiresAt}
		return err
	})
	if err != nil {
		return nil, err
	}
	return c.withFederated(ctx, c.shown(&u))
}

func patchedUser(old *identity.User, patch *identity.UserPatch) (identity.User, error) {
	u := *old
	patch.Name.Apply(&u.Name)
	patch.Enabled.Apply(&u.Enabled)
	patch.DefaultProjectID.Apply(&u.DefaultProjectID)
	patch.Email.Apply(&u.Email)
	u.Options = patch.Options.Apply(u.Options)
	var err error
	u.Extra, err = mergeExtra(u.Extra, patch.Extra)
	return u, err
}

// endDisabled ends what a user that was just disabled had.
func (c *Core) endDisabled(ctx context.Context, w *write, old, u *identity.User) error {
	if !old.Enabled || u.Enabled {
		return nil
	}
	for id := range w.model.ApplicationCredentialsOf(u.ID) {
		if err := w.DeleteApplicationCredential(ctx, id); err != nil {
			return err
		}
	}
	return c.revoke(ctx, w, identity.RevokeUser, string(u.ID))
}

// DeleteUser removes a user with all that it has.
func (c *Core) DeleteUser(ctx context.Context, caller identity.Caller, id identity.UserID) error {
	return c.update(ctx, caller, func(w *write) error {
		u := w.model.User(id)
		err := c.enforceOn(w.caller, "identity:delete_user", u != nil, func() []policy.Attr { return userTarget(u) }, identity.Missing("user", id))
		if err != nil {
			return err
		}
		return w.DeleteUser(ctx, id)
	})
}
