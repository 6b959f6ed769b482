package portal_test

import (
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/lintel-id/lintel/internal/server/servertest"
)

const sessions = "/portal/sessions"

// calls makes the browser call itself something.
func (b *browser) calls(name string) *browser {
	b.client.Transport = named{name}
	return b
}

type named struct{ name string }

func (n named) RoundTrip(r *http.Request) (*http.Response, error) {
	r = r.Clone(r.Context())
	r.Header.Set("User-Agent", n.name)
	return http.DefaultTransport.RoundTrip(r)
}

const (
	firefox = "Mozilla/5.0 (X11; Linux x86_64; rv:145.0) Gecko/20100101 Firefox/145.0"
	safari  = "Mozilla/5.0 (iPhone; CPU iPhone OS 19_0 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/19.0 Mobile/15E148 Safari/604.1"
)

func TestWhereOneIsSignedInIsListedAndCanBeEndedFromElsewhere(t *testing.T) {
	clock := servertest.NewClock(time.Now())
	env := servertest.Start(t, servertest.Options{Now: clock.Now})
	laptop, phone := newBrowser(t, env).calls(firefox).signIn(), newBrowser(t, env).calls(safari).signIn()
	bob := env.Create("/v3/users", "user", map[string]any{"name": "bob", "domain_id": "default", "password": "bobs-Pass-1"})
	grant(env, bob)
	stranger := newBrowser(t, env).calls("Mozilla/5.0 (Windows NT 10.0) Chrome/142.0 Safari/537.36").signInAs("bob", "bobs-Pass-1")
	clock.Add(5 * time.Minute)
	phone.get(list).want(200)
	if err := env.Core.WriteUses(t.Context()); err != nil {
		t.Fatal(err)
	}
	page := laptop.get(sessions).want(200, "2 sessions.", "Firefox on Linux This one", "Safari on iOS", "127.0.0.1", clock.Now().UTC().Format("15:04")).without("Windows")
	stranger.get(sessions).want(200, "1 session.", "Chrome on Windows")
	id := page.value("id")
	stranger.post(sessions+"/end", "id", id).redirected(sessions) // says nothing and ends nothing
	phone.get(list).want(200, "Sign out")
	laptop.post(sessions+"/end", "id", id).redirected(sessions)
	laptop.get(sessions).want(200, "The session was signed out", "1 session.").without("Safari")
	phone.get(list).want(200, "Password").without("Sign out")

	phone.signIn()
	laptop.get(sessions).want(200, "2 sessions.")
	phone.post("/portal/sign-out").redirected("/portal/sign-in")
	laptop.get(sessions).want(200, "1 session.")
	phone.signIn()
	for range 2 {
		clock.Add(10 * time.Minute)
		laptop.get(sessions).want(200, "This one")
	}
	laptop.get(sessions).want(200, "1 session.") // the phone has been idle for too long
	clock.Add(5 * time.Minute)
	laptop.post("/portal/sign-out-everywhere").asksToConfirm(sessions)
}

// A proof of the password makes other tokens, not another session.
func TestAConfirmedSessionIsStillOne(t *testing.T) {
	clock := servertest.NewClock(time.Now())
	env := servertest.Start(t, servertest.Options{Now: clock.Now})
	b := newBrowser(t, env).signIn()
	began := regexp.MustCompile(`datetime="([^"]*)"`).FindStringSubmatch(b.get(sessions).Body)[1]
	clock.Add(10 * time.Minute)
	b.post(confirm, "password", servertest.AdminPassword).redirected("/portal")
	page := b.get(sessions).want(200, "1 session.", "This one")
	if !strings.Contains(page.Body, began) {
		t.Errorf("it no longer began at %s", began)
	}
	b.post("/portal/sign-out-everywhere").redirected("/portal/sign-in")
	other := newBrowser(t, env)
	other.do(other.request("GET", sessions, nil)).redirected("/portal/sign-in?next=" + url.QueryEscape(sessions))
}
