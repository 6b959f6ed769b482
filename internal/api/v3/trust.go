package v3

import (
	"net/http"

	"github.com/go-json-experiment/json/jsontext"

	"github.com/lintel-id/lintel/internal/api"
	"github.com/lintel-id/lintel/internal/core"
	"github.com/lintel-id/lintel/internal/identity"
)

// trustItemOut is a trust in a list: without its roles.
type trustItemOut struct {
	ID                identity.TrustID    `json:"id"`
	TrustorID         identity.UserID     `json:"trustor_user_id"`
	TrusteeID         identity.UserID     `json:"trustee_user_id"`
	ProjectID         *identity.ProjectID `json:"project_id"`
	Impersonation     bool                `json:"impersonation"`
	ExpiresAt         *string             `json:"expires_at"`
	DeletedAt         *string             `json:"deleted_at"`     // always null: what is deleted is gone
	RemainingUses     *int                `json:"remaining_uses"` // null for any number
	RedelegationCount int                 `json:"redelegation_count"`
	RedelegatedFrom   *identity.TrustID   `json:"redelegated_trust_id"`
	Links             api.Links           `json:"links"`
	Extra             jsontext.Value      `json:",embed"`
}

// trustOut is a trust on the wire.
type trustOut struct {
	trustItemOut
	Roles      []roleOut     `json:"roles"`
	RolesLinks api.ListLinks `json:"roles_links"`
}

// trustRolesOut is the roles of a trust.
type trustRolesOut struct {
	Roles []roleOut     `json:"roles"`
	Links api.ListLinks `json:"links"`
}

func trustItemJSON(r *api.Request, t *identity.Trust) trustItemOut {
	out := trustItemOut{ID: t.ID, TrustorID: t.TrustorID, TrusteeID: t.TrusteeID, ProjectID: nilIfEmpty(t.ProjectID), Impersonation: t.Impersonation,
		RedelegationCount: t.RedelegationCount, RedelegatedFrom: nilIfEmpty(t.RedelegatedFrom), Links: api.Links{Self: trustURL(r, t.ID)},
		Extra: jsontext.Value(t.Extra)}
	if !t.ExpiresAt.IsZero() {
		text := identity.FormatTime(t.ExpiresAt)
		out.ExpiresAt = &text
	}
	if t.RemainingUses != identity.UnlimitedUses {
		out.RemainingUses = &t.RemainingUses
	}
	return out
}

func trustURL(r *api.Request, id identity.TrustID) string {
	return r.Base() + "/v3/OS-TRUST/trusts/" + string(id)
}

func trustRolesJSON(r *api.Request, t *core.Trust) trustRolesOut {
	out := trustRolesOut{Links: api.ListLinks{Self: trustURL(r, t.ID) + "/roles"}}
	for _, role := range t.RoleObjects {
		out.Roles = append(out.Roles, roleJSON(r, role))
	}
	return out
}

func trustJSON(r *api.Request, t *core.Trust) trustOut {
	roles := trustRolesJSON(r, t)
	return trustOut{trustItemOut: trustItemJSON(r, t.Trust), Roles: roles.Roles, RolesLinks: roles.Links}
}

// trustIn is the body of creating a trust.
type trustIn struct {
	TrustorID         identity.UserID     `json:"trustor_user_id"`
	TrusteeID         identity.UserID     `json:"trustee_user_id"`
	Impersonation     *bool               `json:"impersonation"`
	ProjectID         *identity.ProjectID `json:"project_id"`
	Roles             []trustRoleIn       `json:"roles"`
	ExpiresAt         *string             `json:"expires_at"`
	RemainingUses     *int                `json:"remaining_uses"`
	AllowRedelegation bool                `json:"allow_redelegation"`
	RedelegationCount *int                `json:"redelegation_count"`
	readOnly
	RolesLinks      jsontext.Value `json:"roles_links"`
	DeletedAt       jsontext.Value `json:"deleted_at"`
	RedelegatedFrom jsontext.Value `json:"redelegated_trust_id"` // the caller's token says so, not the body
	Extra           jsontext.Value `json:",embed"`
}

type trustRoleIn struct {
	ID      identity.RoleID `json:"id"`
	Name    string          `json:"name"`
	Unknown jsontext.Value  `json:",embed"`
}

func (in *trustIn) spec() (identity.TrustSpec, error) {
	spec := identity.TrustSpec{TrustorID: in.TrustorID, TrusteeID: in.TrusteeID, RemainingUses: in.RemainingUses,
		AllowRedelegation: in.AllowRedelegation, RedelegationCount: in.RedelegationCount, Extra: identity.Extra(in.Extra)}
	if in.Impersonation == nil {
		return spec, required("impersonation", "trust")
	}
	spec.Impersonation = *in.Impersonation
	if in.ProjectID != nil {
		if spec.ProjectID = *in.ProjectID; spec.ProjectID == "" {
			return spec, identity.Invalidf("Invalid input for field 'project_id': it must not be blank.")
		}
	}
	if in.ExpiresAt != nil {
		at, ok := identity.ParseTime(*in.ExpiresAt)
		if !ok || at.IsZero() { // the zero time would mean never
			return spec, identity.Invalidf("Invalid input for field 'expires_at': it is not a time in ISO 8601 form.")
		}
		spec.ExpiresAt = at
	}
	for _, role := range in.Roles {
		if len(role.Unknown) > 0 {
			return spec, identity.Invalidf("Invalid input for field 'roles': a role has an id or a name and nothing else.")
		}
		spec.Roles = append(spec.Roles, identity.RoleRef{ID: role.ID, Name: role.Name})
	}
	return spec, nil
}

func (h *Handler) listTrusts(w http.ResponseWriter, r *api.Request) error {
	q := r.Query()
	trusts, err := h.Core.Trusts(r.Context(), r.Caller, identity.TrustFilter{TrustorID: identity.UserID(q.Get("trustor_user_id")),
		TrusteeID: identity.UserID(q.Get("trustee_user_id"))})
	if err != nil {
		return err
	}
	return replyList(w, r, "trusts", trusts, identity.Page{}, trustItemJSON, func(t *identity.Trust) string { return string(t.ID) })
}

func (h *Handler) createTrust(w http.ResponseWriter, r *api.Request) error {
	var in trustIn
	if err := api.DecodeMember(r, "trust", &in); err != nil {
		return err
	}
	spec, err := in.spec()
	if err != nil {
		return err
	}
	t, err := h.Core.CreateTrust(r.Context(), r.Caller, spec)
	if err != nil {
		return err
	}
	return replyMember(w, http.StatusCreated, "trust", trustJSON(r, t))
}

func (h *Handler) getTrust(w http.ResponseWriter, r *api.Request) error {
	t, err := h.Core.Trust(r.Context(), r.Caller, identity.TrustID(r.PathValue("trust_id")))
	if err != nil {
		return err
	}
	return replyMember(w, http.StatusOK, "trust", trustJSON(r, t))
}

func (h *Handler) deleteTrust(w http.ResponseWriter, r *api.Request) error {
	if err := h.Core.DeleteTrust(r.Context(), r.Caller, identity.TrustID(r.PathValue("trust_id"))); err != nil {
		return err
	}
	return api.NoContent(w)
}

func (h *Handler) listTrustRoles(w http.ResponseWriter, r *api.Request) error {
	t, err := h.Core.TrustRoles(r.Context(), r.Caller, identity.TrustID(r.PathValue("trust_id")))
	if err != nil {
		return err
	}
	return api.Reply(w, http.StatusOK, trustRolesJSON(r, t))
}

func (h *Handler) getTrustRole(w http.ResponseWriter, r *api.Request) error {
	role, err := h.Core.TrustRole(r.Context(), r.Caller, identity.TrustID(r.PathValue("trust_id")), identity.RoleID(r.PathValue("role_id")))
	if err != nil {
		return err
	}
	return replyMember(w, http.StatusOK, "role", roleJSON(r, role))
}
