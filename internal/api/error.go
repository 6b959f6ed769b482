package api

import (
	"errors"
	"net/http"
	"strconv"

	"github.com/lintel-id/lintel/internal/identity"
)

// errorBody is Keystone's.
type (
	errorBody struct {
		Error errorOut `json:"error"`
	}
	errorOut struct {
		Code     int               `json:"code"`
		Title    string            `json:"title"`
		Message  string            `json:"message"`
		Identity *errorIdentityOut `json:"identity,omitzero"`
	}
	// errorIdentityOut tells whoever named an unsupported method which there are.
	errorIdentityOut struct {
		Methods []string `json:"methods"`
	}
)

const messageInternal = "An unexpected error prevented the server from fulfilling your request."

// status is the one place that turns kinds into statuses and Keystone's titles.
func status(k identity.Kind) (code int, title string) {
	switch k {
	case identity.Invalid:
		return http.StatusBadRequest, "Bad Request"
	case identity.Unauthorized:
		return http.StatusUnauthorized, "Unauthorized"
	case identity.Forbidden:
		return http.StatusForbidden, "Forbidden"
	case identity.NotFound:
		return http.StatusNotFound, "Not Found"
	case identity.Conflict:
		return http.StatusConflict, "Conflict"
	case identity.Gone:
		return http.StatusGone, "Gone"
	case identity.TooLarge:
		return http.StatusRequestEntityTooLarge, "Request Entity Too Large"
	case identity.TooMany:
		return http.StatusTooManyRequests, "Too Many Requests"
	case identity.Unavailable:
		return http.StatusServiceUnavailable, "Service Unavailable"
	case identity.Unimplemented:
		return http.StatusNotImplemented, "Not Implemented"
	default:
		return http.StatusInternalServerError, "Internal Server Error"
	}
}

// writeError answers with what the client may know of err.
func writeError(w http.ResponseWriter, r *Request, err error) {
	var body errorBody
	body.Error.Code, body.Error.Title, body.Error.Message = Explain(w, err)
	var e *identity.Error
	if errors.As(err, &e) && e.Methods != nil {
		body.Error.Identity = &errorIdentityOut{e.Methods}
	}
	writeBody(w, r.Base(), &body)
}

// Explain returns what the client may know of err, and sets Retry-After where it says when to
// come again. Anything that no verb returned on purpose is a 500 with a fixed text.
func Explain(w http.ResponseWriter, err error) (code int, title, message string) {
	var e *identity.Error
	if !errors.As(err, &e) || e.Kind == identity.Internal {
		code, title = status(identity.Internal)
		return code, title, messageInternal
	}
	if e.RetryAfter > 0 {
		w.Header().Set("Retry-After", strconv.Itoa(max(1, int(e.RetryAfter.Seconds()+0.999))))
	}
	code, title = status(e.Kind)
	return code, title, e.Message
}

func writeStatus(w http.ResponseWriter, base string, code int, title, message string) {
	writeBody(w, base, &errorBody{errorOut{Code: code, Title: title, Message: message}})
}

func writeBody(w http.ResponseWriter, base string, body *errorBody) {
	if body.Error.Code == http.StatusUnauthorized {
		Challenge(w, base)
	}
	if Reply(w, body.Error.Code, body) != nil {
		w.WriteHeader(body.Error.Code)
	}
}

// Challenge sets the header that tells whom a 401 turns away where to log in.
func Challenge(w http.ResponseWriter, base string) {
	w.Header().Set("WWW-Authenticate", `Keystone uri="`+base+`/v3"`)
}
