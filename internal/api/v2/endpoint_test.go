package v2_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/lintel-id/lintel/internal/server/servertest"
)

// One endpoint of v2.0 is up to three of v3, made and deleted together; its region is made
// when it is not there.
func TestAnEndpointIsUpToThree(t *testing.T) {
	c := start(t, servertest.Options{})
	c.dropCatalog()
	admin := c.AdminToken()
	service := c.Create("/v3/services", "service", object{"type": "compute", "name": "nova"})
	body := object{"service_id": service, "region": "KR1", "publicurl": "https://p/$(tenant_id)s", "internalurl": "http://i", "adminurl": "http://a"}
	made := c.Do("POST", "/v2.0/endpoints", admin, object{"endpoint": body}).Want(200)
	id := made.Text("endpoint.id")
	body["id"], body["enabled"] = id, true
	if diff := cmp.Diff(body, made.Get("endpoint")); diff != "" {
		t.Error(diff)
	}
	if diff := cmp.Diff([]any{body}, c.Do("GET", "/v2.0/endpoints", admin, nil).Want(200).Get("endpoints")); diff != "" {
		t.Error(diff)
	}
	if n := len(ids(c.Do("GET", "/v3/endpoints", admin, nil), "endpoints")); n != 3 {
		t.Errorf("v3 has %d endpoints", n)
	}
	entry := c.login(auth(c.tenant, "user", userPassword)).Want(200).Get("access.serviceCatalog.0.endpoints.0").(object)
	if entry["publicURL"] != "https://p/"+string(c.tenant) || entry["internalURL"] != "http://i" || entry["adminURL"] != "http://a" {
		t.Errorf("a token shows %v", entry)
	}
	c.Do("DELETE", "/v2.0/endpoints/"+id, c.token(), nil).Want(403)
	c.Do("DELETE", "/v2.0/endpoints/"+id, admin, nil).Want(204)
	c.Do("DELETE", "/v2.0/endpoints/"+id, admin, nil).Want(404)
	if n := len(ids(c.Do("GET", "/v3/endpoints", admin, nil), "endpoints")); n != 0 {
		t.Errorf("v3 is left with %d endpoints", n)
	}
}

// An endpoint needs a service and a public URL only. A second one of the same service and
// region would be the same endpoint: it is refused, and nothing of it is made.
func TestAnEndpointIsOneOfItsServiceAndRegion(t *testing.T) {
	c := start(t, servertest.Options{})
	c.dropCatalog()
	admin := c.AdminToken()
	service := c.Create("/v3/services", "service", object{"type": "compute"})
	post := func(members object) *servertest.Response {
		return c.Do("POST", "/v2.0/endpoints", admin, object{"endpoint": members})
	}
	post(object{"publicurl": "https://p"}).Want(400)
	post(object{"service_id": service, "adminurl": "https://p"}).Want(400)
	post(object{"service_id": "missing", "publicurl": "https://p"}).Want(400)
	post(object{"service_id": service, "publicurl": "https://p", "adminurl": "no url"}).Want(400)
	one := post(object{"service_id": service, "publicurl": "https://p", "internalurl": nil, "adminurl": nil}).Want(200)
	if diff := cmp.Diff(object{"id": one.Text("endpoint.id"), "service_id": service, "region": nil, "publicurl": "https://p", "enabled": true}, one.Get("endpoint")); diff != "" {
		t.Error(diff)
	}
	post(object{"service_id": service, "publicurl": "https://q", "adminurl": "https://a"}).Want(409)
	post(object{"service_id": service, "publicurl": "https://q", "region": "KR2"}).Want(200)
	if n := len(ids(c.Do("GET", "/v2.0/endpoints", admin, nil), "endpoints")); n != 2 {
		t.Errorf("%d endpoints", n)
	}
	if n := len(ids(c.Do("GET", "/v3/endpoints", admin, nil), "endpoints")); n != 2 {
		t.Errorf("v3 has %d endpoints", n)
	}
	c.Do("POST", "/v2.0/endpoints", c.token(), object{"endpoint": object{"service_id": service, "publicurl": "https://p"}}).Want(403)
	c.Do("GET", "/v2.0/endpoints", c.token(), nil).Want(403)
}

// What v3 made shows too, whatever is missing of it, under the id of any of its parts.
func TestEndpointsOfV3(t *testing.T) {
	c := start(t, servertest.Options{})
	c.dropCatalog()
	admin := c.AdminToken()
	service := c.Create("/v3/services", "service", object{"type": "compute"})
	internal := c.Create("/v3/endpoints", "endpoint", object{"service_id": service, "interface": "internal", "url": "http://i"})
	adminID := c.Create("/v3/endpoints", "endpoint", object{"service_id": service, "interface": "admin", "url": "http://a"})
	want := []any{object{"id": internal, "service_id": service, "region": nil, "internalurl": "http://i", "adminurl": "http://a", "enabled": true}}
	if diff := cmp.Diff(want, c.Do("GET", "/v2.0/endpoints", admin, nil).Want(200).Get("endpoints")); diff != "" {
		t.Error(diff)
	}
	c.Do("DELETE", "/v2.0/endpoints/"+adminID, admin, nil).Want(204)
	if n := len(ids(c.Do("GET", "/v3/endpoints", admin, nil), "endpoints")); n != 0 {
		t.Errorf("%d endpoints are left", n)
	}
}

// The endpoints of a token are its catalog as one list.
func TestEndpointsOfAToken(t *testing.T) {
	c := start(t, servertest.Options{})
	c.dropCatalog()
	c.newService("compute", "nova", [3]string{"KR1", "public", "https://kr1/$(tenant_id)s"}, [3]string{"KR2", "public", "https://kr2"}, [3]string{"KR2", "admin", "https://a"})
	c.newService("image", "glance", [3]string{"KR1", "public", "https://g"})
	token := c.token()
	a := c.Do("GET", "/v2.0/tokens/"+token+"/endpoints", c.AdminToken(), nil).Want(200)
	var seen []any
	for _, e := range a.Get("endpoints").([]any) {
		seen = append(seen, []any{e.(object)["type"], e.(object)["name"], e.(object)["region"], e.(object)["publicURL"], e.(object)["adminURL"]})
	}
	want := []any{[]any{"compute", "nova", "KR1", "https://kr1/" + string(c.tenant), nil}, []any{"compute", "nova", "KR2", "https://kr2", "https://a"},
		[]any{"image", "glance", "KR1", "https://g", nil}}
	if diff := cmp.Diff(want, seen, anyOrder()); diff != "" {
		t.Error(diff)
	}
	unscoped := c.login(auth("", "user", userPassword)).Want(200).Text("access.token.id")
	if got := c.Do("GET", "/v2.0/tokens/"+unscoped+"/endpoints", unscoped, nil).Want(200).Get("endpoints"); len(got.([]any)) != 0 {
		t.Errorf("a token without a tenant has %v", got)
	}
	c.Do("GET", "/v2.0/tokens/"+c.AdminToken()+"/endpoints", token, nil).Want(403)
	c.Do("GET", "/v2.0/tokens/nonsense/endpoints", c.AdminToken(), nil).Want(404)
}
