package server

import (
	"io"
	"net/http"
	"net/http/pprof"
	"strings"
)

// health answers those who ask whether this process should get requests. Its answers say yes or no and nothing about
// the inside, because anyone may ask; the reason is on the metrics listener.
type health struct {
	ready    func() error // nil = the process can answer
	draining func() bool
}

// mux serves, without a token:
//
//	/healthcheck  200 "OK" or 503, as Keystone's (oslo.middleware): JSON when asked for, 204 without a body for HEAD
//	/livez        200 as long as the process runs
//	/readyz       200, or 503 while starting, draining or cut off from the database
func (h *health) mux() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /healthcheck", h.healthcheck)
	mux.HandleFunc("GET /livez", func(w http.ResponseWriter, _ *http.Request) { plain(w, http.StatusOK, "ok\n") })
	mux.HandleFunc("GET /readyz", func(w http.ResponseWriter, _ *http.Request) {
		if h.reason() != "" {
			plain(w, http.StatusServiceUnavailable, "not ready\n")
			return
		}
		plain(w, http.StatusOK, "ok\n")
	})
	return mux
}

// reason is "" when ready.
func (h *health) reason() string {
	if h.draining() {
		return "draining"
	}
	if err := h.ready(); err != nil {
		return err.Error()
	}
	return ""
}

func (h *health) healthcheck(w http.ResponseWriter, r *http.Request) {
	status, text := http.StatusOK, "OK"
	if h.reason() != "" {
		status, text = http.StatusServiceUnavailable, "NOT READY"
	}
	switch {
	case r.Method == http.MethodHead && status == http.StatusOK:
		w.WriteHeader(http.StatusNoContent)
	case wantsJSON(r):
		w.Header().Set("Content-Type", "application/json")
		w.WriteHeader(status)
		reasons := "[]"
		if status != http.StatusOK {
			reasons = `["` + text + `"]`
		}
		_, _ = io.WriteString(w, `{"detailed": false, "reasons": `+reasons+"}") // the client went away
	default:
		plain(w, status, text)
	}
}

// wantsJSON is true when application/json stands before text/plain and the wildcard in Accept.
func wantsJSON(r *http.Request) bool {
	for entry := range strings.SplitSeq(r.Header.Get("Accept"), ",") {
		kind, _, _ := strings.Cut(entry, ";")
		switch strings.ToLower(strings.TrimSpace(kind)) {
		case "application/json":
			return true
		case "text/plain", "text/*", "*/*":
			return false
		}
	}
	return false
}

func plain(w http.ResponseWriter, status int, text string) {
	w.Header().Set("Content-Type", "text/plain; charset=utf-8")
	w.WriteHeader(status)
	_, _ = io.WriteString(w, text) // the client went away
}

// operatorMux is for the metrics listener, which is loopback unless configured otherwise: metrics, profiles, and
// /readyz with its reason.
func (h *health) operatorMux(metrics http.Handler) http.Handler {
	mux := http.NewServeMux()
	mux.Handle("GET /metrics", metrics)
	mux.HandleFunc("GET /debug/pprof/", pprof.Index)
	mux.HandleFunc("GET /debug/pprof/cmdline", pprof.Cmdline)
	mux.HandleFunc("GET /debug/pprof/profile", pprof.Profile)
	mux.HandleFunc("GET /debug/pprof/symbol", pprof.Symbol)
	mux.HandleFunc("GET /debug/pprof/trace", pprof.Trace)
	mux.HandleFunc("GET /readyz", func(w http.ResponseWriter, _ *http.Request) {
		if reason := h.reason(); reason != "" {
			plain(w, http.StatusServiceUnavailable, reason+"\n")
			return
		}
		plain(w, http.StatusOK, "ok\n")
	})
	return mux
}
