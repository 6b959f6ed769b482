package v3_test

import (
	"net/http"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/lintel-id/lintel/internal/server/servertest"
)

// service makes a service and returns its id.
func (c *cloud) service(kind string) string {
	c.t.Helper()
	return c.post("/v3/services", "service", body{"type": kind})
}

// register makes a registered limit of no region and returns its id.
func (c *cloud) register(service, resource string, value int) string {
	c.t.Helper()
	return c.Do("POST", "/v3/registered_limits", c.admin, body{"registered_limits": []any{
		body{"service_id": service, "resource_name": resource, "default_limit": value}}}).Want(http.StatusCreated).Text("registered_limits.0.id")
}

// limit sets a limit of a project ("project_id") or domain ("domain_id") and returns its id.
func (c *cloud) limit(level, of, service, resource string, value int) string {
	c.t.Helper()
	return c.Do("POST", "/v3/limits", c.admin, limitBody(level, of, service, resource, value)).Want(http.StatusCreated).Text("limits.0.id")
}

func limitBody(level, of, service, resource string, value any) body {
	return body{"limits": []any{body{level: of, "service_id": service, "resource_name": resource, "resource_limit": value}}}
}

// values are those of one member of a list's items, in their order.
func values(r *servertest.Response, list, member string) []any {
	found := []any{}
	for _, item := range r.Want(http.StatusOK).Get(list).([]any) {
		found = append(found, item.(body)[member])
	}
	return found
}

func TestRegisteredLimitsAreMadeTogetherAndLiveToTheirDeletion(t *testing.T) {
	c := startCloud(t, servertest.Options{})
	nova := c.service("compute")
	made := c.Do("POST", "/v3/registered_limits", c.admin, body{"registered_limits": []any{
		body{"service_id": nova, "region_id": "RegionOne", "resource_name": "cores", "default_limit": 10, "description": "of all machines"},
		body{"service_id": nova, "resource_name": "ram", "default_limit": -1},
	}}).Want(http.StatusCreated)
	if made.Get("links") != nil {
		t.Error("the answer to creating many has links")
	}
	id, other := made.Text("registered_limits.0.id"), made.Text("registered_limits.1.id")
	want := body{"id": id, "service_id": nova, "region_id": "RegionOne", "resource_name": "cores", "default_limit": 10.0, "description": "of all machines",
		"links": body{"self": c.URL + "/v3/registered_limits/" + id}}
	if diff := cmp.Diff(want, made.Get("registered_limits.0")); diff != "" {
		t.Error(diff)
	}
	if diff := cmp.Diff(want, c.Do("GET", "/v3/registered_limits/"+id, c.admin, nil).Want(http.StatusOK).Get("registered_limit")); diff != "" {
		t.Error(diff)
	}
	if c.Do("GET", "/v3/registered_limits/"+other, c.admin, nil).Want(http.StatusOK).Get("registered_limit.region_id") != nil {
		t.Error("a limit of no region has one")
	}
	changed := c.Do("PATCH", "/v3/registered_limits/"+id, c.admin,
		`{"registered_limit": {"region_id": null, "resource_name": "vcpus", "default_limit": 0, "description": null}}`).Want(http.StatusOK)
	want = body{"id": id, "service_id": nova, "region_id": nil, "resource_name": "vcpus", "default_limit": 0.0, "description": nil,
		"links": body{"self": c.URL + "/v3/registered_limits/" + id}}
	if diff := cmp.Diff(want, changed.Get("registered_limit")); diff != "" {
		t.Error(diff)
	}
	c.Do("PATCH", "/v3/registered_limits/"+id, c.admin, `{"registered_limit": {"resource_name": "ram"}}`).Want(http.StatusConflict)
	c.Do("DELETE", "/v3/registered_limits/"+id, c.admin, nil).Want(http.StatusNoContent)
	for _, method := range []string{"GET", "DELETE"} {
		c.Do(method, "/v3/registered_limits/"+id, c.admin, nil).Want(http.StatusNotFound)
	}
	c.Do("PATCH", "/v3/registered_limits/"+id, c.admin, `{"registered_limit": {}}`).Want(http.StatusNotFound)
}

func TestRegisteredLimitsAreFiltered(t *testing.T) {
	c := startCloud(t, servertest.Options{})
	nova, cinder := c.service("compute"), c.service("volume")
	c.Do("POST", "/v3/registered_limits", c.admin, body{"registered_limits": []any{
		body{"service_id": nova, "region_id": "RegionOne", "resource_name": "cores", "default_limit": 1},
		body{"service_id": nova, "resource_name": "cores", "default_limit": 2},
		body{"service_id": cinder, "resource_name": "volumes", "default_limit": 3},
	}}).Want(http.StatusCreated)
	for query, want := range map[string]int{"": 3, "?service_id=" + nova: 2, "?region_id=RegionOne": 1, "?resource_name=cores": 2,
		"?resource_name__startswith=vol": 1, "?resource_name=CORES": 0, "?resource_name__icontains=CO&service_id=" + nova: 2, "?default_limit=1": 3} {
		if got := values(c.Do("GET", "/v3/registered_limits"+query, c.admin, nil), "registered_limits", "id"); len(got) != want {
			t.Errorf("%s finds %d registered limits, want %d", query, len(got), want)
		}
	}
}

func TestARegisteredLimitThatCannotBeLeavesNothingOfItsRequest(t *testing.T) {
	c := startCloud(t, servertest.Options{})
	nova := c.service("compute")
	good := `{"service_id": "` + nova + `", "resource_name": "good", "default_limit": 1}`
	for item, want := range map[string]int{
		`{"resource_name": "x", "default_limit": 1}`:                                                              http.StatusBadRequest,
		`{"service_id": "` + nova + `", "default_limit": 1}`:                                                      http.StatusBadRequest,
		`{"service_id": "` + nova + `", "resource_name": "x"}`:                                                    http.StatusBadRequest,
		`{"service_id": "nowhere", "resource_name": "x", "default_limit": 1}`:                                     http.StatusBadRequest,
		`{"service_id": "` + nova + `", "resource_name": "x", "default_limit": 1, "region_id": "nowhere"}`:        http.StatusBadRequest,
		`{"service_id": "` + nova + `", "resource_name": "x", "default_limit": -2}`:                               http.StatusBadRequest,
		`{"service_id": "` + nova + `", "resource_name": "x", "default_limit": 2147483648}`:                       http.StatusBadRequest,
		`{"service_id": "` + nova + `", "resource_name": "x", "default_limit": 1.5}`:                              http.StatusBadRequest,
		`{"service_id": "` + nova + `", "resource_name": "x", "default_limit": "1"}`:                              http.StatusBadRequest,
		`{"service_id": "` + nova + `", "resource_name": "x", "default_limit": null}`:                             http.StatusBadRequest,
		`{"service_id": "` + nova + `", "resource_name": "", "default_limit": 1}`:                                 http.StatusBadRequest,
		`{"service_id": "` + nova + `", "resource_name": "` + strings.Repeat("x", 256) + `", "default_limit": 1}`: http.StatusBadRequest,
		`{"service_id": "` + nova + `", "resource_name": "x", "default_limit": 1, "colour": "red"}`:               http.StatusBadRequest,
		`5`:  http.StatusBadRequest,
		good: http.StatusConflict,
	} {
		c.Do("POST", "/v3/registered_limits", c.admin, `{"registered_limits": [`+good+`, `+item+`]}`).Want(want)
	}
	for _, text := range []string{`{}`, `{"registered_limits": []}`, `{"registered_limits": null}`, `{"registered_limits": ` + good + `}`} {
		c.Do("POST", "/v3/registered_limits", c.admin, text).Want(http.StatusBadRequest)
	}
	if got := values(c.Do("GET", "/v3/registered_limits", c.admin, nil), "registered_limits", "id"); len(got) != 0 {
		t.Errorf("refused requests left %d registered limits", len(got))
	}
	c.Do("POST", "/v3/registered_limits", c.admin, `{"registered_limits": [{"service_id": "`+nova+`", "resource_name": "x", "default_limit": 2147483647}]}`).Want(http.StatusCreated)
}

func TestARegisteredLimitInUseStays(t *testing.T) {
	c := startCloud(t, servertest.Options{})
	nova := c.service("compute")
	id := c.register(nova, "cores", 10)
	limit := c.limit("project_id", string(c.Admin.Project), nova, "cores", 5)
	c.Do("PATCH", "/v3/registered_limits/"+id, c.admin, `{"registered_limit": {"default_limit": 11}}`).Want(http.StatusForbidden)
	c.Do("DELETE", "/v3/registered_limits/"+id, c.admin, nil).Want(http.StatusForbidden)
	c.del("limits", limit)
	c.Do("PATCH", "/v3/registered_limits/"+id, c.admin, `{"registered_limit": {"default_limit": 11}}`).Want(http.StatusOK)
	c.del("registered_limits", id)
}

// The clients delete a service before the limits that were registered for it, and then expect the limits there.
func TestLimitsOutliveTheirServiceAndRegion(t *testing.T) {
	c := startCloud(t, servertest.Options{})
	nova := c.service("compute")
	c.Do("POST", "/v3/regions", c.admin, `{"region": {"id": "KR1"}}`).Want(http.StatusCreated)
	c.Do("POST", "/v3/registered_limits", c.admin, body{"registered_limits": []any{
		body{"service_id": nova, "region_id": "KR1", "resource_name": "cores", "default_limit": 1}}}).Want(http.StatusCreated)
	c.register(nova, "cores", 2)
	c.limit("project_id", string(c.Admin.Project), nova, "cores", 5)
	c.del("regions", "KR1")
	c.del("services", nova)
	left := c.Do("GET", "/v3/registered_limits?service_id="+nova, c.admin, nil)
	if got := values(left, "registered_limits", "id"); len(got) != 2 {
		t.Fatalf("%d registered limits are left, want 2", len(got))
	}
	limit := c.Do("GET", "/v3/limits", c.SystemToken(), nil).Text("limits.0.id")
	c.Do("PATCH", "/v3/limits/"+limit, c.admin, `{"limit": {"resource_limit": 4}}`).Want(http.StatusOK)
	c.del("limits", limit)
	for _, id := range values(left, "registered_limits", "id") {
		c.Do("PATCH", "/v3/registered_limits/"+id.(string), c.admin, `{"registered_limit": {"default_limit": 3}}`).Want(http.StatusOK)
		c.del("registered_limits", id.(string))
	}
}

func TestEverybodySeesRegisteredLimitsAndAdministratorsChangeThem(t *testing.T) {
	c := startCloud(t, servertest.Options{})
	nova := c.service("compute")
	id := c.register(nova, "cores", 10)
	create := `{"registered_limits": [{"service_id": "` + nova + `", "resource_name": "x", "default_limit": 1}]}`
	for token, want := range map[string][2]int{"": {401, 401}, memberToken(t, c.Env): {200, 403}} {
		c.Do("GET", "/v3/registered_limits", token, nil).Want(want[0])
		c.Do("GET", "/v3/registered_limits/"+id, token, nil).Want(want[0])
		c.Do("POST", "/v3/registered_limits", token, create).Want(want[1])
		c.Do("POST", "/v3/registered_limits", token, `{"registered_limits": 5}`).Want(400)
		c.Do("PATCH", "/v3/registered_limits/"+id, token, `{"registered_limit": {}}`).Want(want[1])
		c.Do("DELETE", "/v3/registered_limits/"+id, token, nil).Want(want[1])
		c.Do("DELETE", "/v3/registered_limits/nothing", token, nil).Want(want[1])
	}
}
