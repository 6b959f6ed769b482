package core

import (
	"context"
	"slices"

	"github.com/lintel-id/lintel/internal/identity"
	"github.com/lintel-id/lintel/internal/policy"
)

func missingLimit(id identity.LimitID) error {
	return &identity.Error{Kind: identity.NotFound, Message: "Could not find limit for " + string(id) + "."}
}

func limitTarget(l *identity.Limit) []policy.Attr {
	target := []policy.Attr{nullable("target.limit.domain.id", l.DomainID), nullable("target.limit.project_id", l.ProjectID)}
	if l.ProjectID != "" {
		target = append(target, attr("target.limit.project.domain_id", l.ProjectDomainID))
	}
	return target
}

// LimitModel says how limits depend on each other, as the operator chose it.
func (c *Core) LimitModel(caller identity.Caller) (identity.LimitModel, error) {
	return c.Settings.LimitModel, c.enforce(caller, "identity:get_limit_model")
}

// Limit returns a limit.
func (c *Core) Limit(ctx context.Context, caller identity.Caller, id identity.LimitID) (*identity.Limit, error) {
	if !caller.Known() {
		return nil, identity.Unauthenticated("no token was given")
	}
	l, err := c.Store.Limit(ctx, id)
	if err != nil {
		return nil, err
	}
	return l, c.enforceOn(caller, "identity:get_limit", l != nil, func() []policy.Attr { return limitTarget(l) }, missingLimit(id))
}

// Limits lists the limits that the caller may see: administrators, services and those with a
// system token all; others those of their token's project, or of its domain and the projects in it.
func (c *Core) Limits(ctx context.Context, caller identity.Caller, f identity.LimitFilter) ([]*identity.Limit, error) {
	if err := c.enforce(caller, "identity:list_limits"); err != nil {
		return nil, err
	}
	if a := caller.Authorization; a != nil && !seesAllLimits(a) {
		switch {
		case a.Domain != nil:
			f.In = identity.DomainID(a.Domain.ID)
		case a.Project != nil:
			f.Of = a.Project.ID
		default:
			return nil, nil
		}
	}
	return listed(c.Store.ListLimits(ctx, f))
}

// AllLimits lists limits whatever the token's project, for those who may change them all.
func (c *Core) AllLimits(ctx context.Context, caller identity.Caller, f identity.LimitFilter) ([]*identity.Limit, error) {
	if err := c.enforce(caller, "identity:update_limit"); err != nil {
		return nil, err
	}
	return listed(c.Store.ListLimits(ctx, f))
}

// seesAllLimits says whether a token sees more than its own domain's or project's limits: one
// for the system, or a service's, which asks for its users. An administrator's project token
// is one of a project, as in the Keystones in use.
func seesAllLimits(a *identity.Authorization) bool {
	return a.Token.System || slices.ContainsFunc(a.Roles, func(r identity.RoleRef) bool { return r.Name == identity.RoleService })
}

// ProjectLimits lists the limits of a project. Ask for the project itself first: this asks no
// policy.
func (c *Core) ProjectLimits(ctx context.Context, id identity.ProjectID) ([]*identity.Limit, error) {
	return listed(c.Store.ListLimits(ctx, identity.LimitFilter{Of: id}))
}

// CreateLimits makes all of the limits or none.
func (c *Core) CreateLimits(ctx context.Context, caller identity.Caller, specs []identity.LimitSpec) ([]*identity.Limit, error) {
	for i := range specs {
		if err := specs[i].Validate(); err != nil {
			return nil, err
		}
	}
	made := make([]*identity.Limit, len(specs))
	err := c.update(ctx, caller, func(w *write) (err error) {
		if err := c.enforce(w.caller, "identity:create_limits"); err != nil {
			return err
		}
		for i := range specs {
			if made[i], err = createLimit(ctx, w, &specs[i]); err != nil {
				return err
			}
		}
		// The limits are judged together: one of them may make room for another.
		for _, l := range made {
			if err := c.checkLimitModel(ctx, w, l); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	return made, nil
}

func createLimit(ctx context.Context, w *write, spec *identity.LimitSpec) (*identity.Limit, error) {
	if err := checkLimitPlace(w.model, "limit", spec.ServiceID, spec.RegionID); err != nil {
		return nil, err
	}
	l := &identity.Limit{ID: identity.LimitID(identity.NewID()), ServiceID: spec.ServiceID, RegionID: spec.RegionID,
		ResourceName: spec.ResourceName, Value: spec.Value.Value, Description: spec.Description}
	if err := placeLimit(w, spec, l); err != nil {
		return nil, err
	}
	registered, err := w.RegisteredLimitFor(ctx, l.ServiceID, l.RegionID, l.ResourceName)
	if err != nil {
		return nil, err
	}
	if registered == nil {
		return nil, identity.Forbiddenf("Unable to create a limit that has no corresponding registered limit.")
	}
	l.RegisteredID = registered.ID
	return l, w.InsertLimit(ctx, l)
}

// placeLimit finds out what the limit is for.
func placeLimit(w *write, spec *identity.LimitSpec, l *identity.Limit) error {
	if spec.DomainID != "" {
		if w.model.Domain(spec.DomainID) == nil {
			return expecting("domain_id", "limit")
		}
		l.DomainID = spec.DomainID
		return nil
	}
	p := w.model.Project(spec.ProjectID)
	switch {
	case p == nil:
		return expecting("project_id", "limit")
	case p.IsDomain:
		l.DomainID = identity.DomainID(p.ID)
	default:
		l.ProjectID, l.ProjectDomainID = p.ID, p.DomainID
	}
	return nil
}

// UpdateLimit changes the value or the description of a limit.
func (c *Core) UpdateLimit(ctx context.Context, caller identity.Caller, id identity.LimitID, patch identity.LimitPatch) (*identity.Limit, error) {
	if err := patch.Validate(); err != nil {
		return nil, err
	}
	var l *identity.Limit
	err := c.update(ctx, caller, func(w *write) (err error) {
		if err = c.enforce(w.caller, "identity:update_limit"); err != nil {
			return err
		}
		if l, err = w.Limit(ctx, id); err != nil {
			return err
		}
		if l == nil {
			return missingLimit(id)
		}
		patch.Value.Apply(&l.Value)
		patch.Description.Apply(&l.Description)
		if err := w.UpdateLimit(ctx, l); err != nil {
			return err
		}
		return c.checkLimitModel(ctx, w, l)
	})
	if err != nil {
		return nil, err
	}
	return l, nil
}

// DeleteLimit removes a limit: the registered limit's default holds again.
func (c *Core) DeleteLimit(ctx context.Context, caller identity.Caller, id identity.LimitID) error {
	return c.update(ctx, caller, func(w *write) error {
		if err := c.enforce(w.caller, "identity:delete_limit"); err != nil {
			return err
		}
		l, err := w.Limit(ctx, id)
		if err == nil && l == nil {
			err = missingLimit(id)
		}
		if err != nil {
			return err
		}
		return w.DeleteLimit(ctx, id)
	})
}
