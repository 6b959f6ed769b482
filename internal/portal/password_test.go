package portal_test

import (
	"context"
	"strings"
	"testing"
	"time"

	"github.com/lintel-id/lintel/internal/config"
	"github.com/lintel-id/lintel/internal/identity"
	"github.com/lintel-id/lintel/internal/server/servertest"
)

const (
	password    = "/portal/password"
	apiPassword = "/portal/access/api-password"
)

// adaApart starts a server where ada has a role and, in the domain acme, an API password apart from her login password.
func adaApart(t *testing.T, rules ...func(*config.SecurityCompliance)) (env *servertest.Env, ada string) {
	t.Helper()
	env = servertest.Start(t, servertest.Options{Config: func(c *config.Config) {
		c.Identity.SeparatePasswordDomains = []string{"acme"}
		for _, rule := range rules {
			rule(&c.SecurityCompliance)
		}
	}})
	_, err := env.Core.CreateDomain(context.Background(), identity.Caller{Local: true}, identity.ProjectSpec{ID: "acme", Name: "acme", Enabled: true, IsDomain: true})
	if err != nil {
		t.Fatal(err)
	}
	ada = env.Create("/v3/users", "user", map[string]any{"name": "ada", "domain_id": "acme", "password": "login-Pass-1", "options": map[string]any{"ignore_change_password_upon_first_use": true}})
	grant(env, ada)
	return env, ada
}

func signInAda(t *testing.T, env *servertest.Env, login string) *browser {
	t.Helper()
	b := newBrowser(t, env)
	b.post("/portal/sign-in", "user", "ada", "domain", "acme", "password", login).redirected("/portal")
	return b
}

// apiToken logs in at the API.
func apiToken(env *servertest.Env, user, secret string) *servertest.Response {
	return env.Do("POST", "/v3/auth/tokens", "", servertest.PasswordAuth(user, secret, nil))
}

func valid(env *servertest.Env, token string) bool {
	return env.Do("GET", "/v3/auth/tokens", env.AdminToken(), nil, "X-Subject-Token", token).Status == 200
}

func set(current, fresh, again string) []string {
	return []string{"current", current, "new", fresh, "again", again}
}

func TestTheAPIPasswordIsSetWithTheLoginPassword(t *testing.T) {
	env, ada := adaApart(t)
	b := signInAda(t, env, "login-Pass-1")
	b.get(apiPassword).want(200, "Set the API Password", "Login password", "It is not the one in use")
	b.post(apiPassword, set("wrong", "api-Pass-1", "api-Pass-1")...).want(422, "This is not your password").without("api-Pass-1")
	b.post(apiPassword, set("login-Pass-1", "api-Pass-1", "api-Pass-2")...).want(422, "The two are not the same")
	b.post(apiPassword, set("", "", "")...).want(422, "Enter the password that you use now", "Enter a new password")
	apiToken(env, ada, "api-Pass-1").Want(401)
	b.post(apiPassword, set("login-Pass-1", "api-Pass-1", "api-Pass-1")...).redirected(apiPassword)
	b.get(apiPassword).want(200, "The API password was set", "Sign out")
	apiToken(env, ada, "api-Pass-1").Want(201)
	apiToken(env, ada, "login-Pass-1").Want(401)
	b.post(apiPassword, set("login-Pass-1", "api-Pass-1", "api-Pass-1")...).want(422, "This is the password in use")
	b.post(apiPassword, set("api-Pass-1", "api-Pass-2", "api-Pass-2")...).want(422, "This is not your password")
	if !env.Logged("wrong password") || strings.Contains(env.Log(), "api-Pass-1") || strings.Contains(env.Log(), "login-Pass-1") {
		t.Error("the log holds a password, or not the reason of a refusal")
	}
}

// Whichever password changes: tokens and other sessions end, credentials stay, and the browser that made the change goes on.
func TestAChangeOfEitherPasswordEndsEverythingButThisBrowser(t *testing.T) {
	for path, form := range map[string][]string{apiPassword: set("login-Pass-1", "api-Pass-2", "api-Pass-2"), password: set("login-Pass-1", "login-Pass-2", "login-Pass-2")} {
		t.Run(path, func(t *testing.T) {
			env, ada := adaApart(t)
			if err := env.Core.SetAPIPassword(t.Context(), identity.Caller{Local: true}, identity.UserID(ada), identity.NewSecret("api-Pass-1")); err != nil {
				t.Fatal(err)
			}
			b, other := signInAda(t, env, "login-Pass-1"), signInAda(t, env, "login-Pass-1")
			made := b.makeCredential("ci").want(201)
			token := apiToken(env, ada, "api-Pass-1").Want(201).Header.Get("X-Subject-Token")
			byCredential := login(env, made.id("credential-id"), made.id("credential-secret")).Want(201).Header.Get("X-Subject-Token")
			before := b.cookie("lintel")
			b.post(path, form...).redirected(path)
			if valid(env, token) {
				t.Error("a token of before the change is good")
			}
			if !valid(env, byCredential) {
				t.Error("a credential's token has ended")
			}
			other.get(list).want(200, "Password").without("Sign out")
			b.get(list).want(200, "Sign out", "ci")
			thief := newBrowser(t, env)
			r := thief.request("GET", list, nil)
			r.Header.Set("Cookie", "lintel="+before)
			thief.do(r).redirected("/portal/sign-in?next=%2Fportal%2Faccess%2Fapplication-credentials")
		})
	}
}

func TestTheLoginPasswordIsChangedAndTheAPIPasswordStays(t *testing.T) {
	env, ada := adaApart(t)
	b := signInAda(t, env, "login-Pass-1")
	b.post(apiPassword, set("login-Pass-1", "api-Pass-1", "api-Pass-1")...).redirected(apiPassword)
	b.post(password, set("api-Pass-1", "login-Pass-2", "login-Pass-2")...).want(422, "This is not your password")
	b.post(password, set("login-Pass-1", "login-Pass-1", "login-Pass-1")...).want(422, "This is the password in use")
	b.post(password, set("login-Pass-1", "login-Pass-2", "login-Pass-2")...).redirected(password)
	b.get(password).want(200, "Your password was changed")
	newBrowser(t, env).post("/portal/sign-in", "user", "ada", "domain", "acme", "password", "login-Pass-1").want(422)
	signInAda(t, env, "login-Pass-2")
	apiToken(env, ada, "api-Pass-1").Want(201)
}

func TestWhereThereIsOnePasswordThePageOfTheAPIPasswordSaysSo(t *testing.T) {
	env := servertest.Start(t, servertest.Options{})
	b := newBrowser(t, env).signIn()
	p := b.get(apiPassword).want(200, "One password for both", "Change login password")
	if strings.Contains(p.Body, `type="password"`) {
		t.Error("the page asks for a password")
	}
	b.post(apiPassword, set(servertest.AdminPassword, "api-Pass-1", "api-Pass-1")...).want(422)
	token := env.AdminToken()
	b.post(password, set(servertest.AdminPassword, "other-Pass-1", "other-Pass-1")...).redirected(password)
	b.get(list).want(200, "Sign out")
	env.Do("GET", "/v3/auth/tokens", token, nil, "X-Subject-Token", token).Want(401)
	apiToken(env, string(env.Admin.User), "other-Pass-1").Want(201)
}

func TestTheOperatorsRulesForPasswordsAreSaidAndHold(t *testing.T) {
	env, ada := adaApart(t, func(s *config.SecurityCompliance) {
		if err := s.PasswordRegex.UnmarshalText([]byte(`^(?=.*\d).{7,}$`)); err != nil {
			t.Fatal(err)
		}
		s.PasswordRegexDescription, s.UniqueLastPasswordCount, s.MinimumPasswordAge, s.PasswordExpiresDays = "Seven characters & a digit.", 3, 1, 90
	})
	b := signInAda(t, env, "login-Pass-1")
	b.get(password).want(200, "Seven characters & a digit.", "none of your last 3", "You can change it again after a day", "It lasts 90 days")
	b.post(password, set("login-Pass-1", "short", "short")...).want(422, "does not match the rules: Seven characters & a digit.")
	b.post(password, set("login-Pass-1", "login-Pass-1", "login-Pass-1")...).want(422, "one of your last 3 passwords")
	b.post(password, set("login-Pass-1", "login-Pass-2", "login-Pass-2")...).redirected(password)
	b.post(password, set("login-Pass-2", "login-Pass-3", "login-Pass-3")...).want(422, "must be kept for a day")
	b.post(apiPassword, set("login-Pass-2", "api-Pass-1", strings.Repeat("x", 5000))...).want(422, "The two are not the same")
	b.post(apiPassword, set("login-Pass-2", strings.Repeat("1", 5000), strings.Repeat("1", 5000))...).want(422, "This password is too long")
	env.Do("PATCH", "/v3/users/"+ada, env.AdminToken(), map[string]any{"user": map[string]any{"options": map[string]any{"lock_password": true}}}).Want(200)
	b.post(apiPassword, set("login-Pass-2", "api-Pass-1", "api-Pass-1")...).want(422, "Your password is locked")
}

// Who needs a passcode to sign in needs one to go on.
func TestAfterAChangeThePasscodeIsAskedForOnceMore(t *testing.T) {
	clock := servertest.NewClock(time.Now())
	env := servertest.Start(t, servertest.Options{Now: clock.Now})
	passcode := needsPasscode(t, env, clock)
	b := newBrowser(t, env)
	step := b.post("/portal/sign-in", "user", "bob", "password", "bobs-Pass-1").want(200).value("step")
	b.post("/portal/sign-in/passcode", "step", step, "passcode", passcode()).redirected("/portal")
	page := b.post(password, set("bobs-Pass-1", "bobs-Pass-2", "bobs-Pass-2")...).want(200, "Your password was changed", "Passcode").without("Sign out")
	b.get(list).want(200, "Password").without("Sign out")
	clock.Add(30 * time.Second)
	b.post("/portal/sign-in/passcode", "step", page.value("step"), "passcode", passcode(), "next", page.value("next")).redirected(password)
	b.get(list).want(200, "Sign out")
}

// An expired password, or one that somebody else set, is changed on the way in.
func TestAPasswordThatMustBeChangedIsChangedAtTheSignIn(t *testing.T) {
	clock := servertest.NewClock(time.Now())
	env := servertest.Start(t, servertest.Options{Now: clock.Now, Config: func(c *config.Config) { c.SecurityCompliance.ChangePasswordUponFirstUse = true }})
	bob := env.Create("/v3/users", "user", map[string]any{"name": "bob <b>", "domain_id": "default", "password": "first-Pass-1"})
	grant(env, bob)
	const change = "/portal/sign-in/password"
	b := newBrowser(t, env)
	b.post("/portal/sign-in", "user", "bob <b>", "password", "wrong").want(422, "You could not be signed in")
	page := b.post("/portal/sign-in", "user", "bob <b>", "password", "first-Pass-1", "next", create).want(200, "Choose a new password", "Your password has expired")
	if b.cookie("lintel") != "" || strings.Contains(page.Body, "first-Pass-1") || strings.Contains(page.Body, "<b>") {
		t.Error("there is a session, or the page holds the password, or a name is markup")
	}
	with := func(step string, form ...string) []string {
		return append(form, "step", step, "next", page.value("next"))
	}
	step := page.value("step")
	b.post(change, with(step, set("wrong", "second-Pass-1", "second-Pass-1")...)...).want(422, "This is not your password")
	b.post(change, with(step, set("first-Pass-1", "first-Pass-1", "first-Pass-1")...)...).want(422, "This is the password in use")
	for _, bad := range []string{"", "x", b.cookie("lintel-notice")} {
		b.post(change, with(bad, set("first-Pass-1", "second-Pass-1", "second-Pass-1")...)...).redirected("/portal/sign-in")
	}
	b.post(change, with(step, set("first-Pass-1", "second-Pass-1", "second-Pass-1")...)...).redirected(create)
	b.get(create).want(200, "For the project admin", "Sign out")
	apiToken(env, bob, "second-Pass-1").Want(201)
	late := newBrowser(t, env)
	env.Do("PATCH", "/v3/users/"+bob, env.AdminToken(), map[string]any{"user": map[string]any{"password": "third-Pass-1"}}).Want(200)
	step = late.post("/portal/sign-in", "user", "bob <b>", "password", "third-Pass-1").want(200).value("step")
	clock.Add(16 * time.Minute)
	late.post(change, with(step, set("third-Pass-1", "second-Pass-9", "second-Pass-9")...)...).redirected("/portal/sign-in")
}
