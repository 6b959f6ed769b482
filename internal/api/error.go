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

// writeError answers with what the client may know of err. Anything that no verb returned on
// purpose is a 500 with a fixed text.
func writeError(w http.ResponseWriter, base string, err error) {
	body := errorBody{errorOut{Code: http.StatusInternalServerError, Title: "Internal Server Error", Message: messageInternal}}
	var e *identity.Error
	if errors.As(err, &e) && e.Kind != identity.Internal {
		body.Error.Message = e.Message
		body.Error.Code, body.Error.Title = status(e.Kind)
		if e.Methods != nil {
			body.Error.Identity = &errorIdentityOut{e.Methods}
		}
		if e.RetryAfter > 0 {
			w.Header().Set("Retry-After", strconv.Itoa(max(1, int(e.RetryAfter.Seconds()+0.999))))
		}
	}
	writeBody(w, base, &body)
}

func writeStatus(w http.ResponseWriter, base string, code int, title, message string) {
	writeBody(w, base, &errorBody{errorOut{Code: code, Title: title, Message: message}})
}

func writeBody(w http.ResponseWriter, base string, body *errorBody) {
	if body.Error.Code == http.StatusUnauthorized {
		w.Header().Set("WWW-Authenticate", `Keystone uri="`+base+`/v3"`)
	}
	if Reply(w, body.Error.Code, body) != nil {
		w.WriteHeader(body.Error.Code)
	}
}
