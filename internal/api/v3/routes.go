package v3

import (
	"github.com/lintel-id/lintel/internal/api"
	"github.com/lintel-id/lintel/internal/core"
)

// Handler serves the Identity API v3.
type Handler struct {
	Core    *core.Core
	MaxPage int // items of the largest page

	catalog api.CatalogText
}

// Routes is the whole API: read it as the table of contents.
func (h *Handler) Routes() []api.Route {
	return []api.Route{
		{Pattern: "GET /{$}", Handle: h.versions},
		{Pattern: "GET /v3", Handle: h.version},

		{Pattern: "POST /v3/auth/tokens", Handle: h.issueToken},
		{Pattern: "GET /v3/auth/tokens", Handle: h.validateToken},
		{Pattern: "HEAD /v3/auth/tokens", Handle: h.checkToken},
		{Pattern: "DELETE /v3/auth/tokens", Handle: h.revokeToken},
		{Pattern: "GET /v3/auth/catalog", Handle: h.authCatalog},
		{Pattern: "GET /v3/auth/projects", Handle: h.authProjects},
		{Pattern: "GET /v3/auth/domains", Handle: h.authDomains},
		{Pattern: "GET /v3/auth/system", Handle: h.authSystem},

		{Pattern: "GET /v3/domains", Handle: h.listDomains},
		{Pattern: "POST /v3/domains", Handle: h.createDomain},
		{Pattern: "GET /v3/domains/{domain_id}", Handle: h.getDomain},
		{Pattern: "PATCH /v3/domains/{domain_id}", Handle: h.updateDomain},
		{Pattern: "DELETE /v3/domains/{domain_id}", Handle: h.deleteDomain},

		{Pattern: "GET /v3/projects", Handle: h.listProjects},
		{Pattern: "POST /v3/projects", Handle: h.createProject},
		{Pattern: "GET /v3/projects/{project_id}", Handle: h.getProject},
		{Pattern: "PATCH /v3/projects/{project_id}", Handle: h.updateProject},
		{Pattern: "DELETE /v3/projects/{project_id}", Handle: h.deleteProject},

		{Pattern: "GET /v3/users", Handle: h.listUsers},
		{Pattern: "POST /v3/users", Handle: h.createUser},
		{Pattern: "GET /v3/users/{user_id}", Handle: h.getUser},
		{Pattern: "PATCH /v3/users/{user_id}", Handle: h.updateUser},
		{Pattern: "DELETE /v3/users/{user_id}", Handle: h.deleteUser},
		{Pattern: "POST /v3/users/{user_id}/password", Handle: h.changePassword},
		{Pattern: "GET /v3/users/{user_id}/projects", Handle: h.listUserProjects},
	}
}
