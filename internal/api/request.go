package api

import (
	"net/http"

	"github.com/lintel-id/lintel/internal/identity"
)

// Request is a request that has passed the edge and whose caller, if it sent a token, is known.
type Request struct {
	*http.Request
	Caller identity.Caller
	edge   *Edge
}

// Base is "http://host:port", the beginning of every link.
func (r *Request) Base() string { return r.edge.BaseURL(r.Request) }

// HandlerFunc answers a request, or returns an error for the router to answer.
type HandlerFunc func(w http.ResponseWriter, r *Request) error

// Route is one line of a face's table. Pattern is ServeMux's: "GET /v3/users/{user_id}".
type Route struct {
	Pattern string
	Handle  HandlerFunc
	Login   bool // the caller's token is not looked at: an old one must not keep anybody from getting a new one
}
