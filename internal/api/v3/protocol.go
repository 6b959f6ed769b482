package v3

import (
	"net/http"
	"net/url"

	"github.com/go-json-experiment/json/jsontext"

	"github.com/lintel-id/lintel/internal/api"
	"github.com/lintel-id/lintel/internal/identity"
)

// protocolOut is a protocol on the wire.
type protocolOut struct {
	ID        identity.ProtocolID `json:"id"`
	MappingID identity.MappingID  `json:"mapping_id"`
	Links     protocolLinks       `json:"links"`
}

type protocolLinks struct {
	Self             string `json:"self"`
	IdentityProvider string `json:"identity_provider"`
}

// listedProtocolOut is a protocol in a list, where Keystone shows all of it.
type listedProtocolOut struct {
	protocolOut
	IdentityProvider  identity.IdentityProviderID `json:"idp_id"`
	RemoteIDAttribute *string                     `json:"remote_id_attribute"`
}

func protocolJSON(r *api.Request, p *identity.Protocol) protocolOut {
	provider := identityProviderURL(r, p.IdentityProvider)
	return protocolOut{ID: p.ID, MappingID: p.MappingID,
		Links: protocolLinks{Self: provider + "/protocols/" + url.PathEscape(string(p.ID)), IdentityProvider: provider}}
}

func listedProtocolJSON(r *api.Request, p *identity.Protocol) listedProtocolOut {
	return listedProtocolOut{protocolJSON(r, p), p.IdentityProvider, nilIfEmpty(p.RemoteIDAttribute)}
}

// protocolIn is the body of creating and changing a protocol.
type protocolIn struct {
	MappingID         identity.MappingID   `json:"mapping_id" required:"true"`
	RemoteIDAttribute identity.Opt[string] `json:"remote_id_attribute"`
	Unknown           jsontext.Value       `json:",embed"`
}

// protocolPath is the protocol that a path names.
func protocolPath(r *api.Request) (identity.IdentityProviderID, identity.ProtocolID) {
	return identity.IdentityProviderID(r.PathValue("idp_id")), identity.ProtocolID(r.PathValue("protocol_id"))
}

func (h *Handler) listProtocols(w http.ResponseWriter, r *api.Request) error {
	provider, _ := protocolPath(r)
	list, err := h.Core.Protocols(r.Context(), r.Caller, provider)
	if err != nil {
		return err
	}
	return replyList(w, r, "protocols", list, identity.Page{}, listedProtocolJSON, func(p *identity.Protocol) string { return string(p.ID) })
}

func (h *Handler) createProtocol(w http.ResponseWriter, r *api.Request) error {
	var in protocolIn
	if err := api.DecodeMember(r, "protocol", &in); err != nil {
		return err
	}
	if err := onlyKnown(in.Unknown); err != nil {
		return err
	}
	provider, id := protocolPath(r)
	p, err := h.Core.CreateProtocol(r.Context(), r.Caller, identity.ProtocolSpec{ID: id, IdentityProvider: provider, MappingID: in.MappingID,
		RemoteIDAttribute: in.RemoteIDAttribute.Value})
	if err != nil {
		return err
	}
	return replyMember(w, http.StatusCreated, "protocol", protocolJSON(r, p))
}

func (h *Handler) getProtocol(w http.ResponseWriter, r *api.Request) error {
	provider, id := protocolPath(r)
	p, err := h.Core.Protocol(r.Context(), r.Caller, provider, id)
	if err != nil {
		return err
	}
	return replyMember(w, http.StatusOK, "protocol", protocolJSON(r, p))
}

func (h *Handler) updateProtocol(w http.ResponseWriter, r *api.Request) error {
	var in protocolIn
	if err := api.DecodeMember(r, "protocol", &in); err != nil {
		return err
	}
	if err := onlyKnown(in.Unknown); err != nil {
		return err
	}
	provider, id := protocolPath(r)
	p, err := h.Core.UpdateProtocol(r.Context(), r.Caller, provider, id, identity.ProtocolPatch{MappingID: in.MappingID, RemoteIDAttribute: in.RemoteIDAttribute})
	if err != nil {
		return err
	}
	return replyMember(w, http.StatusOK, "protocol", protocolJSON(r, p))
}

func (h *Handler) deleteProtocol(w http.ResponseWriter, r *api.Request) error {
	provider, id := protocolPath(r)
	if err := h.Core.DeleteProtocol(r.Context(), r.Caller, provider, id); err != nil {
		return err
	}
	return api.NoContent(w)
}
