package portal

import (
	"net/http"
	"strings"
	"time"

	"github.com/lintel-id/lintel/internal/identity"
)

// sessionsPage lists where the user is signed in.
type sessionsPage struct {
	page
	Sessions []sessionView
}

// sessionView is a session in words.
type sessionView struct {
	ID      string
	Browser string
	Address string
	Began   moment
	Seen    moment
	Own     bool // the one that asks
}

func (h *Handler) listSessions(w http.ResponseWriter, r *request) error {
	all, own, err := h.Core.PortalSessions(r.Context(), r.Caller)
	if err != nil {
		return err
	}
	p := &sessionsPage{page: *h.page(r, "sessions.title")}
	now := h.Core.Now()
	for _, s := range all {
		v := sessionView{ID: s.ID.String(), Browser: r.texts.program(s.Client), Began: moment{s.Began}, Seen: moment{s.IssuedAt}, Own: s.ID == own}
		if s.Address.IsValid() {
			v.Address = s.Address.String()
		}
		if s.Seen.After(s.IssuedAt) {
			v.Seen.Time = s.Seen
		}
		switch {
		case v.Own:
			v.Seen.Time = now
			p.Sessions = append([]sessionView{v}, p.Sessions...)
		case now.Sub(s.Began) < h.Life && now.Sub(v.Seen.Time) < h.Idle+lateness:
			p.Sessions = append(p.Sessions, v)
		}
	}
	return h.render(w, r, http.StatusOK, "sessions", p)
}

// lateness is how late it may be known that a session is in use: not before the cookie is renewed, and then the node that
// has seen it writes it down.
const lateness = 2 * time.Minute

func (h *Handler) endSession(w http.ResponseWriter, r *request) error {
	form, err := readForm(r)
	if err != nil {
		return err
	}
	err = h.Core.EndPortalSession(r.Context(), r.Caller, form.Get("id"))
	if err != nil && identity.KindOf(err) != identity.NotFound { // what has ended need not be ended
		return err
	}
	return h.seeWith(w, r, sessionsPath, notice{Text: "session_ended"})
}

// browsers and systems are what a browser's name for itself shows, in the order to look for them: each pretends to be
// those after it.
var (
	browsers = [][2]string{{"Edg/", "Edge"}, {"OPR/", "Opera"}, {"SamsungBrowser/", "Samsung Internet"}, {"Whale/", "Whale"}, {"Firefox/", "Firefox"}, {"FxiOS/", "Firefox"},
		{"CriOS/", "Chrome"}, {"HeadlessChrome/", "Chrome"}, {"Chrome/", "Chrome"}, {"Safari/", "Safari"}}
	systems = [][2]string{{"iPhone", "iOS"}, {"iPad", "iPadOS"}, {"Android", "Android"}, {"Windows", "Windows"}, {"Mac OS X", "macOS"}, {"CrOS", "ChromeOS"}, {"Linux", "Linux"}}
)

func firstIn(text string, table [][2]string) string {
	for _, row := range table {
		if strings.Contains(text, row[0]) {
			return row[1]
		}
	}
	return ""
}

// program says in a few words what a client calls itself (RFC 9110, section 10.1.5): a browser and its system, or the
// first product and its version.
func (c catalogue) program(name string) string {
	if !strings.HasPrefix(name, "Mozilla/") {
		first, _, _ := strings.Cut(name, " ")
		if first == "" {
			return c.text("program.unknown")
		}
		return strings.Replace(first, "/", " ", 1)
	}
	browser, system := firstIn(name, browsers), firstIn(name, systems)
	switch {
	case browser == "":
		return c.text("program.browser")
	case system == "":
		return browser
	}
	return c.text("program.on", browser, system)
}
