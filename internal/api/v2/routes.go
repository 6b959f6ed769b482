package v2

import (
	"github.com/go-json-experiment/json/jsontext"

	"github.com/lintel-id/lintel/internal/api"
	"github.com/lintel-id/lintel/internal/core"
)

// Handler serves the Identity API v2.0.
type Handler struct {
	Core *core.Core

	catalog api.CatalogText
}

// object is any JSON object: the v2.0 API is described where it was, and no more changes.
func object(code int) api.Shape { return api.Shape{Code: code, Type: map[string]jsontext.Value{}} }

// Routes is the whole API: read it as the table of contents.
func (h *Handler) Routes() []api.Route {
	return []api.Route{
		{Pattern: "GET /v2.0", Handle: h.version, Out: object(200)},

		{Pattern: "POST /v2.0/tokens", Handle: h.issueToken, Login: true, In: object(0), Out: object(200)},
		{Pattern: "GET /v2.0/tokens/{token_id}", Handle: h.validateToken, Query: []string{"belongsTo"}, Out: object(200)},
		{Pattern: "HEAD /v2.0/tokens/{token_id}", Handle: h.checkToken, Out: api.Shape{Code: 200}},
		{Pattern: "DELETE /v2.0/tokens/{token_id}", Handle: h.revokeToken},
		{Pattern: "POST /v2.0/ec2tokens", Handle: h.issueEC2Token, In: object(0), Out: object(200)},
		{Pattern: "POST /v2.0/s3tokens", Handle: h.checkS3Signature, In: object(0), Out: object(200)},
	}
}
