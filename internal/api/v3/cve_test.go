package v3_test

import (
	"bytes"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/lintel-id/lintel/internal/config"
	"github.com/lintel-id/lintel/internal/server/servertest"
)

// member makes a user with the role member on a project of its own.
func (c *cloud) member(name string) (user, project string) {
	c.t.Helper()
	user, project = c.user(name, "default"), c.project(name+"-project", "default")
	c.put("projects", project, "users", user, "roles", c.role("member"))
	return user, project
}

func exchange(token string, scope any) map[string]any {
	auth := map[string]any{"identity": map[string]any{"methods": []string{"token"}, "token": map[string]any{"id": token}}}
	if scope != nil {
		auth["scope"] = scope
	}
	return map[string]any{"auth": auth}
}

func Test_CVE_2012_1572_AHugePasswordIsRefusedCheaply(t *testing.T) {
	c := startCloud(t, servertest.Options{})
	user, _ := c.member("alice")
	c.Do("POST", "/v3/auth/tokens", "", servertest.PasswordAuth(user, strings.Repeat("x", 100_000), nil)).Want(401)
	c.Do("POST", "/v3/users", c.admin, map[string]any{"user": map[string]any{"name": "bob", "password": strings.Repeat("x", 5000)}}).Want(400)
}

func Test_CVE_2012_3426_ExchangingATokenNeverProlongsIt(t *testing.T) {
	now := time.Date(2030, 1, 1, 0, 0, 0, 0, time.UTC)
	c := startCloud(t, servertest.Options{Now: func() time.Time { return now }})
	user, project := c.member("alice")
	token := c.login(user, servertest.Project(project))
	expires := c.validate(token).Text("token.expires_at")
	for range 5 {
		now = now.Add(30 * time.Minute)
		r := c.Do("POST", "/v3/auth/tokens", "", exchange(token, servertest.Project(project))).Want(201)
		if got := r.Text("token.expires_at"); got != expires {
			t.Fatalf("expires %s, the first token %s", got, expires)
		}
		token = r.Header.Get("X-Subject-Token")
	}
	now = now.Add(2 * time.Hour)
	c.Do("POST", "/v3/auth/tokens", "", exchange(token, nil)).Want(404)
}

func Test_CVE_2012_4457_AndNHN_N27_ADisabledProjectHasNoTokens(t *testing.T) {
	c := startCloud(t, servertest.Options{})
	user, project := c.member("alice")
	token := c.login(user, servertest.Project(project))
	c.Do("PATCH", "/v3/projects/"+project, c.admin, map[string]any{"project": map[string]any{"enabled": false}}).Want(200)
	c.validate(token).Want(404)
	c.Do("POST", "/v3/auth/tokens", "", servertest.PasswordAuth(user, cloudPassword, servertest.Project(project))).Want(401)
	c.Do("PATCH", "/v3/projects/"+project, c.admin, map[string]any{"project": map[string]any{"enabled": true}}).Want(200)
	c.validate(token).Want(404) // the old one stays dead
	c.validate(c.login(user, servertest.Project(project))).Want(200)
}

func Test_CVE_2013_2059_ADeletedUsersTokensDie(t *testing.T) {
	c := startCloud(t, servertest.Options{})
	user, project := c.member("alice")
	token := c.login(user, servertest.Project(project))
	c.Do("DELETE", "/v3/users/"+user, c.admin, nil).Want(204)
	c.validate(token).Want(404)
	c.Do("GET", "/v3/auth/projects", token, nil).Want(401)
}

func Test_OSSN_0032_ADisabledUserAndDomainHaveNoTokens(t *testing.T) {
	for _, what := range []string{"user", "domain"} {
		t.Run(what, func(t *testing.T) {
			c := startCloud(t, servertest.Options{})
			domain := c.domain("acme")
			user, project := c.user("alice", domain), c.project("demo", domain)
			c.put("projects", project, "users", user, "roles", c.role("member"))
			path := map[string]string{"user": "/v3/users/" + user, "domain": "/v3/domains/" + domain}[what]
			token := c.login(user, servertest.Project(project))
			c.Do("PATCH", path, c.admin, map[string]any{what: map[string]any{"enabled": false}}).Want(200)
			c.validate(token).Want(404)
			c.Do("POST", "/v3/auth/tokens", "", servertest.PasswordAuth(user, cloudPassword, nil)).Want(401)
			c.Do("PATCH", path, c.admin, map[string]any{what: map[string]any{"enabled": true}}).Want(200)
			c.validate(token).Want(404) // the old one stays dead
			c.validate(c.login(user, servertest.Project(project))).Want(200)
		})
	}
}

func Test_CVE_2014_2828_OneMethodNamedAThousandTimesIsOne(t *testing.T) {
	c := startCloud(t, servertest.Options{})
	user, project := c.member("alice")
	body := servertest.PasswordAuth(user, cloudPassword, servertest.Project(project))
	methods := make([]string, 1000)
	for i := range methods {
		methods[i] = "password"
	}
	body["auth"].(map[string]any)["identity"].(map[string]any)["methods"] = methods
	if got := fmt.Sprint(c.Do("POST", "/v3/auth/tokens", "", body).Want(201).Get("token.methods")); got != "[password]" {
		t.Errorf("methods %s", got)
	}
	for i := range methods {
		methods[i] = fmt.Sprint("m", i)
	}
	c.Do("POST", "/v3/auth/tokens", "", body).Want(400)
}

func Test_CVE_2014_5251_ATokenOfTheSameSecondAsARevocationIsJudgedExactly(t *testing.T) {
	now := time.Date(2030, 1, 1, 0, 0, 0, 0, time.UTC)
	c := startCloud(t, servertest.Options{Now: func() time.Time { return now }}) // the clock stands still
	user, project := c.member("alice")
	before := c.login(user, servertest.Project(project))
	c.Do("POST", "/v3/users/"+user+"/password", "", map[string]any{"user": map[string]any{"original_password": cloudPassword, "password": "another-Pass-2"}}).Want(204)
	after := c.Login(servertest.PasswordAuth(user, "another-Pass-2", servertest.Project(project)))
	c.validate(before).Want(404)
	c.validate(after).Want(200)
}

func Test_CVE_2018_20170_And_2021_38155_FailuresLookAlike(t *testing.T) {
	c := startCloud(t, servertest.Options{Config: func(cfg *config.Config) { cfg.SecurityCompliance.LockoutFailureAttempts = 2 }})
	disabled, _ := c.member("disabled")
	c.Do("PATCH", "/v3/users/"+disabled, c.admin, map[string]any{"user": map[string]any{"enabled": false}}).Want(200)
	locked, _ := c.member("locked")
	good, _ := c.member("good")
	passwordless := c.post("/v3/users", "user", map[string]any{"name": "passwordless"})
	for range 3 {
		c.Do("POST", "/v3/auth/tokens", "", servertest.PasswordAuth(locked, "wrong", nil)).Want(401)
	}
	want := c.Do("POST", "/v3/auth/tokens", "", servertest.PasswordAuth(good, "wrong", nil)).Want(401)
	for name, body := range map[string]any{
		"unknown user": servertest.PasswordAuth("nobody", "wrong", nil), "disabled": servertest.PasswordAuth(disabled, cloudPassword, nil),
		"locked": servertest.PasswordAuth(locked, cloudPassword, nil), "without password": servertest.PasswordAuth(passwordless, "wrong", nil),
		"no role in the scope":   servertest.PasswordAuth(good, cloudPassword, servertest.Project(string(c.Admin.Project))),
		"unknown project":        servertest.PasswordAuth(good, cloudPassword, servertest.Project("nowhere")),
		"unknown app credential": map[string]any{"auth": map[string]any{"identity": map[string]any{"methods": []string{"application_credential"}, "application_credential": map[string]any{"id": "nope", "secret": "x"}}}},
	} {
		r := c.Do("POST", "/v3/auth/tokens", "", body)
		if r.Status != 401 || !bytes.Equal(r.Body, want.Body) {
			t.Errorf("%s: %d %s, a wrong password: %s", name, r.Status, r.Body, want.Body)
		}
	}
	for _, reason := range []string{"the user does not exist", "the user is disabled", "the user is locked out", "wrong password"} {
		if !c.Logged(reason) {
			t.Errorf("the log does not say: %s", reason)
		}
	}
}

func Test_CVE_2026_42999_ABodyCannotNameThePolicyTarget(t *testing.T) {
	c := startCloud(t, servertest.Options{})
	user, project := c.member("alice")
	victim, _ := c.member("victim")
	token := c.login(user, servertest.Project(project))
	spoof := map[string]any{"target": map[string]any{"user": map[string]any{"id": user, "domain_id": "default"}}, "user_id": user, "target.user.id": user}
	with := func(noun string, body map[string]any) map[string]any {
		all := map[string]any{noun: body}
		for k, v := range spoof {
			all[k], body[k] = v, v
		}
		return all
	}
	c.Do("PATCH", "/v3/users/"+victim+"?user_id="+user+"&target.user.id="+user, token, with("user", map[string]any{"enabled": false})).Want(403)
	c.Do("GET", "/v3/users/"+victim+"?user_id="+user+"&target.user.id="+user, token, nil).Want(403)
	c.Do("POST", "/v3/users/"+victim+"/application_credentials", token, with("application_credential", map[string]any{"name": "x"})).Want(403)
	c.Do("GET", "/v3/users/"+victim+"/application_credentials?user_id="+user, token, nil).Want(403)
	c.Do("PATCH", "/v3/projects/"+project, token, with("project", map[string]any{"name": "mine"})).Want(403)
}

func Test_CVE_2026_80182_ADelegatedTokenCannotBeExchanged(t *testing.T) {
	c := startCloud(t, servertest.Options{})
	user, project := c.member("alice")
	for _, unrestricted := range []bool{false, true} {
		ac := c.Do("POST", "/v3/users/"+user+"/application_credentials", c.login(user, servertest.Project(project)),
			map[string]any{"application_credential": map[string]any{"name": fmt.Sprint("ac", unrestricted), "unrestricted": unrestricted}}).Want(201)
		token := c.Login(map[string]any{"auth": map[string]any{"identity": map[string]any{"methods": []string{"application_credential"},
			"application_credential": map[string]any{"id": ac.Text("application_credential.id"), "secret": ac.Text("application_credential.secret")}}}})
		for _, scope := range []any{nil, "unscoped", servertest.Project(project), map[string]any{"system": map[string]any{"all": true}}} {
			c.Do("POST", "/v3/auth/tokens", "", exchange(token, scope)).Want(403)
		}
	}
}
