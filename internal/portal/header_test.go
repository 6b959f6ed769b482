package portal_test

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/lintel-id/lintel/internal/config"
	"github.com/lintel-id/lintel/internal/ratelimit"
	"github.com/lintel-id/lintel/internal/server/servertest"
)

func onceAnHour() *ratelimit.Limiter {
	return ratelimit.New(ratelimit.Limit{Count: 1, Per: time.Hour, Burst: 1})
}

// goldenHeaders are those of every answer of the portal, whatever it is.
var goldenHeaders = map[string]string{
	"Content-Security-Policy": "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; " +
		"form-action 'self'; base-uri 'none'; frame-ancestors 'none'; require-trusted-types-for 'script'",
	"Cross-Origin-Opener-Policy":   "same-origin",
	"Cross-Origin-Resource-Policy": "same-origin",
	"Referrer-Policy":              "no-referrer",
	"X-Content-Type-Options":       "nosniff",
	"X-Frame-Options":              "DENY",
	"Permissions-Policy":           "camera=(), geolocation=(), microphone=()",
	"Cache-Control":                "no-store",
}

func TestEveryAnswerHasTheHeaders(t *testing.T) {
	env := servertest.Start(t, servertest.Options{})
	b := newBrowser(t, env).signIn()
	answers := map[string]*shown{}
	for _, path := range []string{"/portal", "/portal/sign-in", "/portal/projects", list, create, list + "/x", del + "?id=x", "/portal/nowhere", "/portal/static/nowhere.css", "/portal/access", keyList, createKey, endpoints} {
		answers["GET "+path] = b.do(b.request("GET", path, nil))
		answers["GET "+path+", nobody"] = newBrowser(t, env).do(b.request("GET", path, nil))
	}
	for _, path := range []string{"/portal/sign-in", "/portal/sign-in/passcode", "/portal/preferences", "/portal/projects", create, del, download, "/portal/nowhere"} {
		answers["POST "+path] = b.post(path, "x", "y")
	}
	answers["a secret"] = b.makeCredential("ci").want(201)
	answers["a secret key"] = b.makeKey().want(201)
	evil := b.request("POST", create, values("name", "x"))
	evil.Header.Set("Origin", "https://evil.example")
	answers["from elsewhere"] = b.do(evil).want(403)
	answers["signed out"] = b.post("/portal/sign-out")
	for name, a := range answers {
		got := map[string]string{}
		for header := range goldenHeaders {
			got[header] = strings.Join(a.Header.Values(header), " | ")
		}
		if diff := cmp.Diff(goldenHeaders, got); diff != "" {
			t.Errorf("%s: %s", name, diff)
		}
		if strings.Contains(a.Header.Get("Content-Type"), "html") && !strings.Contains(a.Header.Get("Vary")+strings.Join(a.Header.Values("Vary"), ","), "Cookie") {
			t.Errorf("%s varies by %q", name, a.Header.Values("Vary"))
		}
	}
	if got := answers["signed out"].Header.Get("Clear-Site-Data"); got != `"cache"` {
		t.Errorf("signing out clears %q", got)
	}
}

func TestAssetsAreKeptForEver(t *testing.T) {
	env := servertest.Start(t, servertest.Options{})
	b := newBrowser(t, env)
	page := b.get("/portal/sign-in")
	for _, part := range strings.Split(page.Body, `"`) {
		if strings.HasPrefix(part, "/portal/static/") {
			a := b.do(b.request("GET", part, nil)).want(200)
			if got := a.Header.Get("Cache-Control"); got != "public, max-age=31536000, immutable" || a.Header.Get("Set-Cookie") != "" {
				t.Errorf("%s: %q", part, got)
			}
		}
	}
	if n := strings.Count(page.Body, "/portal/static/"); n != 3 {
		t.Errorf("%d assets", n)
	}
}

func setCookies(s *shown) string {
	var all []string
	for _, line := range s.Header.Values("Set-Cookie") {
		name, rest, _ := strings.Cut(line, "=")
		_, attributes, _ := strings.Cut(rest, "; ")
		all = append(all, name+": "+attributes)
	}
	return strings.Join(all, "\n")
}

// Over HTTPS the cookie belongs to this host alone; over plain HTTP, on one's own machine, no browser would take such a one.
func TestTheSessionsCookie(t *testing.T) {
	plain := servertest.Start(t, servertest.Options{})
	signIn := []string{"user", "admin", "password", servertest.AdminPassword}
	if got := setCookies(newBrowser(t, plain).post("/portal/sign-in", signIn...)); got != "lintel: Path=/; HttpOnly; SameSite=Strict" {
		t.Errorf("over HTTP on loopback: %s", got)
	}
	safe := servertest.Start(t, servertest.Options{Config: func(c *config.Config) { c.Server.PublicEndpoint = "https://id.example.org" }})
	if got := setCookies(newBrowser(t, safe).post("/portal/sign-in", signIn...)); got != "__Host-lintel: Path=/; HttpOnly; Secure; SameSite=Strict" {
		t.Errorf("over HTTPS: %s", got)
	}
	far := newBrowser(t, plain)
	r := far.request("POST", "/portal/sign-in", values(signIn...))
	r.Host = "cloud.example.org:5000"
	r.Header.Del("Origin")
	if s := far.do(r).want(403, "plain HTTP"); setCookies(s) != "" || strings.Contains(s.Body, `name="password"`) {
		t.Error("somebody signs in over plain HTTP from another machine")
	}
}

// Only the portal's own pages send its forms.
func TestFormsOfOtherSitesAreRefused(t *testing.T) {
	env := servertest.Start(t, servertest.Options{Config: func(c *config.Config) { c.Server.PublicEndpoint = "http://127.0.0.1:1" }})
	b := newBrowser(t, env).signIn()
	for name, c := range map[string]struct {
		header, value string
		status        int
	}{
		"its own":                     {"Sec-Fetch-Site", "same-origin", 201},
		"typed":                       {"Sec-Fetch-Site", "none", 201},
		"another site":                {"Sec-Fetch-Site", "cross-site", 403},
		"a neighbour":                 {"Sec-Fetch-Site", "same-site", 403},
		"an old browser, elsewhere":   {"Origin", "https://evil.example", 403},
		"an old browser, sandboxed":   {"Origin", "null", 403},
		"an old browser, its own":     {"Origin", env.URL, 201},
		"the address that people use": {"Origin", "http://127.0.0.1:1", 201},
	} {
		for _, path := range []string{create, "/portal/sign-in", "/portal/sign-out"} {
			r := b.request("POST", path, values("name", name))
			r.Header.Del("Origin")
			r.Header.Set(c.header, c.value)
			want := c.status
			switch {
			case want == 403:
			case path == create:
			default:
				continue
			}
			b.do(r).want(want)
		}
	}
	b.get(list).want(200, "Sign out")
}

// A link elsewhere leads in, although the browser holds the cookie back with it.
func TestALinkFromElsewhereFindsTheSession(t *testing.T) {
	env := servertest.Start(t, servertest.Options{})
	r := newBrowser(t, env).request("GET", list+"?q=x", nil)
	r.Header.Set("Sec-Fetch-Site", "cross-site")
	p := newBrowser(t, env).do(r).want(200, "One moment")
	if !strings.Contains(p.Body, `<meta http-equiv="refresh" content="0">`) || !strings.Contains(p.Body, `href="`+list+`?q=x"`) {
		t.Error("nothing leads on")
	}
}

func TestABrowserIsSentToThePortalAndAClientIsNot(t *testing.T) {
	env := servertest.Start(t, servertest.Options{})
	b := newBrowser(t, env)
	b.do(b.request("GET", "/", nil)).redirected("/portal")
	for _, accept := range []string{"", "*/*", "application/json", "application/json, */*"} {
		r := b.request("GET", "/", nil)
		r.Header.Set("Accept", accept)
		if s := b.do(r); s.Status != http.StatusMultipleChoices || !strings.Contains(s.Body, `"v3.14"`) {
			t.Errorf("Accept %q: status %d: %s", accept, s.Status, s.Body)
		}
	}
	b.do(b.request("GET", "/v3", nil)).want(200, "v3.14")

	off := servertest.Start(t, servertest.Options{Config: func(c *config.Config) { c.Portal.Enabled = false }})
	none := newBrowser(t, off)
	none.do(none.request("GET", "/", nil)).want(http.StatusMultipleChoices)
	none.do(none.request("GET", "/portal", nil)).want(404, `"error"`)
}

func TestErrorsArePagesOfThePortal(t *testing.T) {
	env := servertest.Start(t, servertest.Options{})
	b := newBrowser(t, env).signIn()
	p := b.get("/portal/no/such/page").want(404, "Page not found", "Sign out")
	if id := p.Header.Get("X-Openstack-Request-Id"); id == "" || !strings.Contains(p.Body, id) {
		t.Error("the page does not name the request")
	}
	newBrowser(t, env).get("/portal/no/such/page").want(404, "Page not found").without("Sign out")
	r := b.request("POST", create, values("name", "x"))
	r.Header.Set("Content-Type", "text/plain")
	b.do(r).want(400, "That did not work", "The request is no form")
}
