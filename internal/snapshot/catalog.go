package snapshot

import (
	"cmp"
	"maps"
	"slices"

	"github.com/lintel-id/lintel/internal/identity"
)

// catalog is the regions, services, endpoints and endpoint groups. They are few and change
// rarely, so a change of one copies the maps and folds the shown catalog again.
type catalog struct {
	regions   map[identity.RegionID]*identity.Region
	services  map[identity.ServiceID]*identity.Service
	endpoints map[identity.EndpointID]*identity.Endpoint
	groups    map[identity.EndpointGroupID]*identity.EndpointGroup
	shown     *identity.Catalog
	parts     parts // of shown
}

func (c *catalog) clone() *catalog {
	if c == nil {
		return &catalog{regions: map[identity.RegionID]*identity.Region{}, services: map[identity.ServiceID]*identity.Service{},
			endpoints: map[identity.EndpointID]*identity.Endpoint{}, groups: map[identity.EndpointGroupID]*identity.EndpointGroup{}}
	}
	return &catalog{regions: maps.Clone(c.regions), services: maps.Clone(c.services), endpoints: maps.Clone(c.endpoints), groups: maps.Clone(c.groups)}
}

func (c *catalog) set(change identity.Change) {
	switch change.Kind {
	case identity.ChangeRegion:
		setSmall(c.regions, identity.RegionID(change.Key), object[identity.Region](change))
	case identity.ChangeService:
		setSmall(c.services, identity.ServiceID(change.Key), object[identity.Service](change))
	case identity.ChangeEndpoint:
		setSmall(c.endpoints, identity.EndpointID(change.Key), object[identity.Endpoint](change))
	case identity.ChangeEndpointGroup:
		setSmall(c.groups, identity.EndpointGroupID(change.Key), object[identity.EndpointGroup](change))
	}
}

// fold makes the catalog that tokens show: enabled services in order of type, name and id,
// with their enabled endpoints in order of region, interface and id. An endpoint whose URL
// cannot be read or filled is left out rather than failing every login.
func (c *catalog) fold() {
	of := map[identity.ServiceID][]identity.CatalogEndpoint{}
	for _, e := range c.endpoints {
		t, err := identity.ParseURLTemplate(e.URL)
		if !e.Enabled || err != nil || slices.Contains(t.Fields, identity.FieldServer) {
			continue
		}
		of[e.ServiceID] = append(of[e.ServiceID], identity.CatalogEndpoint{Endpoint: e, Template: t})
	}
	c.shown = &identity.Catalog{}
	for _, s := range c.services {
		if !s.Enabled {
			continue
		}
		slices.SortFunc(of[s.ID], func(a, b identity.CatalogEndpoint) int {
			return cmp.Or(cmp.Compare(a.RegionID, b.RegionID), cmp.Compare(a.Interface, b.Interface), cmp.Compare(a.ID, b.ID))
		})
		c.shown.Services = append(c.shown.Services, identity.CatalogService{Service: s, Endpoints: of[s.ID]})
	}
	slices.SortFunc(c.shown.Services, func(a, b identity.CatalogService) int {
		return cmp.Or(cmp.Compare(a.Type, b.Type), cmp.Compare(a.Name, b.Name), cmp.Compare(a.ID, b.ID))
	})
}

// Catalog returns what tokens show where nothing is filtered. It is the same pointer until the
// catalog changes.
func (m *Model) Catalog() *identity.Catalog { return m.catalog.shown }

// Region returns the region with id, or nil.
func (m *Model) Region(id identity.RegionID) *identity.Region { return m.catalog.regions[id] }

// Service returns the service with id, or nil.
func (m *Model) Service(id identity.ServiceID) *identity.Service { return m.catalog.services[id] }

// Endpoint returns the endpoint with id, or nil.
func (m *Model) Endpoint(id identity.EndpointID) *identity.Endpoint { return m.catalog.endpoints[id] }

// Regions returns all regions, in order of id.
func (m *Model) Regions() []*identity.Region { return sorted(m.catalog.regions) }

// Services returns all services, in order of id.
func (m *Model) Services() []*identity.Service { return sorted(m.catalog.services) }

// Endpoints returns all endpoints, in order of id.
func (m *Model) Endpoints() []*identity.Endpoint { return sorted(m.catalog.endpoints) }

func sorted[K cmp.Ordered, V any](m map[K]V) []V {
	out := make([]V, 0, len(m))
	for _, k := range slices.Sorted(maps.Keys(m)) {
		out = append(out, m[k])
	}
	return out
}

// keys is the sealed key rings; the pointer is the same until one changes.
type keys struct {
	byID map[string]*identity.SealedKey
	list []identity.SealedKey // in order of id
}

func (k *keys) clone() *keys {
	n := &keys{byID: map[string]*identity.SealedKey{}}
	if k != nil {
		maps.Copy(n.byID, k.byID)
	}
	return n
}

func (k *keys) fold() {
	k.list = nil
	for _, key := range sorted(k.byID) {
		k.list = append(k.list, *key)
	}
}

// KeyRing returns all sealed keys. Until one changes, every revision returns the same slice.
func (m *Model) KeyRing() []identity.SealedKey { return m.keys.list }
