package v3

import (
	"net/http"

	"github.com/go-json-experiment/json/jsontext"

	"github.com/lintel-id/lintel/internal/api"
	"github.com/lintel-id/lintel/internal/identity"
)

// roleOut is a role on the wire. A description that was never given is null.
type roleOut struct {
	ID          identity.RoleID    `json:"id"`
	Name        string             `json:"name"`
	DomainID    *identity.DomainID `json:"domain_id"`
	Description *string            `json:"description"`
	Options     optionsOut         `json:"options"`
	Links       api.Links          `json:"links"`
	Extra       jsontext.Value     `json:",embed"`
}

func roleJSON(r *api.Request, o *identity.Role) roleOut {
	return roleOut{ID: o.ID, Name: o.Name, DomainID: nilIfEmpty(o.DomainID), Description: nilIfEmpty(o.Description), Options: optionsOut{o.Options.Immutable},
		Extra: jsontext.Value(o.Extra), Links: api.Links{Self: r.Base() + "/v3/roles/" + string(o.ID)}}
}

// roleIn is the body of creating and changing a role.
type roleIn struct {
	Name        identity.Opt[string]            `json:"name"`
	DomainID    identity.Opt[identity.DomainID] `json:"domain_id"`
	Description identity.Opt[string]            `json:"description"`
	Options     optionsIn                       `json:"options"`
	readOnly
	Extra jsontext.Value `json:",embed"`
}

func (h *Handler) listRoles(w http.ResponseWriter, r *api.Request) error {
	q := r.Query()
	roles, err := h.Core.Roles(r.Context(), r.Caller, identity.RoleFilter{DomainID: identity.DomainID(q.Get("domain_id")), Name: q.Get("name"), Text: q.Text("name")})
	if err != nil {
		return err
	}
	return replyRoles(w, r, roles)
}

func replyRoles(w http.ResponseWriter, r *api.Request, roles []*identity.Role) error {
	return replyList(w, r, "roles", roles, identity.Page{}, roleJSON, func(o *identity.Role) string { return string(o.ID) })
}

func (h *Handler) createRole(w http.ResponseWriter, r *api.Request) error {
	var in roleIn
	if err := api.DecodeMember(r, "role", &in); err != nil {
		return err
	}
	if err := in.Options.check(); err != nil {
		return err
	}
	o, err := h.Core.CreateRole(r.Context(), r.Caller, identity.RoleSpec{Name: in.Name.Value, DomainID: in.DomainID.Value, Description: in.Description.Value,
		Options: identity.ResourceOptions{Immutable: in.Options.immutable()}, Extra: identity.Extra(in.Extra)})
	if err != nil {
		return err
	}
	return replyMember(w, http.StatusCreated, "role", roleJSON(r, o))
}

func (h *Handler) getRole(w http.ResponseWriter, r *api.Request) error {
	o, err := h.Core.Role(r.Context(), r.Caller, identity.RoleID(r.PathValue("role_id")))
	if err != nil {
		return err
	}
	return replyMember(w, http.StatusOK, "role", roleJSON(r, o))
}

func (h *Handler) updateRole(w http.ResponseWriter, r *api.Request) error {
	id := r.PathValue("role_id")
	var in roleIn
	if err := api.DecodeMember(r, "role", &in); err != nil {
		return err
	}
	if err := in.Options.check(); err != nil {
		return err
	}
	if err := in.sameID(id); err != nil {
		return err
	}
	o, err := h.Core.UpdateRole(r.Context(), r.Caller, identity.RoleID(id), identity.RolePatch{Name: in.Name, Description: in.Description,
		Immutable: in.Options.Immutable, DomainID: in.DomainID, Extra: identity.Extra(in.Extra)})
	if err != nil {
		return err
	}
	return replyMember(w, http.StatusOK, "role", roleJSON(r, o))
}

func (h *Handler) deleteRole(w http.ResponseWriter, r *api.Request) error {
	if err := h.Core.DeleteRole(r.Context(), r.Caller, identity.RoleID(r.PathValue("role_id"))); err != nil {
		return err
	}
	return api.NoContent(w)
}
