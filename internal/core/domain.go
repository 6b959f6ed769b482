package core

import (
	"context"
	"iter"

	"github.com/lintel-id/lintel/internal/identity"
	"github.com/lintel-id/lintel/internal/policy"
)

func domainTarget(d *identity.Project) []policy.Attr {
	return []policy.Attr{attr("target.domain.id", d.ID)}
}

// Domain returns a domain, as the project it is.
func (c *Core) Domain(ctx context.Context, caller identity.Caller, id identity.DomainID) (*identity.Project, error) {
	s, err := c.fresh(ctx)
	if err != nil {
		return nil, err
	}
	d := s.Domain(id)
	return d, c.enforceOn(caller, "identity:get_domain", d != nil, func() []policy.Attr { return domainTarget(d) }, identity.Missing("domain", id))
}

// Domains lists domains; a domain-scoped caller sees its own.
func (c *Core) Domains(ctx context.Context, caller identity.Caller, f identity.ProjectFilter) (iter.Seq2[*identity.Project, error], error) {
	var own identity.DomainID
	if err := c.enforceList(caller, "identity:list_domains", &own); err != nil {
		return nil, err
	}
	f.IsDomain, f.ID = true, identity.ProjectID(own)
	return c.listProjects(ctx, f)
}

// CreateDomain makes a domain.
func (c *Core) CreateDomain(ctx context.Context, caller identity.Caller, spec identity.ProjectSpec) (*identity.Project, error) {
	return c.createDomain(ctx, caller, "identity:create_domain", spec)
}

func (c *Core) createDomain(ctx context.Context, caller identity.Caller, action string, spec identity.ProjectSpec) (*identity.Project, error) {
	if err := spec.Validate(); err != nil {
		return nil, err
	}
	if spec.DomainID != "" || spec.ParentID != "" {
		return nil, identity.Invalidf("Invalid input for field 'is_domain': a project that acts as a domain has neither domain nor parent.")
	}
	d := spec.Project()
	d.IsDomain = true
	if d.ID == "" {
		d.ID = identity.ProjectID(identity.NewID())
	}
	err := c.update(ctx, caller, func(w *write) error {
		target := domainTarget(d)
		if action == "identity:create_project" {
			target = projectTarget(d)
		}
		if err := c.enforce(w.caller, action, target...); err != nil {
			return err
		}
		return w.InsertProject(ctx, d)
	})
	if err != nil {
		return nil, err
	}
	return d, nil
}

// UpdateDomain changes a domain. Disabling it ends the tokens of its users and of its scopes
// for good.
func (c *Core) UpdateDomain(ctx context.Context, caller identity.Caller, id identity.DomainID, patch identity.ProjectPatch) (*identity.Project, error) {
	return c.updateProject(ctx, caller, "identity:update_domain", identity.ProjectID(id), patch, true)
}

// DeleteDomain removes a disabled domain with all that is in it.
func (c *Core) DeleteDomain(ctx context.Context, caller identity.Caller, id identity.DomainID) error {
	return c.update(ctx, caller, func(w *write) error {
		d := w.model.Domain(id)
		err := c.enforceOn(w.caller, "identity:delete_domain", d != nil, func() []policy.Attr { return domainTarget(d) }, identity.Missing("domain", id))
		if err != nil {
			return err
		}
		switch {
		case d.Options.IsImmutable():
			return immutable("domain", id)
		case d.Enabled:
			return identity.Forbiddenf("Cannot delete a domain that is enabled, please disable it first.")
		case id == c.Settings.DefaultDomain:
			return identity.Forbiddenf("Cannot delete the default domain.")
		}
		return c.deleteDomain(ctx, w, d)
	})
}

func (c *Core) deleteDomain(ctx context.Context, w *write, d *identity.Project) error {
	if err := w.DeleteDomainContents(ctx, identity.DomainID(d.ID)); err != nil {
		return err
	}
	return w.DeleteProject(ctx, d.ID)
}
