package server

import (
	"log/slog"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/lintel-id/lintel/internal/api"
	"github.com/lintel-id/lintel/internal/api/lintel"
	"github.com/lintel-id/lintel/internal/api/openapi"
	v2 "github.com/lintel-id/lintel/internal/api/v2"
	v3 "github.com/lintel-id/lintel/internal/api/v3"
	"github.com/lintel-id/lintel/internal/config"
	"github.com/lintel-id/lintel/internal/core"
	"github.com/lintel-id/lintel/internal/portal"
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
	routes = append(routes, openapi.Route(routes))
	if !cfg.Portal.Enabled {
		return router.Handler(routes...)
	}
	pages := portal.New(portal.Options{Core: c, Name: cfg.Portal.Name, Idle: cfg.Portal.IdleTimeout.Duration, Life: cfg.Portal.Session.Duration,
		Confirm: cfg.Portal.Confirm.Duration, PublicEndpoint: cfg.Server.PublicEndpoint, V2: cfg.API.V2})
	return forPeople(router.Handler(append(routes, pages.Routes()...)...))
}

// forPeople sends a browser that asks for / to the portal. Clients of the API, which never ask for HTML, get what they
// always got.
func forPeople(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.RequestURI == "/" && r.Method == http.MethodGet && strings.Contains(r.Header.Get("Accept"), "text/html") {
			w.Header().Set("Vary", "Accept")
			w.Header().Set("Location", portal.Root)
			w.WriteHeader(http.StatusSeeOther)
			return
		}
		next.ServeHTTP(w, r)
	})
}
