package v2_test

import (
	"bytes"
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

// The answer is v2.0's and not v3's: 200, the token in the body alone, times in two forms,
// and a token that fits into a path.
func TestFormOfTheAnswer(t *testing.T) {
	c := start(t, servertest.Options{})
	a := c.login(auth(c.tenant, "user", userPassword)).Want(http.StatusOK)
	if h, ok := a.Header["X-Subject-Token"]; ok {
		t.Errorf("X-Subject-Token: %q", h)
	}
	if got := a.Header.Get("Vary"); got != "X-Auth-Token" {
		t.Errorf("Vary: %s", got)
	}
	for path, form := range map[string]string{
		"access.token.id":        `^[A-Za-z0-9_=-]{32,254}$`,
		"access.token.issued_at": `^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}$`,
		"access.token.expires":   `^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$`,
	} {
		if got := a.Text(path); !regexp.MustCompile(form).MatchString(got) {
			t.Errorf("%s is %s, not of the form %s", path, got, form)
		}
	}
	for path, want := range map[string]any{
		"access.metadata.is_admin": float64(0), "access.token.tenant.description": "", "access.token.tenant.enabled": true,
		"access.user.id": string(c.user), "access.user.name": "user", "access.user.username": "user", "access.user.roles_links": []any{},
	} {
		if diff := cmp.Diff(want, a.Get(path)); diff != "" {
			t.Errorf("%s: %s", path, diff)
		}
	}
	names, ids := a.Get("access.user.roles").([]any), a.Get("access.metadata.roles").([]any)
	if len(names) == 0 || len(names) != len(ids) {
		t.Errorf("%d names and %d ids of roles", len(names), len(ids))
	}
}

// Extra attributes of a project stand in the tenant with the types they were given.
func TestExtrasKeepTheirTypes(t *testing.T) {
	c := start(t, servertest.Options{})
	c.Do("PATCH", "/v3/projects/"+string(c.tenant), c.AdminToken(), `{"project": {"swift": true, "quota": 7, "plan": {"tiers": ["a"]}, "description": "d"}}`).Want(200)
	want := map[string]any{"id": string(c.tenant), "name": "tenant", "description": "d", "enabled": true, "swift": true, "quota": float64(7),
		"plan": map[string]any{"tiers": []any{"a"}}}
	if diff := cmp.Diff(want, c.login(auth(c.tenant, "user", userPassword)).Want(200).Get("access.token.tenant")); diff != "" {
		t.Error(diff)
	}
}

// Without a tenant a token is unscoped, even for a user with a default project, unless the
// operator wants one to be named.
func TestWithoutTenant(t *testing.T) {
	c := start(t, servertest.Options{})
	c.Do("PATCH", "/v3/users/"+string(c.user), c.AdminToken(), map[string]any{"user": map[string]any{"default_project_id": c.tenant}}).Want(200)
	a := c.login(auth("", "user", userPassword)).Want(200)
	for path, want := range map[string]any{"access.token.tenant": nil, "access.serviceCatalog": []any{}, "access.user.roles": []any{}, "access.metadata.roles": []any{}} {
		if diff := cmp.Diff(want, a.Get(path)); diff != "" {
			t.Errorf("%s: %s", path, diff)
		}
	}
	strict := start(t, configured(func(cfg *config.Config) { cfg.API.V2RequireTenant = true }))
	strict.login(auth("", "user", userPassword)).Want(400)
	strict.login(auth(strict.tenant, "user", userPassword)).Want(200)
}

// v2.0 cannot show the scopes domain and system: such a token shows as one that may do
// nothing, so that its roles are not taken for a tenant's.
func TestScopesThatV2HasNoWordFor(t *testing.T) {
	c := start(t, servertest.Options{})
	a := c.Do("GET", "/v2.0/tokens/"+c.SystemToken(), c.AdminToken(), nil).Want(200)
	if a.Get("access.token.tenant") != nil || len(a.Get("access.user.roles").([]any)) != 0 || len(a.Get("access.metadata.roles").([]any)) != 0 {
		t.Errorf("%s", a.Body)
	}
}

// Validating a token gives the very answer that issuing it gave.
func TestValidationRepeatsTheAnswer(t *testing.T) {
	c := start(t, servertest.Options{})
	a := c.login(auth(c.tenant, "user", userPassword)).Want(200)
	again := c.Do("GET", "/v2.0/tokens/"+a.Text("access.token.id"), c.AdminToken(), nil).Want(200)
	if !bytes.Equal(a.Body, again.Body) {
		t.Errorf("issued:    %s\nvalidated: %s", a.Body, again.Body)
	}
}

// Administrators, services and the owner may validate a token; administrators and the owner
// may check and revoke it; others learn nothing.
func TestWhoMayAskAboutAToken(t *testing.T) {
	c := start(t, servertest.Options{})
	service, other := c.newUser(identity.UserSpec{Name: "nova"}), c.newUser(identity.UserSpec{Name: "other"})
	c.grant(service, c.tenant, "service")
	c.grant(other, c.tenant, "member")
	subject := c.token()
	for _, who := range []struct {
		name, token      string
		get, head, purge int
	}{
		{"nobody", "", 401, 401, 401},
		{"another user", c.v3Token(other), 403, 403, 403},
		{"a service", c.v3Token(service), 200, 403, 403},
		{"an administrator", c.AdminToken(), 200, 200, 204},
		{"the owner", subject, 200, 200, 204},
	} {
		for method, want := range map[string]int{"GET": who.get, "HEAD": who.head} {
			if got := c.Do(method, "/v2.0/tokens/"+subject, who.token, nil); got.Status != want {
				t.Errorf("%s of %s: %d, want %d", method, who.name, got.Status, want)
			}
		}
		victim, by := c.token(), who.token
		if by == subject {
			by = victim
		}
		c.Do("DELETE", "/v2.0/tokens/"+victim, by, nil).Want(who.purge)
		c.wantValid(victim, who.purge != 204, "a token that "+who.name+" revoked")
	}
}

// A bad token is a 404, which a service cannot mistake for its own token's 401.
func TestBadTokenIsMissing(t *testing.T) {
	c := start(t, servertest.Options{})
	admin := c.AdminToken()
	for _, bad := range []string{"nonsense", c.token()[:40], strings.Repeat("A", 300)} {
		for _, method := range []string{"GET", "HEAD", "DELETE"} {
			c.Do(method, "/v2.0/tokens/"+bad, admin, nil).Want(404)
		}
	}
}

// belongsTo names the only tenant the token may be of; another one is a 401.
func TestBelongsTo(t *testing.T) {
	c := start(t, servertest.Options{})
	admin, token := c.AdminToken(), c.token()
	unscoped := c.login(auth("", "user", userPassword)).Want(200).Text("access.token.id")
	for _, method := range []string{"GET", "HEAD"} {
		c.Do(method, "/v2.0/tokens/"+token+"?belongsTo="+string(c.tenant), admin, nil).Want(200)
		c.Do(method, "/v2.0/tokens/"+token+"?belongsTo=", admin, nil).Want(200)
		c.Do(method, "/v2.0/tokens/"+token+"?belongsTo="+string(c.Admin.Project), admin, nil).Want(401)
		c.Do(method, "/v2.0/tokens/"+unscoped+"?belongsTo="+string(c.tenant), admin, nil).Want(401)
	}
}

// The life of a v2.0 token is that of a password's, or the operator's own for v2.0; a token
// exchanged for another ends with it.
func TestLifetime(t *testing.T) {
	for name, want := range map[string]time.Duration{"as v3": 4 * time.Hour, "own": 12 * time.Hour} {
		c := start(t, configured(func(cfg *config.Config) {
			if name == "own" {
				cfg.Token.V2 = config.Duration{Duration: want}
			}
		}))
		a := c.login(auth(c.tenant, "user", userPassword)).Want(200)
		issued, err := time.Parse("2006-01-02T15:04:05.000000", a.Text("access.token.issued_at"))
		c.must(err)
		expires, err := time.Parse(time.RFC3339, a.Text("access.token.expires"))
		c.must(err)
		if got := expires.Sub(issued); got != want {
			t.Errorf("%s: %s, want %s", name, got, want)
		}
		exchanged := c.login(map[string]any{"auth": map[string]any{"tenantName": "tenant", "token": map[string]any{"id": a.Text("access.token.id")}}}).Want(200)
		if got := exchanged.Text("access.token.expires"); got != a.Text("access.token.expires") {
			t.Errorf("%s: the exchanged token ends at %s, its parent at %s", name, got, a.Text("access.token.expires"))
		}
	}
}

// A token stands in the path of v2.0's requests and nowhere in the log.
func TestTokenIsNeverLogged(t *testing.T) {
	c := start(t, servertest.Options{})
	admin, token := c.AdminToken(), c.token()
	for _, path := range []string{"/v2.0/tokens/" + token, "/v2.0/tokens/" + token + "?belongsTo=other", "/v2.0/tokens/" + token + "/nowhere", "/v2.0/tokens//" + token,
		"/v2.0/tokens/" + token + "/endpoints", "/admin/v2.0/tokens/" + token} {
		for _, method := range []string{"GET", "HEAD", "PUT", "DELETE", "GET"} {
			c.Do(method, path, admin, nil)
		}
	}
	log := c.wholeLog()
	if !strings.Contains(log, "GET /v2.0/tokens/{token_id}") {
		t.Fatal("the requests are not in the log")
	}
	for _, secret := range []string{token, token[20:60], admin, userPassword} {
		if strings.Contains(log, secret) {
			t.Errorf("the log holds %.12s...", secret)
		}
	}
}

// wholeLog returns the log up to now: it is written behind the requests, in their order.
func (c *cloud) wholeLog() string {
	c.t.Helper()
	const last = "req-00000000-0000-4000-8000-000000000000"
	c.Do("GET", "/v2.0", "", nil, "X-Openstack-Request-Id", last).Want(200)
	tick, end := time.NewTicker(time.Millisecond), time.After(10*time.Second)
	defer tick.Stop()
	for {
		select {
		case <-tick.C:
			if log := c.Log(); strings.Contains(log, last) {
				return log
			}
		case <-end:
			c.t.Fatal("the last request never came into the log")
		}
	}
}

// GET /v2.0 is the version document that clients discover the API by.
func TestVersionDocument(t *testing.T) {
	c := start(t, servertest.Options{})
	for _, path := range []string{"/v2.0", "/v2.0/"} {
		a := c.Do("GET", path, "", nil).Want(200)
		if a.Text("version.id") != "v2.0" || a.Text("version.links.0.href") != c.URL+"/v2.0/" || a.Text("version.media-types.0.base") != "application/json" {
			t.Errorf("%s", a.Body)
		}
	}
	if got := c.Do("GET", "/", "", nil).Want(300).Text("versions.values.1.id"); got != "v2.0" {
		t.Errorf("after v3 the list of versions has %s", got)
	}
}

// Operators who do not want v2.0 have none.
func TestV2CanBeOff(t *testing.T) {
	c := start(t, configured(func(cfg *config.Config) { cfg.API.V2 = false }))
	c.Do("GET", "/v2.0", "", nil).Want(404)
	c.Do("GET", "/admin/v2.0", "", nil).Want(404)
	if c.Do("GET", "/", "", nil).Want(300).Get("versions.values.1") != nil {
		t.Error("the list of versions has one more")
	}
	c.login(auth(c.tenant, "user", userPassword)).Want(404)
}
