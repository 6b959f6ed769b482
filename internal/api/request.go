package api

import (
	"log/slog"
	"net/http"

	"github.com/lintel-id/lintel/internal/identity"
)

// Request is a request that has passed the edge and whose caller, if it sent a token, is known.
type Request struct {
	*http.Request
	Caller identity.Caller
	Log    []slog.Attr // what a handler adds to the request's line of the log; no secrets
	edge   *Edge

	listLimit int    // items of a list that is not paged; 0: all
	base      string // "" until Base is asked
}

// Base is "http://host:port", the beginning of every link.
func (r *Request) Base() string {
	if r.base == "" {
		r.base = r.edge.BaseURL(r.Request)
	}
	return r.base
}

// HandlerFunc answers a request, or returns an error for the router to answer.
type HandlerFunc func(w http.ResponseWriter, r *Request) error

// Route is one line of a face's table. Pattern is ServeMux's: "GET /v3/users/{user_id}". In, Out
// and Query are for those who read the API, not for the router: /openapi.json is made of them.
type Route struct {
	Pattern string
	Handle  HandlerFunc
	Login   bool // the caller's token is not looked at: an old one must not keep anybody from getting a new one

	Query   []string // parameters that the handler reads
	Headers []string // headers that the handler reads, but for X-Auth-Token
	In      Shape    // what the body must be; the zero Shape is no body
	Out     Shape    // what is answered when all goes well; the zero Shape is 204 without a body
	Also    []Shape  // what else is answered when all goes well

	Refuse func(w http.ResponseWriter, r *Request, err error) // answers errors where they have another form than Keystone's
}

// Shape says what a body looks like: {"<Name>": Type}, or a list of Type with links.
type Shape struct {
	Code  int    // status of the answer; of a request's body 0
	Media string // "" is JSON
	Name  string // the one member of the body; "" when Type is the whole body
	List  bool
	Type  any // a zero value of the Go type that is encoded or decoded; nil when there is no body
}

// JSON is the media type of almost every body.
const JSON = "application/json"

// Body is the shape of a request's body {"<name>": v}.
func Body(name string, v any) Shape { return Shape{Name: name, Type: v} }

// Member is the shape of an answer {"<name>": v}.
func Member(code int, name string, v any) Shape { return Shape{Code: code, Name: name, Type: v} }

// List is the shape of an answer {"<name>": [v, ...], "links": {...}}.
func List(name string, v any) Shape {
	return Shape{Code: http.StatusOK, Name: name, List: true, Type: v}
}
