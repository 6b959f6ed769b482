package v3_test

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/lintel-id/lintel/internal/config"
	"github.com/lintel-id/lintel/internal/server/servertest"
)

func TestAServiceProviderLivesFromPutToDelete(t *testing.T) {
	env := servertest.Start(t, servertest.Options{})
	admin := env.AdminToken()
	path := federation + "service_providers/north"
	made := env.Do("PUT", path, admin, `{"service_provider": {"auth_url": "https://north/v3/auth", "sp_url": "https://north/sp"}}`).Want(http.StatusCreated)
	want := body{"id": "north", "auth_url": "https://north/v3/auth", "sp_url": "https://north/sp", "enabled": false, "description": nil, "relay_state_prefix": "ss:mem:",
		"links": body{"self": env.URL + path}}
	if diff := cmp.Diff(want, made.Get("service_provider")); diff != "" {
		t.Error(diff)
	}
	if diff := cmp.Diff(want, env.Do("GET", path, admin, nil).Want(http.StatusOK).Get("service_provider")); diff != "" {
		t.Error(diff)
	}
	changed := env.Do("PATCH", path, admin, `{"service_provider": {"description": "d", "enabled": true, "sp_url": "x:y", "relay_state_prefix": "p"}}`).Want(http.StatusOK)
	want["description"], want["enabled"], want["sp_url"], want["relay_state_prefix"] = "d", true, "x:y", "p"
	if diff := cmp.Diff(want, changed.Get("service_provider")); diff != "" {
		t.Error(diff)
	}
	changed = env.Do("PATCH", path, admin, `{"service_provider": {"relay_state_prefix": null}}`).Want(http.StatusOK)
	if got := changed.Text("service_provider.relay_state_prefix"); got != "ss:mem:" {
		t.Error(got)
	}
	env.Do("PUT", path, admin, `{"service_provider": {"auth_url": "a:b", "sp_url": "a:b"}}`).Want(http.StatusConflict)
	env.Do("DELETE", path, admin, nil).Want(http.StatusNoContent)
	for _, method := range []string{"GET", "DELETE"} {
		if text := env.Do(method, path, admin, nil).Want(http.StatusNotFound).Text("error.message"); text != "Could not find Service Provider: north." {
			t.Error(text)
		}
	}
	env.Do("PATCH", path, admin, `{"service_provider": {"enabled": true}}`).Want(http.StatusNotFound)
}

func TestServiceProvidersAreListedByIDAndEnabled(t *testing.T) {
	env := servertest.Start(t, servertest.Options{})
	admin := env.AdminToken()
	for id, enabled := range map[string]string{"a": "true", "b": "false"} {
		env.Do("PUT", federation+"service_providers/"+id, admin, `{"service_provider": {"auth_url": "a:b", "sp_url": "a:b", "enabled": `+enabled+`}}`).Want(http.StatusCreated)
	}
	for query, want := range map[string]string{"": "a b", "?id=b": "b", "?enabled=true": "a", "?enabled=0": "b", "?id__contains=a": "a"} {
		if got := inOrder(env.Do("GET", federation+"service_providers"+query, admin, nil).Want(http.StatusOK), "service_providers"); got != want {
			t.Errorf("%s lists %q", query, got)
		}
	}
}

func TestBadServiceProvidersAreRefused(t *testing.T) {
	env := servertest.Start(t, servertest.Options{})
	admin := env.AdminToken()
	path := federation + "service_providers/a"
	for _, members := range []string{`"auth_url": "nowhere"`, `"auth_url": ":x"`, `"auth_url": "a b:c"`, `"auth_url": "x:"`, `"auth_url": 1`, `"sp_url": null`, `"enabled": 1`, `"x": 1`,
		`"sp_url": "x:` + strings.Repeat("y", 224) + `"`, `"enabled": "yes"`} {
		env.Do("PATCH", path, admin, `{"service_provider": {`+members+`}}`).Want(http.StatusBadRequest)
		env.Do("PUT", path, admin, `{"service_provider": {`+members+`}}`).Want(http.StatusBadRequest)
	}
	for _, members := range []string{``, `"auth_url": "a:b"`, `"sp_url": "a:b"`} {
		env.Do("PUT", path, admin, `{"service_provider": {`+members+`}}`).Want(http.StatusBadRequest)
	}
	env.Do("PATCH", path, admin, `{"service_provider": {}}`).Want(http.StatusBadRequest)
}

func TestTokensShowTheEnabledServiceProviders(t *testing.T) {
	env := servertest.Start(t, servertest.Options{})
	admin := env.AdminToken()
	shown := func() any {
		t.Helper()
		scoped := servertest.PasswordAuth(string(env.Admin.User), servertest.AdminPassword, servertest.Project(string(env.Admin.Project)))
		issued := env.Do("POST", "/v3/auth/tokens", "", scoped).Want(http.StatusCreated)
		unscoped := env.Do("POST", "/v3/auth/tokens", "", servertest.PasswordAuth(string(env.Admin.User), servertest.AdminPassword, "unscoped")).Want(http.StatusCreated)
		validated := env.Do("GET", "/v3/auth/tokens?nocatalog", admin, nil, "X-Subject-Token", admin).Want(http.StatusOK)
		for _, other := range []*servertest.Response{unscoped, validated} {
			if diff := cmp.Diff(issued.Get("token.service_providers"), other.Get("token.service_providers")); diff != "" {
				t.Error(diff)
			}
		}
		return issued.Get("token.service_providers")
	}
	if got := shown(); got != nil {
		t.Errorf("%v before there are any", got)
	}
	for id, enabled := range map[string]bool{"b": true, "a": true, "off": false} {
		env.Do("PUT", federation+"service_providers/"+id, admin,
			body{"service_provider": body{"auth_url": "https://" + id + "/\"auth\"", "sp_url": "https://" + id + "/sp", "enabled": enabled}}).Want(http.StatusCreated)
	}
	want := []any{body{"id": "a", "auth_url": `https://a/"auth"`, "sp_url": "https://a/sp"}, body{"id": "b", "auth_url": `https://b/"auth"`, "sp_url": "https://b/sp"}}
	if diff := cmp.Diff(want, shown()); diff != "" {
		t.Error(diff)
	}
	env.Do("PATCH", federation+"service_providers/a", admin, `{"service_provider": {"enabled": false}}`).Want(http.StatusOK)
	if diff := cmp.Diff(want[1:], shown()); diff != "" {
		t.Error(diff)
	}
	env.Do("DELETE", federation+"service_providers/b", admin, nil).Want(http.StatusNoContent)
	if got := shown(); got != nil {
		t.Errorf("%v after the last was deleted", got)
	}
}

// mute is a ResponseWriter that keeps nothing.
type mute http.Header

func (m mute) Header() http.Header       { return http.Header(m) }
func (mute) WriteHeader(int)             {}
func (mute) Write(b []byte) (int, error) { return len(b), nil }

func TestServiceProvidersCostAValidationNoAllocation(t *testing.T) {
	env := servertest.Start(t, servertest.Options{Config: func(c *config.Config) { c.Log.Access = false }})
	admin := env.AdminToken()
	r := httptest.NewRequest(http.MethodGet, "/v3/auth/tokens", nil)
	r.Header.Set("X-Auth-Token", admin)
	r.Header.Set("X-Subject-Token", admin)
	w := mute{}
	measure := func() float64 { return testing.AllocsPerRun(200, func() { clear(w); env.Handler.ServeHTTP(w, r) }) }
	without := measure()
	for _, id := range []string{"a", "b", "c"} {
		env.Do("PUT", federation+"service_providers/"+id, admin, `{"service_provider": {"auth_url": "a:b", "sp_url": "a:b", "enabled": true}}`).Want(http.StatusCreated)
	}
	if with := measure(); with > without {
		t.Errorf("%.0f allocations, %.0f without service providers", with, without)
	}
}
