package v2

import (
	"net/http"

	"github.com/go-json-experiment/json/jsontext"

	"github.com/lintel-id/lintel/internal/api"
	"github.com/lintel-id/lintel/internal/identity"
)

// serviceOut is a service in the words of v2.0.
type serviceOut struct {
	ID          identity.ServiceID `json:"id"`
	Type        string             `json:"type"`
	Name        string             `json:"name"`
	Description string             `json:"description"`
	Enabled     bool               `json:"enabled"`
	Extra       jsontext.Value     `json:",embed"`
}

func serviceJSON(s *identity.Service) serviceOut {
	return serviceOut{ID: s.ID, Type: s.Type, Name: s.Name, Description: s.Description, Enabled: s.Enabled, Extra: jsontext.Value(s.Extra)}
}

// serviceIn is the body of creating a service.
type serviceIn struct {
	ID          jsontext.Value       `json:"id"`
	Type        identity.Opt[string] `json:"type" required:"true"`
	Name        identity.Opt[string] `json:"name"`
	Description identity.Opt[string] `json:"description"`
	Enabled     identity.Opt[bool]   `json:"enabled"`
	Links       jsontext.Value       `json:"links"`
	Extra       jsontext.Value       `json:",embed"`
}

// What v2.0 calls services in bodies.
const (
	serviceName  = "OS-KSADM:service"
	servicesName = "OS-KSADM:services"
)

func (h *Handler) listServices(w http.ResponseWriter, r *api.Request) error {
	services, err := h.Core.Services(r.Context(), r.Caller, identity.ServiceFilter{})
	if err != nil {
		return err
	}
	return replyMember(w, servicesName, mapped(services, serviceJSON))
}

func (h *Handler) createService(w http.ResponseWriter, r *api.Request) error {
	var in serviceIn
	if err := api.DecodeMember(r, serviceName, &in); err != nil {
		return err
	}
	s, err := h.Core.CreateService(r.Context(), r.Caller, identity.ServiceSpec{Type: in.Type.Value, Name: in.Name.Value,
		Description: in.Description.Value, Enabled: in.Enabled.Or(true), Extra: identity.Extra(in.Extra)})
	if err != nil {
		return err
	}
	return replyMember(w, serviceName, serviceJSON(s))
}

func (h *Handler) getService(w http.ResponseWriter, r *api.Request) error {
	s, err := h.Core.Service(r.Context(), r.Caller, identity.ServiceID(r.PathValue("service_id")))
	if err != nil {
		return err
	}
	return replyMember(w, serviceName, serviceJSON(s))
}

func (h *Handler) deleteService(w http.ResponseWriter, r *api.Request) error {
	if err := h.Core.DeleteService(r.Context(), r.Caller, identity.ServiceID(r.PathValue("service_id"))); err != nil {
		return err
	}
	return api.NoContent(w)
}
