package v3

import (
	"net/http"
	"net/url"

	"github.com/go-json-experiment/json/jsontext"

	"github.com/lintel-id/lintel/internal/api"
	"github.com/lintel-id/lintel/internal/identity"
)

// identityProviderOut is an identity provider on the wire.
type identityProviderOut struct {
	ID               identity.IdentityProviderID `json:"id"`
	DomainID         identity.DomainID           `json:"domain_id"`
	Enabled          bool                        `json:"enabled"`
	Description      *string                     `json:"description"`
	RemoteIDs        []string                    `json:"remote_ids"`
	AuthorizationTTL *int64                      `json:"authorization_ttl"`
	Links            identityProviderLinks       `json:"links"`
}

type identityProviderLinks struct {
	Self      string `json:"self"`
	Protocols string `json:"protocols"`
}

func identityProviderURL(r *api.Request, id identity.IdentityProviderID) string {
	return r.Base() + "/v3/OS-FEDERATION/identity_providers/" + url.PathEscape(string(id))
}

func identityProviderJSON(r *api.Request, i *identity.IdentityProvider) identityProviderOut {
	self := identityProviderURL(r, i.ID)
	return identityProviderOut{ID: i.ID, DomainID: i.DomainID, Enabled: i.Enabled, Description: nilIfEmpty(i.Description), RemoteIDs: i.RemoteIDs,
		AuthorizationTTL: i.AuthorizationTTL, Links: identityProviderLinks{Self: self, Protocols: self + "/protocols"}}
}

// identityProviderIn is the body of changing an identity provider.
type identityProviderIn struct {
	Enabled          identity.Opt[bool]     `json:"enabled"`
	Description      identity.Opt[string]   `json:"description"`
	RemoteIDs        identity.Opt[[]string] `json:"remote_ids"`
	AuthorizationTTL identity.Opt[int64]    `json:"authorization_ttl"`
	Unknown          jsontext.Value         `json:",embed"`
}

// newIdentityProviderIn is the body of creating one, whose domain never changes.
type newIdentityProviderIn struct {
	Enabled          bool              `json:"enabled"`
	Description      string            `json:"description"`
	RemoteIDs        []string          `json:"remote_ids"`
	AuthorizationTTL *int64            `json:"authorization_ttl"`
	DomainID         identity.DomainID `json:"domain_id"`
	Unknown          jsontext.Value    `json:",embed"`
}

func (h *Handler) listIdentityProviders(w http.ResponseWriter, r *api.Request) error {
	q := r.Query()
	list, err := h.Core.IdentityProviders(r.Context(), r.Caller,
		identity.IdentityProviderFilter{ID: identity.IdentityProviderID(q.Get("id")), Enabled: q.Bool("enabled"), Text: q.Text("id")})
	if err != nil {
		return err
	}
	return replyList(w, r, "identity_providers", list, identity.Page{}, identityProviderJSON, func(i *identity.IdentityProvider) string { return string(i.ID) })
}

func (h *Handler) createIdentityProvider(w http.ResponseWriter, r *api.Request) error {
	var in newIdentityProviderIn
	if err := api.DecodeMember(r, "identity_provider", &in); err != nil {
		return err
	}
	if err := onlyKnown(in.Unknown); err != nil {
		return err
	}
	i, err := h.Core.CreateIdentityProvider(r.Context(), r.Caller, identity.IdentityProviderSpec{ID: identity.IdentityProviderID(r.PathValue("idp_id")),
		DomainID: in.DomainID, Enabled: in.Enabled, Description: in.Description, RemoteIDs: in.RemoteIDs, AuthorizationTTL: in.AuthorizationTTL})
	if err != nil {
		return err
	}
	return replyMember(w, http.StatusCreated, "identity_provider", identityProviderJSON(r, i))
}

func (h *Handler) getIdentityProvider(w http.ResponseWriter, r *api.Request) error {
	i, err := h.Core.IdentityProvider(r.Context(), r.Caller, identity.IdentityProviderID(r.PathValue("idp_id")))
	if err != nil {
		return err
	}
	return replyMember(w, http.StatusOK, "identity_provider", identityProviderJSON(r, i))
}

func (h *Handler) updateIdentityProvider(w http.ResponseWriter, r *api.Request) error {
	var in identityProviderIn
	if err := api.DecodeMember(r, "identity_provider", &in); err != nil {
		return err
	}
	if err := onlyKnown(in.Unknown); err != nil {
		return err
	}
	i, err := h.Core.UpdateIdentityProvider(r.Context(), r.Caller, identity.IdentityProviderID(r.PathValue("idp_id")), identity.IdentityProviderPatch{
		Enabled: in.Enabled, Description: in.Description, RemoteIDs: in.RemoteIDs, AuthorizationTTL: in.AuthorizationTTL})
	if err != nil {
		return err
	}
	return replyMember(w, http.StatusOK, "identity_provider", identityProviderJSON(r, i))
}

func (h *Handler) deleteIdentityProvider(w http.ResponseWriter, r *api.Request) error {
	if err := h.Core.DeleteIdentityProvider(r.Context(), r.Caller, identity.IdentityProviderID(r.PathValue("idp_id"))); err != nil {
		return err
	}
	return api.NoContent(w)
}
