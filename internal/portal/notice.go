package portal

import (
	"net/http"
	"strconv"
	"strings"
)

// notice is a sentence that the next page shows once: what the POST before it has done. It travels in a cookie that
// names one of our own texts, so that nobody can put words into the portal's mouth.
type notice struct {
	Text  string // notice.<Text>.one and .many are the keys
	Count int
}

const (
	noticeCookie  = "lintel-notice"
	noticeSeconds = 60
)

// seeWith is see with a notice for the page that is seen.
func (h *Handler) seeWith(w http.ResponseWriter, r *request, path string, n notice) error {
	setCookie(w, r.Request, noticeCookie, n.Text+"."+strconv.Itoa(n.Count), noticeSeconds)
	return see(w, path)
}

// readNotice returns the notice to show, or none.
func readNotice(r *request) notice {
	c, err := r.Cookie(cookieName(r.Request, noticeCookie))
	if err != nil || r.Method == http.MethodPost {
		return notice{}
	}
	text, number, _ := strings.Cut(c.Value, ".")
	count, err := strconv.Atoi(number)
	if err != nil || !r.texts.has("notice."+text+".many") {
		return notice{}
	}
	return notice{text, count}
}
