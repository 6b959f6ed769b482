package telemetry

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"
)

func scrape(t *testing.T, m *Metrics) string {
	t.Helper()
	w := httptest.NewRecorder()
	m.Handler().ServeHTTP(w, httptest.NewRequest(http.MethodGet, "/metrics", nil))
	if w.Code != http.StatusOK {
		t.Fatalf("scrape: %d %s", w.Code, w.Body)
	}
	return w.Body.String()
}

func TestAScrapeShowsWhatWasCounted(t *testing.T) {
	m := NewMetrics("v1.2.3")
	log, err := Logger("json", "info", &disk{})
	if err != nil {
		t.Fatal(err)
	}
	if err := log.Close(); err != nil {
		t.Fatal(err)
	}
	log.Info("dropped")
	m.WatchLog(log)
	m.WatchSnapshot(func() uint64 { return 42 }, func() time.Duration { return 1500 * time.Millisecond })
	m.WatchPasswords(func() int { return 2 }, func() int { return 7 })
	route := m.Route("/v3/users/{user_id}", "GET")
	for _, status := range []int{200, 204, 404, 503, 0, 999, -1} {
		route.Begin()
		route.Done(status, 3*time.Millisecond)
	}
	route.Begin()
	m.AuthFailure("wrong_password").Inc()
	text := scrape(t, m)
	for _, line := range []string{
		`lintel_requests_total{code="2xx",method="GET",route="/v3/users/{user_id}"} 2`,
		`lintel_requests_total{code="3xx",method="GET",route="/v3/users/{user_id}"} 0`,
		`lintel_requests_total{code="4xx",method="GET",route="/v3/users/{user_id}"} 1`,
		`lintel_requests_total{code="5xx",method="GET",route="/v3/users/{user_id}"} 1`,
		`lintel_requests_total{code="other",method="GET",route="/v3/users/{user_id}"} 3`,
		`lintel_request_seconds_bucket{route="/v3/users/{user_id}",le="0.0025"} 0`,
		`lintel_request_seconds_bucket{route="/v3/users/{user_id}",le="0.005"} 7`,
		`lintel_requests_in_flight 1`,
		`lintel_auth_failures_total{reason="wrong_password"} 1`,
		`lintel_snapshot_revision 42`,
		`lintel_snapshot_staleness_seconds 1.5`,
		`lintel_password_hashes_running 2`,
		`lintel_password_queue_length 7`,
		`lintel_log_lines_dropped_total 1`,
		`version="v1.2.3"} 1`,
	} {
		if !strings.Contains(text, line+"\n") {
			t.Errorf("missing: %s", line)
		}
	}
	for _, name := range []string{"go_goroutines ", "process_open_fds "} {
		if !strings.Contains(text, "\n"+name) {
			t.Errorf("missing: %s", name)
		}
	}
}

func TestCountingARequestAllocatesNothing(t *testing.T) {
	route := NewMetrics("").Route("/v3/auth/tokens", "GET")
	if got := testing.AllocsPerRun(1000, func() {
		route.Begin()
		route.Done(200, time.Millisecond)
	}); got != 0 {
		t.Errorf("%v allocations", got)
	}
}

func BenchmarkRoute(b *testing.B) {
	route := NewMetrics("").Route("/v3/auth/tokens", "GET")
	b.ReportAllocs()
	for b.Loop() {
		route.Begin()
		route.Done(200, time.Millisecond)
	}
}
