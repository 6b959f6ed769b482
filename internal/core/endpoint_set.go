package core

import (
	"cmp"
	"context"
	"slices"

	"github.com/lintel-id/lintel/internal/identity"
	"github.com/lintel-id/lintel/internal/snapshot"
)

// EndpointSet is what the v2.0 API calls an endpoint: those of one service in one region, at
// most one of each interface. Any of their ids names it.
type EndpointSet struct {
	Public, Internal, Admin *identity.Endpoint
}

// First is the endpoint whose id the set is shown with: as long as it is there, the public one.
func (s *EndpointSet) First() *identity.Endpoint { return cmp.Or(s.Public, s.Internal, s.Admin) }

func (s *EndpointSet) all() []*identity.Endpoint {
	return slices.DeleteFunc([]*identity.Endpoint{s.Public, s.Internal, s.Admin}, func(e *identity.Endpoint) bool { return e == nil })
}

func (s *EndpointSet) slot(kind identity.Interface) **identity.Endpoint {
	switch kind {
	case identity.InternalInterface:
		return &s.Internal
	case identity.AdminInterface:
		return &s.Admin
	}
	return &s.Public
}

// Of returns the endpoint of an interface, or nil.
func (s *EndpointSet) Of(kind identity.Interface) *identity.Endpoint { return *s.slot(kind) }

// take puts an endpoint where it belongs, if that is here and still free.
func (s *EndpointSet) take(e *identity.Endpoint) bool {
	slot := s.slot(e.Interface)
	if *slot != nil {
		return false
	}
	if have := s.First(); have != nil && (have.ServiceID != e.ServiceID || have.RegionID != e.RegionID) {
		return false
	}
	*slot = e
	return true
}

// endpointSets sorts endpoints, in order of id, into sets. A second endpoint of an interface,
// service and region, which only v3 can make, gets a set of its own.
func endpointSets(endpoints []*identity.Endpoint) (sets []*EndpointSet) {
	type place struct {
		service identity.ServiceID
		region  identity.RegionID
	}
	at := map[place][]*EndpointSet{}
	for _, e := range endpoints {
		here := place{e.ServiceID, e.RegionID}
		if !slices.ContainsFunc(at[here], func(s *EndpointSet) bool { return s.take(e) }) {
			s := &EndpointSet{}
			s.take(e)
			sets, at[here] = append(sets, s), append(at[here], s)
		}
	}
	return sets
}

// EndpointSets lists all endpoints as sets.
func (c *Core) EndpointSets(ctx context.Context, caller identity.Caller) ([]*EndpointSet, error) {
	if err := c.enforce(caller, "identity:list_endpoints"); err != nil {
		return nil, err
	}
	s, err := c.fresh(ctx)
	if err != nil {
		return nil, err
	}
	return endpointSets(s.Endpoints()), nil
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

// EndpointPlace is what one endpoint of a set is to be.
type EndpointPlace struct {
	URL     string // "": there is none
	Enabled bool
}

// UpdateEndpointSet makes the endpoints of the set that one of them names what the places say, all or none: what is new
// is made, what has lost its URL is removed. At least one place has a URL.
func (c *Core) UpdateEndpointSet(ctx context.Context, caller identity.Caller, id identity.EndpointID, places map[identity.Interface]EndpointPlace) error {
	left := 0
	for kind, place := range places {
		if place.URL == "" {
			continue
		}
		left++
		spec := identity.EndpointSpec{Interface: kind, URL: place.URL}
		if err := spec.Validate(); err != nil {
			return err
		}
	}
	if left == 0 {
		return identity.Invalidf("An endpoint set has at least one URL.")
	}
	return c.update(ctx, caller, func(w *write) error {
		set := findEndpointSet(w.model, id)
		err := c.enforceOn(w.caller, "identity:update_endpoint", set != nil, noTarget, identity.Missing("endpoint", id))
		if err != nil {
			return err
		}
		first := set.First()
		for kind, place := range places {
			if err := c.moveEndpoint(ctx, w, *first, set.Of(kind), kind, place); err != nil {
				return err
			}
		}
		return nil
	})
}

// moveEndpoint makes one endpoint beside another of its set what its place says. have is nil where there is none.
func (c *Core) moveEndpoint(ctx context.Context, w *write, beside identity.Endpoint, have *identity.Endpoint, kind identity.Interface, to EndpointPlace) error {
	switch {
	case have == nil && to.URL == "":
		return nil
	case have == nil:
		if err := c.enforce(w.caller, "identity:create_endpoint"); err != nil {
			return err
		}
		return w.InsertEndpoint(ctx, newEndpoint(&identity.EndpointSpec{Interface: kind, ServiceID: beside.ServiceID, RegionID: beside.RegionID, URL: to.URL, Enabled: to.Enabled}))
	case to.URL == "":
		if err := c.enforce(w.caller, "identity:delete_endpoint"); err != nil {
			return err
		}
		return w.DeleteEndpoint(ctx, have.ID)
	case have.URL == to.URL && have.Enabled == to.Enabled:
		return nil
	}
	e := *have
	e.URL, e.Enabled = to.URL, to.Enabled
	return w.UpdateEndpoint(ctx, &e)
}

// EndpointSet returns the set that one of its endpoints names.
func (c *Core) EndpointSet(ctx context.Context, caller identity.Caller, id identity.EndpointID) (*EndpointSet, error) {
	s, err := c.fresh(ctx)
	if err != nil {
		return nil, err
	}
	set := findEndpointSet(s, id)
	return set, c.enforceOn(caller, "identity:get_endpoint", set != nil, noTarget, identity.Missing("endpoint", id))
}

// findEndpointSet returns nil for an id that is none.
func findEndpointSet(s *snapshot.Snapshot, id identity.EndpointID) *EndpointSet {
	one := s.Endpoint(id)
	if one == nil {
		return nil
	}
	there := slices.DeleteFunc(s.Endpoints(), func(e *identity.Endpoint) bool { return e.ServiceID != one.ServiceID || e.RegionID != one.RegionID })
	for _, set := range endpointSets(there) {
		if set.Of(one.Interface) == one {
			return set
		}
	}
	return nil
}

// DeleteEndpointSet removes all endpoints of the set that one of them names.
func (c *Core) DeleteEndpointSet(ctx context.Context, caller identity.Caller, id identity.EndpointID) error {
	return c.update(ctx, caller, func(w *write) error {
		set := findEndpointSet(w.model, id)
		err := c.enforceOn(w.caller, "identity:delete_endpoint", set != nil, noTarget, identity.Missing("endpoint", id))
		if err != nil {
			return err
		}
		for _, e := range set.all() {
			if err := w.DeleteEndpoint(ctx, e.ID); err != nil {
				return err
			}
		}
		return nil
	})
}
