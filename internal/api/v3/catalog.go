package v3

import (
	"github.com/lintel-id/lintel/internal/api"
	"github.com/lintel-id/lintel/internal/identity"
)

// appendCatalog appends the catalog as the token sees it.
func (h *Handler) appendCatalog(dst []byte, c *identity.Catalog, a *identity.Authorization) []byte {
	return h.catalog.Append(dst, c, a, renderCatalog)
}

func renderCatalog(w *api.CutWriter, c *identity.Catalog, project bool) {
	w.Raw("[")
	for i := range c.Services {
		s := &c.Services[i]
		if i > 0 {
			w.Raw(", ")
		}
		w.Member(`{"id": `, string(s.ID))
		w.Member(`, "type": `, s.Type)
		w.Member(`, "name": `, s.Name)
		w.Raw(`, "endpoints": [`)
		first := true
		for j := range s.Endpoints {
			e := &s.Endpoints[j]
			if !project && e.NeedsProject() {
				continue
			}
			if !first {
				w.Raw(", ")
			}
			first = false
			w.Member(`{"id": `, string(e.ID))
			w.Member(`, "interface": `, string(e.Interface))
			if e.RegionID == "" {
				w.Raw(`, "region_id": null, "region": null`)
			} else {
				w.Member(`, "region_id": `, string(e.RegionID))
				w.Member(`, "region": `, string(e.RegionID))
			}
			w.URL(`, "url": `, e.Template)
			w.Raw("}")
		}
		w.Raw("]}")
	}
	w.Raw("]")
}
