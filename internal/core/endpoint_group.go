package core

import (
	"context"
	"slices"

	"github.com/lintel-id/lintel/internal/identity"
)

// EndpointGroup returns an endpoint group.
func (c *Core) EndpointGroup(ctx context.Context, caller identity.Caller, id identity.EndpointGroupID) (*identity.EndpointGroup, error) {
	s, err := c.fresh(ctx)
	if err != nil {
		return nil, err
	}
	g := s.EndpointGroup(id)
	return g, c.enforceOn(caller, "identity:get_endpoint_group", g != nil, noTarget, identity.Missing("Endpoint Group", id))
}

// EndpointGroups lists endpoint groups.
func (c *Core) EndpointGroups(ctx context.Context, caller identity.Caller, f identity.EndpointGroupFilter) ([]*identity.EndpointGroup, error) {
	if err := c.enforce(caller, "identity:list_endpoint_groups"); err != nil {
		return nil, err
	}
	return listed(c.Store.ListEndpointGroups(ctx, f))
}

// CreateEndpointGroup makes an endpoint group.
func (c *Core) CreateEndpointGroup(ctx context.Context, caller identity.Caller, spec identity.EndpointGroupSpec) (*identity.EndpointGroup, error) {
	if err := spec.Validate(); err != nil {
		return nil, err
	}
	g := &identity.EndpointGroup{ID: identity.EndpointGroupID(identity.NewID()), Name: spec.Name, Description: spec.Description, Filter: spec.Filter}
	err := c.update(ctx, caller, func(w *write) error {
		if err := c.enforce(w.caller, "identity:create_endpoint_group"); err != nil {
			return err
		}
		return w.InsertEndpointGroup(ctx, g)
	})
	if err != nil {
		return nil, err
	}
	return g, nil
}

// UpdateEndpointGroup changes an endpoint group, and with it what its projects see.
func (c *Core) UpdateEndpointGroup(ctx context.Context, caller identity.Caller, id identity.EndpointGroupID, patch identity.EndpointGroupPatch) (*identity.EndpointGroup, error) {
	if err := patch.Validate(); err != nil {
		return nil, err
	}
	var g identity.EndpointGroup
	err := c.update(ctx, caller, func(w *write) error {
		old := w.model.EndpointGroup(id)
		err := c.enforceOn(w.caller, "identity:update_endpoint_group", old != nil, noTarget, identity.Missing("Endpoint Group", id))
		if err != nil {
			return err
		}
		g = *old
		patch.Name.Apply(&g.Name)
		patch.Description.Apply(&g.Description)
		patch.Filter.Apply(&g.Filter)
		return w.UpdateEndpointGroup(ctx, &g)
	})
	if err != nil {
		return nil, err
	}
	return &g, nil
}

// DeleteEndpointGroup removes an endpoint group; its projects no longer see by it.
func (c *Core) DeleteEndpointGroup(ctx context.Context, caller identity.Caller, id identity.EndpointGroupID) error {
	return c.update(ctx, caller, func(w *write) error {
		err := c.enforceOn(w.caller, "identity:delete_endpoint_group", w.model.EndpointGroup(id) != nil, noTarget, identity.Missing("Endpoint Group", id))
		if err != nil {
			return err
		}
		return w.DeleteEndpointGroup(ctx, id)
	})
}

// EndpointsOfGroup lists the endpoints that an endpoint group's filter matches.
func (c *Core) EndpointsOfGroup(ctx context.Context, caller identity.Caller, id identity.EndpointGroupID) ([]*identity.Endpoint, error) {
	if err := c.enforce(caller, "identity:list_endpoints_associated_with_endpoint_group"); err != nil {
		return nil, err
	}
	s, err := c.fresh(ctx)
	if err != nil {
		return nil, err
	}
	g := s.EndpointGroup(id)
	if g == nil {
		return nil, identity.Missing("Endpoint Group", id)
	}
	return slices.DeleteFunc(s.Endpoints(), func(e *identity.Endpoint) bool { return !g.Filter.Matches(e) }), nil
}
