package v3

import (
	"net/http"
	"net/url"
	"sync/atomic"

	"github.com/go-json-experiment/json/jsontext"

	"github.com/lintel-id/lintel/internal/api"
	"github.com/lintel-id/lintel/internal/identity"
)

// serviceProviderOut is a service provider on the wire.
type serviceProviderOut struct {
	ID               identity.ServiceProviderID `json:"id"`
	Enabled          bool                       `json:"enabled"`
	Description      *string                    `json:"description"`
	AuthURL          string                     `json:"auth_url"`
	SPURL            string                     `json:"sp_url"`
	RelayStatePrefix string                     `json:"relay_state_prefix"`
	Links            api.Links                  `json:"links"`
}

func serviceProviderJSON(r *api.Request, p *identity.ServiceProvider) serviceProviderOut {
	return serviceProviderOut{ID: p.ID, Enabled: p.Enabled, Description: nilIfEmpty(p.Description), AuthURL: p.AuthURL, SPURL: p.SPURL,
		RelayStatePrefix: p.RelayStatePrefix, Links: api.Links{Self: r.Base() + "/v3/OS-FEDERATION/service_providers/" + url.PathEscape(string(p.ID))}}
}

// newServiceProviderIn is the body of creating a service provider.
type newServiceProviderIn struct {
	Enabled          bool           `json:"enabled"`
	Description      string         `json:"description"`
	AuthURL          string         `json:"auth_url" required:"true"`
	SPURL            string         `json:"sp_url" required:"true"`
	RelayStatePrefix string         `json:"relay_state_prefix"`
	Unknown          jsontext.Value `json:",embed"`
}

// serviceProviderIn is the body of changing a service provider.
type serviceProviderIn struct {
	Enabled          identity.Opt[bool]   `json:"enabled"`
	Description      identity.Opt[string] `json:"description"`
	AuthURL          identity.Opt[string] `json:"auth_url"`
	SPURL            identity.Opt[string] `json:"sp_url"`
	RelayStatePrefix identity.Opt[string] `json:"relay_state_prefix"`
	Unknown          jsontext.Value       `json:",embed"`
}

func (h *Handler) listServiceProviders(w http.ResponseWriter, r *api.Request) error {
	q := r.Query()
	list, err := h.Core.ServiceProviders(r.Context(), r.Caller,
		identity.ServiceProviderFilter{ID: identity.ServiceProviderID(q.Get("id")), Enabled: q.Bool("enabled"), Text: q.Text("id")})
	if err != nil {
		return err
	}
	return replyList(w, r, "service_providers", list, identity.Page{}, serviceProviderJSON, func(p *identity.ServiceProvider) string { return string(p.ID) })
}

func (h *Handler) createServiceProvider(w http.ResponseWriter, r *api.Request) error {
	var in newServiceProviderIn
	if err := api.DecodeMember(r, "service_provider", &in); err != nil {
		return err
	}
	if err := onlyKnown(in.Unknown); err != nil {
		return err
	}
	p, err := h.Core.CreateServiceProvider(r.Context(), r.Caller, identity.ServiceProviderSpec{ID: identity.ServiceProviderID(r.PathValue("sp_id")),
		Enabled: in.Enabled, Description: in.Description, AuthURL: in.AuthURL, SPURL: in.SPURL, RelayStatePrefix: in.RelayStatePrefix})
	if err != nil {
		return err
	}
	return replyMember(w, http.StatusCreated, "service_provider", serviceProviderJSON(r, p))
}

func (h *Handler) getServiceProvider(w http.ResponseWriter, r *api.Request) error {
	p, err := h.Core.ServiceProvider(r.Context(), r.Caller, identity.ServiceProviderID(r.PathValue("sp_id")))
	if err != nil {
		return err
	}
	return replyMember(w, http.StatusOK, "service_provider", serviceProviderJSON(r, p))
}

func (h *Handler) updateServiceProvider(w http.ResponseWriter, r *api.Request) error {
	var in serviceProviderIn
	if err := api.DecodeMember(r, "service_provider", &in); err != nil {
		return err
	}
	if err := onlyKnown(in.Unknown); err != nil {
		return err
	}
	p, err := h.Core.UpdateServiceProvider(r.Context(), r.Caller, identity.ServiceProviderID(r.PathValue("sp_id")), identity.ServiceProviderPatch{
		Enabled: in.Enabled, Description: in.Description, AuthURL: in.AuthURL, SPURL: in.SPURL, RelayStatePrefix: in.RelayStatePrefix})
	if err != nil {
		return err
	}
	return replyMember(w, http.StatusOK, "service_provider", serviceProviderJSON(r, p))
}

func (h *Handler) deleteServiceProvider(w http.ResponseWriter, r *api.Request) error {
	if err := h.Core.DeleteServiceProvider(r.Context(), r.Caller, identity.ServiceProviderID(r.PathValue("sp_id"))); err != nil {
		return err
	}
	return api.NoContent(w)
}

// serviceProvidersText is what tokens show of the service providers, rendered once for each
// change of them and not for each token. The zero value is ready.
type serviceProvidersText struct {
	kept atomic.Pointer[renderedServiceProviders]
}

type renderedServiceProviders struct {
	of   *identity.ServiceProviders
	text []byte
}

// append appends the member of a token's body, or nothing when there are no service providers.
func (t *serviceProvidersText) append(b []byte, p *identity.ServiceProviders) []byte {
	if p == nil {
		return b
	}
	k := t.kept.Load()
	if k == nil || k.of != p {
		k = &renderedServiceProviders{of: p, text: renderServiceProviders(p)}
		t.kept.Store(k)
	}
	return append(b, k.text...)
}

func renderServiceProviders(p *identity.ServiceProviders) []byte {
	b := []byte(`, "service_providers": [`)
	for i, s := range p.Enabled {
		if i > 0 {
			b = append(b, ", "...)
		}
		b = api.AppendString(append(b, `{"id": `...), s.ID)
		b = api.AppendString(append(b, `, "auth_url": `...), s.AuthURL)
		b = api.AppendString(append(b, `, "sp_url": `...), s.SPURL)
		b = append(b, '}')
	}
	return append(b, ']')
}
