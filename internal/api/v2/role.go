package v2

import (
	"net/http"

	"github.com/go-json-experiment/json/jsontext"

	"github.com/lintel-id/lintel/internal/api"
	"github.com/lintel-id/lintel/internal/identity"
)

// roleOut is a role in the words of v2.0. A role of a domain's own is not one.
type roleOut struct {
	ID          identity.RoleID    `json:"id"`
	Name        string             `json:"name"`
	DomainID    *identity.DomainID `json:"domain_id"` // always null
	Description string             `json:"description,omitzero"`
	Extra       jsontext.Value     `json:",embed"`
}

func roleJSON(o *identity.Role) roleOut {
	return roleOut{ID: o.ID, Name: o.Name, Description: o.Description, Extra: jsontext.Value(o.Extra)}
}

// roleIn is the body of creating a role.
type roleIn struct {
	ID          jsontext.Value       `json:"id"`
	Name        identity.Opt[string] `json:"name" required:"true"`
	Description identity.Opt[string] `json:"description"`
	DomainID    jsontext.Value       `json:"domain_id"` // as in tenantUnused
	Options     jsontext.Value       `json:"options"`
	Links       jsontext.Value       `json:"links"`
	Extra       jsontext.Value       `json:",embed"`
}

// role returns the role of the path, which no domain owns.
func (h *Handler) role(r *api.Request) (*identity.Role, error) {
	id := identity.RoleID(r.PathValue("role_id"))
	o, err := h.Core.Role(r.Context(), r.Caller, id)
	if err == nil && o.DomainID != "" {
		err = identity.Missing("role", id)
	}
	return o, err
}

func (h *Handler) listRoles(w http.ResponseWriter, r *api.Request) error {
	roles, err := h.Core.Roles(r.Context(), r.Caller, identity.RoleFilter{})
	if err != nil {
		return err
	}
	return replyMember(w, "roles", mapped(roles, roleJSON))
}

func (h *Handler) createRole(w http.ResponseWriter, r *api.Request) error {
	var in roleIn
	if err := api.DecodeMember(r, "role", &in); err != nil {
		return err
	}
	o, err := h.Core.CreateRole(r.Context(), r.Caller, identity.RoleSpec{Name: in.Name.Value, Description: in.Description.Value, Extra: identity.Extra(in.Extra)})
	if err != nil {
		return err
	}
	return replyMember(w, "role", roleJSON(o))
}

func (h *Handler) getRole(w http.ResponseWriter, r *api.Request) error {
	o, err := h.role(r)
	if err != nil {
		return err
	}
	return replyMember(w, "role", roleJSON(o))
}

func (h *Handler) deleteRole(w http.ResponseWriter, r *api.Request) error {
	o, err := h.role(r)
	if err != nil {
		return err
	}
	if err := h.Core.DeleteRole(r.Context(), r.Caller, o.ID); err != nil {
		return err
	}
	return api.NoContent(w)
}

// grant returns the assignment of a path, of what v2.0 knows. Its role may be none.
func (h *Handler) grant(r *api.Request) (a identity.Assignment, err error) {
	p, err := h.tenant(r)
	if err != nil {
		return a, err
	}
	u, err := h.user(r)
	if err != nil {
		return a, err
	}
	return identity.Assignment{Actor: identity.Actor{User: u.ID}, Target: identity.Target{Project: p.ID}, Role: identity.RoleID(r.PathValue("role_id"))}, nil
}

// listTenantRoles serves GET /v2.0/tenants/{tenant_id}/users/{user_id}/roles: those that a
// token there would have.
func (h *Handler) listTenantRoles(w http.ResponseWriter, r *api.Request) error {
	a, err := h.grant(r)
	if err != nil {
		return err
	}
	roles, err := h.Core.ProjectRoles(r.Context(), r.Caller, a.Target.Project, a.Actor.User)
	if err != nil {
		return err
	}
	return replyMember(w, "roles", mapped(roles, roleJSON))
}

// grantTenantRole serves PUT /v2.0/tenants/{tenant_id}/users/{user_id}/roles/OS-KSADM/{role_id}.
func (h *Handler) grantTenantRole(w http.ResponseWriter, r *api.Request) error {
	a, err := h.grant(r)
	if err != nil {
		return err
	}
	o, err := h.role(r)
	if err != nil {
		return err
	}
	if err := h.Core.GrantNewRole(r.Context(), r.Caller, a); err != nil {
		return err
	}
	return replyMember(w, "role", roleJSON(o))
}

func (h *Handler) revokeTenantRole(w http.ResponseWriter, r *api.Request) error {
	a, err := h.grant(r)
	if err != nil {
		return err
	}
	if err := h.Core.RevokeGrant(r.Context(), r.Caller, a); err != nil {
		return err
	}
	return api.NoContent(w)
}

// listUserRoles refuses GET /v2.0/users/{user_id}/roles, as Keystone: no role is held but somewhere.
func (h *Handler) listUserRoles(_ http.ResponseWriter, r *api.Request) error {
	if _, err := h.user(r); err != nil {
		return err
	}
	return &identity.Error{Kind: identity.Unimplemented, Message: "User roles not supported: tenant ID required."}
}
