package v3_test

import (
	"net/http"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/lintel-id/lintel/internal/server/servertest"
)

const federation = "/v3/OS-FEDERATION/"

func TestAnIdentityProviderLivesFromPutToDelete(t *testing.T) {
	env := servertest.Start(t, servertest.Options{})
	admin := env.AdminToken()
	path := federation + "identity_providers/acme-idp"
	made := env.Do("PUT", path, admin, `{"identity_provider": {"description": "Acme", "enabled": true, "domain_id": "default", "remote_ids": ["https://b", "https://a"], "authorization_ttl": 60}}`).Want(http.StatusCreated)
	want := body{"id": "acme-idp", "domain_id": "default", "description": "Acme", "enabled": true, "remote_ids": []any{"https://a", "https://b"}, "authorization_ttl": 60.0,
		"links": body{"self": env.URL + path, "protocols": env.URL + path + "/protocols"}}
	if diff := cmp.Diff(want, made.Get("identity_provider")); diff != "" {
		t.Error(diff)
	}
	if diff := cmp.Diff(want, env.Do("GET", path, admin, nil).Want(http.StatusOK).Get("identity_provider")); diff != "" {
		t.Error(diff)
	}
	changed := env.Do("PATCH", path, admin, `{"identity_provider": {"description": null, "enabled": false, "remote_ids": null, "authorization_ttl": 0}}`).Want(http.StatusOK)
	want["description"], want["enabled"], want["remote_ids"], want["authorization_ttl"] = nil, false, []any{}, 0.0
	if diff := cmp.Diff(want, changed.Get("identity_provider")); diff != "" {
		t.Error(diff)
	}
	want["authorization_ttl"] = nil
	changed = env.Do("PATCH", path, admin, `{"identity_provider": {"authorization_ttl": null}}`).Want(http.StatusOK)
	if diff := cmp.Diff(want, changed.Get("identity_provider")); diff != "" {
		t.Error(diff)
	}
	env.Do("DELETE", path, admin, nil).Want(http.StatusNoContent)
	for _, method := range []string{"GET", "DELETE"} {
		answer := env.Do(method, path, admin, nil).Want(http.StatusNotFound)
		if text := answer.Text("error.message"); text != "Could not find Identity Provider: acme-idp." {
			t.Error(text)
		}
	}
	env.Do("PATCH", path, admin, `{"identity_provider": {"enabled": true}}`).Want(http.StatusNotFound)
}

func TestAnIdentityProviderWithoutADomainGetsOne(t *testing.T) {
	env := servertest.Start(t, servertest.Options{})
	admin := env.AdminToken()
	made := env.Do("PUT", federation+"identity_providers/lone", admin, `{"identity_provider": {"domain_id": null}}`).Want(http.StatusCreated)
	if made.Get("identity_provider.enabled") != false || made.Get("identity_provider.description") != nil {
		t.Errorf("%s", made.Body)
	}
	id := made.Text("identity_provider.domain_id")
	domain := env.Do("GET", "/v3/domains/"+id, admin, nil).Want(http.StatusOK)
	if domain.Text("domain.name") != id || len(id) != 32 || domain.Get("domain.enabled") != true {
		t.Errorf("%s", domain.Body)
	}
	// A provider that cannot be made leaves no domain behind.
	domains := func() int {
		return len(env.Do("GET", "/v3/domains", admin, nil).Want(http.StatusOK).Get("domains").([]any))
	}
	before := domains()
	env.Do("PUT", federation+"identity_providers/lone", admin, `{"identity_provider": {}}`).Want(http.StatusConflict)
	if after := domains(); after != before {
		t.Errorf("%d domains, then %d", before, after)
	}
	env.Do("DELETE", federation+"identity_providers/lone", admin, nil).Want(http.StatusNoContent)
	env.Do("GET", "/v3/domains/"+id, admin, nil).Want(http.StatusOK)
	env.Do("PUT", federation+"identity_providers/x", admin, `{"identity_provider": {"domain_id": "nowhere"}}`).Want(http.StatusNotFound)
}

// OSSN-0047: what a provider calls itself is one provider's only, so that none can speak for another.
func TestARemoteIDIsOneProvidersOnly(t *testing.T) {
	env := servertest.Start(t, servertest.Options{})
	admin := env.AdminToken()
	env.Do("PUT", federation+"identity_providers/a", admin, `{"identity_provider": {"remote_ids": ["one", "two"]}}`).Want(http.StatusCreated)
	refused := env.Do("PUT", federation+"identity_providers/b", admin, `{"identity_provider": {"remote_ids": ["three", "two"]}}`).Want(http.StatusConflict)
	if text := refused.Text("error.message"); !strings.HasPrefix(text, "Conflict occurred attempting to store identity_provider - Duplicate remote ID: two") {
		t.Error(text)
	}
	env.Do("PUT", federation+"identity_providers/b", admin, `{"identity_provider": {"remote_ids": ["three"]}}`).Want(http.StatusCreated)
	env.Do("PATCH", federation+"identity_providers/b", admin, `{"identity_provider": {"remote_ids": ["one"]}}`).Want(http.StatusConflict)
	env.Do("PATCH", federation+"identity_providers/a", admin, `{"identity_provider": {"remote_ids": ["two"]}}`).Want(http.StatusOK)
	env.Do("PATCH", federation+"identity_providers/b", admin, `{"identity_provider": {"remote_ids": ["one"]}}`).Want(http.StatusOK)
}

func TestIdentityProvidersAreListedByIDAndEnabled(t *testing.T) {
	env := servertest.Start(t, servertest.Options{})
	admin := env.AdminToken()
	for id, enabled := range map[string]string{"a": "true", "b": "false", "ab": "true"} {
		env.Do("PUT", federation+"identity_providers/"+id, admin, `{"identity_provider": {"domain_id": "default", "enabled": `+enabled+`}}`).Want(http.StatusCreated)
	}
	for query, want := range map[string]string{"": "a ab b", "?id=ab": "ab", "?enabled=1": "a ab", "?enabled=false": "b", "?id__endswith=b": "ab b", "?description=x": "a ab b"} {
		answer := env.Do("GET", federation+"identity_providers"+query, admin, nil).Want(http.StatusOK)
		if got := inOrder(answer, "identity_providers"); got != want {
			t.Errorf("%s lists %q", query, got)
		}
		if self := answer.Text("links.self"); self != env.URL+federation+"identity_providers"+query {
			t.Errorf("the list's link is %s", self)
		}
	}
	first := env.Do("GET", federation+"identity_providers", admin, nil)
	if link := first.Text("identity_providers.0.links.protocols"); link != env.URL+federation+"identity_providers/a/protocols" {
		t.Error(link)
	}
}

// inOrder is the ids of a list, in its order.
func inOrder(r *servertest.Response, name string) string {
	var out []string
	for _, item := range r.Get(name).([]any) {
		out = append(out, item.(body)["id"].(string))
	}
	return strings.Join(out, " ")
}

func TestBadIdentityProvidersAreRefused(t *testing.T) {
	env := servertest.Start(t, servertest.Options{})
	admin := env.AdminToken()
	path := federation + "identity_providers/a"
	for _, text := range []string{`{}`, `{"identity_provider": []}`, `{"identity_provider": {"enabled": "true"}}`, `{"identity_provider": {"remote_ids": "x"}}`,
		`{"identity_provider": {"remote_ids": ["x", "x"]}}`, `{"identity_provider": {"remote_ids": [1]}}`, `{"identity_provider": {"remote_ids": [""]}}`,
		`{"identity_provider": {"authorization_ttl": -1}}`, `{"identity_provider": {"authorization_ttl": 1.5}}`, `{"identity_provider": {"authorization_ttl": 2147483648}}`,
		`{"identity_provider": {"authorization_ttl": "1"}}`, `{"identity_provider": {"name": "x"}}`, `{"identity_provider": {"description": 1}}`} {
		env.Do("PUT", path, admin, text).Want(http.StatusBadRequest)
		env.Do("PATCH", path, admin, text).Want(http.StatusBadRequest)
	}
	env.Do("PATCH", path, admin, `{"identity_provider": {}}`).Want(http.StatusBadRequest)
	env.Do("PATCH", path, admin, `{"identity_provider": {"enabled": null}}`).Want(http.StatusBadRequest)
	env.Do("PATCH", path, admin, `{"identity_provider": {"domain_id": "default"}}`).Want(http.StatusBadRequest)
	env.Do("PUT", federation+"identity_providers/"+strings.Repeat("x", 65), admin, `{"identity_provider": {}}`).Want(http.StatusBadRequest)
	if got := inOrder(env.Do("GET", federation+"identity_providers", admin, nil), "identity_providers"); got != "" {
		t.Errorf("%q were made", got)
	}
}

func TestADeletedDomainTakesItsIdentityProviders(t *testing.T) {
	c := startCloud(t, servertest.Options{})
	domain := c.domain("acme")
	c.Do("PUT", federation+"identity_providers/inside", c.admin, body{"identity_provider": body{"domain_id": domain}}).Want(http.StatusCreated)
	c.Do("PUT", federation+"identity_providers/outside", c.admin, `{"identity_provider": {"domain_id": "default"}}`).Want(http.StatusCreated)
	c.Do("PATCH", "/v3/domains/"+domain, c.admin, `{"domain": {"enabled": false}}`).Want(http.StatusOK)
	c.Do("DELETE", "/v3/domains/"+domain, c.admin, nil).Want(http.StatusNoContent)
	if got := inOrder(c.Do("GET", federation+"identity_providers", c.admin, nil), "identity_providers"); got != "outside" {
		t.Errorf("left: %q", got)
	}
}

func TestAdministratorsFederateAndSystemReadersLook(t *testing.T) {
	env := servertest.Start(t, servertest.Options{})
	admin, member := env.AdminToken(), memberToken(t, env)
	env.Do("PUT", federation+"mappings/m", admin, plainMapping).Want(http.StatusCreated)
	env.Do("PUT", federation+"identity_providers/i", admin, `{"identity_provider": {"domain_id": "default"}}`).Want(http.StatusCreated)
	env.Do("PUT", federation+"identity_providers/i/protocols/p", admin, `{"protocol": {"mapping_id": "m"}}`).Want(http.StatusCreated)
	env.Do("PUT", federation+"service_providers/s", admin, `{"service_provider": {"auth_url": "a:b", "sp_url": "a:b"}}`).Want(http.StatusCreated)
	for noun, change := range map[string]string{"identity_providers/i": `{"identity_provider": {"enabled": true}}`, "identity_providers/i/protocols/p": `{"protocol": {"mapping_id": "m"}}`,
		"mappings/m": plainMapping, "service_providers/s": `{"service_provider": {"auth_url": "a:b", "sp_url": "a:b"}}`} {
		path := federation + noun
		for token, want := range map[string]int{"": http.StatusUnauthorized, member: http.StatusForbidden} {
			env.Do("GET", path, token, nil).Want(want)
			env.Do("GET", path[:strings.LastIndexByte(path, '/')], token, nil).Want(want)
			env.Do("PUT", path+"x", token, change).Want(want)
			env.Do("PATCH", path, token, change).Want(want)
			env.Do("DELETE", path, token, nil).Want(want)
			env.Do("DELETE", path+"x", token, nil).Want(want)
		}
		system := env.SystemToken()
		env.Do("GET", path, system, nil).Want(http.StatusOK)
		env.Do("GET", path[:strings.LastIndexByte(path, '/')], system, nil).Want(http.StatusOK)
		env.Do("PATCH", path, system, change).Want(http.StatusOK)
	}
}

// TestADelegatedTokenSaysNotWhoVouchesForUsers: who may, could come back as anybody after the
// delegation has ended.
func TestADelegatedTokenSaysNotWhoVouchesForUsers(t *testing.T) {
	env := servertest.Start(t, servertest.Options{})
	for unrestricted, want := range map[bool]int{false: http.StatusForbidden, true: http.StatusCreated} {
		made := env.Do("POST", "/v3/users/"+string(env.Admin.User)+"/application_credentials", env.AdminToken(),
			body{"application_credential": body{"name": map[bool]string{false: "r", true: "u"}[unrestricted], "unrestricted": unrestricted}}).Want(http.StatusCreated)
		token := env.Login(body{"auth": body{"identity": body{"methods": []string{"application_credential"},
			"application_credential": body{"id": made.Text("application_credential.id"), "secret": made.Text("application_credential.secret")}}}})
		env.Do("PUT", federation+"mappings/m", token, plainMapping).Want(want)
		env.Do("PUT", federation+"identity_providers/i", token, `{"identity_provider": {"domain_id": "default"}}`).Want(want)
		env.Do("GET", federation+"identity_providers", token, nil).Want(http.StatusOK)
	}
}

// CVE-2018-14432: the old names of these lists show what the caller may use, not all there is.
func TestFederationsListsAreTheCallersOwn(t *testing.T) {
	c := startCloud(t, servertest.Options{})
	domain := c.domain("acme")
	project := c.project("web", domain)
	c.project("secret", domain)
	user := c.user("ann", domain)
	role := c.newRole("worker", "")
	c.Do("PUT", "/v3/projects/"+project+"/users/"+user+"/roles/"+role, c.admin, nil).Want(http.StatusNoContent)
	token := c.Login(servertest.PasswordAuth(user, cloudPassword, nil))
	answer := c.Do("GET", federation+"projects", token, nil).Want(http.StatusOK)
	if got := inOrder(answer, "projects"); got != project {
		t.Errorf("projects %q", got)
	}
	if self := answer.Text("links.self"); self != c.URL+federation+"projects" {
		t.Error(self)
	}
	if got := inOrder(c.Do("GET", federation+"domains", token, nil).Want(http.StatusOK), "domains"); got != "" {
		t.Errorf("domains %q", got)
	}
	c.Do("GET", federation+"projects", "", nil).Want(http.StatusUnauthorized)
}
