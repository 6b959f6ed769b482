package v2

import (
	"slices"

	"github.com/lintel-id/lintel/internal/api"
	"github.com/lintel-id/lintel/internal/identity"
)

// place is one entry of a service's endpoints: at most one endpoint of each interface, all in
// one region.
type place struct {
	region                  identity.RegionID
	public, internal, admin *identity.CatalogEndpoint
}

// renderCatalog writes the catalog in the form of v2.0: one entry for each type and name of
// services, in it one for each region. Services without endpoints do not show.
func renderCatalog(w *api.CutWriter, c *identity.Catalog, project bool) {
	w.Raw("[")
	separator := ""
	for rest := c.Services; len(rest) > 0; {
		s, n := rest[0], sameService(rest)
		entry := places(rest[:n], project)
		rest = rest[n:]
		if len(entry) == 0 {
			continue
		}
		w.Raw(separator)
		w.Member(`{"type": `, s.Type)
		w.Member(`, "name": `, s.Name)
		w.Raw(`, "endpoints": [`)
		for i, p := range entry {
			if i > 0 {
				w.Raw(", ")
			}
			p.render(w, `{"region": `)
		}
		w.Raw(`], "endpoints_links": []}`)
		separator = ", "
	}
	w.Raw("]")
}

// renderEndpoints writes the catalog as one list: each entry says what service it is of.
func renderEndpoints(w *api.CutWriter, c *identity.Catalog, project bool) {
	w.Raw("[")
	separator := `{"type": `
	for rest := c.Services; len(rest) > 0; {
		s, n := rest[0], sameService(rest)
		for _, p := range places(rest[:n], project) {
			w.Member(separator, s.Type)
			w.Member(`, "name": `, s.Name)
			p.render(w, `, "region": `)
			separator = `, {"type": `
		}
		rest = rest[n:]
	}
	w.Raw("]")
}

// sameService is how many services at the beginning share type and name; the catalog is in
// that order.
func sameService(services []identity.CatalogService) int {
	n := slices.IndexFunc(services, func(s identity.CatalogService) bool {
		return s.Type != services[0].Type || s.Name != services[0].Name
	})
	if n < 0 {
		return len(services)
	}
	return n
}

// places sorts endpoints by region. A second endpoint of an interface in a region gets an
// entry of its own, so that none is lost.
func places(services []identity.CatalogService, project bool) []*place {
	var out []*place
	for i := range services {
		for j := range services[i].Endpoints {
			e := &services[i].Endpoints[j]
			if !project && e.NeedsProject() {
				continue
			}
			if !slices.ContainsFunc(out, func(p *place) bool { return p.take(e) }) {
				p := &place{region: e.RegionID}
				p.take(e)
				out = append(out, p)
			}
		}
	}
	return out
}

// take puts the endpoint where it belongs, if that is here and still free.
func (p *place) take(e *identity.CatalogEndpoint) bool {
	slot := &p.public
	switch e.Interface {
	case identity.InternalInterface:
		slot = &p.internal
	case identity.AdminInterface:
		slot = &p.admin
	}
	if p.region != e.RegionID || *slot != nil {
		return false
	}
	*slot = e
	return true
}

// render writes the entry, from its region on. Clouds that have public endpoints only document
// neither the other URLs nor an id; with more interfaces it is Keystone's entry.
func (p *place) render(w *api.CutWriter, region string) {
	w.Member(region, string(p.region))
	id := identity.EndpointID("")
	if p.admin != nil {
		w.URL(`, "adminURL": `, p.admin.Template)
		id = p.admin.ID
	}
	if p.internal != nil {
		w.URL(`, "internalURL": `, p.internal.Template)
		id = p.internal.ID
	}
	if p.public != nil {
		w.URL(`, "publicURL": `, p.public.Template)
	}
	if id != "" {
		w.Member(`, "id": `, string(id))
	}
	w.Raw("}")
}
