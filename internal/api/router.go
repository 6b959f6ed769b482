package api

import (
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"runtime/debug"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/lintel-id/lintel/internal/core"
	"github.com/lintel-id/lintel/internal/identity"
)

// Router serves the tables of the faces behind the edge.
type Router struct {
	Core   *core.Core
	Edge   *Edge
	Log    *slog.Logger
	Access bool // one line for each request

	// Rev is the revision that is answered from, as the value of a header: not to be written to.
	Rev func() []string

	ListLimit int // items of a list that is not paged; 0: all

	// Observe returns what counts a route's requests in and out. It is called once for each route.
	Observe func(path, method string) (begin func(), done func(code int, took time.Duration))
	// AuthFailed counts a failed authentication. The reasons are texts of the code.
	AuthFailed func(reason string)
}

// Handler returns the handler of all routes. A path that exists only for other methods is
// answered 405 (OPTIONS 200, with the methods in Allow), an unknown one 404, in Keystone's form.
func (rt *Router) Handler(routes ...Route) http.Handler {
	mux, paths := http.NewServeMux(), http.NewServeMux()
	methods := map[string][]string{}
	for _, route := range routes {
		method, path, _ := strings.Cut(route.Pattern, " ")
		mux.Handle(route.Pattern, rt.serve(route))
		if methods[path] == nil {
			paths.Handle(path, http.NotFoundHandler())
		}
		methods[path] = append(methods[path], method)
		if method == http.MethodGet {
			methods[path] = append(methods[path], http.MethodHead)
		}
	}
	for path := range methods {
		slices.Sort(methods[path])
		methods[path] = slices.Compact(methods[path])
	}
	nowhere := rt.serve(Route{Pattern: "* unknown", Handle: func(w http.ResponseWriter, r *Request) error {
		_, path := paths.Handler(r.Request)
		if allow := methods[path]; allow != nil {
			w.Header().Set("Allow", strings.Join(allow, ", "))
			if r.Method == http.MethodOptions {
				w.WriteHeader(http.StatusOK)
				return nil
			}
			writeStatus(w, r.Base(), http.StatusMethodNotAllowed, "Method Not Allowed", "The method is not allowed for the requested URL.")
			return nil
		}
		return &identity.Error{Kind: identity.NotFound, Message: "The resource could not be found. Identity API v3 is below /v3, v2.0 below /v2.0."}
	}})
	mux.Handle("/", nowhere)
	return rt.Edge.Wrap(mux, func(w http.ResponseWriter, r *http.Request, code int, message string) {
		writeStatus(w, rt.Edge.BaseURL(r), code, http.StatusText(code), message)
	})
}

// serve is everything around a route's handler: the caller, the answer to errors and panics,
// the counters and the log line.
func (rt *Router) serve(route Route) http.Handler {
	method, path, _ := strings.Cut(route.Pattern, " ")
	begin, done := rt.Observe(path, method)
	return http.HandlerFunc(func(w http.ResponseWriter, hr *http.Request) {
		start := time.Now()
		begin()
		rec := recorder{ResponseWriter: w, rev: rt.Rev}
		r := Request{Request: hr, edge: rt.Edge, listLimit: rt.ListLimit}
		err := rt.handle(&rec, &r, &route)
		half := err != nil && rec.code != 0
		if err != nil && !half {
			r.Caller.RequestID = requestID(&rec)
			rt.Core.KeepDenial(r.Caller, err)
			refuse := route.Refuse
			if refuse == nil {
				refuse = writeError
			}
			refuse(&rec, &r, err)
			rt.countFailure(err)
		}
		took := time.Since(start)
		done(rec.code, took)
		rt.logRequest(&rec, &r, route.Pattern, start.Add(took), took, err)
		if half {
			panic(http.ErrAbortHandler) // half an answer is out: the client must see it break
		}
	})
}

// handle authenticates the caller before anything else is looked at, as Keystone does, and
// runs the handler. A panic becomes an error with its stack in the log.
func (rt *Router) handle(w *recorder, r *Request, route *Route) (err error) {
	defer func() {
		if p := recover(); p != nil {
			rt.Log.ErrorContext(r.Context(), "panic", "request_id", requestID(w), "panic", fmt.Sprint(p), "stack", string(debug.Stack()))
			err = fmt.Errorf("panic: %v", p)
			if w.code != 0 {
				panic(http.ErrAbortHandler) // half an answer is out: the client must see it break
			}
		}
	}()
	address, client := rt.Edge.ClientAddr(r.Request), r.Header.Get("User-Agent")
	r.Caller.Address, r.Caller.Client = address, client
	if least := r.Header[minRev]; len(least) > 0 {
		if err := rt.atLeast(r, least); err != nil {
			return err
		}
	}
	if text := r.Header["X-Auth-Token"]; len(text) > 0 && !route.Login {
		r.Caller, err = rt.Core.Authenticate(r.Context(), text[0])
		r.Caller.Address, r.Caller.Client = address, client
		if err != nil {
			return err
		}
		if err := checkBinding(r); err != nil {
			return err
		}
		if err := rt.checkAccessRules(r); err != nil {
			return err
		}
	}
	r.Caller.RequestID = requestID(w)
	return route.Handle(w, r)
}

// A client that hands what it got from one node to another sends the revision of the answer along: every answer has its
// revision in X-Identity-Rev, and a request with X-Identity-Min-Rev is answered from that one or a later one.
const (
	revHeader = "X-Identity-Rev"
	minRev    = "X-Identity-Min-Rev"
)

func (rt *Router) atLeast(r *Request, values []string) error {
	rev, err := strconv.ParseInt(values[0], 10, 64)
	if err != nil || rev < 0 || len(values) > 1 {
		return identity.Invalidf("%s is not one revision, as X-Identity-Rev had it.", minRev)
	}
	return rt.Core.AtLeast(r.Context(), rev)
}

// countFailure counts failed authentications by their reason.
func (rt *Router) countFailure(err error) {
	var e *identity.Error
	if errors.As(err, &e) && e.Kind == identity.Unauthorized && e.Err != nil {
		rt.AuthFailed(e.Err.Error())
	}
}

func requestID(w http.ResponseWriter) string {
	if id := w.Header()["X-Openstack-Request-Id"]; len(id) > 0 {
		return id[0]
	}
	return ""
}

// logRequest writes the request's one line. It holds no token, no body and no query: a
// credential may stand in any of them.
func (rt *Router) logRequest(w *recorder, r *Request, route string, at time.Time, took time.Duration, err error) {
	level := slog.LevelInfo
	switch {
	case err != nil && identity.KindOf(err) == identity.Internal:
		level = slog.LevelError
	case w.code >= http.StatusInternalServerError:
		level = slog.LevelWarn // turned away on purpose
	case !rt.Access:
		return
	}
	ctx := r.Context()
	if !rt.Log.Enabled(ctx, level) {
		return
	}
	// A record of our own: slog's methods would look up the calling line, which is always this one.
	line := slog.NewRecord(at, level, "request", 0)
	line.AddAttrs(slog.String("request_id", requestID(w)), slog.String("route", route),
		slog.Int("status", w.code), slog.Int64("us", took.Microseconds()), slog.Int("bytes", w.bytes), slog.String("client", r.Caller.Address.String()))
	if a := r.Caller.Authorization; a != nil {
		line.AddAttrs(slog.String("user_id", string(a.User.ID)), slog.String("audit_id", a.Token.AuditIDs[0].String()))
	}
	line.AddAttrs(r.Log...)
	if id := rt.Edge.GlobalRequestID(r.Request); id != "" {
		line.AddAttrs(slog.String("global_request_id", id))
	}
	if err != nil {
		line.AddAttrs(slog.String("error", err.Error()))
	}
	_ = rt.Log.Handler().Handle(ctx, line) // the log counts what it loses
}

// recorder remembers what was answered.
type recorder struct {
	http.ResponseWriter
	rev   func() []string
	code  int
	bytes int
}

func (w *recorder) WriteHeader(code int) {
	if w.code == 0 {
		w.code = code
		w.Header()[revHeader] = w.rev()
	}
	w.ResponseWriter.WriteHeader(code)
}

func (w *recorder) Write(b []byte) (int, error) {
	if w.code == 0 {
		w.WriteHeader(http.StatusOK)
	}
	n, err := w.ResponseWriter.Write(b)
	w.bytes += n
	return n, err
}

// Unwrap lets http.ResponseController reach the connection.
func (w *recorder) Unwrap() http.ResponseWriter { return w.ResponseWriter }
