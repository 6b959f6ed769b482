package portal_test

import (
	"strings"
	"testing"

	"github.com/lintel-id/lintel/internal/config"
	"github.com/lintel-id/lintel/internal/server/servertest"
)

const endpoints = "/portal/access/api-endpoint"

// addEndpoint makes a public endpoint in a region of its own.
func addEndpoint(env *servertest.Env, service, region, description, address string) {
	env.Create("/v3/regions", "region", map[string]any{"id": region, "description": description})
	for _, of := range []string{"public", "internal"} {
		env.Create("/v3/endpoints", "endpoint", map[string]any{"service_id": service, "interface": of, "region_id": region, "url": "https://" + of + "." + address})
	}
}

// A cloud's manual: on the page Compute, Instance, click Set API Endpoint; there are the tenant ID and the endpoints.
func TestSetAPIEndpointShowsWhatTheAPIAnswers(t *testing.T) {
	env := servertest.Start(t, servertest.Options{})
	compute := env.Create("/v3/services", "service", map[string]any{"name": "nova", "type": "compute"})
	addEndpoint(env, compute, "KR2", "Korea (Pyeongchon)", "kr2.example/v2/$(tenant_id)s")
	addEndpoint(env, compute, "KR1", "", "kr1.example/v2/$(tenant_id)s/%(user_id)s")
	b := newBrowser(t, env).signIn()
	tenant, user := string(env.Admin.Project), string(env.Admin.User)
	kr1, kr2 := "https://public.kr1.example/v2/"+tenant+"/"+user, "https://public.kr2.example/v2/"+tenant
	b.get("/portal/compute").want(200, "Instance", "Set API Endpoint", kr1, kr2, "Korea (Pyeongchon)").without("internal.", ">identity<")
	page := b.get(endpoints).want(200, "Set API Endpoint", "Tenant ID "+tenant, "API User ID "+user, "Set the API Password", "compute KR1 "+kr1, "compute Korea (Pyeongchon) KR2 "+kr2).without("internal.kr1")
	for id, want := range map[string]string{"tenant-id": tenant, "api-user-id": user, "identity-v3": env.URL + "/v3", "identity-v2": env.URL + "/v2.0"} {
		if got := page.id(id); got != want {
			t.Errorf("%s is %q, want %q", id, got, want)
		}
	}
	catalog := env.Do("GET", "/v3/auth/catalog", env.AdminToken(), nil).Want(200)
	for _, address := range []string{kr1, kr2} {
		if !strings.Contains(string(catalog.Body), address) {
			t.Errorf("the API does not say %s", address)
		}
	}
	if !strings.Contains(page.Body, `<a class="button" href="/portal/access/api-password">Set the API Password</a>`) {
		t.Error("no way to the API password")
	}
}

func TestWhereV2IsSwitchedOffNobodyIsSentThere(t *testing.T) {
	env := servertest.Start(t, servertest.Options{Config: func(c *config.Config) { c.API.V2 = false }})
	newBrowser(t, env).signIn().get(endpoints).want(200, env.URL+"/v3").without("/v2.0")
}
