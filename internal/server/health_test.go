package server

import (
	"errors"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
)

func TestHealthAnswersYesOrNoAndTheReasonToTheOperatorOnly(t *testing.T) {
	const canary = "dial tcp 10.1.2.3:5432"
	yes := func() error { return nil }
	no := func() error { return errors.New(canary) }
	cases := []struct {
		target, method, accept string
		ready                  func() error
		draining               bool
		status                 int
		body                   string
	}{
		{"/healthcheck", "GET", "", yes, false, 200, "OK"},
		{"/healthcheck", "GET", "*/*", yes, false, 200, "OK"},
		{"/healthcheck", "GET", "text/plain, application/json", yes, false, 200, "OK"},
		{"/healthcheck", "GET", "application/json", yes, false, 200, `{"detailed": false, "reasons": []}`},
		{"/healthcheck", "GET", "application/json", no, false, 503, `{"detailed": false, "reasons": ["NOT READY"]}`},
		{"/healthcheck", "HEAD", "", yes, false, 204, ""},
		{"/healthcheck", "HEAD", "", no, false, 503, "NOT READY"},
		{"/healthcheck", "GET", "", no, false, 503, "NOT READY"},
		{"/healthcheck", "GET", "", yes, true, 503, "NOT READY"},
		{"/healthcheck", "POST", "", yes, false, 405, "Method Not Allowed\n"},
		{"/livez", "GET", "", no, true, 200, "ok\n"},
		{"/readyz", "GET", "", yes, false, 200, "ok\n"},
		{"/readyz", "GET", "", no, false, 503, "not ready\n"},
		{"/readyz", "GET", "", yes, true, 503, "not ready\n"},
		{"/metrics", "GET", "", yes, false, 404, "404 page not found\n"},
		{"/debug/pprof/", "GET", "", yes, false, 404, "404 page not found\n"},
	}
	for _, c := range cases {
		h := &health{ready: c.ready, draining: func() bool { return c.draining }}
		r := httptest.NewRequest(c.method, c.target, nil)
		r.Header.Set("Accept", c.accept)
		w := httptest.NewRecorder()
		h.mux().ServeHTTP(w, r)
		if w.Code != c.status || w.Body.String() != c.body {
			t.Errorf("%s %s %q: %d %q, want %d %q", c.method, c.target, c.accept, w.Code, w.Body, c.status, c.body)
		}
	}
	w := httptest.NewRecorder()
	(&health{ready: no, draining: func() bool { return false }}).operatorMux(http.NotFoundHandler()).
		ServeHTTP(w, httptest.NewRequest(http.MethodGet, "/readyz", nil))
	if w.Code != http.StatusServiceUnavailable || !strings.Contains(w.Body.String(), canary) {
		t.Errorf("the operator was told %d %q", w.Code, w.Body)
	}
}

func TestTheOperatorListenerServesMetricsAndProfiles(t *testing.T) {
	h := &health{ready: func() error { return nil }, draining: func() bool { return false }}
	mux := h.operatorMux(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { plain(w, http.StatusOK, "metrics") }))
	for target, part := range map[string]string{"/metrics": "metrics", "/debug/pprof/": "goroutine", "/debug/pprof/goroutine?debug=1": "goroutine profile", "/readyz": "ok"} {
		w := httptest.NewRecorder()
		mux.ServeHTTP(w, httptest.NewRequest(http.MethodGet, target, nil))
		if w.Code != http.StatusOK || !strings.Contains(w.Body.String(), part) {
			t.Errorf("%s: %d", target, w.Code)
		}
	}
}
