package v3

import (
	"net/http"

	"github.com/lintel-id/lintel/internal/api"
	"github.com/lintel-id/lintel/internal/identity"
)

// authCatalog serves GET /v3/auth/catalog: the catalog as the caller's token shows it.
func (h *Handler) authCatalog(w http.ResponseWriter, r *api.Request) error {
	catalog, err := h.Core.AuthCatalog(r.Context(), r.Caller)
	if err != nil {
		return err
	}
	buf := api.GetBuffer()
	defer buf.Put()
	buf.B = append(buf.B, `{"catalog": `...)
	buf.B = h.appendCatalog(buf.B, catalog, r.Caller.Authorization)
	buf.B = append(buf.B, `, "links": {"self": `...)
	buf.B = api.AppendString(buf.B, r.Base()+"/v3/auth/catalog")
	buf.B = append(buf.B, "}}"...)
	api.ReplyBytes(w, http.StatusOK, buf.B)
	return nil
}

func (h *Handler) authProjects(w http.ResponseWriter, r *api.Request) error {
	projects, err := h.Core.AuthProjects(r.Context(), r.Caller)
	if err != nil {
		return err
	}
	return replyProjects(w, r, projects, identity.Page{})
}

func (h *Handler) authDomains(w http.ResponseWriter, r *api.Request) error {
	domains, err := h.Core.AuthDomains(r.Context(), r.Caller)
	if err != nil {
		return err
	}
	return replyDomains(w, r, domains, identity.Page{})
}

// authSystemOut says whether the caller may get a system-scoped token.
type authSystemOut struct {
	System []systemOut `json:"system"`
	Links  api.Links   `json:"links"`
}

func (h *Handler) authSystem(w http.ResponseWriter, r *api.Request) error {
	on, err := h.Core.AuthSystem(r.Context(), r.Caller)
	if err != nil {
		return err
	}
	body := authSystemOut{Links: api.Links{Self: r.Base() + "/v3/auth/system"}}
	if on {
		body.System = []systemOut{{true}}
	}
	return api.Reply(w, http.StatusOK, body)
}
