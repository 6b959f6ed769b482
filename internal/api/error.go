package api

import (
	"errors"
	"net/http"
	"strconv"

	"github.com/lintel-id/lintel/internal/identity"
)

// errorBody is Keystone's.
type errorBody struct {
	Error struct {
		Code    int    `json:"code"`
		Title   string `json:"title"`
		Message string `json:"message"`
	} `json:"error"`
}

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
	message, code, title := messageInternal, http.StatusInternalServerError, "Internal Server Error"
	var e *identity.Error
	if errors.As(err, &e) && e.Kind != identity.Internal {
		message = e.Message
		code, title = status(e.Kind)
		if e.RetryAfter > 0 {
			w.Header().Set("Retry-After", strconv.Itoa(max(1, int(e.RetryAfter.Seconds()+0.999))))
		}
	}
	writeStatus(w, base, code, title, message)
}

func writeStatus(w http.ResponseWriter, base string, code int, title, message string) {
	if code == http.StatusUnauthorized {
		w.Header().Set("WWW-Authenticate", `Keystone uri="`+base+`/v3"`)
	}
	var body errorBody
	body.Error.Code, body.Error.Title, body.Error.Message = code, title, message
	if Reply(w, code, &body) != nil {
		w.WriteHeader(code)
	}
}
