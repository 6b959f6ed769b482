package v3

import (
	"net/http"

	"github.com/go-json-experiment/json/jsontext"

	"github.com/lintel-id/lintel/internal/api"
	"github.com/lintel-id/lintel/internal/identity"
)

// endpointOut is an endpoint on the wire. Its region stands there twice: older clients read
// "region".
type endpointOut struct {
	ID        identity.EndpointID `json:"id"`
	Interface identity.Interface  `json:"interface"`
	ServiceID identity.ServiceID  `json:"service_id"`
	Region    *identity.RegionID  `json:"region"`
	RegionID  *identity.RegionID  `json:"region_id"`
	URL       string              `json:"url"`
	Enabled   bool                `json:"enabled"`
	Links     api.Links           `json:"links"`
	Extra     jsontext.Value      `json:",embed"`
}

func endpointJSON(r *api.Request, e *identity.Endpoint) endpointOut {
	region := nilIfEmpty(e.RegionID)
	return endpointOut{ID: e.ID, Interface: e.Interface, ServiceID: e.ServiceID, Region: region, RegionID: region, URL: e.URL, Enabled: e.Enabled,
		Extra: jsontext.Value(e.Extra), Links: api.Links{Self: r.Base() + "/v3/endpoints/" + string(e.ID)}}
}

// endpointIn is the body of creating and changing an endpoint. A name and a description are
// extra attributes.
type endpointIn struct {
	Interface identity.Opt[identity.Interface] `json:"interface"`
	ServiceID identity.Opt[identity.ServiceID] `json:"service_id"`
	RegionID  identity.Opt[identity.RegionID]  `json:"region_id"`
	Region    identity.Opt[identity.RegionID]  `json:"region"`
	URL       identity.Opt[string]             `json:"url"`
	Enabled   identity.Opt[bool]               `json:"enabled"`
	readOnly
	Extra jsontext.Value `json:",embed"`
}

// region is region_id; without one it is region, which may name a region that is not there.
func (in *endpointIn) region() (id identity.Opt[identity.RegionID], makeIt bool) {
	if in.RegionID.Value == "" && in.Region.Value != "" {
		return in.Region, true
	}
	return in.RegionID, false
}

func (h *Handler) listEndpoints(w http.ResponseWriter, r *api.Request) error {
	q := r.Query()
	endpoints, err := h.Core.Endpoints(r.Context(), r.Caller, identity.EndpointFilter{Interface: identity.Interface(q.Get("interface")),
		ServiceID: identity.ServiceID(q.Get("service_id")), RegionID: identity.RegionID(q.Get("region_id"))},
		q.Text("interface", "service_id", "region_id")...)
	if err != nil {
		return err
	}
	return replyEndpoints(w, r, endpoints)
}

func replyEndpoints(w http.ResponseWriter, r *api.Request, endpoints []*identity.Endpoint) error {
	return replyList(w, r, "endpoints", endpoints, identity.Page{}, endpointJSON, func(e *identity.Endpoint) string { return string(e.ID) })
}

func (h *Handler) createEndpoint(w http.ResponseWriter, r *api.Request) error {
	var in endpointIn
	if err := api.DecodeMember(r, "endpoint", &in); err != nil {
		return err
	}
	switch {
	case !in.Interface.Set:
		return required("interface", "endpoint")
	case !in.ServiceID.Set:
		return required("service_id", "endpoint")
	case !in.URL.Set:
		return required("url", "endpoint")
	}
	region, makeIt := in.region()
	e, err := h.Core.CreateEndpoint(r.Context(), r.Caller, identity.EndpointSpec{Interface: in.Interface.Value, ServiceID: in.ServiceID.Value,
		RegionID: region.Value, MakeRegion: makeIt, URL: in.URL.Value, Enabled: in.Enabled.Or(true), Extra: identity.Extra(in.Extra)})
	if err != nil {
		return err
	}
	return replyMember(w, http.StatusCreated, "endpoint", endpointJSON(r, e))
}

func (h *Handler) getEndpoint(w http.ResponseWriter, r *api.Request) error {
	e, err := h.Core.Endpoint(r.Context(), r.Caller, identity.EndpointID(r.PathValue("endpoint_id")))
	if err != nil {
		return err
	}
	return replyMember(w, http.StatusOK, "endpoint", endpointJSON(r, e))
}

func (h *Handler) updateEndpoint(w http.ResponseWriter, r *api.Request) error {
	id := r.PathValue("endpoint_id")
	var in endpointIn
	if err := api.DecodeMember(r, "endpoint", &in); err != nil {
		return err
	}
	if err := in.sameID(id); err != nil {
		return err
	}
	region, makeIt := in.region()
	e, err := h.Core.UpdateEndpoint(r.Context(), r.Caller, identity.EndpointID(id), identity.EndpointPatch{Interface: in.Interface, ServiceID: in.ServiceID,
		RegionID: region, MakeRegion: makeIt, URL: in.URL, Enabled: in.Enabled, Extra: identity.Extra(in.Extra)})
	if err != nil {
		return err
	}
	return replyMember(w, http.StatusOK, "endpoint", endpointJSON(r, e))
}

func (h *Handler) deleteEndpoint(w http.ResponseWriter, r *api.Request) error {
	if err := h.Core.DeleteEndpoint(r.Context(), r.Caller, identity.EndpointID(r.PathValue("endpoint_id"))); err != nil {
		return err
	}
	return api.NoContent(w)
}
