package v2

import (
	"net/http"

	"github.com/lintel-id/lintel/internal/api"
	"github.com/lintel-id/lintel/internal/identity"
)

// The bodies of the routes that change one thing about a user.
type (
	userPasswordIn struct {
		Password identity.Opt[identity.Secret] `json:"password" required:"true"`
	}
	userEnabledIn struct {
		Enabled identity.Opt[bool] `json:"enabled" required:"true"`
	}
	userTenantIn struct {
		TenantID identity.Opt[identity.ProjectID] `json:"tenantId" required:"true"`
	}
	ownPasswordIn struct {
		Password         identity.Secret `json:"password" required:"true"`
		OriginalPassword identity.Secret `json:"original_password" required:"true"`
	}
)

// setUserPassword serves PUT /v2.0/users/{user_id}/OS-KSADM/password: an administrator's reset.
func (h *Handler) setUserPassword(w http.ResponseWriter, r *api.Request) error {
	var in userPasswordIn
	if err := api.DecodeMember(r, "user", &in); err != nil {
		return err
	}
	if in.Password.Value.Empty() {
		return missing("password", "user")
	}
	return h.patchUser(w, r, identity.UserPatch{Password: in.Password})
}

func (h *Handler) setUserEnabled(w http.ResponseWriter, r *api.Request) error {
	var in userEnabledIn
	if err := api.DecodeMember(r, "user", &in); err != nil {
		return err
	}
	if !in.Enabled.Set {
		return missing("enabled", "user")
	}
	return h.patchUser(w, r, identity.UserPatch{Enabled: in.Enabled})
}

func (h *Handler) setUserTenant(w http.ResponseWriter, r *api.Request) error {
	var in userTenantIn
	if err := api.DecodeMember(r, "user", &in); err != nil {
		return err
	}
	if !in.TenantID.Set {
		return missing("tenantId", "user")
	}
	return h.patchUser(w, r, identity.UserPatch{DefaultProjectID: in.TenantID})
}

// changeOwnPassword serves PATCH /v2.0/OS-KSCRUD/users/{user_id}: the caller, of any domain,
// changes the password and gets a new token of the old one's tenant, because the old token ends
// with the old password. Where that takes more than a password the answer is a login's 401, and
// the password has been changed.
func (h *Handler) changeOwnPassword(w http.ResponseWriter, r *api.Request) error {
	var in ownPasswordIn
	if err := api.DecodeMember(r, "user", &in); err != nil {
		return err
	}
	id := identity.UserID(r.PathValue("user_id"))
	switch {
	case r.Caller.Authorization == nil:
		return identity.Unauthenticated("no token was given")
	case r.Caller.User.ID != id || r.Caller.Delegation() != identity.NotDelegated:
		return identity.Forbiddenf("Token belongs to another user.")
	case in.OriginalPassword.Empty():
		return missing("original_password", "user")
	case in.Password.Empty():
		return missing("password", "user")
	}
	if err := h.Core.ChangePassword(r.Context(), r.Caller, id, in.OriginalPassword, in.Password); err != nil {
		return err
	}
	req := identity.AuthRequest{V2: true, Methods: []string{identity.MethodPassword}, Address: r.Caller.Address, Client: r.Caller.Client,
		Password: &identity.PasswordProof{User: identity.UserRef{ID: id}, Password: in.Password}, Scope: identity.ScopeRequest{Kind: identity.ScopeNone}}
	if p := r.Caller.Project; p != nil {
		req.Scope = identity.ScopeRequest{Kind: identity.ScopeProject, ProjectID: p.ID}
	}
	text, a, err := h.Core.IssueToken(r.Context(), req)
	if err != nil {
		return err
	}
	return h.replyAccess(w, text, a)
}
