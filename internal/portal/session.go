package portal

import (
	"net/http"
	"net/netip"
	"net/url"
	"strings"
	"time"

	"github.com/go-json-experiment/json"

	"github.com/lintel-id/lintel/internal/api"
	"github.com/lintel-id/lintel/internal/identity"
)

// session is a browser that has signed in. It lives in a sealed cookie and nowhere else: every node reads it, and the
// tokens in it, which are as revocable as any, never reach the page.
type session struct {
	root   identity.Secret // the token of the sign-in, without a scope
	scoped identity.Secret // the one made of it for the project; empty for none
	began  time.Time
	proved time.Time // when the password, and the passcode where it is needed, were last given
	seen   time.Time // by the last request, give or take renewal
}

// sessionIn is what is sealed.
type sessionIn struct {
	Root   string `json:"root"`
	Scoped string `json:"scoped,omitzero"`
	Began  int64  `json:"began"` // Unix seconds
	Proved int64  `json:"proved"`
	Seen   int64  `json:"seen"`
}

const (
	sessionCookie = "lintel"
	sessionUse    = "portal session"

	// renewal is how old seen may become: no cookie with every answer.
	renewal = 30 * time.Second
)

// resume finds out who asks. A cookie that is old, foreign or of a token that has ended is no session: it is removed.
func (h *Handler) resume(w http.ResponseWriter, r *request) error {
	c, err := r.Cookie(cookieName(r.Request, sessionCookie))
	if err != nil {
		return nil //nolint:nilerr // its only error is that there is none
	}
	s, err := h.openSession(c.Value)
	if err == nil {
		err = h.authenticate(r, s)
	}
	if err != nil {
		if identity.KindOf(err) == identity.Unauthorized {
			h.forget(w, r)
			err = nil
		}
		return err
	}
	r.session = s
	if now := h.Core.Now(); now.Sub(s.seen) >= renewal {
		s.seen = now
		h.Core.NotePortalSession(r.Caller)
		return h.keep(w, r, s)
	}
	return nil
}

// authenticate makes the caller of the session's token. One whose project is lost goes on without a project.
func (h *Handler) authenticate(r *request, s *session) error {
	text := s.scoped
	if text.Empty() {
		text = s.root
	}
	caller, err := h.Core.Authenticate(r.Context(), text.Reveal())
	if identity.KindOf(err) == identity.Unauthorized && !s.scoped.Empty() {
		s.scoped = identity.Secret{}
		return h.authenticate(r, s)
	}
	if err != nil {
		return err
	}
	r.Caller.Authorization = caller.Authorization
	return nil
}

// openSession reads a cookie within the limits of time.
func (h *Handler) openSession(text string) (*session, error) {
	plain, err := h.Core.OpenNote(sessionUse, text)
	if err != nil {
		return nil, err
	}
	var in sessionIn
	if err := json.Unmarshal(plain, &in); err != nil {
		return nil, err
	}
	s := &session{root: identity.NewSecret(in.Root), scoped: identity.NewSecret(in.Scoped), began: time.Unix(in.Began, 0),
		proved: time.Unix(in.Proved, 0), seen: time.Unix(in.Seen, 0)}
	now := h.Core.Now()
	if now.Sub(s.seen) >= h.Idle || now.Sub(s.began) >= h.Life {
		return nil, identity.Unauthenticated("the session has ended")
	}
	return s, nil
}

// keep gives the browser the session.
func (h *Handler) keep(w http.ResponseWriter, r *request, s *session) error {
	plain, err := json.Marshal(sessionIn{Root: s.root.Reveal(), Scoped: s.scoped.Reveal(), Began: s.began.Unix(), Proved: s.proved.Unix(), Seen: s.seen.Unix()})
	if err != nil {
		return err
	}
	text, err := h.Core.SealNote(sessionUse, plain)
	if err != nil {
		return err
	}
	setCookie(w, r.Request, sessionCookie, text, 0)
	r.session = s
	return nil
}

// forget takes the session from the browser and the request.
func (h *Handler) forget(w http.ResponseWriter, r *request) {
	setCookie(w, r.Request, sessionCookie, "", -1)
	r.session, r.Caller.Authorization = nil, nil
}

// setCookie sets a cookie for this host alone, or removes it when age is negative; age 0 lasts as long as the browser.
func setCookie(w http.ResponseWriter, r *api.Request, name, value string, age int) {
	//nolint:gosec // G124: plain HTTP, on one's own machine alone, has no secure cookies
	http.SetCookie(w, &http.Cookie{Name: cookieName(r, name), Value: value, Path: "/", MaxAge: age,
		Secure: secure(r), HttpOnly: true, SameSite: http.SameSiteStrictMode})
}

// cookieName has the prefix __Host- over HTTPS: no neighbouring host and no plain connection can set such a cookie.
// Plain HTTP, which is for one's own machine, has no such thing in all browsers; see usable.
func cookieName(r *api.Request, name string) string {
	if secure(r) {
		return "__Host-" + name
	}
	return name
}

// secure says whether the browser speaks HTTPS, with us or with the proxy in front.
func secure(r *api.Request) bool { return strings.HasPrefix(r.Base(), "https://") }

// usable says whether anybody may sign in over this connection: HTTPS, or plain HTTP on one's own machine. Elsewhere
// the password and the cookie would travel in the clear.
func usable(r *api.Request) bool {
	u, err := url.Parse(r.Base())
	if err != nil {
		return false
	}
	address, err := netip.ParseAddr(u.Hostname())
	return u.Scheme == "https" || u.Hostname() == "localhost" || err == nil && address.IsLoopback()
}
