package portal_test

import (
	"strings"
	"testing"
	"time"

	"github.com/lintel-id/lintel/internal/identity"
	"github.com/lintel-id/lintel/internal/server/servertest"
)

const welcome = "/portal/welcome"

// offer makes a link as dev mode does, for ten minutes.
func offer(env *servertest.Env, password string) (code string) {
	return env.Core.OfferSignIn(identity.PasswordProof{User: identity.UserRef{Name: "admin", Domain: identity.DomainRef{ID: "default"}},
		Password: identity.NewSecret(password)}, 10*time.Minute).Reveal()
}

func TestTheLinkOfDevModeSignsInOnce(t *testing.T) {
	env := servertest.Start(t, servertest.Options{})
	code := offer(env, servertest.AdminPassword)
	b := newBrowser(t, env)
	for range 3 { // whatever looks at links does not use it up
		b.get(welcome+"/"+code).want(200, "Sign in as its administrator")
	}
	b.post(welcome, "code", "x"+code).want(422, "This link has been used or is too old")
	b.post(welcome, "code", "").want(422, "This link has been used or is too old")
	b.post(welcome, "code", b.get(welcome+"/"+code).value("code")).redirected("/portal")
	b.get("/portal").want(200, "Sign out", "Default admin")
	again := newBrowser(t, env)
	for _, tried := range []string{code, ""} {
		again.post(welcome, "code", tried).want(422, "This link has been used or is too old", "Sign in")
	}
	if again.cookie("lintel") != "" {
		t.Error("there is a session")
	}
	if !env.Logged("no sign-in is offered for the code") || strings.Contains(env.Log(), code) {
		t.Error("the log holds the code, or not the reason of the refusal")
	}
}

func TestTheLinkOfDevModeEndsAfterTenMinutesAndWithANewOne(t *testing.T) {
	clock := servertest.NewClock(time.Now())
	env := servertest.Start(t, servertest.Options{Now: clock.Now})
	first := offer(env, servertest.AdminPassword)
	clock.Add(10*time.Minute - time.Second)
	second := offer(env, servertest.AdminPassword)
	newBrowser(t, env).post(welcome, "code", first).want(422, "too old")
	clock.Add(10 * time.Minute)
	newBrowser(t, env).post(welcome, "code", second).want(422, "too old")
	third := offer(env, servertest.AdminPassword)
	clock.Add(10*time.Minute - time.Second)
	newBrowser(t, env).post(welcome, "code", third).redirected("/portal")
}

// Where nobody has offered a sign-in, as everywhere but in dev mode, there is no such page.
func TestOutsideOfDevModeThereIsNoSuchLink(t *testing.T) {
	env := servertest.Start(t, servertest.Options{})
	b := newBrowser(t, env)
	b.get(welcome+"/x").want(404, "Page not found")
	for _, code := range []string{"", "x"} {
		b.post(welcome, "code", code).want(404, "Page not found")
	}
}

// The link stands for the password: with another one it is of no use.
func TestTheLinkOfDevModeEndsWithThePassword(t *testing.T) {
	env := servertest.Start(t, servertest.Options{})
	newBrowser(t, env).post(welcome, "code", offer(env, "another-Pass-1")).want(422, "This link has been used")
}
