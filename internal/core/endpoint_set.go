package core

import (
	"context"
	"slices"

	"github.com/lintel-id/lintel/internal/identity"
)

// EndpointSet is what the v2.0 API calls an endpoint: those of one service in one region, at
// most one of each interface. Any of their ids names it.
type EndpointSet struct {
	Public, Internal, Admin *identity.Endpoint
}

// First is the endpoint whose id the set is shown with: as long as it is there, the public one.
func (s *EndpointSet) First() *identity.Endpoint { return s.all()[0] }

func (s *EndpointSet) all() []*identity.Endpoint {
	return slices.DeleteFunc([]*identity.Endpoint{s.Public, s.Internal, s.Admin}, func(e *identity.Endpoint) bool { return e == nil })
}

// take puts an endpoint where it belongs, if that is here and still free.
func (s *EndpointSet) take(e *identity.Endpoint) bool {
	slot := &s.Public
	switch e.Interface {
	case identity.InternalInterface:
		slot = &s.Internal
	case identity.AdminInterface:
		slot = &s.Admin
	}
	if *slot != nil {
		return false
	}
	if have := s.all(); len(have) > 0 && (have[0].ServiceID != e.ServiceID || have[0].RegionID != e.RegionID) {
		return false
	}
	*slot = e
	return true
}

// endpointSets sorts endpoints, in order of id, into sets. A second endpoint of an interface,
// service and region, which only v3 can make, gets a set of its own.
func endpointSets(endpoints []*identity.Endpoint) []*EndpointSet {
	var sets []*EndpointSet
	for _, e := range endpoints {
		if !slices.ContainsFunc(sets, func(s *EndpointSet) bool { return s.take(e) }) {
			s := &EndpointSet{}
			s.take(e)
			sets = append(sets, s)
		}
	}
	return sets
}

// EndpointSets lists all endpoints as sets.
func (c *Core) EndpointSets(ctx context.Context, caller identity.Caller) ([]*EndpointSet, error) {
	endpoints, err := c.Endpoints(ctx, caller, identity.EndpointFilter{})
	if err != nil {
		return nil, err
	}
	return endpointSets(endpoints), nil
}

// CreateEndpointSet makes the endpoints of a service in a region, all or none. The specs are at
// least one, of one service and region and of different interfaces. An interface that the
// service has there already is a conflict: the sets could not be told apart.
func (c *Core) CreateEndpointSet(ctx context.Context, caller identity.Caller, specs []identity.EndpointSpec) (*EndpointSet, error) {
	set := &EndpointSet{}
	for i := range specs {
		if err := specs[i].Validate(); err != nil {
			return nil, err
		}
		if !set.take(newEndpoint(&specs[i])) {
			return nil, identity.Invalidf("The endpoints are not one of each interface, of one service and region.")
		}
	}
	err := c.update(ctx, caller, func(w *write) error {
		if err := c.enforce(w.caller, "identity:create_endpoint"); err != nil {
			return err
		}
		for _, have := range w.model.Endpoints() {
			for _, e := range set.all() {
				if have.ServiceID == e.ServiceID && have.RegionID == e.RegionID && have.Interface == e.Interface {
					return identity.Duplicate("endpoint", "The service has a "+string(e.Interface)+" endpoint in that region")
				}
			}
		}
		if err := placeEndpoint(ctx, w, set.First(), specs[0].MakeRegion); err != nil {
			return err
		}
		for _, e := range set.all() {
			if err := w.InsertEndpoint(ctx, e); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	return set, nil
}

// DeleteEndpointSet removes all endpoints of the set that one of them names.
func (c *Core) DeleteEndpointSet(ctx context.Context, caller identity.Caller, id identity.EndpointID) error {
	return c.update(ctx, caller, func(w *write) error {
		sets := endpointSets(w.model.Endpoints())
		i := slices.IndexFunc(sets, func(s *EndpointSet) bool {
			return slices.ContainsFunc(s.all(), func(e *identity.Endpoint) bool { return e.ID == id })
		})
		err := c.enforceOn(w.caller, "identity:delete_endpoint", i >= 0, noTarget, identity.Missing("endpoint", id))
		if err != nil {
			return err
		}
		for _, e := range sets[i].all() {
			if err := w.DeleteEndpoint(ctx, e.ID); err != nil {
				return err
			}
		}
		return nil
	})
}
