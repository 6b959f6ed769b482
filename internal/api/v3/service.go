package v3

import (
	"net/http"

	"github.com/go-json-experiment/json/jsontext"

	"github.com/lintel-id/lintel/internal/api"
	"github.com/lintel-id/lintel/internal/identity"
)

// serviceOut is a service on the wire.
type serviceOut struct {
	ID          identity.ServiceID `json:"id"`
	Type        string             `json:"type"`
	Name        string             `json:"name"`
	Description string             `json:"description"`
	Enabled     bool               `json:"enabled"`
	Links       api.Links          `json:"links"`
	Extra       jsontext.Value     `json:",embed"`
}

func serviceJSON(r *api.Request, s *identity.Service) serviceOut {
	return serviceOut{ID: s.ID, Type: s.Type, Name: s.Name, Description: s.Description, Enabled: s.Enabled, Extra: jsontext.Value(s.Extra),
		Links: api.Links{Self: r.Base() + "/v3/services/" + string(s.ID)}}
}

// serviceIn is the body of creating and changing a service.
type serviceIn struct {
	Type        identity.Opt[string] `json:"type"`
	Name        identity.Opt[string] `json:"name"`
	Description identity.Opt[string] `json:"description"`
	Enabled     identity.Opt[bool]   `json:"enabled"`
	readOnly
	Extra jsontext.Value `json:",embed"`
}

func (h *Handler) listServices(w http.ResponseWriter, r *api.Request) error {
	q := r.Query()
	services, err := h.Core.Services(r.Context(), r.Caller, identity.ServiceFilter{Name: q.Get("name"), Type: q.Get("type"), Text: q.Text("name", "type")})
	if err != nil {
		return err
	}
	return replyList(w, r, "services", services, identity.Page{}, serviceJSON, func(s *identity.Service) string { return string(s.ID) })
}

func (h *Handler) createService(w http.ResponseWriter, r *api.Request) error {
	var in serviceIn
	if err := api.DecodeMember(r, "service", &in); err != nil {
		return err
	}
	if !in.Type.Set {
		return required("type", "service")
	}
	s, err := h.Core.CreateService(r.Context(), r.Caller, identity.ServiceSpec{Type: in.Type.Value, Name: in.Name.Value, Description: in.Description.Value,
		Enabled: in.Enabled.Or(true), Extra: identity.Extra(in.Extra)})
	if err != nil {
		return err
	}
	return replyMember(w, http.StatusCreated, "service", serviceJSON(r, s))
}

func (h *Handler) getService(w http.ResponseWriter, r *api.Request) error {
	s, err := h.Core.Service(r.Context(), r.Caller, identity.ServiceID(r.PathValue("service_id")))
	if err != nil {
		return err
	}
	return replyMember(w, http.StatusOK, "service", serviceJSON(r, s))
}

func (h *Handler) updateService(w http.ResponseWriter, r *api.Request) error {
	id := r.PathValue("service_id")
	var in serviceIn
	if err := api.DecodeMember(r, "service", &in); err != nil {
		return err
	}
	if err := in.sameID(id); err != nil {
		return err
	}
	s, err := h.Core.UpdateService(r.Context(), r.Caller, identity.ServiceID(id), identity.ServicePatch{Type: in.Type, Name: in.Name,
		Description: in.Description, Enabled: in.Enabled, Extra: identity.Extra(in.Extra)})
	if err != nil {
		return err
	}
	return replyMember(w, http.StatusOK, "service", serviceJSON(r, s))
}

func (h *Handler) deleteService(w http.ResponseWriter, r *api.Request) error {
	if err := h.Core.DeleteService(r.Context(), r.Caller, identity.ServiceID(r.PathValue("service_id"))); err != nil {
		return err
	}
	return api.NoContent(w)
}
