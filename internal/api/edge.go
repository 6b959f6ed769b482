package api

import (
	"errors"
	"net/http"
	"net/netip"
	"strings"
)

// Edge is the first thing a request meets. It gives each request one reading, so that a proxy in front, the router and
// the access rules cannot disagree about it, and answers the ones that have two: see canonicalPath, checkHeader and
// checkBody. What it lets through has one path, at most one token, no inbound identity header and a bounded body.
//
// Every answer, refusals too, carries Vary: X-Auth-Token and X-Openstack-Request-Id: req-<uuid4>, as Keystone's do.
type Edge struct {
	MaxBody           int64          // bytes; larger bodies are answered 413
	TrustedProxies    []netip.Prefix // peers whose Forwarded or X-Forwarded-* headers are believed
	PublicEndpoint    string         // base URL in links; "" = taken from each request
	CertificateHeader string         // in which trusted proxies pass the client's certificate; "" = in none
	AllowedOrigins    []string       // CORS; "*" = any; empty = off
}

// Limits of one request. A Keystone Fernet token is some 250 bytes, a JWS one some 1000.
const (
	maxHeaderLines = 64
	maxTokenBytes  = 4096
)

// refusal is an answer given before routing.
type refusal struct {
	status  int
	message string
}

// edgeHandler is Edge with what Wrap prepares once. The slices are header values shared by all answers; net/http only
// reads them and Header.Add copies them, because they have no spare capacity.
type edgeHandler struct {
	edge    Edge
	next    http.Handler
	refuse  func(w http.ResponseWriter, r *http.Request, status int, message string)
	ids     requestIDs
	vary    []string
	nosniff []string
	exposed []string
}

// Wrap puts the edge before next. refuse writes the error body; headers common to all answers are already set.
func (e *Edge) Wrap(next http.Handler, refuse func(w http.ResponseWriter, r *http.Request, status int, message string)) http.Handler {
	return &edgeHandler{
		edge:    *e,
		next:    next,
		refuse:  refuse,
		vary:    []string{"X-Auth-Token"},
		nosniff: []string{"nosniff"},
		exposed: []string{corsHeaders},
	}
}

// IsTooLarge reports whether reading a body failed because it is longer than MaxBody: answer 413.
func IsTooLarge(err error) bool {
	var tooLarge *http.MaxBytesError
	return errors.As(err, &tooLarge)
}

// ServeHTTP checks r, cleans it in place and passes it on. The caller is the server, so nobody else looks at r.
func (h *edgeHandler) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	head := w.Header()
	head["Vary"] = h.vary
	head["X-Content-Type-Options"] = h.nosniff
	head["X-Openstack-Request-Id"] = []string{h.ids.next()}
	if len(h.edge.AllowedOrigins) > 0 && h.answerCORS(w, r) {
		return
	}
	bad := cleanPath(r)
	if bad.status == 0 {
		bad = checkHeader(r.Header)
	}
	if bad.status == 0 {
		bad = h.edge.checkHost(r)
	}
	if bad.status == 0 {
		bad = h.edge.checkCertificateHeader(r)
	}
	if bad.status == 0 {
		bad = h.edge.checkBody(w, r)
	}
	if bad.status != 0 {
		// The rest of the connection is whatever the sender and we do not agree about.
		head.Set("Connection", "close")
		h.refuse(w, r, bad.status, bad.message)
		return
	}
	h.next.ServeHTTP(w, r)
}

// checkBody refuses encoded and long bodies and bounds those of unknown length.
func (e *Edge) checkBody(w http.ResponseWriter, r *http.Request) refusal {
	for _, coding := range r.Header["Content-Encoding"] {
		if coding != "" && !strings.EqualFold(coding, "identity") {
			return refusal{http.StatusUnsupportedMediaType, "The request body must not be compressed or otherwise encoded."}
		}
	}
	if r.ContentLength > e.MaxBody {
		return refusal{http.StatusRequestEntityTooLarge, "Request is too large."}
	}
	if r.ContentLength >= 0 {
		return refusal{}
	}
	r.Body = http.MaxBytesReader(w, r.Body, e.MaxBody)
	// net/http accepts Content-Length beside Transfer-Encoding. A proxy that believed the length sees a second request
	// in what we read as the first one's body, or the other way round; closing leaves nothing to disagree about.
	// HTTP/2 frames its bodies and has no such header.
	if r.ProtoMajor == 1 {
		w.Header().Set("Connection", "close")
	}
	return refusal{}
}
