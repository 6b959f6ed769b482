package portal

import (
	"net/http"
	"net/url"
	"path"
	"slices"
	"strings"

	"github.com/lintel-id/lintel/internal/api"
	"github.com/lintel-id/lintel/internal/identity"
)

// request is a request to the portal: who asks, and how the page is to look.
type request struct {
	*api.Request
	session  *session // nil when nobody is signed in
	language string
	theme    string
	texts    catalogue
	notice   notice
}

// serve is everything around a page's handler: headers, the other sites' requests, the session.
func (h *Handler) serve(rt route) api.HandlerFunc {
	return func(w http.ResponseWriter, ar *api.Request) error {
		setHeaders(w.Header())
		if err := h.crossOrigin.Check(ar.Request); err != nil {
			return &identity.Error{Kind: identity.Forbidden, Message: "Another site has sent this form.", Err: err}
		}
		r := h.read(ar)
		if err := h.resume(w, r); err != nil {
			return err
		}
		switch {
		case rt.who == anybody:
		case r.session == nil && fromAnotherSite(r.Request):
			return h.render(w, r, http.StatusOK, "again", h.page(r, "again.title"))
		case r.session == nil:
			return see(w, signIn+"?next="+url.QueryEscape(h.returnTo(r)))
		case rt.who == inProject && r.Caller.Project == nil:
			return see(w, projects+"?next="+url.QueryEscape(h.returnTo(r)))
		}
		if rt.who == administrator {
			if err := h.Core.Administers(r.Caller); err != nil {
				return err
			}
		}
		if rt.fresh && h.Core.Now().Sub(r.session.proved) >= h.Confirm {
			return see(w, confirm+"?next="+url.QueryEscape(h.returnTo(r)))
		}
		return rt.handle(w, r)
	}
}

// answer makes the answer to a route's errors.
func (h *Handler) answer(rt route) func(http.ResponseWriter, *api.Request, error) {
	return func(w http.ResponseWriter, ar *api.Request, err error) {
		setHeaders(w.Header())
		r := h.read(ar)
		switch {
		case rt.refuse != nil && identity.KindOf(err) != identity.Internal:
			rt.refuse(w, r, err)
		case rt.who != anybody && identity.KindOf(err) == identity.Unauthorized:
			// The session ended while it was used.
			h.forget(w, r)
			_ = see(w, signIn+"?next="+url.QueryEscape(h.returnTo(r)))
		default:
			h.refuse(w, r, err)
		}
	}
}

// setHeaders sets what every answer of the portal carries. Pages show personal data; an asset, which shows none, says
// later that it may be kept.
func setHeaders(head http.Header) {
	head.Set("Content-Security-Policy", "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; "+
		"form-action 'self'; base-uri 'none'; frame-ancestors 'none'; require-trusted-types-for 'script'")
	head.Set("Cross-Origin-Opener-Policy", "same-origin")
	head.Set("Cross-Origin-Resource-Policy", "same-origin")
	head.Set("Referrer-Policy", "no-referrer")
	head.Set("X-Content-Type-Options", "nosniff")
	head.Set("X-Frame-Options", "DENY")
	head.Set("Permissions-Policy", "camera=(), geolocation=(), microphone=()")
	head.Set("Cache-Control", "no-store")
}

// fromAnotherSite says whether a link elsewhere led here. The browser keeps a SameSite=Strict cookie back then, so that
// nobody knows yet whether there is a session; it sends it with the next request, which is ours.
func fromAnotherSite(r *api.Request) bool {
	return r.Method == http.MethodGet && r.Header.Get("Sec-Fetch-Site") == "cross-site"
}

// see sends the browser to another page: the answer to a POST that went well.
func see(w http.ResponseWriter, path string) error {
	w.Header().Set("Location", path)
	w.WriteHeader(http.StatusSeeOther)
	return nil
}

func redirect(path string) func(http.ResponseWriter, *request) error {
	return func(w http.ResponseWriter, _ *request) error { return see(w, path) }
}

func nothingHere(http.ResponseWriter, *request) error {
	return &identity.Error{Kind: identity.NotFound, Message: "There is no such page."}
}

// maxReturned bounds the things that an address names.
const maxReturned = 25

// returnTo is where to come back to after signing in: the page of a GET with its query, the form of a POST with the
// things that it was about, or else the page above it.
func (h *Handler) returnTo(r *request) string {
	page, pattern := (&url.URL{Path: r.URL.Path}).EscapedPath(), "GET "+strings.TrimPrefix(r.Pattern, "POST ")
	if r.Method != http.MethodPost {
		if r.URL.RawQuery != "" {
			page += "?" + r.URL.RawQuery
		}
		return page
	}
	table := h.table()
	if i := slices.IndexFunc(table, func(rt route) bool { return rt.pattern == r.Pattern && rt.form != "" }); i >= 0 {
		return table[i].form
	}
	shows := func(p string) bool {
		return slices.ContainsFunc(table, func(rt route) bool { return rt.who != anybody && rt.pattern == p })
	}
	switch {
	case !shows(pattern) && shows(path.Dir(pattern)):
		return path.Dir(page)
	case !shows(pattern):
		return Root
	}
	if form, err := readForm(r); err == nil && len(form["id"]) > 0 && len(form["id"]) <= maxReturned {
		page += "?" + url.Values{"id": form["id"]}.Encode()
	}
	return page
}
