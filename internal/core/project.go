package core

import (
	"context"
	"iter"

	"github.com/lintel-id/lintel/internal/identity"
	"github.com/lintel-id/lintel/internal/policy"
	"github.com/lintel-id/lintel/internal/snapshot"
)

func projectTarget(p *identity.Project) []policy.Attr {
	return []policy.Attr{attr("target.project.id", p.ID), nullable("target.project.domain_id", p.DomainID)}
}

// Project returns a project.
func (c *Core) Project(ctx context.Context, caller identity.Caller, id identity.ProjectID) (*identity.Project, error) {
	return c.projectFor(ctx, caller, "identity:get_project", id)
}

// projectFor returns the project of a path after asking policy about an action on it.
func (c *Core) projectFor(ctx context.Context, caller identity.Caller, action string, id identity.ProjectID) (*identity.Project, error) {
	s, err := c.fresh(ctx)
	if err != nil {
		return nil, err
	}
	p := s.Project(id)
	return p, c.enforceOn(caller, action, p != nil, func() []policy.Attr { return projectTarget(p) }, identity.Missing("project", id))
}

// Projects lists projects; a domain-scoped caller sees those of its domain.
func (c *Core) Projects(ctx context.Context, caller identity.Caller, f identity.ProjectFilter) (iter.Seq2[*identity.Project, error], error) {
	if err := c.enforceList(caller, "identity:list_projects", &f.DomainID); err != nil {
		return nil, err
	}
	return c.listProjects(ctx, f)
}

func (c *Core) listProjects(ctx context.Context, f identity.ProjectFilter) (iter.Seq2[*identity.Project, error], error) {
	if err := checkMarker(f.Page, c.Live.Current().Project(identity.ProjectID(f.Page.Marker))); err != nil {
		return nil, err
	}
	find := func(p identity.Page) ([]identity.ProjectID, error) {
		f.Page = p
		return c.Store.ListProjectIDs(ctx, f)
	}
	return list(ctx, c, f.Page, find, (*snapshot.Snapshot).Project), nil
}

// CreateProject makes a project below its parent; without one, below its domain.
func (c *Core) CreateProject(ctx context.Context, caller identity.Caller, spec identity.ProjectSpec) (*identity.Project, error) {
	if spec.IsDomain {
		return c.createDomain(ctx, caller, "identity:create_project", spec)
	}
	if err := spec.Validate(); err != nil {
		return nil, err
	}
	p := spec.Project()
	p.ID = identity.ProjectID(identity.NewID())
	err := c.update(ctx, caller, func(w *write) error {
		c.placeProject(w, p)
		if err := c.enforce(w.caller, "identity:create_project", projectTarget(p)...); err != nil {
			return err
		}
		if err := checkPlace(w.model, p, c.maxTreeDepth()); err != nil {
			return err
		}
		return w.InsertProject(ctx, p)
	})
	if err != nil {
		return nil, err
	}
	return p, nil
}

// placeProject fills in the domain and the parent that were not given.
func (c *Core) placeProject(w *write, p *identity.Project) {
	if p.DomainID == "" && p.ParentID != "" {
		if parent := w.model.Project(p.ParentID); parent != nil {
			p.DomainID = parent.OwnDomain()
		}
	}
	if p.DomainID == "" {
		p.DomainID = c.homeDomain(w.caller)
	}
	if p.ParentID == "" {
		p.ParentID = identity.ProjectID(p.DomainID)
	}
}

// homeDomain is where what a caller creates goes when nothing is said: the domain of a
// domain-scoped token, else the default domain.
func (c *Core) homeDomain(caller identity.Caller) identity.DomainID {
	if caller.Authorization != nil && caller.Domain != nil {
		return identity.DomainID(caller.Domain.ID)
	}
	return c.Settings.DefaultDomain
}

func checkPlace(s *snapshot.Snapshot, p *identity.Project, maxDepth int) error {
	if s.Domain(p.DomainID) == nil {
		return identity.Missing("domain", p.DomainID)
	}
	parent := s.Project(p.ParentID)
	switch {
	case parent == nil:
		return identity.Invalidf("Invalid input for field 'parent_id': the parent project %s does not exist.", p.ParentID)
	case parent.OwnDomain() != p.DomainID:
		return identity.Invalidf("Invalid input for field 'parent_id': the parent project is in another domain.")
	case !parent.Enabled:
		return identity.Invalidf("Invalid input for field 'parent_id': the parent project is disabled.")
	}
	depth := 1
	for a := parent; a != nil && !a.IsDomain; a = s.Project(a.ParentID) {
		depth++
	}
	if depth > maxDepth {
		return identity.Forbiddenf("Max hierarchy depth reached for %s branch.", p.ParentID)
	}
	return nil
}

// UpdateProject changes a project. Disabling it ends the tokens scoped to it for good.
func (c *Core) UpdateProject(ctx context.Context, caller identity.Caller, id identity.ProjectID, patch identity.ProjectPatch) (*identity.Project, error) {
	return c.updateProject(ctx, caller, "identity:update_project", id, patch, false)
}

func (c *Core) updateProject(ctx context.Context, caller identity.Caller, action string, id identity.ProjectID, patch identity.ProjectPatch, domain bool) (*identity.Project, error) {
	if err := patch.Validate(); err != nil {
		return nil, err
	}
	var p identity.Project
	err := c.update(ctx, caller, func(w *write) error {
		old := w.model.Project(id)
		target, missing := projectTarget, identity.Missing("project", id)
		if domain {
			target, missing = domainTarget, identity.Missing("domain", id)
		}
		err := c.enforceOn(w.caller, action, old != nil && (!domain || old.IsDomain), func() []policy.Attr { return target(old) }, missing)
		if err != nil {
			return err
		}
		if err := checkProjectPatch(w.model, old, &patch); err != nil {
			return err
		}
		p = *old
		patch.Name.Apply(&p.Name)
		patch.Description.Apply(&p.Description)
		patch.Enabled.Apply(&p.Enabled)
		patch.Tags.Apply(&p.Tags)
		p.Options.Immutable = applyOption(patch.Immutable, p.Options.Immutable)
		if p.Extra, err = mergeExtra(p.Extra, patch.Extra); err != nil {
			return err
		}
		if err := w.UpdateProject(ctx, &p); err != nil {
			return err
		}
		return c.revokeDisabled(ctx, w, old, &p)
	})
	if err != nil {
		return nil, err
	}
	return &p, nil
}

// revokeDisabled ends the tokens of a project or domain that was just disabled.
func (c *Core) revokeDisabled(ctx context.Context, w *write, old, p *identity.Project) error {
	if !old.Enabled || p.Enabled {
		return nil
	}
	if p.IsDomain {
		if err := c.revoke(ctx, w, identity.RevokeDomain, string(p.ID)); err != nil {
			return err
		}
	}
	return c.revoke(ctx, w, identity.RevokeProject, string(p.ID))
}

func checkProjectPatch(s *snapshot.Snapshot, old *identity.Project, patch *identity.ProjectPatch) error {
	switch {
	case old.Options.IsImmutable() && !patch.OnlyUnlocks():
		return immutable("project", old.ID)
	case patch.DomainID.Set && patch.DomainID.Value != old.DomainID:
		return identity.Invalidf("Invalid input for field 'domain_id': a project cannot move to another domain.")
	case patch.IsDomain.Set && patch.IsDomain.Value != old.IsDomain:
		return identity.Invalidf("Invalid input for field 'is_domain': it cannot be changed.")
	case patch.ParentID.Set && patch.ParentID.Value != old.ParentID:
		return identity.Forbiddenf("Update of `parent_id` is not allowed.")
	}
	if !patch.Enabled.Set || old.IsDomain || patch.Enabled.Value == old.Enabled {
		return nil
	}
	if patch.Enabled.Value {
		if parent := s.Project(old.ParentID); parent != nil && !parent.Enabled {
			return identity.Forbiddenf("Cannot enable project %s since it has disabled parents.", old.ID)
		}
		return nil
	}
	for id := range s.Children(old.ID) {
		if s.Project(id).Enabled {
			return identity.Forbiddenf("Cannot disable project %s since its subtree contains enabled projects.", old.ID)
		}
	}
	return nil
}

// DeleteProject removes a leaf of the tree, with the roles on it and the credentials for it.
func (c *Core) DeleteProject(ctx context.Context, caller identity.Caller, id identity.ProjectID) error {
	return c.update(ctx, caller, func(w *write) error {
		p := w.model.Project(id)
		err := c.enforceOn(w.caller, "identity:delete_project", p != nil, func() []policy.Attr { return projectTarget(p) }, identity.Missing("project", id))
		if err != nil {
			return err
		}
		switch {
		case p.Options.IsImmutable():
			return immutable("project", id)
		case p.IsDomain && p.Enabled:
			return identity.Invalidf("Cannot delete a project that acts as a domain while it is enabled. Disable the project %s first.", id)
		case p.IsDomain:
			return c.deleteDomain(ctx, w, p)
		}
		for range w.model.Children(id) {
			return identity.Forbiddenf("Cannot delete the project %s since it is not a leaf in the hierarchy. Use the cascade option if you want to delete a whole subtree.", id)
		}
		return w.DeleteProject(ctx, id)
	})
}

func immutable[ID ~string](noun string, id ID) error {
	return identity.Forbiddenf("Cannot modify %s %s: it is immutable. Set options.immutable to false first.", noun, id)
}

func applyOption(p identity.Opt[bool], old *bool) *bool {
	switch {
	case !p.Set:
		return old
	case p.Null:
		return nil
	}
	return &p.Value
}

// AuthProjects lists the projects the caller has a role on, disabled ones too.
func (c *Core) AuthProjects(ctx context.Context, caller identity.Caller) ([]*identity.Project, error) {
	projects, _, err := c.authTargets(ctx, caller, "identity:get_auth_projects")
	return projects, err
}

// AuthDomains lists the domains the caller has a role on.
func (c *Core) AuthDomains(ctx context.Context, caller identity.Caller) ([]*identity.Project, error) {
	_, domains, err := c.authTargets(ctx, caller, "identity:get_auth_domains")
	return domains, err
}

func (c *Core) authTargets(ctx context.Context, caller identity.Caller, action string) (projects, domains []*identity.Project, err error) {
	if err := c.enforce(caller, action); err != nil {
		return nil, nil, err
	}
	s, err := c.fresh(ctx)
	if err != nil {
		return nil, nil, err
	}
	projects, domains = s.ProjectsOf(caller.User.ID)
	return projects, domains, nil
}

// AuthSystem says whether the caller has a role on the system.
func (c *Core) AuthSystem(ctx context.Context, caller identity.Caller) (bool, error) {
	if err := c.enforce(caller, "identity:get_auth_system"); err != nil {
		return false, err
	}
	s, err := c.fresh(ctx)
	if err != nil {
		return false, err
	}
	return len(s.EffectiveRoles(caller.User.ID, identity.Target{System: true})) > 0, nil
}
