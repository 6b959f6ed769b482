package portal

import (
	"cmp"
	"net/http"
	"slices"
	"strconv"

	"github.com/lintel-id/lintel/internal/identity"
)

// Where the addresses of the APIs are; the second is the way to them in a cloud's documents.
const (
	apiEndpoint     = Root + "/access/api-endpoint"
	computeInstance = Root + "/compute/instance"
)

func (h *Handler) apiEndpoints() []route {
	return []route{
		{pattern: "GET " + apiEndpoint, who: inProject, handle: h.showAPIEndpoint},
		{pattern: "GET " + Root + "/compute", handle: redirect(computeInstance)},
		{pattern: "GET " + computeInstance, who: inProject, handle: h.showInstance},
	}
}

// endpointRow is the public address of a service in a region.
type endpointRow struct {
	ID         string // of the element
	Type       string
	Region     string // "" for an address of no region
	RegionName string // "" where it has none of its own
	URL        string
}

// endpoints are the public addresses of the session's project, in order of type and region.
func (h *Handler) endpoints(r *request) (rows []endpointRow, err error) {
	catalog, err := h.Core.AuthCatalog(r.Context(), r.Caller)
	if err != nil {
		return nil, err
	}
	regions, err := h.Core.Regions(r.Context(), r.Caller, "")
	if err != nil {
		return nil, err
	}
	names := map[identity.RegionID]string{}
	for _, one := range regions {
		names[one.ID] = one.Description
	}
	for _, s := range catalog.Services {
		for _, e := range s.Endpoints {
			if e.Interface == identity.PublicInterface {
				rows = append(rows, endpointRow{Type: s.Type, Region: string(e.RegionID), RegionName: names[e.RegionID], URL: e.Template.Fill(r.Caller.Project.ID, r.Caller.User.ID)})
			}
		}
	}
	slices.SortFunc(rows, func(a, b endpointRow) int {
		return cmp.Or(cmp.Compare(a.Type, b.Type), cmp.Compare(a.Region, b.Region), cmp.Compare(a.URL, b.URL))
	})
	for i := range rows {
		rows[i].ID = "endpoint-" + strconv.Itoa(i+1)
	}
	return rows, nil
}

// endpointPage says where the APIs are, and what a request names.
type endpointPage struct {
	page
	TenantID  string
	UserID    string
	V3, V2    string // of the identity service; V2 is "" where it is switched off
	Endpoints []endpointRow
}

func (h *Handler) showAPIEndpoint(w http.ResponseWriter, r *request) error {
	p := &endpointPage{page: *h.page(r, "endpoint.title"), TenantID: string(r.Caller.Project.ID), UserID: string(r.Caller.User.ID), V3: r.Base() + "/v3"}
	if h.V2 {
		p.V2 = r.Base() + "/v2.0"
	}
	var err error
	if p.Endpoints, err = h.endpoints(r); err != nil {
		return err
	}
	return h.render(w, r, http.StatusOK, "api_endpoint", p)
}

// instancePage is where a cloud's documents begin: it says where the compute API is, and leads to the others.
type instancePage struct {
	page
	Endpoints []endpointRow
}

func (h *Handler) showInstance(w http.ResponseWriter, r *request) error {
	all, err := h.endpoints(r)
	if err != nil {
		return err
	}
	p := &instancePage{page: *h.page(r, "instance.title")}
	for _, row := range all {
		if row.Type == "compute" {
			p.Endpoints = append(p.Endpoints, row)
		}
	}
	return h.render(w, r, http.StatusOK, "instance", p)
}
