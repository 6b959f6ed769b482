package portal

import (
	"net/http"
	"strconv"
	"time"
)

// left is how long the session lasts for sure when nothing more is asked for: the cookie may say a little less than the
// last request.
func (h *Handler) left(r *request) time.Duration {
	return min(h.Idle-renewal, h.Life-h.Core.Now().Sub(r.session.began))
}

// stay keeps an idle session, and says in seconds for how long.
func (h *Handler) stay(w http.ResponseWriter, r *request) error {
	w.Header().Set("Content-Type", "text/plain; charset=utf-8")
	w.Write([]byte(strconv.Itoa(int(h.left(r).Seconds()))))
	return nil
}
