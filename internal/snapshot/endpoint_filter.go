package snapshot

import (
	"slices"
	"sync"
	"sync/atomic"

	"github.com/lintel-id/lintel/internal/identity"
	"github.com/lintel-id/lintel/internal/snapshot/persist"
)

// maxParts bounds the parts of one catalog that are kept. Projects that are associated with the
// same endpoints and groups share a part, so that there are few; what is beyond the bound is
// made for each token anew.
const maxParts = 4096

// parts keeps what is left of a catalog for projects that see only some endpoints.
type parts struct {
	byKey sync.Map // the ids of endpoints and groups → *identity.Catalog
	n     atomic.Int64
}

func (p *parts) get(key string) (part *identity.Catalog, ok bool) {
	v, ok := p.byKey.Load(key)
	if !ok {
		return nil, false
	}
	return v.(*identity.Catalog), true
}

// put keeps a part, if there is room, and returns it or the same one that another put before.
func (p *parts) put(key string, part *identity.Catalog) *identity.Catalog {
	if p.n.Load() >= maxParts {
		return part
	}
	v, found := p.byKey.LoadOrStore(key, part)
	if !found {
		p.n.Add(1)
	}
	return v.(*identity.Catalog)
}

// CatalogOf returns what tokens of a project show when endpoints are associated with it, by
// itself or by way of endpoint groups: those alone, and no service that has none of them. It is
// nil when no endpoint is. Mostly it is the same pointer until the catalog changes.
func (m *Model) CatalogOf(p identity.ProjectID) *identity.Catalog {
	endpoints, _ := m.endpointsOf.Get(p)
	groups, _ := m.endpointGroupsOf.Get(p)
	if endpoints.Len() == 0 && groups.Len() == 0 {
		return nil
	}
	key := make([]byte, 0, 512)
	for id := range endpoints.All() {
		key = append(append(key, id...), '\x1e') // no id holds a control character
	}
	for id := range groups.All() {
		key = append(append(key, id...), '\x1f')
	}
	if part, ok := m.catalog.parts.get(string(key)); ok {
		return part
	}
	return m.catalog.parts.put(string(key), m.catalog.part(endpoints, groups))
}

// part is the shown catalog less the endpoints that are in neither set; nil when no endpoint of
// all, shown or not, is in one: then there is nothing to filter by, as in Keystone.
func (c *catalog) part(endpoints persist.Set[identity.EndpointID], groups persist.Set[identity.EndpointGroupID]) *identity.Catalog {
	seen := map[identity.EndpointID]bool{}
	for id, e := range c.endpoints {
		if endpoints.Has(id) || c.inAny(groups, e) {
			seen[id] = true
		}
	}
	if len(seen) == 0 {
		return nil
	}
	out := &identity.Catalog{}
	for _, s := range c.shown.Services {
		s.Endpoints = slices.DeleteFunc(slices.Clone(s.Endpoints), func(e identity.CatalogEndpoint) bool { return !seen[e.ID] })
		if len(s.Endpoints) > 0 {
			out.Services = append(out.Services, s)
		}
	}
	return out
}

func (c *catalog) inAny(groups persist.Set[identity.EndpointGroupID], e *identity.Endpoint) bool {
	for id := range groups.All() {
		if g := c.groups[id]; g != nil && g.Filter.Matches(e) {
			return true
		}
	}
	return false
}

// setEndpointFilter makes or ends one association of a project.
func (e *edit) setEndpointFilter(c identity.Change) {
	if c.Kind == identity.ChangeProjectEndpoint {
		if p, ok := identity.ParseProjectEndpointKey(c.Key); ok {
			setMember(e.endpointsOf, p.ProjectID, p.EndpointID, c.Object != nil)
		}
		return
	}
	if p, ok := identity.ParseProjectEndpointGroupKey(c.Key); ok {
		setMember(e.endpointGroupsOf, p.ProjectID, p.EndpointGroupID, c.Object != nil)
	}
}

// EndpointGroup returns the endpoint group with id, or nil.
func (m *Model) EndpointGroup(id identity.EndpointGroupID) *identity.EndpointGroup {
	return m.catalog.groups[id]
}

// EndpointGroupsOf returns the endpoint groups that a project is associated with, in order of id.
func (m *Model) EndpointGroupsOf(p identity.ProjectID) (groups []*identity.EndpointGroup) {
	ids, _ := m.endpointGroupsOf.Get(p)
	for id := range ids.All() {
		if g := m.catalog.groups[id]; g != nil {
			groups = append(groups, g)
		}
	}
	return groups
}

// EndpointsOf returns the endpoints that a project is associated with, by itself or by way of
// endpoint groups, in order of id. Disabled ones are among them.
func (m *Model) EndpointsOf(p identity.ProjectID) []*identity.Endpoint {
	endpoints, _ := m.endpointsOf.Get(p)
	groups, _ := m.endpointGroupsOf.Get(p)
	return slices.DeleteFunc(m.Endpoints(), func(e *identity.Endpoint) bool {
		return !endpoints.Has(e.ID) && !m.catalog.inAny(groups, e)
	})
}

// HasEndpoint says whether a project is associated with an endpoint itself.
func (m *Model) HasEndpoint(p identity.ProjectEndpoint) bool {
	endpoints, _ := m.endpointsOf.Get(p.ProjectID)
	return endpoints.Has(p.EndpointID)
}

// HasEndpointGroup says whether a project is associated with an endpoint group.
func (m *Model) HasEndpointGroup(p identity.ProjectEndpointGroup) bool {
	groups, _ := m.endpointGroupsOf.Get(p.ProjectID)
	return groups.Has(p.EndpointGroupID)
}
