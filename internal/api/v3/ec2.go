package v3

import (
	"net/http"

	"github.com/lintel-id/lintel/internal/api"
	"github.com/lintel-id/lintel/internal/core"
	"github.com/lintel-id/lintel/internal/identity"
)

// ec2KeyOut is an EC2 credential on the wire. Unlike an application credential's the secret is
// in every answer: Swift and Ceph fetch it to verify signatures.
type ec2KeyOut struct {
	UserID   identity.UserID    `json:"user_id"`
	TenantID identity.ProjectID `json:"tenant_id"`
	Access   string             `json:"access"`
	Secret   string             `json:"secret,omitzero"` // not there where the caller may not have it
	TrustID  *identity.TrustID  `json:"trust_id"`
	Links    api.Links          `json:"links"`
}

// ec2KeyIn is the body of creating an EC2 credential.
type ec2KeyIn struct {
	TenantID identity.ProjectID `json:"tenant_id" required:"true"`
}

func ec2KeyJSON(r *api.Request, k *core.EC2Key) ec2KeyOut {
	return ec2KeyOut{UserID: k.UserID, TenantID: k.ProjectID, Access: k.Access, Secret: k.Secret.Reveal(), TrustID: nilIfEmpty(k.TrustID),
		Links: api.Links{Self: r.Base() + "/v3/users/" + string(k.UserID) + "/credentials/OS-EC2/" + k.Access}}
}

func (h *Handler) listEC2Keys(w http.ResponseWriter, r *api.Request) error {
	keys, err := h.Core.EC2Keys(r.Context(), r.Caller, identity.UserID(r.PathValue("user_id")))
	if err != nil {
		return err
	}
	noStore(w)
	return replyList(w, r, "credentials", keys, identity.Page{}, ec2KeyJSON, func(k *core.EC2Key) string { return string(k.ID) })
}

func (h *Handler) createEC2Key(w http.ResponseWriter, r *api.Request) error {
	var in ec2KeyIn
	if err := api.Decode(r, &in); err != nil {
		return err
	}
	if in.TenantID == "" {
		return required("tenant_id", "body")
	}
	key, err := h.Core.CreateEC2Key(r.Context(), r.Caller, identity.UserID(r.PathValue("user_id")), in.TenantID)
	if err != nil {
		return err
	}
	noStore(w)
	return replyMember(w, http.StatusCreated, "credential", ec2KeyJSON(r, key))
}

func (h *Handler) getEC2Key(w http.ResponseWriter, r *api.Request) error {
	key, err := h.Core.EC2Key(r.Context(), r.Caller, identity.UserID(r.PathValue("user_id")), r.PathValue("access"))
	if err != nil {
		return err
	}
	noStore(w)
	return replyMember(w, http.StatusOK, "credential", ec2KeyJSON(r, key))
}

func (h *Handler) deleteEC2Key(w http.ResponseWriter, r *api.Request) error {
	if err := h.Core.DeleteEC2Key(r.Context(), r.Caller, identity.UserID(r.PathValue("user_id")), r.PathValue("access")); err != nil {
		return err
	}
	return api.NoContent(w)
}
