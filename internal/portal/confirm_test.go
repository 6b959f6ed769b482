package portal_test

import (
	"net/http"
	"net/url"
	"testing"
	"time"

	"github.com/lintel-id/lintel/internal/config"
	"github.com/lintel-id/lintel/internal/core"
	"github.com/lintel-id/lintel/internal/server/servertest"
)

const confirm = "/portal/confirm"

// signInAs signs anybody of the default domain in.
func (b *browser) signInAs(user, password string) *browser {
	b.t.Helper()
	b.post("/portal/sign-in", "user", user, "password", password).redirected("/portal")
	return b
}

// asksToConfirm fails the test unless an answer leads to the page that asks for the password, and then on to next.
func (s *shown) asksToConfirm(next string) {
	s.t.Helper()
	s.redirected(confirm + "?next=" + url.QueryEscape(next))
}

func TestASensitiveActNeedsThePasswordOfTheLastQuarterOfAnHour(t *testing.T) {
	clock := servertest.NewClock(time.Now())
	env := servertest.Start(t, servertest.Options{Now: clock.Now})
	b := newBrowser(t, env).signIn()
	id := b.makeCredential("ci").want(201).id("credential-id")
	once := b.get(create).value("once")
	clock.Add(10 * time.Minute)
	b.get(list).want(200)
	b.get(create).want(200, "For the project admin") // the sign-in counts
	clock.Add(5 * time.Minute)
	b.get(list).want(200, "ci")
	b.get(list+"/"+id).want(200, "ci")
	b.do(b.request("GET", create, nil)).asksToConfirm(create)
	b.do(b.request("GET", del+"?id="+id, nil)).asksToConfirm(del + "?id=" + id)
	b.post(create, "once", once, "name", "cd", "expiry", "never").asksToConfirm(create)
	b.post(del, "id", id, "confirm", "ci").asksToConfirm(del + "?id=" + id)
	b.post("/portal/sign-out-everywhere").asksToConfirm("/portal/sessions")
	b.get(list).want(200, "1 to 1 of 1", "Sign out") // nothing was made, deleted or ended

	page := b.get(create).want(200, "Confirm that it is you").without("Sign out")
	again := b.post(confirm, "next", page.value("next"), "password", "wrong").want(422, "That could not be confirmed")
	b.get(create).want(200, "Confirm that it is you")
	b.post(confirm, "next", again.value("next"), "password", servertest.AdminPassword).redirected(create)
	b.get(create).want(200, "For the project admin")
	b.post(del, "id", id, "confirm", "ci").redirected(list)
}

// A proof makes new tokens: whoever has copied the cookie before is out.
func TestAProofEndsTheTokensOfTheOneBeforeAndDoesNotProlongTheSession(t *testing.T) {
	clock := servertest.NewClock(time.Now())
	env := servertest.Start(t, servertest.Options{Now: clock.Now})
	b := newBrowser(t, env).signIn()
	copied := b.cookie("lintel")
	b.post(confirm, "password", servertest.AdminPassword).redirected("/portal")
	thief := newBrowser(t, env)
	r := thief.request("GET", list, nil)
	r.AddCookie(&http.Cookie{Name: "lintel", Value: copied})
	thief.do(r).redirected("/portal/sign-in?next=" + url.QueryEscape(list))
	for range 17 {
		clock.Add(14 * time.Minute)
		b.get(list).want(200, "Sign out")
	}
	b.post(confirm, "password", servertest.AdminPassword).redirected("/portal")
	clock.Add(3 * time.Minute) // 4 hours and a minute since the sign-in
	b.get(list).want(200, "Password").without("Sign out")
}

func TestAProofIsOfWhoeverIsSignedInAndKeepsTheProject(t *testing.T) {
	env := servertest.Start(t, servertest.Options{})
	bob := env.Create("/v3/users", "user", map[string]any{"name": "bob", "domain_id": "default", "password": "bobs-Pass-1"})
	grant(env, bob)
	beta := env.Create("/v3/projects", "project", map[string]any{"name": "beta", "domain_id": "default"})
	role := env.Do("GET", "/v3/roles?name=member", env.AdminToken(), nil).Want(200).Text("roles.0.id")
	env.Do("PUT", "/v3/projects/"+beta+"/users/"+bob+"/roles/"+role, env.AdminToken(), nil).Want(204)
	b := newBrowser(t, env).signInAs("bob", "bobs-Pass-1")
	b.post("/portal/projects", "project", beta).redirected("/portal")
	for _, form := range [][]string{{"password", servertest.AdminPassword}, {"user", "admin", "password", servertest.AdminPassword}, {"password", ""}, nil} {
		b.post(confirm, form...).want(422, "That could not be confirmed")
	}
	b.get(create).want(200, "For the project beta", "Default bob")
	b.post(confirm, "user", "admin", "password", "bobs-Pass-1", "next", create).redirected(create)
	b.get(create).want(200, "For the project beta", "Default bob")
	b.post(confirm, "password", "bobs-Pass-1", "next", "//evil.example").redirected("/portal")
	newBrowser(t, env).post(confirm, "password", "bobs-Pass-1").redirected("/portal/sign-in?next=" + url.QueryEscape(confirm))
}

func TestWhoNeedsAPasscodeConfirmsWithOne(t *testing.T) {
	clock := servertest.NewClock(time.Now())
	env := servertest.Start(t, servertest.Options{Now: clock.Now})
	passcode := needsPasscode(t, env, clock)
	b := newBrowser(t, env)
	step := b.post("/portal/sign-in", "user", "bob", "password", "bobs-Pass-1").want(200).value("step")
	b.post("/portal/sign-in/passcode", "step", step, "passcode", passcode()).redirected("/portal")
	clock.Add(10 * time.Minute)
	b.get(list).want(200)
	clock.Add(5 * time.Minute)
	b.get(create).want(200, "Confirm that it is you")
	page := b.post(confirm, "password", "bobs-Pass-1", "next", create).want(200, "Passcode", "for bob")
	b.get(create).want(200, "Confirm that it is you") // the password alone is not enough
	again := b.post(confirm+"/passcode", "step", page.value("step"), "passcode", "000000", "next", create).want(422, "The passcode is wrong")
	other := newBrowser(t, env).signIn()
	other.post(confirm+"/passcode", "step", page.value("step"), "passcode", passcode()).want(422, "That could not be confirmed")
	b.post(confirm+"/passcode", "step", again.value("step"), "passcode", passcode(), "next", create).redirected(create)
	b.get(create).want(200, "For the project admin")
	b.post(confirm+"/passcode", "step", "x", "passcode", passcode()).want(422, "That could not be confirmed")
}

// Confirming is no way to try passwords that signing in does not have.
func TestConfirmingHasTheLimitsOfSigningIn(t *testing.T) {
	env := servertest.Start(t, servertest.Options{Config: func(c *config.Config) { c.SecurityCompliance.LockoutFailureAttempts = 2 }})
	b := newBrowser(t, env).signIn()
	for range 2 {
		b.post(confirm, "password", "wrong").want(422, "That could not be confirmed")
	}
	b.post(confirm, "password", servertest.AdminPassword).want(422, "That could not be confirmed")
	if !env.Logged("the user is locked out") {
		t.Error("the log does not say the reason")
	}
	b.get(list).want(200, "Sign out") // the session goes on

	limited := servertest.Start(t, servertest.Options{})
	b = newBrowser(t, limited).signIn()
	limited.Core.RateLimits = core.RateLimits{Account: onceAnHour()}
	b.post(confirm, "password", "wrong").want(422)
	if p := b.post(confirm, "password", servertest.AdminPassword).want(429, "Wait a moment"); p.Header.Get("Retry-After") == "" {
		t.Error("nothing says when to come again")
	}
}
