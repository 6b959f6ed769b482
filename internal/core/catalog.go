package core

import (
	"context"

	"github.com/lintel-id/lintel/internal/identity"
)

// LoadCatalog makes what the cloud lacks of a catalog, in one transaction, and returns how many
// regions, services and endpoints that was. A service is known by its type and name, an
// endpoint by its service, region and interface; one that has another URL gets the given one.
// Nothing is removed, and descriptions and what was disabled stay as they are.
func (c *Core) LoadCatalog(ctx context.Context, caller identity.Caller, spec identity.CatalogSpec) (added int, err error) {
	if err := spec.Validate(); err != nil {
		return 0, err
	}
	err = c.update(ctx, caller, func(w *write) error {
		for _, action := range []string{"identity:create_region", "identity:create_service", "identity:create_endpoint", "identity:update_endpoint"} {
			if err := c.enforce(w.caller, action); err != nil {
				return err
			}
		}
		l := loader{write: w, made: map[identity.RegionID]bool{}}
		if err := l.load(ctx, &spec); err != nil {
			return err
		}
		added = l.added
		return nil
	})
	if err != nil {
		return 0, err
	}
	return added, nil
}

// loader makes what is missing inside one transaction. Its model is the one before it.
type loader struct {
	*write
	made  map[identity.RegionID]bool
	added int
}

func (l *loader) load(ctx context.Context, spec *identity.CatalogSpec) error {
	for i := range spec.Regions {
		if err := l.region(ctx, &spec.Regions[i]); err != nil {
			return err
		}
	}
	for i := range spec.Services {
		s := &spec.Services[i]
		id, err := l.service(ctx, &s.ServiceSpec)
		if err != nil {
			return err
		}
		for j := range s.Endpoints {
			e := s.Endpoints[j]
			e.ServiceID = id
			if err := l.endpoint(ctx, &e); err != nil {
				return err
			}
		}
	}
	return nil
}

func (l *loader) hasRegion(id identity.RegionID) bool { return l.made[id] || l.model.Region(id) != nil }

func (l *loader) region(ctx context.Context, spec *identity.RegionSpec) error {
	if l.hasRegion(spec.ID) {
		return nil
	}
	if spec.ParentID != "" && !l.hasRegion(spec.ParentID) {
		return identity.Invalidf("The region %s is part of %s, which does not exist.", spec.ID, spec.ParentID)
	}
	l.made[spec.ID] = true
	l.added++
	return l.InsertRegion(ctx, &identity.Region{ID: spec.ID, ParentID: spec.ParentID, Description: spec.Description, Extra: spec.Extra})
}

func (l *loader) service(ctx context.Context, spec *identity.ServiceSpec) (identity.ServiceID, error) {
	for _, have := range l.model.Services() {
		if have.Type == spec.Type && have.Name == spec.Name {
			return have.ID, nil
		}
	}
	s := newService(spec)
	l.added++
	return s.ID, l.InsertService(ctx, s)
}

func (l *loader) endpoint(ctx context.Context, spec *identity.EndpointSpec) error {
	if spec.RegionID != "" && !l.hasRegion(spec.RegionID) {
		return identity.Invalidf("The URL %s is in the region %s, which does not exist.", spec.URL, spec.RegionID)
	}
	var moved *identity.Endpoint
	for _, have := range l.model.Endpoints() {
		if have.ServiceID != spec.ServiceID || have.RegionID != spec.RegionID || have.Interface != spec.Interface {
			continue
		}
		if have.URL == spec.URL {
			return nil
		}
		moved = have
	}
	if moved != nil {
		e := *moved
		e.URL = spec.URL
		return l.UpdateEndpoint(ctx, &e)
	}
	l.added++
	return l.InsertEndpoint(ctx, newEndpoint(spec))
}
