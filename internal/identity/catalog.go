package identity

import (
	"slices"
	"strings"
	"sync"
)

// Catalog is the services of the cloud with their endpoints, or a part of them, as one revision
// has them. A Catalog never changes: until a service, endpoint, region or endpoint group
// changes, every revision has the same pointer, so that what is rendered from it can be kept.
type Catalog struct {
	Services []CatalogService

	kept sync.Map
}

// Kept returns what was kept under a key, or nil. It takes no lock.
func (c *Catalog) Kept(key any) any {
	v, _ := c.kept.Load(key)
	return v
}

// Keep keeps what was made of the catalog, for as long as the catalog itself.
func (c *Catalog) Keep(key, made any) { c.kept.Store(key, made) }

// CatalogService is an enabled service and its enabled endpoints.
type CatalogService struct {
	*Service
	Endpoints []CatalogEndpoint
}

// CatalogEndpoint is an endpoint with its URL cut at its fields.
type CatalogEndpoint struct {
	*Endpoint
	Template URLTemplate
}

// NeedsProject says whether the URL has a meaning only in a project.
func (e *CatalogEndpoint) NeedsProject() bool {
	for _, f := range e.Template.Fields {
		if f == FieldProject {
			return true
		}
	}
	return false
}

// CatalogSpec is regions, and services with their endpoints, that a cloud is to have.
type CatalogSpec struct {
	Regions  []RegionSpec // a region after the one it is part of
	Services []CatalogServiceSpec
}

// CatalogServiceSpec is a service with its endpoints; their ServiceID is not looked at.
type CatalogServiceSpec struct {
	ServiceSpec
	Endpoints []EndpointSpec
}

// At returns the catalog with the URLs that begin with "/" below base, "http://host:port".
func (s CatalogSpec) At(base string) CatalogSpec {
	s.Services = slices.Clone(s.Services)
	for i := range s.Services {
		v := &s.Services[i]
		v.Endpoints = slices.Clone(v.Endpoints)
		for j := range v.Endpoints {
			if e := &v.Endpoints[j]; strings.HasPrefix(e.URL, "/") {
				e.URL = strings.TrimSuffix(base, "/") + e.URL
			}
		}
	}
	return s
}

// Validate refuses what no region, service or endpoint may have, and one that stands twice.
func (s *CatalogSpec) Validate() error {
	regions := map[RegionID]bool{}
	for i := range s.Regions {
		r := &s.Regions[i]
		switch err := r.Validate(); {
		case err != nil:
			return err
		case r.ID == "":
			return Invalidf("A region of the catalog has no id.")
		case regions[r.ID]:
			return Invalidf("The region %s stands twice in the catalog.", r.ID)
		}
		regions[r.ID] = true
	}
	type key struct{ typ, name string }
	services := map[key]bool{}
	for i := range s.Services {
		v := &s.Services[i]
		if err := v.Validate(); err != nil {
			return err
		}
		k := key{v.Type, v.Name}
		if services[k] {
			return Invalidf("The service %s (%s) stands twice in the catalog.", v.Type, v.Name)
		}
		services[k] = true
	}
	return nil
}

// Validate refuses what the service or one of its endpoints may not have.
func (s *CatalogServiceSpec) Validate() error {
	if err := s.ServiceSpec.Validate(); err != nil {
		return err
	}
	type key struct {
		of RegionID
		as Interface
	}
	seen := map[key]bool{}
	for i := range s.Endpoints {
		e := &s.Endpoints[i]
		if err := e.Validate(); err != nil {
			return Invalidf("%s (the %s endpoint of %s in %s)", err, e.Interface, s.Type, e.RegionID)
		}
		k := key{e.RegionID, e.Interface}
		if seen[k] {
			return Invalidf("The %s endpoint of %s in %s stands twice in the catalog.", e.Interface, s.Type, e.RegionID)
		}
		seen[k] = true
	}
	return nil
}
