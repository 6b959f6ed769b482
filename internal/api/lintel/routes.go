package lintel

import (
	"github.com/lintel-id/lintel/internal/api"
	"github.com/lintel-id/lintel/internal/core"
)

// Handler serves Lintel's own API.
type Handler struct {
	Core *core.Core
}

// Routes is the whole API: read it as the table of contents.
func (h *Handler) Routes() []api.Route {
	return []api.Route{
		{Pattern: "PUT /lintel/v1/users/{user_id}/api-password", Handle: h.setAPIPassword, In: api.Shape{Type: apiPasswordIn{}}},
		{Pattern: "GET /lintel/v1/denials/{request_id}", Handle: h.getDenial, Out: api.Member(200, "denial", denialOut{})},
		{Pattern: "GET /lintel/v1/v2-users", Handle: h.listV2Users, Out: api.Member(200, "v2_users", []v2UseOut{})},
	}
}
