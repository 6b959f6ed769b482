package v3_test

import (
	"net/http"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/lintel-id/lintel/internal/server/servertest"
)

func TestAnEndpointLivesFromPostToDelete(t *testing.T) {
	env := servertest.Start(t, servertest.Options{})
	admin := env.AdminToken()
	service := env.Create("/v3/services", "service", body{"type": "shop"})
	other := env.Create("/v3/services", "service", body{"type": "market"})
	made := env.Do("POST", "/v3/endpoints", admin, body{"endpoint": body{"interface": "public", "service_id": service, "region_id": "RegionOne",
		"url": "https://a.example.com/$(project_id)s", "name": "till", "description": "pay here"}}).Want(http.StatusCreated)
	id := made.Text("endpoint.id")
	want := body{"id": id, "interface": "public", "service_id": service, "region": "RegionOne", "region_id": "RegionOne",
		"url": "https://a.example.com/$(project_id)s", "enabled": true, "name": "till", "description": "pay here",
		"links": body{"self": env.URL + "/v3/endpoints/" + id}}
	if diff := cmp.Diff(want, made.Get("endpoint")); diff != "" {
		t.Error(diff)
	}
	changed := env.Do("PATCH", "/v3/endpoints/"+id, admin, body{"endpoint": body{"interface": "admin", "service_id": other, "region_id": nil,
		"url": "https://b.example.com", "enabled": false, "name": nil}}).Want(http.StatusOK)
	want = body{"id": id, "interface": "admin", "service_id": other, "region": nil, "region_id": nil, "url": "https://b.example.com",
		"enabled": false, "description": "pay here", "links": body{"self": env.URL + "/v3/endpoints/" + id}}
	if diff := cmp.Diff(want, changed.Get("endpoint")); diff != "" {
		t.Error(diff)
	}
	read := env.Do("GET", "/v3/endpoints/"+id, admin, nil).Want(http.StatusOK)
	if diff := cmp.Diff(want, read.Get("endpoint")); diff != "" {
		t.Error(diff)
	}
	env.Do("DELETE", "/v3/endpoints/"+id, admin, nil).Want(http.StatusNoContent)
	env.Do("GET", "/v3/endpoints/"+id, admin, nil).Want(http.StatusNotFound)
	env.Do("PATCH", "/v3/endpoints/"+id, admin, `{"endpoint": {}}`).Want(http.StatusNotFound)
	env.Do("DELETE", "/v3/endpoints/"+id, admin, nil).Want(http.StatusNotFound)
}

func TestTheOldAttributeRegionMakesAMissingRegion(t *testing.T) {
	env := servertest.Start(t, servertest.Options{})
	admin := env.AdminToken()
	service := env.Create("/v3/services", "service", body{"type": "shop"})
	post := func(more body) *servertest.Response {
		endpoint := body{"interface": "public", "service_id": service, "url": "https://a.example.com"}
		for name, value := range more {
			endpoint[name] = value
		}
		return env.Do("POST", "/v3/endpoints", admin, body{"endpoint": endpoint})
	}
	made := post(body{"region": "Made"}).Want(http.StatusCreated)
	if made.Text("endpoint.region_id") != "Made" {
		t.Errorf("the endpoint is %s", made.Body)
	}
	env.Do("GET", "/v3/regions/Made", admin, nil).Want(http.StatusOK)
	post(body{"region": "Made"}).Want(http.StatusCreated)

	env.Do("PATCH", "/v3/endpoints/"+made.Text("endpoint.id"), admin, `{"endpoint": {"region": "Later"}}`).Want(http.StatusOK)
	env.Do("GET", "/v3/regions/Later", admin, nil).Want(http.StatusOK)

	post(body{"region_id": "Nowhere"}).Want(http.StatusBadRequest)
	post(body{"region_id": "Nowhere", "region": "Made"}).Want(http.StatusBadRequest)
	post(body{"region": "a/b"}).Want(http.StatusBadRequest)
	env.Do("GET", "/v3/regions/Nowhere", admin, nil).Want(http.StatusNotFound)
}

func TestAnEndpointThatCannotBeIsRefused(t *testing.T) {
	env := servertest.Start(t, servertest.Options{})
	admin := env.AdminToken()
	service := env.Create("/v3/services", "service", body{"type": "shop"})
	good := body{"interface": "public", "service_id": service, "url": "https://a.example.com"}
	id := env.Create("/v3/endpoints", "endpoint", good)
	for _, wrong := range []struct {
		name  string
		value any
	}{
		{"interface", "secret"}, {"interface", ""}, {"interface", nil}, {"interface", "Public"}, {"interface", 5},
		{"service_id", "nowhere"}, {"service_id", ""}, {"service_id", nil},
		{"region_id", "nowhere"}, {"region_id", 5},
		{"url", ""}, {"url", nil}, {"url", "a.example.com"}, {"url", "/v3"}, {"url", "https://a/" + strings.Repeat("x", 225)}, {"url", "https://a/\n"},
		{"enabled", "yes"},
	} {
		endpoint := body{}
		for name, value := range good {
			endpoint[name] = value
		}
		endpoint[wrong.name] = wrong.value
		for _, r := range []*servertest.Response{
			env.Do("POST", "/v3/endpoints", admin, body{"endpoint": endpoint}),
			env.Do("PATCH", "/v3/endpoints/"+id, admin, body{"endpoint": body{wrong.name: wrong.value}}),
		} {
			if r.Status != http.StatusBadRequest {
				t.Errorf("%s %v: status %d: %s", wrong.name, wrong.value, r.Status, r.Body)
			}
		}
	}
	for _, name := range []string{"interface", "service_id", "url"} {
		endpoint := body{"interface": "public", "service_id": service, "url": "https://a.example.com"}
		delete(endpoint, name)
		env.Do("POST", "/v3/endpoints", admin, body{"endpoint": endpoint}).Want(http.StatusBadRequest)
	}
	env.Do("PATCH", "/v3/endpoints/"+id, admin, `{"endpoint": {"id": "other"}}`).Want(http.StatusBadRequest)
	env.Do("PATCH", "/v3/endpoints/"+id, admin, `{"endpoint": {"enabled": null}}`).Want(http.StatusBadRequest)
}

// CVE-2014-3621: an endpoint's URL read the secrets of the configuration out.
func TestAURLMayReferToTheTenKnownNamesOnly(t *testing.T) {
	env := servertest.Start(t, servertest.Options{})
	admin := env.AdminToken()
	service := env.Create("/v3/services", "service", body{"type": "shop"})
	post := func(url string) int {
		return env.Do("POST", "/v3/endpoints", admin, body{"endpoint": body{"interface": "public", "service_id": service, "url": url}}).Status
	}
	for _, name := range []string{"tenant_id", "project_id", "user_id", "public_bind_host", "admin_bind_host", "compute_host", "admin_port", "public_port",
		"public_endpoint", "admin_endpoint"} {
		for _, form := range []string{"$(" + name + ")s", "%(" + name + ")s"} {
			if got := post("https://a.example.com/" + form); got != http.StatusCreated {
				t.Errorf("%s: status %d", form, got)
			}
		}
	}
	for _, form := range []string{"$(admin_token)s", "%(admin_token)s", "$(database_connection)s", "$(PROJECT_ID)s", "$( project_id)s", "$()s",
		"$(project_id", "$(project_id)", "$(project_id)d", "%(project_id)", "%s", "%d", "%20", "%"} {
		if got := post("https://a.example.com/" + form); got != http.StatusBadRequest {
			t.Errorf("%s: status %d", form, got)
		}
	}
}

func TestEndpointsAreListedByInterfaceServiceAndRegion(t *testing.T) {
	env := servertest.Start(t, servertest.Options{})
	admin := env.AdminToken()
	service := env.Create("/v3/services", "service", body{"type": "shop"})
	for _, i := range []string{"public", "internal", "admin"} {
		env.Create("/v3/endpoints", "endpoint", body{"interface": i, "service_id": service, "region": "North", "url": "https://" + i + ".example.com"})
	}
	for query, want := range map[string]int{"": 4, "?service_id=" + service: 3, "?interface=admin": 1, "?region_id=North&interface=public": 1, "?region_id=South": 0, "?colour=red": 4} {
		answer := env.Do("GET", "/v3/endpoints"+query, admin, nil).Want(http.StatusOK)
		if n := len(answer.Get("endpoints").([]any)); n != want {
			t.Errorf("%q lists %d endpoints, want %d", query, n, want)
		}
	}
	env.Do("GET", "/v3/endpoints?interface=secret", admin, nil).Want(http.StatusBadRequest)
}
