package v2

import (
	"net/http"

	"github.com/lintel-id/lintel/internal/api"
	"github.com/lintel-id/lintel/internal/core"
	"github.com/lintel-id/lintel/internal/identity"
)

// endpointOut is the endpoints of a service in a region as one, in the words of v2.0.
type endpointOut struct {
	ID          identity.EndpointID `json:"id"`
	ServiceID   identity.ServiceID  `json:"service_id"`
	Region      *identity.RegionID  `json:"region"`
	PublicURL   string              `json:"publicurl,omitzero"`
	InternalURL string              `json:"internalurl,omitzero"`
	AdminURL    string              `json:"adminurl,omitzero"`
	Enabled     bool                `json:"enabled"`
}

func endpointJSON(s *core.EndpointSet) endpointOut {
	first := s.First()
	out := endpointOut{ID: first.ID, ServiceID: first.ServiceID, Enabled: first.Enabled, PublicURL: url(s.Public), InternalURL: url(s.Internal), AdminURL: url(s.Admin)}
	if first.RegionID != "" {
		out.Region = &first.RegionID
	}
	return out
}

func url(e *identity.Endpoint) string {
	if e == nil {
		return ""
	}
	return e.URL
}

// endpointIn is the body of creating an endpoint. A region that is not there is made.
type endpointIn struct {
	ServiceID   identity.Opt[identity.ServiceID] `json:"service_id" required:"true"`
	Region      identity.Opt[identity.RegionID]  `json:"region"`
	PublicURL   identity.Opt[string]             `json:"publicurl" required:"true"`
	InternalURL identity.Opt[string]             `json:"internalurl"`
	AdminURL    identity.Opt[string]             `json:"adminurl"`
	Enabled     identity.Opt[bool]               `json:"enabled"`
}

func (in *endpointIn) specs() (specs []identity.EndpointSpec) {
	for _, e := range [...]struct {
		of  identity.Interface
		url string
	}{{identity.PublicInterface, in.PublicURL.Value}, {identity.InternalInterface, in.InternalURL.Value}, {identity.AdminInterface, in.AdminURL.Value}} {
		if e.url != "" {
			specs = append(specs, identity.EndpointSpec{Interface: e.of, ServiceID: in.ServiceID.Value, RegionID: in.Region.Value, URL: e.url,
				Enabled: in.Enabled.Or(true), MakeRegion: true})
		}
	}
	return specs
}

func (h *Handler) listEndpoints(w http.ResponseWriter, r *api.Request) error {
	sets, err := h.Core.EndpointSets(r.Context(), r.Caller)
	if err != nil {
		return err
	}
	return replyMember(w, "endpoints", mapped(sets, endpointJSON))
}

func (h *Handler) createEndpoint(w http.ResponseWriter, r *api.Request) error {
	var in endpointIn
	if err := api.DecodeMember(r, "endpoint", &in); err != nil {
		return err
	}
	switch {
	case in.ServiceID.Value == "":
		return missing("service_id", "endpoint")
	case in.PublicURL.Value == "":
		return missing("publicurl", "endpoint")
	}
	set, err := h.Core.CreateEndpointSet(r.Context(), r.Caller, in.specs())
	if err != nil {
		return err
	}
	return replyMember(w, "endpoint", endpointJSON(set))
}

func (h *Handler) deleteEndpoint(w http.ResponseWriter, r *api.Request) error {
	if err := h.Core.DeleteEndpointSet(r.Context(), r.Caller, identity.EndpointID(r.PathValue("endpoint_id"))); err != nil {
		return err
	}
	return api.NoContent(w)
}
