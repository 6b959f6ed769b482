package v2_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/lintel-id/lintel/internal/server/servertest"
)

// Where all interfaces are registered, an endpoint is Keystone's: three URLs and an id.
func TestThreeInterfacesMakeOneEndpoint(t *testing.T) {
	c := start(t, servertest.Options{})
	c.dropCatalog()
	c.newService("compute", "nova", [3]string{"KR1", "public", "https://c/v2/$(tenant_id)s"}, [3]string{"KR1", "internal", "http://i/%(user_id)s"}, [3]string{"KR1", "admin", "http://a"})
	a := c.login(auth(c.tenant, "user", userPassword)).Want(200)
	id := a.Text("access.serviceCatalog.0.endpoints.0.id")
	want := []any{map[string]any{"type": "compute", "name": "nova", "endpoints_links": []any{}, "endpoints": []any{map[string]any{
		"region": "KR1", "publicURL": "https://c/v2/" + string(c.tenant), "internalURL": "http://i/" + string(c.user), "adminURL": "http://a", "id": id}}}}
	if diff := cmp.Diff(want, a.Get("access.serviceCatalog")); diff != "" {
		t.Error(diff)
	}
}

// Regions stand inside one entry of their service's type and name; other names of the same
// type are services of their own, and a service without endpoints is none.
func TestServicesAreGroupedByTypeAndName(t *testing.T) {
	c := start(t, servertest.Options{})
	c.dropCatalog()
	c.newService("image", "glance", [3]string{"KR1", "public", "https://kr1"})
	c.newService("image", "glance", [3]string{"KR2", "public", "https://kr2"}, [3]string{"KR2", "public", "https://kr2-other"})
	c.newService("image", "other", [3]string{"KR1", "public", "https://other"})
	c.newService("network", "neutron")
	catalog, ok := c.login(auth(c.tenant, "user", userPassword)).Want(200).Get("access.serviceCatalog").([]any)
	if !ok || len(catalog) != 2 {
		t.Fatalf("%d services, want image/glance and image/other: %v", len(catalog), catalog)
	}
	urls := map[any]any{}
	for _, s := range catalog {
		service := s.(map[string]any)
		for _, e := range service["endpoints"].([]any) {
			urls[e.(map[string]any)["publicURL"]] = service["name"]
		}
	}
	want := map[any]any{"https://kr1": "glance", "https://kr2": "glance", "https://kr2-other": "glance", "https://other": "other"}
	if diff := cmp.Diff(want, urls); diff != "" {
		t.Error(diff)
	}
}

// A change of the catalog is in the next answer, although the catalog is rendered only once.
func TestCatalogChangeShowsAtOnce(t *testing.T) {
	c := start(t, servertest.Options{})
	c.dropCatalog()
	token := c.token()
	for n, name := range []string{"one", "two", "three"} {
		c.newService("image", name, [3]string{"KR1", "public", "https://" + name})
		if got := c.Do("GET", "/v2.0/tokens/"+token, token, nil).Want(200).Get("access.serviceCatalog").([]any); len(got) != n+1 {
			t.Errorf("%d services after %d were made", len(got), n+1)
		}
	}
}
