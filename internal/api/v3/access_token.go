package v3

import (
	"net/http"

	"github.com/lintel-id/lintel/internal/api"
	"github.com/lintel-id/lintel/internal/identity"
)

// accessTokenOut is an access token on the wire, without its secret.
type accessTokenOut struct {
	ID         identity.AccessTokenID `json:"id"`
	ConsumerID identity.ConsumerID    `json:"consumer_id"`
	ProjectID  identity.ProjectID     `json:"project_id"`
	UserID     identity.UserID        `json:"authorizing_user_id"`
	ExpiresAt  *string                `json:"expires_at"`
	Links      accessTokenLinksOut    `json:"links"`
}

type accessTokenLinksOut struct {
	Self  string `json:"self"`
	Roles string `json:"roles"`
}

func accessTokenJSON(r *api.Request, t *identity.AccessToken) accessTokenOut {
	self := r.Base() + "/v3/users/" + string(t.UserID) + "/OS-OAUTH1/access_tokens/" + string(t.ID)
	out := accessTokenOut{ID: t.ID, ConsumerID: t.ConsumerID, ProjectID: t.ProjectID, UserID: t.UserID, Links: accessTokenLinksOut{Self: self, Roles: self + "/roles"}}
	if !t.ExpiresAt.IsZero() {
		text := identity.FormatTime(t.ExpiresAt)
		out.ExpiresAt = &text
	}
	return out
}

// authorizedRoleOut is a role of an access token: all of the role but its description.
type authorizedRoleOut struct {
	ID       identity.RoleID    `json:"id"`
	Name     string             `json:"name"`
	DomainID *identity.DomainID `json:"domain_id"`
	Options  optionsOut         `json:"options"`
	Links    api.Links          `json:"links"`
}

func authorizedRoleJSON(r *api.Request, o *identity.Role) authorizedRoleOut {
	return authorizedRoleOut{ID: o.ID, Name: o.Name, DomainID: nilIfEmpty(o.DomainID), Options: optionsOut{o.Options.Immutable},
		Links: api.Links{Self: r.Base() + "/v3/roles/" + string(o.ID)}}
}

// accessTokenPath is the user and the access token that a path names.
func accessTokenPath(r *api.Request) (identity.UserID, identity.AccessTokenID) {
	return identity.UserID(r.PathValue("user_id")), identity.AccessTokenID(r.PathValue("access_token_id"))
}

func (h *Handler) listAccessTokens(w http.ResponseWriter, r *api.Request) error {
	tokens, err := h.Core.AccessTokens(r.Context(), r.Caller, identity.UserID(r.PathValue("user_id")))
	if err != nil {
		return err
	}
	return replyList(w, r, "access_tokens", tokens, identity.Page{}, accessTokenJSON, func(t *identity.AccessToken) string { return string(t.ID) })
}

func (h *Handler) getAccessToken(w http.ResponseWriter, r *api.Request) error {
	user, id := accessTokenPath(r)
	t, err := h.Core.AccessToken(r.Context(), r.Caller, user, id)
	if err != nil {
		return err
	}
	return replyMember(w, http.StatusOK, "access_token", accessTokenJSON(r, t))
}

func (h *Handler) deleteAccessToken(w http.ResponseWriter, r *api.Request) error {
	user, id := accessTokenPath(r)
	if err := h.Core.DeleteAccessToken(r.Context(), r.Caller, user, id); err != nil {
		return err
	}
	return api.NoContent(w)
}

func (h *Handler) listAccessTokenRoles(w http.ResponseWriter, r *api.Request) error {
	user, id := accessTokenPath(r)
	roles, err := h.Core.AccessTokenRoles(r.Context(), r.Caller, user, id)
	if err != nil {
		return err
	}
	return replyList(w, r, "roles", roles, identity.Page{}, authorizedRoleJSON, func(o *identity.Role) string { return string(o.ID) })
}

func (h *Handler) getAccessTokenRole(w http.ResponseWriter, r *api.Request) error {
	user, id := accessTokenPath(r)
	o, err := h.Core.AccessTokenRole(r.Context(), r.Caller, user, id, identity.RoleID(r.PathValue("role_id")))
	if err != nil {
		return err
	}
	return replyMember(w, http.StatusOK, "role", authorizedRoleJSON(r, o))
}
