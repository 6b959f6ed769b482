package v2

import (
	"net/http"

	"github.com/lintel-id/lintel/internal/api"
	"github.com/lintel-id/lintel/internal/core"
	"github.com/lintel-id/lintel/internal/identity"
)

// ec2KeyOut is an EC2 key in the words of v2.0, with the times that NHN Cloud documents.
type ec2KeyOut struct {
	UserID     identity.UserID    `json:"user_id"`
	TenantID   identity.ProjectID `json:"tenant_id"`
	Access     string             `json:"access"`
	Secret     string             `json:"secret,omitzero"` // not there where the caller may not have it
	TrustID    *identity.TrustID  `json:"trust_id"`
	CreatedAt  string             `json:"created_at"`
	AccessedAt *string            `json:"accessed_at"` // of the last use; null where it is not known
}

// ec2KeyIn is the body of creating an EC2 key.
type ec2KeyIn struct {
	TenantID identity.ProjectID `json:"tenant_id" required:"true"`
}

func ec2KeyJSON(k *core.EC2Key) ec2KeyOut {
	out := ec2KeyOut{UserID: k.UserID, TenantID: k.ProjectID, Access: k.Access, Secret: k.Secret.Reveal(), CreatedAt: identity.FormatTime(k.CreatedAt),
		AccessedAt: accessedAt(k)}
	if k.TrustID != "" {
		out.TrustID = &k.TrustID
	}
	return out
}

// accessedAt is null for every key: uses are not noted.
func accessedAt(*core.EC2Key) *string { return nil }

// The keys of users of every domain are served, as in Keystone: they are what S3 clients have.

func (h *Handler) listEC2Keys(w http.ResponseWriter, r *api.Request) error {
	keys, err := h.Core.EC2Keys(r.Context(), r.Caller, identity.UserID(r.PathValue("user_id")))
	if err != nil {
		return err
	}
	noStore(w)
	return replyMember(w, "credentials", mapped(keys, ec2KeyJSON))
}

func (h *Handler) createEC2Key(w http.ResponseWriter, r *api.Request) error {
	var in ec2KeyIn
	if err := api.Decode(r, &in); err != nil {
		return err
	}
	if in.TenantID == "" {
		return missing("tenant_id", "request body")
	}
	key, err := h.Core.CreateEC2Key(r.Context(), r.Caller, identity.UserID(r.PathValue("user_id")), in.TenantID)
	if err != nil {
		return err
	}
	noStore(w)
	return replyMember(w, "credential", ec2KeyJSON(key))
}

func (h *Handler) getEC2Key(w http.ResponseWriter, r *api.Request) error {
	key, err := h.Core.EC2Key(r.Context(), r.Caller, identity.UserID(r.PathValue("user_id")), r.PathValue("access"))
	if err != nil {
		return err
	}
	noStore(w)
	return replyMember(w, "credential", ec2KeyJSON(key))
}

func (h *Handler) deleteEC2Key(w http.ResponseWriter, r *api.Request) error {
	if err := h.Core.DeleteEC2Key(r.Context(), r.Caller, identity.UserID(r.PathValue("user_id")), r.PathValue("access")); err != nil {
		return err
	}
	return api.NoContent(w)
}
