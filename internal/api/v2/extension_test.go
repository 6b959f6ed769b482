package v2_test

import (
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/lintel-id/lintel/internal/config"
	"github.com/lintel-id/lintel/internal/server"
	"github.com/lintel-id/lintel/internal/server/servertest"
	"github.com/lintel-id/lintel/internal/telemetry"
)

// The extensions are listed to everybody, one level deeper than other lists.
func TestExtensions(t *testing.T) {
	c := start(t, servertest.Options{})
	all := c.Do("GET", "/v2.0/extensions", "", nil).Want(200).Get("extensions.values").([]any)
	var aliases []string
	for _, e := range all {
		alias := e.(object)["alias"].(string)
		aliases = append(aliases, alias)
		if diff := cmp.Diff(e, c.Do("GET", "/v2.0/extensions/"+alias, "", nil).Want(200).Get("extension")); diff != "" {
			t.Error(diff)
		}
	}
	if diff := cmp.Diff([]string{"OS-KSADM", "OS-KSCRUD", "OS-EC2"}, aliases); diff != "" {
		t.Error(diff)
	}
	c.Do("GET", "/v2.0/extensions/OS-NONE", "", nil).Want(404)
}

// What belonged to PKI tokens is gone, for administrators too.
func TestPKIIsGone(t *testing.T) {
	c := start(t, servertest.Options{})
	for _, path := range []string{"/v2.0/certificates/ca", "/v2.0/certificates/signing", "/v2.0/tokens/revoked"} {
		c.Do("GET", path, c.AdminToken(), nil).Want(410)
	}
}

// The metrics tell v2.0's requests by route, so that operators see whether anybody is left.
func TestMetricsShowWhoIsLeft(t *testing.T) {
	var cfg *config.Config
	c := start(t, configured(func(set *config.Config) { cfg = set }))
	m := telemetry.NewMetrics("test")
	h := server.NewHandler(cfg, c.Core, slog.New(slog.NewTextHandler(io.Discard, nil)), m)
	for _, path := range []string{"/v2.0/extensions", "/v2.0/tenants", "/admin/v2.0/tenants"} {
		h.ServeHTTP(httptest.NewRecorder(), httptest.NewRequest(http.MethodGet, path, nil))
	}
	w := httptest.NewRecorder()
	m.Handler().ServeHTTP(w, httptest.NewRequest(http.MethodGet, "/metrics", nil))
	for _, want := range []string{
		`lintel_requests_total{code="2xx",method="GET",route="/v2.0/extensions"} 1`,
		`lintel_requests_total{code="4xx",method="GET",route="/v2.0/tenants"} 1`,
		`lintel_requests_total{code="4xx",method="GET",route="/admin/v2.0/tenants"} 1`,
	} {
		if !strings.Contains(w.Body.String(), want) {
			t.Errorf("no %s", want)
		}
	}
}
