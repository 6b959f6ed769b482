package v2

import (
	"context"
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
	AccessedAt *string            `json:"accessed_at"` // of the last use; null for never
}

// ec2KeyIn is the body of creating an EC2 key.
type ec2KeyIn struct {
	TenantID identity.ProjectID `json:"tenant_id" required:"true"`
}

func (h *Handler) ec2KeyJSON(ctx context.Context, k *core.EC2Key) (ec2KeyOut, error) {
	out := ec2KeyOut{UserID: k.UserID, TenantID: k.ProjectID, Access: k.Access, Secret: k.Secret.Reveal(), CreatedAt: identity.FormatTime(k.CreatedAt)}
	if k.TrustID != "" {
		out.TrustID = &k.TrustID
	}
	used, err := h.Core.LastUsed(ctx, identity.UseEC2Key, string(k.ID))
	if !used.IsZero() {
		at := identity.FormatTime(used)
		out.AccessedAt = &at
	}
	return out, err
}

func (h *Handler) replyEC2Key(w http.ResponseWriter, r *api.Request, k *core.EC2Key) error {
	out, err := h.ec2KeyJSON(r.Context(), k)
	if err != nil {
		return err
	}
	noStore(w)
	return replyMember(w, "credential", out)
}

// The keys of users of every domain are served, as in Keystone: they are what S3 clients have.

func (h *Handler) listEC2Keys(w http.ResponseWriter, r *api.Request) error {
	keys, err := h.Core.EC2Keys(r.Context(), r.Caller, identity.UserID(r.PathValue("user_id")))
	if err != nil {
		return err
	}
	out := make([]ec2KeyOut, len(keys))
	for i, k := range keys {
		if out[i], err = h.ec2KeyJSON(r.Context(), k); err != nil {
			return err
		}
	}
	noStore(w)
	return replyMember(w, "credentials", out)
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
	return h.replyEC2Key(w, r, key)
}

func (h *Handler) getEC2Key(w http.ResponseWriter, r *api.Request) error {
	key, err := h.Core.EC2Key(r.Context(), r.Caller, identity.UserID(r.PathValue("user_id")), r.PathValue("access"))
	if err != nil {
		return err
	}
	return h.replyEC2Key(w, r, key)
}

func (h *Handler) deleteEC2Key(w http.ResponseWriter, r *api.Request) error {
	if err := h.Core.DeleteEC2Key(r.Context(), r.Caller, identity.UserID(r.PathValue("user_id")), r.PathValue("access")); err != nil {
		return err
	}
	return api.NoContent(w)
}
