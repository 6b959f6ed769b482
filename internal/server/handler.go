package server

import (
	"log/slog"
	"net/http"
	"slices"
	"time"

	"github.com/lintel-id/lintel/internal/api"
	"github.com/lintel-id/lintel/internal/api/lintel"
	"github.com/lintel-id/lintel/internal/api/openapi"
	v2 "github.com/lintel-id/lintel/internal/api/v2"
	v3 "github.com/lintel-id/lintel/internal/api/v3"
	"github.com/lintel-id/lintel/internal/config"
	"github.com/lintel-id/lintel/internal/core"
	"github.com/lintel-id/lintel/internal/telemetry"
)

// NewHandler builds everything that answers on the API's address, but for the health routes.
func NewHandler(cfg *config.Config, c *core.Core, log *slog.Logger, m *telemetry.Metrics) http.Handler {
	router := &api.Router{
		Core: c, Rev: c.RevHeader, Log: log, Access: cfg.Log.Access, ListLimit: cfg.API.ListLimit,
		Edge: &api.Edge{MaxBody: cfg.Server.MaxBodyBytes, TrustedProxies: cfg.Server.TrustedProxies,
			PublicEndpoint: cfg.Server.PublicEndpoint, CertificateHeader: cfg.OAuth2.CertificateHeader, AllowedOrigins: cfg.API.CORS.AllowedOrigins},
		Observe: func(route, method string) (func(), func(int, time.Duration)) {
			counters := m.Route(route, method)
			return counters.Begin, counters.Done
		},
		AuthFailed: func(reason string) { m.AuthFailure(reason).Inc() },
	}
	routes := slices.Concat((&v3.Handler{Core: c, MaxPage: cfg.API.MaxPage, V2: cfg.API.V2}).Routes(), (&lintel.Handler{Core: c}).Routes())
	if cfg.API.V2 {
		routes = slices.Concat(routes, (&v2.Handler{Core: c, MaxPage: cfg.API.MaxPage}).Routes(), (&v2.Handler{Core: c, MaxPage: cfg.API.MaxPage, Admin: true}).Routes())
	}
	return router.Handler(append(routes, openapi.Route(routes))...)
}
