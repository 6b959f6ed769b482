package v3_test

import (
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/lintel-id/lintel/internal/config"
	"github.com/lintel-id/lintel/internal/server/servertest"
)

func TestAConsumerLivesFromPostToDelete(t *testing.T) {
	c := startCloud(t, servertest.Options{})
	made := c.Do("POST", "/v3/OS-OAUTH1/consumers", c.admin, `{"consumer": {"description": "builds", "id": "mine", "secret": "mine", "team": "ci"}}`).Want(http.StatusCreated)
	id, secret := made.Text("consumer.id"), made.Text("consumer.secret")
	if len(id) != 32 || len(secret) != 32 || made.Header.Get("Cache-Control") != "no-store" {
		t.Errorf("id %q, secret of %d characters, %q", id, len(secret), made.Header.Get("Cache-Control"))
	}
	want := body{"id": id, "description": "builds", "team": "ci", "links": body{"self": c.URL + "/v3/OS-OAUTH1/consumers/" + id}}
	path := "/v3/OS-OAUTH1/consumers/" + id
	if diff := cmp.Diff(want, c.Do("GET", path, c.admin, nil).Want(http.StatusOK).Get("consumer")); diff != "" {
		t.Error(diff)
	}
	if diff := cmp.Diff([]any{want}, c.Do("GET", "/v3/OS-OAUTH1/consumers", c.admin, nil).Want(http.StatusOK).Get("consumers")); diff != "" {
		t.Error(diff)
	}
	for _, bad := range []string{`{"consumer": {"secret": "mine"}}`, `{"consumer": {"secret": null}}`, `{"consumer": {"id": "mine"}}`, `{"consumer": {"description": 7}}`, `{}`} {
		c.Do("PATCH", path, c.admin, bad).Want(http.StatusBadRequest)
	}
	changed := c.Do("PATCH", path, c.admin, `{"consumer": {"description": null, "team": null, "id": "`+id+`"}}`).Want(http.StatusOK)
	want = body{"id": id, "description": nil, "links": body{"self": c.URL + path}}
	if diff := cmp.Diff(want, changed.Get("consumer")); diff != "" {
		t.Error(diff)
	}
	neverKept(t, c.Env, secret)
	c.Do("DELETE", path, c.admin, nil).Want(http.StatusNoContent)
	for _, method := range []string{"GET", "DELETE"} {
		c.Do(method, path, c.admin, nil).Want(http.StatusNotFound)
	}
	c.Do("PATCH", path, c.admin, `{"consumer": {}}`).Want(http.StatusNotFound)
}

func TestOnlyAdministratorsKeepConsumers(t *testing.T) {
	c := startCloud(t, servertest.Options{})
	s := c.newConsumer()
	user, project := c.member("alice")
	member, system := c.login(user, servertest.Project(project)), c.SystemToken()
	path := "/v3/OS-OAUTH1/consumers/" + s.consumer
	for _, call := range [][2]string{{"GET", "/v3/OS-OAUTH1/consumers"}, {"POST", "/v3/OS-OAUTH1/consumers"}, {"GET", path}, {"PATCH", path}, {"DELETE", path}} {
		var in any
		if call[0] == "POST" || call[0] == "PATCH" {
			in = body{"consumer": body{}}
		}
		c.Do(call[0], call[1], "", in).Want(http.StatusUnauthorized)
		c.Do(call[0], call[1], member, in).Want(http.StatusForbidden)
		if res := c.Do(call[0], call[1], system, in); res.Status >= 300 {
			t.Errorf("%s %s: %d for an administrator of the system", call[0], call[1], res.Status)
		}
	}
}

func TestAConsumerActsForAUserWithWhatTheUserAuthorized(t *testing.T) {
	c := startCloud(t, servertest.Options{})
	alice, project, token := c.boss("alice")
	s := c.newConsumer()
	asked := s.with(s.request(project))
	pin := c.authorize(token, asked.token, "member").Want(http.StatusOK).Text("token.oauth_verifier")
	if len(pin) != 8 || strings.ContainsAny(pin, "jiIl1oO0") {
		t.Errorf("the verifier is %q", pin)
	}
	got := asked.exchange(pin)
	s = asked.with(got)
	if got.Header.Get("Content-Type") != "application/x-www-form-urlencoded" || got.Header.Get("Cache-Control") != "no-store" || !strings.Contains(string(got.Body), "&oauth_expires_at=20") {
		t.Errorf("%v: %s", got.Header, got.Body)
	}
	issued := s.login().Want(http.StatusCreated)
	for path, want := range map[string]any{"token.user.id": alice, "token.project.id": project, "token.methods": []any{"oauth1"},
		"token.OS-OAUTH1": body{"access_token_id": s.token, "consumer_id": s.consumer}} {
		if diff := cmp.Diff(want, issued.Get(path)); diff != "" {
			t.Errorf("%s: %s", path, diff)
		}
	}
	if roles := roleNames(issued, "token.roles"); roles != "member reader" {
		t.Errorf("roles %q", roles)
	}
	if issued.Get("token.catalog.0") == nil {
		t.Error("the token of a project has no catalog")
	}
	subject := issued.Header.Get("X-Subject-Token")
	if diff := cmp.Diff(issued.Get("token"), c.validate(subject).Want(http.StatusOK).Get("token")); diff != "" {
		t.Errorf("validated, the token is another one: %s", diff)
	}
	for _, secret := range []string{s.consumerSecret, asked.tokenSecret, s.tokenSecret, pin} {
		neverKept(t, c.Env, secret)
	}
}

func TestAScopeBesideAnAccessTokenCountsForNothing(t *testing.T) {
	c := startCloud(t, servertest.Options{})
	_, project, token := c.boss("alice")
	s := c.access(token, project, "reader")
	for _, scope := range []any{"unscoped", servertest.Domain("default"), servertest.Project(string(c.Admin.Project)), body{"system": body{"all": true}}} {
		in := oauth1Login()
		in["auth"].(body)["scope"] = scope
		if got := c.Do("POST", authPath, "", in, "Authorization", s.sign("POST", authPath)).Want(http.StatusCreated).Get("token.project.id"); got != project {
			t.Errorf("%v gave a token of the project %v", scope, got)
		}
	}
}

func TestOnlyOneWhoMayDoItAuthorizesAndOnlyWithOwnRoles(t *testing.T) {
	c := startCloud(t, servertest.Options{})
	_, project, token := c.boss("alice")
	other, _, otherToken := c.boss("olga")
	c.put("projects", project, "users", other, "roles", c.role("reader"))
	_, _, stranger := c.boss("sam")
	user, home := c.member("bob")
	s := c.newConsumer()
	asked := s.with(s.request(project))
	c.authorize("", asked.token, "reader").Want(http.StatusUnauthorized)
	c.authorize(c.login(user, servertest.Project(home)), asked.token, "reader").Want(http.StatusForbidden)
	c.authorize(c.SystemToken(), asked.token, "reader").Want(http.StatusForbidden)
	c.authorize(token, "nothing", "reader").Want(http.StatusNotFound)
	c.authorize(token, asked.token).Want(http.StatusBadRequest)
	c.Do("PUT", "/v3/OS-OAUTH1/authorize/"+asked.token, token, body{"roles": []any{body{"id": c.role("reader"), "name": "reader"}}}).Want(http.StatusBadRequest)
	c.authorize(token, asked.token, "nothing").Want(http.StatusNotFound)
	c.Do("PUT", "/v3/OS-OAUTH1/authorize/"+asked.token, token, body{"roles": []any{body{"id": "nothing"}}}).Want(http.StatusUnauthorized)
	// Being an administrator elsewhere is no role here.
	c.authorize(stranger, asked.token, "reader").Want(http.StatusUnauthorized)
	c.authorize(otherToken, asked.token, "member").Want(http.StatusUnauthorized)
	asked.exchange("aaaaaaaa").Want(http.StatusUnauthorized)

	first := c.authorize(token, asked.token, "admin").Want(http.StatusOK).Text("token.oauth_verifier")
	// Nobody takes the place of the one who has authorised.
	c.authorize(otherToken, asked.token, "reader").Want(http.StatusForbidden)
	second := c.authorize(token, asked.token, "reader").Want(http.StatusOK).Text("token.oauth_verifier")
	asked.exchange(first).Want(http.StatusUnauthorized)
	c.alive(asked.with(asked.exchange(second)).loggedIn(), "reader")
}

func TestARequestTokenIsExchangedOnce(t *testing.T) {
	c := startCloud(t, servertest.Options{})
	_, project, token := c.boss("alice")
	s := c.newConsumer()
	asked := s.with(s.request(project))
	pin := c.authorize(token, asked.token, "reader").Want(http.StatusOK).Text("token.oauth_verifier")
	asked.exchange(pin[:7]).Want(http.StatusUnauthorized)
	asked.exchange(strings.ToLower(pin) + "x").Want(http.StatusUnauthorized)
	const tries = 6
	answers := make([]int, tries)
	var all sync.WaitGroup
	for i := range tries {
		header := asked.sign("POST", accessTokenPath, verifier(pin))
		all.Go(func() { answers[i] = c.Do("POST", accessTokenPath, "", nil, "Authorization", header).Status })
	}
	all.Wait()
	wantOnce(t, answers, http.StatusCreated, http.StatusUnauthorized)
	c.authorize(token, asked.token, "reader").Want(http.StatusNotFound)
}

// wantOnce says that one of the answers is good and all others are refused.
func wantOnce(t *testing.T, answers []int, good, refused int) {
	t.Helper()
	n := 0
	for _, status := range answers {
		switch status {
		case good:
			n++
		case refused:
		default:
			t.Errorf("status %d", status)
		}
	}
	if n != 1 {
		t.Errorf("%d of %d succeeded, want 1", n, len(answers))
	}
}

func TestTwoMethodsMustProveOneUserThroughOneDelegation(t *testing.T) {
	c := startCloud(t, servertest.Options{})
	alice, project, token := c.boss("alice")
	bob := c.user("bob", "default")
	s := c.access(token, project, "reader")
	ac := c.Do("POST", "/v3/users/"+alice+"/application_credentials", token, body{"application_credential": body{"name": "x"}}).Want(http.StatusCreated)
	both := func(method string, proof body) *servertest.Response {
		in := body{"auth": body{"identity": body{"methods": []any{"oauth1", method}, "oauth1": body{}, method: proof}}}
		return c.Do("POST", authPath, "", in, "Authorization", s.sign("POST", authPath))
	}
	password := func(user string) body { return body{"user": body{"id": user, "password": cloudPassword}} }
	both("password", password(bob)).Want(http.StatusUnauthorized)
	got := both("password", password(alice)).Want(http.StatusCreated)
	if roles := roleNames(got, "token.roles"); roles != "reader" || got.Get("token.OS-OAUTH1.access_token_id") != s.token {
		t.Errorf("a password beside it widens the access token: %s", got.Body)
	}
	both("application_credential", body{"id": ac.Text("application_credential.id"), "secret": ac.Text("application_credential.secret")}).Want(http.StatusUnauthorized)
}

func TestAccessTokensAreSeenBelowTheirUser(t *testing.T) {
	c := startCloud(t, servertest.Options{})
	alice, project, token := c.boss("alice")
	other, _, _ := c.boss("olga")
	s := c.access(token, project, "member")
	path := "/v3/users/" + alice + "/OS-OAUTH1/access_tokens"
	list := c.Do("GET", path, token, nil).Want(http.StatusOK)
	want := body{"id": s.token, "consumer_id": s.consumer, "project_id": project, "authorizing_user_id": alice,
		"expires_at": list.Text("access_tokens.0.expires_at"), "links": body{"self": c.URL + path + "/" + s.token, "roles": c.URL + path + "/" + s.token + "/roles"}}
	if diff := cmp.Diff([]any{want}, list.Get("access_tokens")); diff != "" {
		t.Error(diff)
	}
	if diff := cmp.Diff(want, c.Do("GET", path+"/"+s.token, token, nil).Want(http.StatusOK).Get("access_token")); diff != "" {
		t.Error(diff)
	}
	roles := c.Do("GET", path+"/"+s.token+"/roles", token, nil).Want(http.StatusOK)
	member := c.role("member")
	if diff := cmp.Diff(roles.Get("roles"), []any{c.Do("GET", path+"/"+s.token+"/roles/"+member, token, nil).Want(http.StatusOK).Get("role")}); diff != "" {
		t.Error(diff)
	}
	c.Do("GET", path+"/"+s.token+"/roles/"+c.role("reader"), token, nil).Want(http.StatusNotFound)
	user, home := c.member("bob")
	bob := c.login(user, servertest.Project(home))
	for _, below := range []string{"", "/" + s.token, "/" + s.token + "/roles", "/" + s.token + "/roles/" + member} {
		c.Do("GET", path+below, "", nil).Want(http.StatusUnauthorized)
		c.Do("GET", path+below, bob, nil).Want(http.StatusForbidden)
		if below != "" {
			c.Do("GET", "/v3/users/"+other+"/OS-OAUTH1/access_tokens"+below, token, nil).Want(http.StatusNotFound)
		}
	}
	c.Do("DELETE", path+"/"+s.token, bob, nil).Want(http.StatusForbidden)
	c.Do("DELETE", "/v3/users/"+other+"/OS-OAUTH1/access_tokens/"+s.token, token, nil).Want(http.StatusNotFound)
	c.alive(s.loggedIn(), "member reader")
	c.Do("DELETE", path+"/"+s.token, token, nil).Want(http.StatusNoContent)
	c.Do("DELETE", path+"/"+s.token, token, nil).Want(http.StatusNotFound)
}

func TestTokensOfOAuth1LiveAsLongAsTheOperatorSays(t *testing.T) {
	now := time.Date(2030, 1, 1, 12, 0, 0, 0, time.UTC)
	clock := func() time.Time { return now }
	c := startCloud(t, servertest.Options{Now: clock, Config: func(cfg *config.Config) {
		cfg.OAuth1.RequestTokenDuration.Duration, cfg.OAuth1.AccessTokenDuration.Duration = 10*time.Minute, 30*time.Minute
	}})
	_, project, token := c.boss("alice")
	s := c.newConsumer()
	s.now = clock
	late, lateToo := s.with(s.request(project)), s.with(s.request(project))
	pin := c.authorize(token, lateToo.token, "reader").Want(http.StatusOK).Text("token.oauth_verifier")
	lent := s.access(token, project, "reader")
	now = now.Add(10 * time.Minute)
	c.authorize(token, late.token, "reader").Want(http.StatusUnauthorized)
	lateToo.exchange(pin).Want(http.StatusUnauthorized)
	issued := lent.login().Want(http.StatusCreated)
	if got := issued.Text("token.expires_at"); got != "2030-01-01T12:30:00.000000Z" {
		t.Errorf("the token outlives its access token: %s", got)
	}
	now = now.Add(20*time.Minute - time.Second)
	c.alive(lent.loggedIn(), "reader")
	now = now.Add(time.Second)
	lent.login().Want(http.StatusUnauthorized)
	// A token that may be looked at after its end, ends with what it was got with all the same.
	c.Do("GET", "/v3/auth/tokens?allow_expired=1", c.AdminToken(), nil, "X-Subject-Token", issued.Header.Get("X-Subject-Token")).Want(http.StatusNotFound)
}

func TestWithoutADurationTokensOfOAuth1HaveNoEnd(t *testing.T) {
	now := time.Date(2030, 1, 1, 12, 0, 0, 0, time.UTC)
	clock := func() time.Time { return now }
	c := startCloud(t, servertest.Options{Now: clock, Config: func(cfg *config.Config) {
		cfg.OAuth1.RequestTokenDuration.Duration, cfg.OAuth1.AccessTokenDuration.Duration = 0, 0
	}})
	alice, project, _ := c.boss("alice")
	s := c.newConsumer()
	s.now = clock
	answer := s.request(project)
	if strings.Contains(string(answer.Body), "oauth_expires_at") {
		t.Errorf("an end is named: %s", answer.Body)
	}
	asked := s.with(answer)
	now = now.Add(1000 * time.Hour)
	token := c.login(alice, servertest.Project(project))
	pin := c.authorize(token, asked.token, "reader").Want(http.StatusOK).Text("token.oauth_verifier")
	s = asked.with(asked.exchange(pin))
	if end := c.Do("GET", "/v3/users/"+alice+"/OS-OAUTH1/access_tokens/"+s.token, token, nil).Want(http.StatusOK).Get("access_token.expires_at"); end != nil {
		t.Errorf("the access token ends at %v", end)
	}
	now = now.Add(1000 * time.Hour)
	s.loggedIn()
}
