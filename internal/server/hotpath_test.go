package server_test

import (
	"net/http"
	"net/http/httptest"
	"testing"

	"github.com/lintel-id/lintel/internal/config"
	"github.com/lintel-id/lintel/internal/server/servertest"
)

// blank is a ResponseWriter that keeps nothing, so that only the server's own cost is seen.
type blank struct {
	header http.Header
	status int
}

func (b *blank) Header() http.Header         { return b.header }
func (b *blank) WriteHeader(code int)        { b.status = code }
func (b *blank) Write(p []byte) (int, error) { return len(p), nil }

// validation returns a function that validates one token once.
func validation(t testing.TB) func() {
	env := servertest.Start(t, servertest.Options{Config: func(c *config.Config) { c.Log.Access = false }})
	caller, subject := env.AdminToken(), env.AdminToken()
	r := httptest.NewRequest(http.MethodGet, "/v3/auth/tokens", nil)
	r.Header.Set("X-Auth-Token", caller)
	r.Header.Set("X-Subject-Token", subject)
	w := &blank{header: http.Header{}}
	return func() {
		clear(w.header)
		w.status = 0
		env.Handler.ServeHTTP(w, r)
		if w.status != http.StatusOK {
			t.Fatalf("status %d", w.status)
		}
	}
}

// TestValidationAllocatesLittle holds the hot path: two tokens opened and authorised, policy,
// the answer with the catalog, the edge, the router and the counters.
func TestValidationAllocatesLittle(t *testing.T) {
	const most = 12
	if n := testing.AllocsPerRun(200, validation(t)); n > most {
		t.Errorf("%.0f allocations for a validation, at most %d are allowed", n, most)
	}
}

func BenchmarkValidate(b *testing.B) {
	validate := validation(b)
	b.ReportAllocs()
	for b.Loop() {
		validate()
	}
}
