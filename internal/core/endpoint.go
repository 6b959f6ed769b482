package core

import (
	"context"

	"github.com/lintel-id/lintel/internal/identity"
)

// Endpoint returns an endpoint.
func (c *Core) Endpoint(ctx context.Context, caller identity.Caller, id identity.EndpointID) (*identity.Endpoint, error) {
	s, err := c.fresh(ctx)
	if err != nil {
		return nil, err
	}
	e := s.Endpoint(id)
	return e, c.enforceOn(caller, "identity:get_endpoint", e != nil, noTarget, identity.Missing("endpoint", id))
}

// Endpoints lists endpoints.
func (c *Core) Endpoints(ctx context.Context, caller identity.Caller, f identity.EndpointFilter, text ...identity.TextFilter) ([]*identity.Endpoint, error) {
	if err := f.Validate(); err != nil {
		return nil, err
	}
	if err := c.enforce(caller, "identity:list_endpoints"); err != nil {
		return nil, err
	}
	return listed(c.Store.ListEndpoints(ctx, f, text...))
}

// CreateEndpoint makes an endpoint of a service, and its region where the spec allows it.
func (c *Core) CreateEndpoint(ctx context.Context, caller identity.Caller, spec identity.EndpointSpec) (*identity.Endpoint, error) {
	if err := spec.Validate(); err != nil {
		return nil, err
	}
	e := newEndpoint(&spec)
	err := c.update(ctx, caller, func(w *write) error {
		if err := c.enforce(w.caller, "identity:create_endpoint"); err != nil {
			return err
		}
		if err := placeEndpoint(ctx, w, e, spec.MakeRegion); err != nil {
			return err
		}
		return w.InsertEndpoint(ctx, e)
	})
	if err != nil {
		return nil, err
	}
	return e, nil
}

func newEndpoint(spec *identity.EndpointSpec) *identity.Endpoint {
	return &identity.Endpoint{ID: identity.EndpointID(identity.NewID()), Interface: spec.Interface, ServiceID: spec.ServiceID, RegionID: spec.RegionID,
		URL: spec.URL, Enabled: spec.Enabled, Extra: spec.Extra}
}

// placeEndpoint refuses a service or a region that does not exist, or makes the region.
func placeEndpoint(ctx context.Context, w *write, e *identity.Endpoint, makeRegion bool) error {
	if w.model.Service(e.ServiceID) == nil {
		return identity.Invalidf("Invalid input for field 'service_id': the service %s does not exist.", e.ServiceID)
	}
	if e.RegionID == "" || w.model.Region(e.RegionID) != nil {
		return nil
	}
	if !makeRegion {
		return identity.Invalidf("Invalid input for field 'region_id': the region %s does not exist.", e.RegionID)
	}
	spec := identity.RegionSpec{ID: e.RegionID}
	if err := spec.Validate(); err != nil {
		return err
	}
	return w.InsertRegion(ctx, &identity.Region{ID: e.RegionID})
}

// UpdateEndpoint changes an endpoint. A disabled one is in no catalog.
func (c *Core) UpdateEndpoint(ctx context.Context, caller identity.Caller, id identity.EndpointID, patch identity.EndpointPatch) (*identity.Endpoint, error) {
	if err := patch.Validate(); err != nil {
		return nil, err
	}
	var e identity.Endpoint
	err := c.update(ctx, caller, func(w *write) error {
		old := w.model.Endpoint(id)
		err := c.enforceOn(w.caller, "identity:update_endpoint", old != nil, noTarget, identity.Missing("endpoint", id))
		if err != nil {
			return err
		}
		e = *old
		patch.Interface.Apply(&e.Interface)
		patch.ServiceID.Apply(&e.ServiceID)
		patch.RegionID.Apply(&e.RegionID)
		patch.URL.Apply(&e.URL)
		patch.Enabled.Apply(&e.Enabled)
		if e.Extra, err = mergeExtra(e.Extra, patch.Extra); err != nil {
			return err
		}
		if err := placeEndpoint(ctx, w, &e, patch.MakeRegion); err != nil {
			return err
		}
		return w.UpdateEndpoint(ctx, &e)
	})
	if err != nil {
		return nil, err
	}
	return &e, nil
}

// DeleteEndpoint removes an endpoint.
func (c *Core) DeleteEndpoint(ctx context.Context, caller identity.Caller, id identity.EndpointID) error {
	return c.update(ctx, caller, func(w *write) error {
		err := c.enforceOn(w.caller, "identity:delete_endpoint", w.model.Endpoint(id) != nil, noTarget, identity.Missing("endpoint", id))
		if err != nil {
			return err
		}
		return w.DeleteEndpoint(ctx, id)
	})
}
