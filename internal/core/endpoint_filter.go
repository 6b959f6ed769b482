package core

import (
	"context"

	"github.com/lintel-id/lintel/internal/identity"
	"github.com/lintel-id/lintel/internal/snapshot"
)

// checkAssociated refuses an association of what does not exist: an endpoint, then a project,
// as Keystone looks.
func checkAssociated(s *snapshot.Snapshot, p identity.ProjectEndpoint) error {
	if s.Endpoint(p.EndpointID) == nil {
		return identity.Missing("endpoint", p.EndpointID)
	}
	if s.Project(p.ProjectID) == nil {
		return identity.Missing("project", p.ProjectID)
	}
	return nil
}

// CheckProjectEndpoint fails with NotFound unless a project is associated with an endpoint itself.
func (c *Core) CheckProjectEndpoint(ctx context.Context, caller identity.Caller, p identity.ProjectEndpoint) error {
	if err := c.enforce(caller, "identity:check_endpoint_in_project"); err != nil {
		return err
	}
	s, err := c.fresh(ctx)
	if err != nil {
		return err
	}
	if err := checkAssociated(s, p); err != nil {
		return err
	}
	if !s.HasEndpoint(p) {
		return p.Missing()
	}
	return nil
}

// AddProjectEndpoint associates a project with an endpoint. Its tokens show from then on only
// the endpoints that it is associated with.
func (c *Core) AddProjectEndpoint(ctx context.Context, caller identity.Caller, p identity.ProjectEndpoint) error {
	return c.update(ctx, caller, func(w *write) error {
		if err := c.enforce(w.caller, "identity:add_endpoint_to_project"); err != nil {
			return err
		}
		if err := checkAssociated(w.model, p); err != nil {
			return err
		}
		return w.AddProjectEndpoint(ctx, p)
	})
}

// RemoveProjectEndpoint ends the association of a project with an endpoint.
func (c *Core) RemoveProjectEndpoint(ctx context.Context, caller identity.Caller, p identity.ProjectEndpoint) error {
	return c.update(ctx, caller, func(w *write) error {
		if err := c.enforce(w.caller, "identity:remove_endpoint_from_project"); err != nil {
			return err
		}
		return w.RemoveProjectEndpoint(ctx, p)
	})
}

// EndpointsOfProject lists the endpoints that a project is associated with, by itself or by way
// of endpoint groups. Disabled ones are among them.
func (c *Core) EndpointsOfProject(ctx context.Context, caller identity.Caller, id identity.ProjectID) ([]*identity.Endpoint, error) {
	s, err := c.projectFilters(ctx, caller, "identity:list_endpoints_for_project", id)
	if err != nil {
		return nil, err
	}
	return s.EndpointsOf(id), nil
}

// EndpointGroupsOfProject lists the endpoint groups that a project is associated with.
func (c *Core) EndpointGroupsOfProject(ctx context.Context, caller identity.Caller, id identity.ProjectID) ([]*identity.EndpointGroup, error) {
	s, err := c.projectFilters(ctx, caller, "identity:list_endpoint_groups_for_project", id)
	if err != nil {
		return nil, err
	}
	return s.EndpointGroupsOf(id), nil
}

// projectFilters returns a snapshot to read the associations of a project from.
func (c *Core) projectFilters(ctx context.Context, caller identity.Caller, action string, id identity.ProjectID) (*snapshot.Snapshot, error) {
	if err := c.enforce(caller, action); err != nil {
		return nil, err
	}
	s, err := c.fresh(ctx)
	if err != nil {
		return nil, err
	}
	if s.Project(id) == nil {
		return nil, identity.Missing("project", id)
	}
	return s, nil
}

// ProjectsOfEndpoint lists the projects that are associated with an endpoint itself.
func (c *Core) ProjectsOfEndpoint(ctx context.Context, caller identity.Caller, id identity.EndpointID) ([]*identity.Project, error) {
	if err := c.enforce(caller, "identity:list_projects_for_endpoint"); err != nil {
		return nil, err
	}
	s, err := c.fresh(ctx)
	if err != nil {
		return nil, err
	}
	if s.Endpoint(id) == nil {
		return nil, identity.Missing("endpoint", id)
	}
	return listed(c.Store.ListProjectsOfEndpoint(ctx, id))
}

// checkGroupAssociated refuses an association of what does not exist: a project, then an
// endpoint group, as Keystone looks.
func checkGroupAssociated(s *snapshot.Snapshot, p identity.ProjectEndpointGroup) error {
	if s.Project(p.ProjectID) == nil {
		return identity.Missing("project", p.ProjectID)
	}
	if s.EndpointGroup(p.EndpointGroupID) == nil {
		return identity.Missing("Endpoint Group", p.EndpointGroupID)
	}
	return nil
}

// CheckProjectEndpointGroup fails with NotFound unless a project is associated with an endpoint group.
func (c *Core) CheckProjectEndpointGroup(ctx context.Context, caller identity.Caller, p identity.ProjectEndpointGroup) error {
	if err := c.enforce(caller, "identity:get_endpoint_group_in_project"); err != nil {
		return err
	}
	s, err := c.fresh(ctx)
	if err != nil {
		return err
	}
	if err := checkGroupAssociated(s, p); err != nil {
		return err
	}
	if !s.HasEndpointGroup(p) {
		return p.Missing()
	}
	return nil
}

// AddProjectEndpointGroup associates a project with an endpoint group. Its tokens show from then
// on only the endpoints that it is associated with.
func (c *Core) AddProjectEndpointGroup(ctx context.Context, caller identity.Caller, p identity.ProjectEndpointGroup) error {
	return c.update(ctx, caller, func(w *write) error {
		if err := c.enforce(w.caller, "identity:add_endpoint_group_to_project"); err != nil {
			return err
		}
		if err := checkGroupAssociated(w.model, p); err != nil {
			return err
		}
		return w.AddProjectEndpointGroup(ctx, p)
	})
}

// RemoveProjectEndpointGroup ends the association of a project with an endpoint group.
func (c *Core) RemoveProjectEndpointGroup(ctx context.Context, caller identity.Caller, p identity.ProjectEndpointGroup) error {
	return c.update(ctx, caller, func(w *write) error {
		if err := c.enforce(w.caller, "identity:remove_endpoint_group_from_project"); err != nil {
			return err
		}
		if err := checkGroupAssociated(w.model, p); err != nil {
			return err
		}
		return w.RemoveProjectEndpointGroup(ctx, p)
	})
}

// ProjectsOfEndpointGroup lists the projects that are associated with an endpoint group. One
// that does not exist has none, as in Keystone.
func (c *Core) ProjectsOfEndpointGroup(ctx context.Context, caller identity.Caller, id identity.EndpointGroupID) ([]*identity.Project, error) {
	if err := c.enforce(caller, "identity:list_projects_associated_with_endpoint_group"); err != nil {
		return nil, err
	}
	return listed(c.Store.ListProjectsOfEndpointGroup(ctx, id))
}
