package v3_test

import (
	"net/http"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/lintel-id/lintel/internal/server/servertest"
)

func TestAServiceLivesFromPostToDelete(t *testing.T) {
	env := servertest.Start(t, servertest.Options{})
	admin := env.AdminToken()
	made := env.Do("POST", "/v3/services", admin, `{"service": {"type": "compute", "name": "nova", "description": "VMs", "owner": "ops", "id": "mine"}}`).Want(http.StatusCreated)
	id := made.Text("service.id")
	want := body{"id": id, "type": "compute", "name": "nova", "description": "VMs", "enabled": true, "owner": "ops",
		"links": body{"self": env.URL + "/v3/services/" + id}}
	if diff := cmp.Diff(want, made.Get("service")); diff != "" {
		t.Error(diff)
	}
	if len(id) != 32 {
		t.Errorf("the id %q is not one that the server made", id)
	}
	changed := env.Do("PATCH", "/v3/services/"+id, admin, `{"service": {"type": "volumev3", "name": "cinder", "enabled": false, "owner": null}}`).Want(http.StatusOK)
	want = body{"id": id, "type": "volumev3", "name": "cinder", "description": "VMs", "enabled": false, "links": body{"self": env.URL + "/v3/services/" + id}}
	if diff := cmp.Diff(want, changed.Get("service")); diff != "" {
		t.Error(diff)
	}
	read := env.Do("GET", "/v3/services/"+id, admin, nil).Want(http.StatusOK)
	if diff := cmp.Diff(want, read.Get("service")); diff != "" {
		t.Error(diff)
	}
	env.Do("DELETE", "/v3/services/"+id, admin, nil).Want(http.StatusNoContent)
	env.Do("GET", "/v3/services/"+id, admin, nil).Want(http.StatusNotFound)
	env.Do("PATCH", "/v3/services/"+id, admin, `{"service": {}}`).Want(http.StatusNotFound)
	env.Do("DELETE", "/v3/services/"+id, admin, nil).Want(http.StatusNotFound)
}

func TestAServiceThatCannotBeIsRefused(t *testing.T) {
	env := servertest.Start(t, servertest.Options{})
	admin := env.AdminToken()
	id := env.Create("/v3/services", "service", body{"type": "shop"})
	for _, text := range []string{`{}`, `{"service": []}`, `{"service": {}}`, `{"service": {"name": "nova"}}`, `{"service": {"type": ""}}`, `{"service": {"type": null}}`,
		`{"service": {"type": 5}}`, `{"service": {"type": "a", "type": "b"}}`, `{"service": {"type": "a", "enabled": "yes"}}`,
		`{"service": {"type": "` + strings.Repeat("x", 256) + `"}}`, `{"service": {"type": "a", "name": "` + strings.Repeat("x", 256) + `"}}`} {
		env.Do("POST", "/v3/services", admin, text).Want(http.StatusBadRequest)
	}
	for _, text := range []string{`{"service": {"type": ""}}`, `{"service": {"type": null}}`, `{"service": {"enabled": null}}`, `{"service": {"id": "other"}}`} {
		env.Do("PATCH", "/v3/services/"+id, admin, text).Want(http.StatusBadRequest)
	}
}

func TestServicesAreListedByNameAndType(t *testing.T) {
	env := servertest.Start(t, servertest.Options{})
	admin := env.AdminToken()
	env.Create("/v3/services", "service", body{"type": "compute", "name": "nova"})
	env.Create("/v3/services", "service", body{"type": "compute", "name": "super"})
	for query, want := range map[string]int{"": 3, "?type=compute": 2, "?name=nova": 1, "?name=nova&type=image": 0, "?name__startswith=su": 1, "?type__icontains=COMP": 2, "?colour=red": 3} {
		answer := env.Do("GET", "/v3/services"+query, admin, nil).Want(http.StatusOK)
		if n := len(answer.Get("services").([]any)); n != want {
			t.Errorf("%q lists %d services, want %d", query, n, want)
		}
	}
}

func TestADeletedServiceTakesItsEndpoints(t *testing.T) {
	env := servertest.Start(t, servertest.Options{})
	admin := env.AdminToken()
	service := env.Create("/v3/services", "service", body{"type": "shop"})
	endpoint := env.Create("/v3/endpoints", "endpoint", body{"interface": "public", "service_id": service, "url": "https://a.example.com"})
	env.Do("DELETE", "/v3/services/"+service, admin, nil).Want(http.StatusNoContent)
	env.Do("GET", "/v3/endpoints/"+endpoint, admin, nil).Want(http.StatusNotFound)
	if urls := catalogURLs(env, admin, "shop"); urls != nil {
		t.Errorf("the catalog still has %s", urls)
	}
}

func TestServicesAndEndpointsAreForAdministratorsAndSystemReaders(t *testing.T) {
	env := servertest.Start(t, servertest.Options{})
	service := env.Create("/v3/services", "service", body{"type": "shop"})
	endpoint := env.Create("/v3/endpoints", "endpoint", body{"interface": "public", "service_id": service, "url": "https://a.example.com"})
	for token, want := range map[string]int{"": http.StatusUnauthorized, memberToken(t, env): http.StatusForbidden} {
		for _, of := range []struct{ path, id, body string }{
			{"/v3/services", service, `{"service": {"type": "x"}}`},
			{"/v3/endpoints", endpoint, `{"endpoint": {"interface": "public", "service_id": "` + service + `", "url": "https://a.example.com"}}`},
		} {
			env.Do("GET", of.path, token, nil).Want(want)
			env.Do("POST", of.path, token, of.body).Want(want)
			env.Do("GET", of.path+"/"+of.id, token, nil).Want(want)
			env.Do("PATCH", of.path+"/"+of.id, token, of.body).Want(want)
			env.Do("DELETE", of.path+"/"+of.id, token, nil).Want(want)
			env.Do("GET", of.path+"/nowhere", token, nil).Want(want)
		}
	}
	system := env.SystemToken()
	env.Do("GET", "/v3/services/"+service, system, nil).Want(http.StatusOK)
	env.Do("GET", "/v3/endpoints", system, nil).Want(http.StatusOK)
}
