package v3

import (
	"net/http"
	"strings"

	"github.com/go-json-experiment/json/jsontext"

	"github.com/lintel-id/lintel/internal/api"
	"github.com/lintel-id/lintel/internal/identity"
)

// endpointGroupOut is an endpoint group on the wire.
type endpointGroupOut struct {
	ID          identity.EndpointGroupID `json:"id"`
	Name        string                   `json:"name"`
	Description *string                  `json:"description"`
	Filters     endpointFiltersOut       `json:"filters"`
	Links       api.Links                `json:"links"`
}

type endpointFiltersOut struct {
	Interface identity.Interface `json:"interface,omitzero"`
	ServiceID identity.ServiceID `json:"service_id,omitzero"`
	RegionID  identity.RegionID  `json:"region_id,omitzero"`
}

func endpointGroupJSON(r *api.Request, g *identity.EndpointGroup) endpointGroupOut {
	return endpointGroupOut{ID: g.ID, Name: g.Name, Description: nilIfEmpty(g.Description), Filters: endpointFiltersOut(g.Filter),
		Links: api.Links{Self: r.Base() + "/v3/OS-EP-FILTER/endpoint_groups/" + string(g.ID)}}
}

// endpointGroupIn is the body of creating and changing an endpoint group.
type endpointGroupIn struct {
	Name        identity.Opt[string] `json:"name"`
	Description identity.Opt[string] `json:"description"`
	Filters     *endpointFiltersIn   `json:"filters"`
	readOnly
}

type endpointFiltersIn struct {
	Interface identity.Opt[identity.Interface] `json:"interface"`
	ServiceID identity.Opt[identity.ServiceID] `json:"service_id"`
	RegionID  identity.Opt[identity.RegionID]  `json:"region_id"`
	Unknown   jsontext.Value                   `json:",embed"`
}

// filter refuses attributes that cannot be filtered by, and what would not filter at all here:
// null and the empty text.
func (in *endpointFiltersIn) filter() (f identity.EndpointMatch, err error) {
	if len(in.Unknown) > 0 {
		return f, identity.Invalidf("Invalid input for field 'filters': endpoints can be grouped by service_id, region_id and interface.")
	}
	for _, err := range []error{filterText("interface", in.Interface, &f.Interface), filterText("service_id", in.ServiceID, &f.ServiceID),
		filterText("region_id", in.RegionID, &f.RegionID)} {
		if err != nil {
			return f, err
		}
	}
	return f, nil
}

func filterText[T ~string](name string, value identity.Opt[T], to *T) error {
	if value.Set && value.Value == "" {
		return identity.Invalidf("Invalid input for field 'filters/%s': it must not be empty.", name)
	}
	value.Apply(to)
	return nil
}

// listEndpointGroups serves GET /v3/OS-EP-FILTER/endpoint_groups, whose only filter is name: any
// other key of the query is an error, as in Keystone.
func (h *Handler) listEndpointGroups(w http.ResponseWriter, r *api.Request) error {
	q := r.Query()
	for key := range r.URL.Query() {
		if key != "name" && !strings.HasPrefix(key, "name__") {
			return identity.Invalidf("Invalid input: the only filter of endpoint groups is name.")
		}
	}
	groups, err := h.Core.EndpointGroups(r.Context(), r.Caller, identity.EndpointGroupFilter{Name: q.Get("name"), Text: q.Text("name")})
	if err != nil {
		return err
	}
	return replyEndpointGroups(w, r, groups)
}

func replyEndpointGroups(w http.ResponseWriter, r *api.Request, groups []*identity.EndpointGroup) error {
	return replyList(w, r, "endpoint_groups", groups, identity.Page{}, endpointGroupJSON, func(g *identity.EndpointGroup) string { return string(g.ID) })
}

func (h *Handler) createEndpointGroup(w http.ResponseWriter, r *api.Request) error {
	var in endpointGroupIn
	if err := api.DecodeMember(r, "endpoint_group", &in); err != nil {
		return err
	}
	switch {
	case !in.Name.Set:
		return required("name", "endpoint_group")
	case in.Filters == nil:
		return required("filters", "endpoint_group")
	}
	filter, err := in.Filters.filter()
	if err != nil {
		return err
	}
	g, err := h.Core.CreateEndpointGroup(r.Context(), r.Caller, identity.EndpointGroupSpec{Name: in.Name.Value, Description: in.Description.Value, Filter: filter})
	if err != nil {
		return err
	}
	return replyMember(w, http.StatusCreated, "endpoint_group", endpointGroupJSON(r, g))
}

func (h *Handler) getEndpointGroup(w http.ResponseWriter, r *api.Request) error {
	g, err := h.Core.EndpointGroup(r.Context(), r.Caller, identity.EndpointGroupID(r.PathValue("endpoint_group_id")))
	if err != nil {
		return err
	}
	return replyMember(w, http.StatusOK, "endpoint_group", endpointGroupJSON(r, g))
}

func (h *Handler) updateEndpointGroup(w http.ResponseWriter, r *api.Request) error {
	id := r.PathValue("endpoint_group_id")
	var in endpointGroupIn
	if err := api.DecodeMember(r, "endpoint_group", &in); err != nil {
		return err
	}
	if err := in.sameID(id); err != nil {
		return err
	}
	patch := identity.EndpointGroupPatch{Name: in.Name, Description: in.Description}
	if in.Filters != nil {
		filter, err := in.Filters.filter()
		if err != nil {
			return err
		}
		patch.Filter = identity.Some(filter)
	}
	g, err := h.Core.UpdateEndpointGroup(r.Context(), r.Caller, identity.EndpointGroupID(id), patch)
	if err != nil {
		return err
	}
	return replyMember(w, http.StatusOK, "endpoint_group", endpointGroupJSON(r, g))
}

func (h *Handler) deleteEndpointGroup(w http.ResponseWriter, r *api.Request) error {
	if err := h.Core.DeleteEndpointGroup(r.Context(), r.Caller, identity.EndpointGroupID(r.PathValue("endpoint_group_id"))); err != nil {
		return err
	}
	return api.NoContent(w)
}
