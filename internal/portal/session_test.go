package portal_test

import (
	"net/http"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/lintel-id/lintel/internal/config"
	"github.com/lintel-id/lintel/internal/identity"
	"github.com/lintel-id/lintel/internal/server/servertest"
)

func TestTheNameOrTheEmailAndTheLoginPasswordSignIn(t *testing.T) {
	env := servertest.Start(t, servertest.Options{})
	acme := env.Create("/v3/domains", "domain", map[string]any{"name": "acme"})
	env.Core.Settings.SeparatePasswords = func(d identity.DomainID) bool { return string(d) == acme }
	ada := env.Create("/v3/users", "user", map[string]any{"name": "ada", "email": "ada@acme.example", "domain_id": acme, "password": "login-Pass-1"})
	user := env.Create("/v3/users", "user", map[string]any{"name": "bob", "domain_id": "default", "password": "login-Pass-2"})
	if err := env.Core.SetAPIPassword(t.Context(), identity.Caller{Local: true}, identity.UserID(ada), identity.NewSecret("api-Pass-1")); err != nil {
		t.Fatal(err)
	}
	env.Login(servertest.PasswordAuth(ada, "api-Pass-1", nil))
	for name, c := range map[string]struct {
		form []string
		ok   bool
	}{
		"name":                       {[]string{"user", "ada", "domain", "acme", "password", "login-Pass-1"}, true},
		"e-mail":                     {[]string{"user", "ada@acme.example", "domain", "acme", "password", "login-Pass-1"}, true},
		"spaces around":              {[]string{"user", " ada ", "domain", " acme ", "password", "login-Pass-1"}, true},
		"the default domain":         {[]string{"user", "bob", "password", "login-Pass-2"}, true},
		"the API password":           {[]string{"user", "ada", "domain", "acme", "password", "api-Pass-1"}, false},
		"the wrong domain":           {[]string{"user", "ada", "password", "login-Pass-1"}, false},
		"no such domain":             {[]string{"user", "ada", "domain", "x", "password", "login-Pass-1"}, false},
		"the wrong password":         {[]string{"user", "bob", "password", "login-Pass-1"}, false},
		"nobody":                     {[]string{"user", "eve", "password", "login-Pass-1"}, false},
		"an id":                      {[]string{"user", user, "password", "login-Pass-2"}, false},
		"nothing":                    {nil, false},
		"an application credential":  {[]string{"user", identity.NewID(), "password", strings.Repeat("x", 86)}, false},
		"a password that is no text": {[]string{"user", "bob", "password", "\xff"}, false},
	} {
		t.Run(name, func(t *testing.T) {
			b := newBrowser(t, env)
			if p := b.post("/portal/sign-in", c.form...); c.ok {
				p.redirected("/portal")
				b.get("/portal").want(200, "Sign out")
			} else if name != "a password that is no text" {
				p.want(422, "You could not be signed in. Check the user name, the password and the domain.")
				if b.cookie("lintel") != "" {
					t.Error("a session begins")
				}
			}
		})
	}
}

// All failures look the same but for what was typed.
func TestFailuresOfSigningInAreUniform(t *testing.T) {
	env := servertest.Start(t, servertest.Options{})
	env.Create("/v3/users", "user", map[string]any{"name": "off", "domain_id": "default", "password": "off-Pass-1", "enabled": false})
	first := ""
	for _, form := range [][]string{{"user", "admin", "password", "wrong"}, {"user", "nobody", "password", "wrong"}, {"user", "off", "password", "off-Pass-1"}, {"user", "admin", "domain", "none", "password", "x"}} {
		p := newBrowser(t, env).post("/portal/sign-in", form...)
		text := regexp.MustCompile(`value="(admin|nobody|off|none)"`).ReplaceAllString(p.Body, `value=""`)
		text = strings.ReplaceAll(text, "<details open>", "<details>")
		if first == "" {
			first = text
		}
		if text != first || p.Status != 422 {
			t.Errorf("%v looks different: %s", form, cmp.Diff(first, text))
		}
	}
	if !env.Logged("wrong password") || !env.Logged("the user does not exist") {
		t.Error("the log does not say the reasons")
	}
	if strings.Contains(env.Log(), "off-Pass-1") {
		t.Error("the log holds a password")
	}
}

func TestASessionEndsWhenItIsIdleAndWhenItIsOld(t *testing.T) {
	clock := servertest.NewClock(time.Now())
	env := servertest.Start(t, servertest.Options{Now: clock.Now})
	b := newBrowser(t, env).signIn()
	for range 17 { // 17 times 14 minutes are less than 4 hours
		clock.Add(14 * time.Minute)
		b.get(list).want(200, "Application Credentials", "Sign out")
	}
	clock.Add(14 * time.Minute) // now it is old
	b.get(list).want(200, "Password").without("Sign out")
	b.signIn()
	clock.Add(15 * time.Minute)
	b.do(b.request("GET", list+"?q=a%20b&page=2", nil)).redirected("/portal/sign-in?next=" + "%2Fportal%2Faccess%2Fapplication-credentials%3Fq%3Da%2520b%26page%3D2")
	if b.cookie("lintel") != "" {
		t.Error("the cookie of an ended session is kept")
	}
	page := b.get(list + "?q=a%20b&page=2")
	b.post("/portal/sign-in", "user", "admin", "password", servertest.AdminPassword, "next", page.value("next")).redirected(list + "?q=a%20b&page=2")
}

func TestAFormThatMeetsNoSessionLeadsBackToTheForm(t *testing.T) {
	env := servertest.Start(t, servertest.Options{})
	b := newBrowser(t, env)
	for path, next := range map[string]string{create: create, del: del, download: list, "/portal/sign-out": "/portal/sessions", "/portal/projects": "/portal/projects"} {
		p := b.post(path, "name", "x")
		p.redirected("/portal/sign-in?next=" + strings.ReplaceAll(next, "/", "%2F"))
	}
}

func TestSigningOutRevokesTheTokensSoThatACopyOfTheCookieIsOfNoUse(t *testing.T) {
	env := servertest.Start(t, servertest.Options{})
	b, other := newBrowser(t, env).signIn(), newBrowser(t, env).signIn()
	copied := b.cookie("lintel")
	b.post("/portal/sign-out").redirected("/portal/sign-in")
	b.get("/portal/sign-in").want(200, "You have signed out")
	thief := newBrowser(t, env)
	r := thief.request("GET", list, nil)
	r.AddCookie(&http.Cookie{Name: "lintel", Value: copied})
	thief.do(r).redirected("/portal/sign-in?next=%2Fportal%2Faccess%2Fapplication-credentials")
	other.get(list).want(200, "Sign out") // another session of the same user
}

func TestSigningOutEverywhereEndsAllSessionsAndPasswordTokensAndNoCredential(t *testing.T) {
	env := servertest.Start(t, servertest.Options{})
	b, other := newBrowser(t, env).signIn(), newBrowser(t, env).signIn()
	page := b.makeCredential("ci").want(201)
	token := env.AdminToken()
	byCredential := login(env, page.id("credential-id"), page.id("credential-secret")).Want(201).Header.Get("X-Subject-Token")
	b.post("/portal/sign-out-everywhere").redirected("/portal/sign-in")
	other.get(list).want(200, "Password").without("Sign out")
	env.Do("GET", "/v3/auth/tokens", token, nil, "X-Subject-Token", token).Want(401)
	env.Do("GET", "/v3/auth/tokens", env.AdminToken(), nil, "X-Subject-Token", byCredential).Want(200)
	other.signIn().get(list).want(200, "ci")
}

func TestASessionIsNewAtEachSignInAndACookieFromBeforeIsNone(t *testing.T) {
	env := servertest.Start(t, servertest.Options{})
	b := newBrowser(t, env)
	r := b.request("POST", "/portal/sign-in", values("user", "admin", "password", servertest.AdminPassword))
	r.AddCookie(&http.Cookie{Name: "lintel", Value: "fixed-by-somebody"})
	b.do(r).redirected("/portal")
	first := b.cookie("lintel")
	b.signIn()
	if first == "" || first == "fixed-by-somebody" || first == b.cookie("lintel") {
		t.Error("the session is not new")
	}
	for _, text := range []string{"", "x", first[:len(first)-1], first + "A", strings.Repeat("A", 3000)} {
		r := newBrowser(t, env).request("GET", list, nil)
		r.AddCookie(&http.Cookie{Name: "lintel", Value: text})
		newBrowser(t, env).do(r).redirected("/portal/sign-in?next=%2Fportal%2Faccess%2Fapplication-credentials")
	}
}

// The cookie is sealed: neither the page nor the cookie gives a token to anybody.
func TestNoTokenLeavesTheServer(t *testing.T) {
	env := servertest.Start(t, servertest.Options{})
	b := newBrowser(t, env).signIn()
	if page := b.get(list); strings.Contains(page.Body, "gAAAA") || strings.Contains(b.cookie("lintel"), "gAAAA") {
		t.Error("a token is in the page or the cookie")
	}
	env.Do("GET", "/v3/auth/projects", b.cookie("lintel"), nil).Want(401)
	b.do(func() *http.Request {
		r := newBrowser(t, env).request("GET", list, nil)
		r.Header.Set("X-Auth-Token", env.AdminToken())
		r.Header.Set("Cookie", "x=y")
		return r
	}()).want(200) // b's own cookie
	r := newBrowser(t, env).request("GET", list, nil)
	r.Header.Set("X-Auth-Token", env.AdminToken())
	newBrowser(t, env).do(r).redirected("/portal/sign-in?next=%2Fportal%2Faccess%2Fapplication-credentials")
}

func TestProjectsAreSwitchedAndLost(t *testing.T) {
	env := servertest.Start(t, servertest.Options{Config: func(c *config.Config) { c.Token.AllowRescopeScopedToken = false }})
	user := env.Create("/v3/users", "user", map[string]any{"name": "bob", "domain_id": "default", "password": "bobs-Pass-1"})
	role := env.Do("GET", "/v3/roles?name=member", env.AdminToken(), nil).Want(200).Text("roles.0.id")
	project := map[string]string{}
	for _, name := range []string{"alpha", "beta"} {
		project[name] = env.Create("/v3/projects", "project", map[string]any{"name": name, "domain_id": "default"})
		env.Do("PUT", "/v3/projects/"+project[name]+"/users/"+user+"/roles/"+role, env.AdminToken(), nil).Want(204)
	}
	b := newBrowser(t, env)
	b.post("/portal/sign-in", "user", "bob", "password", "bobs-Pass-1").redirected("/portal")
	b.get(create).want(200, "For the project alpha")
	b.post("/portal/projects", "project", project["beta"], "next", list+"?q=x").redirected(list)
	b.get(create).want(200, "For the project beta")
	b.post("/portal/projects", "project", string(env.Admin.Project)).want(422, "You cannot work in that project")
	env.Do("DELETE", "/v3/projects/"+project["beta"]+"/users/"+user+"/roles/"+role, env.AdminToken(), nil).Want(204)
	b.get(create).want(200, "Choose the project", "alpha").without("beta")
	b.post("/portal/projects", "project", project["alpha"], "next", create).redirected(create)
	env.Do("DELETE", "/v3/projects/"+project["alpha"]+"/users/"+user+"/roles/"+role, env.AdminToken(), nil).Want(204)
	b.get(create).want(200, "You have no project yet")
}

func TestADisabledUsersSessionEnds(t *testing.T) {
	env := servertest.Start(t, servertest.Options{})
	user := env.Create("/v3/users", "user", map[string]any{"name": "bob", "domain_id": "default", "password": "bobs-Pass-1"})
	grant(env, user)
	b := newBrowser(t, env)
	b.post("/portal/sign-in", "user", "bob", "password", "bobs-Pass-1").redirected("/portal")
	b.get(list).want(200, "Sign out")
	env.Do("PATCH", "/v3/users/"+user, env.AdminToken(), map[string]any{"user": map[string]any{"enabled": false}}).Want(200)
	b.get(list).want(200, "Password").without("Sign out")
}

func TestLanguageAndLookAreChosenAndKept(t *testing.T) {
	env := servertest.Start(t, servertest.Options{})
	b := newBrowser(t, env)
	b.post("/portal/preferences", "language", "ko", "next", "/portal/sign-in?next=%2Fportal").redirected("/portal/sign-in?next=%2Fportal")
	page := b.get("/portal/sign-in").want(200, "로그인")
	if !strings.Contains(page.Body, `<html lang="ko">`) || page.Header.Get("Content-Language") != "ko" {
		t.Error("the page does not say its language")
	}
	b.post("/portal/preferences", "theme", "dark")
	if page := b.get("/portal/sign-in"); !strings.Contains(page.Body, `data-theme="dark"`) {
		t.Error("the look is forgotten")
	}
	b.post("/portal/preferences", "theme", "system")
	b.post("/portal/preferences", "language", "xx", "theme", "pink")
	if page := b.get("/portal/sign-in"); strings.Contains(page.Body, "data-theme") || !strings.Contains(page.Body, `lang="ko"`) {
		t.Error("what nobody knows is chosen")
	}
	r := newBrowser(t, env).request("GET", "/portal/sign-in", nil)
	r.Header.Set("Accept-Language", "ko-KR,ko;q=0.9,en;q=0.8")
	newBrowser(t, env).do(r).want(200, "로그인")
}
