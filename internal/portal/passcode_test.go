package portal_test

import (
	"testing"
	"time"

	"github.com/lintel-id/lintel/internal/auth/totp"
	"github.com/lintel-id/lintel/internal/core"
	"github.com/lintel-id/lintel/internal/server/servertest"
)

const totpSeed = "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ"

// needsPasscode makes the user bob, whose rules ask for password and passcode, and returns what shows the passcode now.
func needsPasscode(t *testing.T, env *servertest.Env, clock *servertest.Clock) (passcode func() string) {
	t.Helper()
	user := env.Create("/v3/users", "user", map[string]any{"name": "bob", "domain_id": "default", "password": "bobs-Pass-1",
		"options": map[string]any{"multi_factor_auth_rules": [][]string{{"password", "totp"}}}})
	grant(env, user)
	env.Create("/v3/credentials", "credential", map[string]any{"user_id": user, "type": "totp", "blob": totpSeed})
	seed, err := totp.Parse(totpSeed)
	if err != nil {
		t.Fatal(err)
	}
	return func() string { return seed.Passcode(totp.Step(clock.Now())) }
}

func TestWhoNeedsAPasscodeIsAskedForItAfterThePassword(t *testing.T) {
	clock := servertest.NewClock(time.Now())
	env := servertest.Start(t, servertest.Options{Now: clock.Now})
	passcode := needsPasscode(t, env, clock)
	b := newBrowser(t, env)
	b.post("/portal/sign-in", "user", "bob", "password", "wrong").want(422, "You could not be signed in")
	page := b.post("/portal/sign-in", "user", "bob", "password", "bobs-Pass-1", "next", create).want(200, "Passcode", "for bob")
	if b.cookie("lintel") != "" {
		t.Error("there is a session before the passcode")
	}
	step := page.value("step")
	again := b.post("/portal/sign-in/passcode", "step", step, "passcode", "000000", "next", create).want(422, "The passcode is wrong or was used before")
	code := passcode()
	b.post("/portal/sign-in/passcode", "step", again.value("step"), "passcode", code[:3]+" "+code[3:], "next", create).redirected(create)
	b.get(create).want(200, "For the project admin")
	b.post("/portal/sign-in/passcode", "step", step, "passcode", code).want(422, "was used before")
}

// A passcode without the password before it, here and not through the API, signs nobody in.
func TestAPasscodeAloneSignsNobodyIn(t *testing.T) {
	clock := servertest.NewClock(time.Now())
	env := servertest.Start(t, servertest.Options{Now: clock.Now})
	passcode := needsPasscode(t, env, clock)
	receipt := env.Do("POST", "/v3/auth/tokens", "", map[string]any{"auth": map[string]any{"identity": map[string]any{"methods": []string{"password"},
		"password": map[string]any{"user": map[string]any{"name": "bob", "domain": map[string]any{"id": "default"}, "password": "bobs-Pass-1"}}}}}).Want(401).Header.Get("Openstack-Auth-Receipt")
	note, err := env.Core.SealNote("portal session", []byte(`{"receipt":"`+receipt+`"}`))
	if err != nil || receipt == "" {
		t.Fatal(err, receipt)
	}
	for _, step := range []string{"", receipt, note, "x"} {
		newBrowser(t, env).post("/portal/sign-in/passcode", "step", step, "passcode", passcode()).want(422, "You could not be signed in")
	}
	b := newBrowser(t, env)
	step := b.post("/portal/sign-in", "user", "bob", "password", "bobs-Pass-1").want(200).value("step")
	clock.Add(6 * time.Minute) // the receipt's life
	b.post("/portal/sign-in/passcode", "step", step, "passcode", passcode()).want(422)
	if b.cookie("lintel") != "" {
		t.Error("a session begins")
	}
}

func TestTooManySignInsAreAskedToWait(t *testing.T) {
	env := servertest.Start(t, servertest.Options{})
	env.Core.RateLimits = core.RateLimits{Address: onceAnHour()}
	b := newBrowser(t, env)
	b.post("/portal/sign-in", "user", "admin", "password", "wrong").want(422)
	p := b.post("/portal/sign-in", "user", "admin", "password", servertest.AdminPassword).want(429, "Wait a moment")
	if p.Header.Get("Retry-After") == "" {
		t.Error("nothing says when to come again")
	}
}
