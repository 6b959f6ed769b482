package snapshot

import (
	"fmt"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/lintel-id/lintel/internal/identity"
)

// market is a catalog as plain lists and what projects see of it by the letter of the rules: the
// slow model that CatalogOf has to agree with.
type market struct {
	services  []identity.Service
	endpoints []identity.Endpoint
	groups    []identity.EndpointGroup
	direct    map[identity.ProjectEndpoint]bool
	grouped   map[identity.ProjectEndpointGroup]bool
}

var buyers = []identity.ProjectID{"project0", "project1", "project2"}

func drawMarket(t *rapid.T) *market {
	m := &market{direct: map[identity.ProjectEndpoint]bool{}, grouped: map[identity.ProjectEndpointGroup]bool{}}
	for _, id := range drawIDs[identity.ServiceID](t, "service", 1, 3) {
		m.services = append(m.services, identity.Service{ID: id, Type: string(id), Enabled: rapid.Bool().Draw(t, "service enabled")})
	}
	for _, id := range drawIDs[identity.EndpointID](t, "endpoint", 0, 6) {
		m.endpoints = append(m.endpoints, m.drawEndpoint(t, id))
	}
	for _, id := range drawIDs[identity.EndpointGroupID](t, "group", 0, 3) {
		m.groups = append(m.groups, m.drawGroup(t, id))
	}
	for range rapid.IntRange(0, 8).Draw(t, "associations") {
		m.toggle(t)
	}
	return m
}

func (m *market) drawEndpoint(t *rapid.T, id identity.EndpointID) identity.Endpoint {
	return identity.Endpoint{ID: id, ServiceID: rapid.SampledFrom(m.services).Draw(t, "of service").ID, Enabled: rapid.IntRange(0, 3).Draw(t, "enabled") > 0,
		Interface: rapid.SampledFrom([]identity.Interface{identity.PublicInterface, identity.AdminInterface}).Draw(t, "interface"),
		RegionID:  rapid.SampledFrom([]identity.RegionID{"", "north", "south"}).Draw(t, "region"), URL: "https://" + string(id)}
}

func (m *market) drawGroup(t *rapid.T, id identity.EndpointGroupID) identity.EndpointGroup {
	return identity.EndpointGroup{ID: id, Filter: identity.EndpointMatch{
		Interface: rapid.SampledFrom([]identity.Interface{"", "", identity.PublicInterface, "nobody's"}).Draw(t, "filter interface"),
		ServiceID: rapid.SampledFrom([]identity.ServiceID{"", "service0", "service1"}).Draw(t, "filter service"),
		RegionID:  rapid.SampledFrom([]identity.RegionID{"", "", "north"}).Draw(t, "filter region")}}
}

// toggle makes or ends one association and returns the change.
func (m *market) toggle(t *rapid.T) identity.Change {
	project := rapid.SampledFrom(buyers).Draw(t, "project")
	if len(m.groups) > 0 && rapid.Bool().Draw(t, "a group") {
		p := identity.ProjectEndpointGroup{ProjectID: project, EndpointGroupID: rapid.SampledFrom(m.groups).Draw(t, "group").ID}
		if !flip(m.grouped, p) {
			return identity.Change{Kind: identity.ChangeProjectEndpointGroup, Key: p.Key()}
		}
		return identity.Change{Kind: identity.ChangeProjectEndpointGroup, Key: p.Key(), Object: &p}
	}
	if len(m.endpoints) == 0 {
		return identity.Change{Kind: identity.ChangeRegion, Key: "nowhere"}
	}
	p := identity.ProjectEndpoint{ProjectID: project, EndpointID: rapid.SampledFrom(m.endpoints).Draw(t, "endpoint").ID}
	if !flip(m.direct, p) {
		return identity.Change{Kind: identity.ChangeProjectEndpoint, Key: p.Key()}
	}
	return identity.Change{Kind: identity.ChangeProjectEndpoint, Key: p.Key(), Object: &p}
}

// change draws a change of an endpoint, a group or an association.
func (m *market) change(t *rapid.T) identity.Change {
	switch what := rapid.IntRange(0, 3).Draw(t, "what"); {
	case what == 0 && len(m.endpoints) > 0:
		i := rapid.IntRange(0, len(m.endpoints)-1).Draw(t, "which endpoint")
		m.endpoints[i] = m.drawEndpoint(t, m.endpoints[i].ID)
		e := m.endpoints[i]
		return identity.Change{Kind: identity.ChangeEndpoint, Key: string(e.ID), Object: &e}
	case what == 1 && len(m.groups) > 0:
		i := rapid.IntRange(0, len(m.groups)-1).Draw(t, "which group")
		m.groups[i] = m.drawGroup(t, m.groups[i].ID)
		g := m.groups[i]
		return identity.Change{Kind: identity.ChangeEndpointGroup, Key: string(g.ID), Object: &g}
	}
	return m.toggle(t)
}

func (m *market) changes() (all []identity.Change) {
	for _, s := range m.services {
		all = append(all, identity.Change{Kind: identity.ChangeService, Key: string(s.ID), Object: &s})
	}
	for _, e := range m.endpoints {
		all = append(all, identity.Change{Kind: identity.ChangeEndpoint, Key: string(e.ID), Object: &e})
	}
	for _, g := range m.groups {
		all = append(all, identity.Change{Kind: identity.ChangeEndpointGroup, Key: string(g.ID), Object: &g})
	}
	for p := range m.direct {
		all = append(all, identity.Change{Kind: identity.ChangeProjectEndpoint, Key: p.Key(), Object: &p})
	}
	for p := range m.grouped {
		all = append(all, identity.Change{Kind: identity.ChangeProjectEndpointGroup, Key: p.Key(), Object: &p})
	}
	return all
}

// associated are a project's endpoints: those it is associated with itself, and those that have
// all that the filter of one of its groups asks for.
func (m *market) associated(project identity.ProjectID) (ids []identity.EndpointID) {
	for _, e := range m.endpoints {
		seen := m.direct[identity.ProjectEndpoint{ProjectID: project, EndpointID: e.ID}]
		for _, g := range m.groups {
			f := g.Filter
			fits := (f.Interface == "" || f.Interface == e.Interface) && (f.ServiceID == "" || f.ServiceID == e.ServiceID) && (f.RegionID == "" || f.RegionID == e.RegionID)
			seen = seen || fits && m.grouped[identity.ProjectEndpointGroup{ProjectID: project, EndpointGroupID: g.ID}]
		}
		if seen {
			ids = append(ids, e.ID)
		}
	}
	return ids
}

// line is one endpoint in a catalog; a service without any is a line too.
type line struct {
	service  identity.ServiceID
	endpoint identity.EndpointID
}

func byLine(a, b line) int {
	return slices.Compare([]string{string(a.service), string(a.endpoint)}, []string{string(b.service), string(b.endpoint)})
}

// shown is the naive definition: of enabled services the enabled endpoints that the project is
// associated with. filtered says whether it is with any, shown or not.
func (m *market) shown(project identity.ProjectID) (lines []line, filtered bool) {
	ids := m.associated(project)
	for _, s := range m.services {
		for _, e := range m.endpoints {
			if s.Enabled && e.Enabled && e.ServiceID == s.ID && slices.Contains(ids, e.ID) {
				lines = append(lines, line{s.ID, e.ID})
			}
		}
	}
	slices.SortFunc(lines, byLine)
	return lines, len(ids) > 0
}

func linesOf(c *identity.Catalog) (lines []line) {
	for _, s := range c.Services {
		if len(s.Endpoints) == 0 {
			lines = append(lines, line{service: s.ID})
		}
		for _, e := range s.Endpoints {
			lines = append(lines, line{s.ID, e.ID})
		}
	}
	slices.SortFunc(lines, byLine)
	return lines
}

func (m *market) compare(t *rapid.T, model *Model) {
	t.Helper()
	for _, p := range buyers {
		want, filtered := m.shown(p)
		got := model.CatalogOf(p)
		if (got != nil) != filtered {
			t.Fatalf("the catalog of %s is filtered: %v, want %v", p, got != nil, filtered)
		}
		if got == nil {
			continue
		}
		if lines := linesOf(got); !slices.Equal(lines, want) {
			t.Fatalf("catalog of %s: %v, want %v", p, lines, want)
		}
		if again := model.CatalogOf(p); again != got {
			t.Fatalf("the catalog of %s is made twice", p)
		}
		var ids []identity.EndpointID
		for _, e := range model.EndpointsOf(p) {
			ids = append(ids, e.ID)
		}
		if d := cmp.Diff(m.associated(p), ids); d != "" {
			t.Fatalf("endpoints of %s (-rules +model):\n%s", p, d)
		}
	}
}

// The filtered catalog is what the rules say, loaded afresh and after each change, and what is
// kept of it is never out of date.
func TestAFilteredCatalogIsWhatTheRulesSay(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		m := drawMarket(t)
		model := build(t, Model{}, m.changes()...)
		m.compare(t, &model)
		for range rapid.IntRange(0, 8).Draw(t, "more") {
			model = build(t, model, m.change(t))
			m.compare(t, &model)
		}
	})
}

// Projects with equal associations share one catalog, so that it is rendered once for them all;
// a project without any costs nothing more than before.
func TestEqualAssociationsShareACatalog(t *testing.T) {
	m := &market{services: []identity.Service{{ID: "s", Enabled: true}}, direct: map[identity.ProjectEndpoint]bool{}}
	for i := range 40 {
		e := identity.Endpoint{ID: identity.EndpointID(fmt.Sprint("e", i)), ServiceID: "s", Enabled: true, URL: "https://e"}
		m.endpoints = append(m.endpoints, e)
		if i < 20 {
			m.direct[identity.ProjectEndpoint{ProjectID: buyers[0], EndpointID: e.ID}] = true
			m.direct[identity.ProjectEndpoint{ProjectID: buyers[1], EndpointID: e.ID}] = true
		}
	}
	model := build(t, Model{}, m.changes()...)
	if a, b := model.CatalogOf(buyers[0]), model.CatalogOf(buyers[1]); a == nil || a != b {
		t.Errorf("%p and %p are two catalogs", a, b)
	}
	if n := testing.AllocsPerRun(100, func() { model.CatalogOf(buyers[2]) }); n != 0 {
		t.Errorf("%.0f allocations for a project without associations", n)
	}
}

// What is kept is bounded; what is beyond it is right all the same.
func TestKeptPartsOfACatalogAreBounded(t *testing.T) {
	var p parts
	for i := range 2 * maxParts {
		want := &identity.Catalog{}
		if got := p.put(fmt.Sprint(i), want); got != want {
			t.Fatal("another catalog")
		}
	}
	if n := p.n.Load(); n != maxParts {
		t.Errorf("%d parts are kept, at most %d should be", n, maxParts)
	}
}
