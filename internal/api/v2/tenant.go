package v2

import (
	"iter"
	"net/http"
	"slices"

	"github.com/go-json-experiment/json/jsontext"

	"github.com/lintel-id/lintel/internal/api"
	"github.com/lintel-id/lintel/internal/identity"
)

// tenantOut is a project in the words of v2.0.
type tenantOut struct {
	ID          identity.ProjectID `json:"id"`
	Name        string             `json:"name"`
	Description string             `json:"description"`
	Enabled     bool               `json:"enabled"`
	Extra       jsontext.Value     `json:",embed"`
}

// tenantsOut is the answer to GET /v2.0/tenants: with name in the query it is one tenant.
type tenantsOut struct {
	Tenants []tenantOut `json:"tenants,omitzero"`
	Links   []string    `json:"tenants_links,omitzero"` // always empty
	Tenant  *tenantOut  `json:"tenant,omitzero"`
}

func tenantJSON(_ *api.Request, p *identity.Project) tenantOut {
	return tenantOut{ID: p.ID, Name: p.Name, Description: p.Description, Enabled: p.Enabled, Extra: jsontext.Value(p.Extra)}
}

func tenantID(p *identity.Project) string { return string(p.ID) }

// tenantIn is the body of creating and changing a tenant.
type tenantIn struct {
	ID          jsontext.Value       `json:"id"`
	Name        identity.Opt[string] `json:"name"`
	Description identity.Opt[string] `json:"description"`
	Enabled     identity.Opt[bool]   `json:"enabled"`
	tenantUnused
	Extra jsontext.Value `json:",embed"`
}

// tenantUnused are the members that v3 has a meaning for and v2.0 has not: what clients send of
// them is not looked at, and must not become an extra attribute.
type tenantUnused struct {
	DomainID jsontext.Value `json:"domain_id"`
	ParentID jsontext.Value `json:"parent_id"`
	IsDomain jsontext.Value `json:"is_domain"`
	Tags     jsontext.Value `json:"tags"`
	Options  jsontext.Value `json:"options"`
	Links    jsontext.Value `json:"links"`
}

// tenant returns the project of the path.
func (h *Handler) tenant(r *api.Request) (*identity.Project, error) {
	return h.tenantOf(r, identity.ProjectID(r.PathValue("tenant_id")))
}

// tenantOf returns a project of the default domain; v2.0 knows no other.
func (h *Handler) tenantOf(r *api.Request, id identity.ProjectID) (*identity.Project, error) {
	p, err := h.Core.Project(r.Context(), r.Caller, id)
	if err == nil && (p.IsDomain || p.DomainID != h.Core.Settings.DefaultDomain) {
		err = identity.Missing("project", id)
	}
	return p, err
}

// listTenants serves GET /v2.0/tenants: all of them to who may list projects, their own to all
// others, as Keystone's two ports did.
func (h *Handler) listTenants(w http.ResponseWriter, r *api.Request) error {
	q := r.Query()
	page, err := q.Page(h.MaxPage)
	if err != nil {
		return err
	}
	f := identity.ProjectFilter{DomainID: h.Core.Settings.DefaultDomain, Name: q.Get("name"), Page: page}
	tenants, err := h.Core.Projects(r.Context(), r.Caller, f)
	if identity.KindOf(err) == identity.Forbidden && !h.Admin {
		tenants, err = h.ownTenants(r, f)
	}
	if err != nil {
		return err
	}
	if f.Name != "" {
		p, err := first(tenants, identity.Missing("project", f.Name))
		if err != nil {
			return err
		}
		return replyMember(w, "tenant", tenantJSON(r, p))
	}
	return api.Listing[*identity.Project, tenantOut]{Name: "tenants", Page: page, Out: tenantJSON, ID: tenantID, V2: true}.Reply(w, r, tenants)
}

func (h *Handler) ownTenants(r *api.Request, f identity.ProjectFilter) (iter.Seq2[*identity.Project, error], error) {
	own, err := h.Core.AuthProjects(r.Context(), r.Caller)
	if err != nil {
		return nil, err
	}
	own = slices.DeleteFunc(own, func(p *identity.Project) bool { return p.IsDomain || !f.Matches(p) })
	return paged(own, f.Page, tenantID), nil
}

func (h *Handler) createTenant(w http.ResponseWriter, r *api.Request) error {
	var in tenantIn
	if err := api.DecodeMember(r, "tenant", &in); err != nil {
		return err
	}
	p, err := h.Core.CreateProject(r.Context(), r.Caller, identity.ProjectSpec{DomainID: h.Core.Settings.DefaultDomain, Name: in.Name.Value,
		Description: in.Description.Value, Enabled: in.Enabled.Or(true), Extra: identity.Extra(in.Extra)})
	if err != nil {
		return err
	}
	return replyMember(w, "tenant", tenantJSON(r, p))
}

func (h *Handler) getTenant(w http.ResponseWriter, r *api.Request) error {
	p, err := h.tenant(r)
	if err != nil {
		return err
	}
	return replyMember(w, "tenant", tenantJSON(r, p))
}

func (h *Handler) updateTenant(w http.ResponseWriter, r *api.Request) error {
	var in tenantIn
	if err := api.DecodeMember(r, "tenant", &in); err != nil {
		return err
	}
	if err := sameID(in.ID, r.PathValue("tenant_id")); err != nil {
		return err
	}
	p, err := h.tenant(r)
	if err != nil {
		return err
	}
	p, err = h.Core.UpdateProject(r.Context(), r.Caller, p.ID, identity.ProjectPatch{Name: in.Name, Description: in.Description, Enabled: in.Enabled,
		Extra: identity.Extra(in.Extra)})
	if err != nil {
		return err
	}
	return replyMember(w, "tenant", tenantJSON(r, p))
}

// sameID refuses a body whose id is not that of the path.
func sameID(body jsontext.Value, path string) error {
	if len(body) > 0 && string(body) != `"`+path+`"` {
		return identity.Invalidf("The id in the body is not the one in the URL.")
	}
	return nil
}

func (h *Handler) deleteTenant(w http.ResponseWriter, r *api.Request) error {
	p, err := h.tenant(r)
	if err != nil {
		return err
	}
	if err := h.Core.DeleteProject(r.Context(), r.Caller, p.ID); err != nil {
		return err
	}
	return api.NoContent(w)
}

// listTenantUsers serves GET /v2.0/tenants/{tenant_id}/users: who has a role there.
func (h *Handler) listTenantUsers(w http.ResponseWriter, r *api.Request) error {
	page, err := r.Query().Page(h.MaxPage)
	if err != nil {
		return err
	}
	p, err := h.tenant(r)
	if err != nil {
		return err
	}
	users, err := h.Core.ProjectUsers(r.Context(), r.Caller, p.ID)
	if err != nil {
		return err
	}
	users = slices.DeleteFunc(users, func(u *identity.User) bool { return u.DomainID != h.Core.Settings.DefaultDomain })
	return replyUsers(w, r, paged(users, page, userID), page)
}
