package v2

import (
	"github.com/lintel-id/lintel/internal/api"
	"github.com/lintel-id/lintel/internal/core"
)

// Handler serves the Identity API v2.0.
type Handler struct {
	Core *core.Core

	catalog api.CatalogText
}

// Routes is the whole API: read it as the table of contents.
func (h *Handler) Routes() []api.Route {
	return []api.Route{
		{Pattern: "GET /v2.0", Handle: h.version},

		{Pattern: "POST /v2.0/tokens", Handle: h.issueToken, Login: true},
		{Pattern: "GET /v2.0/tokens/{token_id}", Handle: h.validateToken},
		{Pattern: "HEAD /v2.0/tokens/{token_id}", Handle: h.checkToken},
		{Pattern: "DELETE /v2.0/tokens/{token_id}", Handle: h.revokeToken},
	}
}
