package v3_test

import (
	"net/http"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/lintel-id/lintel/internal/config"
	"github.com/lintel-id/lintel/internal/server/servertest"
)

func (w *shopWorld) endpointGroup(name string, filters body) string {
	w.t.Helper()
	return w.post("/v3/OS-EP-FILTER/endpoint_groups", "endpoint_group", body{"name": name, "filters": filters})
}

func TestAnEndpointGroupLivesFromPostToDelete(t *testing.T) {
	w := startShop(t)
	made := w.Do("POST", "/v3/OS-EP-FILTER/endpoint_groups", w.admin,
		body{"endpoint_group": body{"name": "Korean", "description": "in Korea", "filters": body{"region_id": "Korea", "service_id": w.service}}}).Want(201)
	id := made.Text("endpoint_group.id")
	path := "/v3/OS-EP-FILTER/endpoint_groups/" + id
	want := body{"id": id, "name": "Korean", "description": "in Korea", "filters": body{"region_id": "Korea", "service_id": w.service}, "links": body{"self": w.URL + path}}
	if diff := cmp.Diff(want, made.Get("endpoint_group")); diff != "" {
		t.Error(diff)
	}
	if diff := cmp.Diff(want, w.Do("GET", path, w.admin, nil).Want(200).Get("endpoint_group")); diff != "" {
		t.Error(diff)
	}
	w.Do("HEAD", path, w.admin, nil).Want(200)
	changed := w.Do("PATCH", path, w.admin, body{"endpoint_group": body{"description": nil, "filters": body{"interface": "admin"}}}).Want(200)
	want = body{"id": id, "name": "Korean", "description": nil, "filters": body{"interface": "admin"}, "links": body{"self": w.URL + path}}
	if diff := cmp.Diff(want, changed.Get("endpoint_group")); diff != "" {
		t.Error(diff)
	}
	w.Do("DELETE", path, w.admin, nil).Want(204)
	for _, method := range []string{"GET", "HEAD", "DELETE"} {
		w.Do(method, path, w.admin, nil).Want(404)
	}
	if got := w.Do("PATCH", path, w.admin, body{"endpoint_group": body{"name": "x"}}).Want(404); got.Text("error.message") != "Could not find Endpoint Group: "+id+"." {
		t.Errorf("%s", got.Body)
	}
}

// Endpoints are grouped by service, region and interface, and by nothing that would take in more
// than was meant.
func TestEndpointGroupsFilterByThreeAttributesOnly(t *testing.T) {
	w := startShop(t)
	for _, in := range []string{`{"name": "n"}`, `{"filters": {"interface": "admin"}}`, `{"name": "n", "filters": {}}`, `{"name": "", "filters": {"interface": "admin"}}`,
		`{"name": "n", "filters": {"url": "https://a"}}`, `{"name": "n", "filters": {"interface": "admin", "enabled": true}}`, `{"name": "n", "filters": {"interface": null}}`,
		`{"name": "n", "filters": {"region_id": ""}}`, `{"name": "n", "filters": {"service_id": 5}}`, `{"name": "n", "filters": []}`, `{"name": "n", "filters": null}`} {
		w.Do("POST", "/v3/OS-EP-FILTER/endpoint_groups", w.admin, `{"endpoint_group": `+in+`}`).Want(400)
	}
	id := w.endpointGroup("g", body{"interface": "public", "service_id": w.service, "region_id": "Japan"})
	for _, in := range []string{`{"filters": {"url": "x"}}`, `{"filters": {"region_id": null}}`, `{"name": null}`, `{"id": "other"}`} {
		w.Do("PATCH", "/v3/OS-EP-FILTER/endpoint_groups/"+id, w.admin, `{"endpoint_group": `+in+`}`).Want(400)
	}
	for _, test := range []struct {
		filters body
		want    []string
	}{
		{body{"interface": "public", "service_id": w.service, "region_id": "Japan"}, []string{"Japan"}},
		{body{"service_id": w.service}, []string{"", "Japan", "Korea", "Pangyo"}},
		{body{"region_id": "Korea"}, []string{"Korea"}}, // not the regions in it
		{body{"service_id": w.service, "interface": "admin"}, nil},
		{body{"interface": "nobody's"}, nil},
	} {
		w.Do("PATCH", "/v3/OS-EP-FILTER/endpoint_groups/"+id, w.admin, body{"endpoint_group": body{"filters": test.filters}}).Want(200)
		want := map[string]bool{}
		for _, region := range test.want {
			want[w.endpoints[region]] = true
		}
		if diff := cmp.Diff(want, ids(w.Do("GET", "/v3/OS-EP-FILTER/endpoint_groups/"+id+"/endpoints", w.admin, nil).Want(200), "endpoints")); diff != "" {
			t.Errorf("%v: %s", test.filters, diff)
		}
	}
	w.Do("GET", "/v3/OS-EP-FILTER/endpoint_groups/missing/endpoints", w.admin, nil).Want(404)
}

func TestEndpointGroupsAreListedByNameAndNothingElse(t *testing.T) {
	w := startShop(t)
	public, admin := w.endpointGroup("for all", body{"interface": "public"}), w.endpointGroup("for few", body{"interface": "admin"})
	for query, want := range map[string]map[string]bool{"": {public: true, admin: true}, "?name=for%20all": {public: true}, "?name=nothing": {}, "?name__endswith=few": {admin: true}} {
		if diff := cmp.Diff(want, ids(w.Do("GET", "/v3/OS-EP-FILTER/endpoint_groups"+query, w.admin, nil).Want(200), "endpoint_groups")); diff != "" {
			t.Errorf("%q: %s", query, diff)
		}
	}
	w.Do("GET", "/v3/OS-EP-FILTER/endpoint_groups?interface=public", w.admin, nil).Want(400)
}

func TestAProjectIsAssociatedWithEndpointsAndGroupsOnce(t *testing.T) {
	w := startShop(t)
	project, group := w.project("garden", "default"), w.endpointGroup("Korean", body{"region_id": "Korea"})
	one := "/v3/OS-EP-FILTER/projects/" + project + "/endpoints/" + w.endpoints["Japan"]
	many := "/v3/OS-EP-FILTER/endpoint_groups/" + group + "/projects/" + project
	w.Do("GET", one, w.admin, nil).Want(404)
	w.Do("GET", many, w.admin, nil).Want(404)
	w.Do("PUT", one, w.admin, nil).Want(204)
	w.Do("PUT", many, w.admin, nil).Want(204)
	w.Do("PUT", one, w.admin, nil).Want(409)
	w.Do("PUT", many, w.admin, nil).Want(409)
	w.Do("GET", one, w.admin, nil).Want(204)
	w.Do("HEAD", one, w.admin, nil).Want(204)
	want := body{"project_id": project, "endpoint_group_id": group, "links": body{"self": w.URL + many}}
	if diff := cmp.Diff(want, w.Do("GET", many, w.admin, nil).Want(200).Get("project_endpoint_group")); diff != "" {
		t.Error(diff)
	}
	w.Do("HEAD", many, w.admin, nil).Want(200)
	for path, want := range map[string]struct {
		list string
		ids  map[string]bool
	}{
		"projects/" + project + "/endpoints":                       {"endpoints", map[string]bool{w.endpoints["Japan"]: true, w.endpoints["Korea"]: true}},
		"projects/" + project + "/endpoint_groups":                 {"endpoint_groups", map[string]bool{group: true}},
		"endpoints/" + w.endpoints["Japan"] + "/projects":          {"projects", map[string]bool{project: true}},
		"endpoints/" + w.endpoints["Korea"] + "/projects":          {"projects", map[string]bool{}}, // the group's, not its own
		"endpoint_groups/" + group + "/projects":                   {"projects", map[string]bool{project: true}},
		"projects/" + string(w.Admin.Project) + "/endpoints":       {"endpoints", map[string]bool{}},
		"endpoint_groups/" + "missing" + "/projects":               {"projects", map[string]bool{}},
		"projects/" + string(w.Admin.Project) + "/endpoint_groups": {"endpoint_groups", map[string]bool{}},
	} {
		if diff := cmp.Diff(want.ids, ids(w.Do("GET", "/v3/OS-EP-FILTER/"+path, w.admin, nil).Want(200), want.list)); diff != "" {
			t.Errorf("%s: %s", path, diff)
		}
	}
	w.Do("DELETE", one, w.admin, nil).Want(204)
	w.Do("DELETE", many, w.admin, nil).Want(204)
	w.Do("DELETE", one, w.admin, nil).Want(404)
	w.Do("DELETE", many, w.admin, nil).Want(404)
}

func TestEndpointAssociationsAreWithWhatExists(t *testing.T) {
	w := startShop(t)
	project, group := w.project("garden", "default"), w.endpointGroup("Korean", body{"region_id": "Korea"})
	for _, method := range []string{"PUT", "GET", "DELETE"} {
		for _, path := range []string{"projects/missing/endpoints/" + w.endpoints[""], "projects/" + project + "/endpoints/missing",
			"endpoint_groups/" + group + "/projects/missing", "endpoint_groups/missing/projects/" + project} {
			w.Do(method, "/v3/OS-EP-FILTER/"+path, w.admin, nil).Want(404)
		}
	}
	for _, path := range []string{"projects/missing/endpoints", "projects/missing/endpoint_groups", "endpoints/missing/projects"} {
		w.Do("GET", "/v3/OS-EP-FILTER/"+path, w.admin, nil).Want(404)
	}
}

// buyer is a user with a role on a project of its own.
func (w *shopWorld) buyer(name string) (project, token string) {
	w.t.Helper()
	project = w.project(name, "default")
	user := w.user(name, "default")
	w.put("projects", project, "users", user, "roles", w.role("member"))
	return project, w.login(user, servertest.Project(project))
}

// sees says which regions of the shop the catalogs of a token show, wherever they are shown.
func (w *shopWorld) sees(token string, want ...string) {
	w.t.Helper()
	var urls []string
	for _, region := range want {
		urls = append(urls, "https://shop.example.com/"+region)
	}
	if diff := cmp.Diff(urls, catalogURLs(w.Env, token, "shop")); diff != "" {
		w.t.Errorf("the token shows (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff(urls, serviceURLs(w.Do("GET", "/v3/auth/catalog", token, nil).Want(200).Get("catalog"), "url")); diff != "" {
		w.t.Errorf("GET /v3/auth/catalog (-want +got):\n%s", diff)
	}
	old := w.Do("GET", "/v2.0/tokens/"+token, w.admin, nil).Want(http.StatusOK)
	if diff := cmp.Diff(urls, serviceURLs(old.Get("access.serviceCatalog"), "publicURL")); diff != "" {
		w.t.Errorf("the v2.0 token (-want +got):\n%s", diff)
	}
}

// serviceURLs are the URLs of the service shop in a catalog.
func serviceURLs(catalog any, member string) (urls []string) {
	for _, s := range catalog.([]any) {
		if s.(body)["type"] != "shop" {
			continue
		}
		for _, e := range s.(body)["endpoints"].([]any) {
			urls = append(urls, e.(body)[member].(string))
		}
	}
	return urls
}

// A project that is associated with endpoints sees those alone, at once, in every catalog; all
// others see what they saw.
func TestACatalogShowsWhatTheProjectIsAssociatedWith(t *testing.T) {
	w := startShop(t)
	project, token := w.buyer("ann")
	_, other := w.buyer("bob")
	all := []string{"", "Japan", "Korea", "Pangyo"}
	w.sees(token, all...)
	w.put("OS-EP-FILTER", "projects", project, "endpoints", w.endpoints["Japan"])
	w.sees(token, "Japan")
	w.sees(other, all...)
	w.sees(w.admin, all...)
	if len(catalogURLs(w.Env, token, "identity")) > 0 {
		t.Error("a service without an associated endpoint is shown")
	}
	group := w.endpointGroup("Korean", body{"region_id": "Korea"})
	w.put("OS-EP-FILTER", "endpoint_groups", group, "projects", project)
	w.sees(token, "Japan", "Korea")
	w.Do("PATCH", "/v3/OS-EP-FILTER/endpoint_groups/"+group, w.admin, body{"endpoint_group": body{"filters": body{"region_id": "Pangyo"}}}).Want(200)
	w.sees(token, "Japan", "Pangyo")
	w.Do("PATCH", "/v3/endpoints/"+w.endpoints["Pangyo"], w.admin, body{"endpoint": body{"enabled": false}}).Want(200)
	w.sees(token, "Japan")
	w.del("OS-EP-FILTER", "projects", project, "endpoints", w.endpoints["Japan"])
	w.sees(token) // what it is associated with is disabled
	w.del("OS-EP-FILTER", "endpoint_groups", group)
	w.sees(token, "", "Japan", "Korea")
}

// An endpoint, a service or a project takes its associations along, so that what is left shows
// everything again.
func TestEndpointAssociationsGoWithEitherSide(t *testing.T) {
	w := startShop(t)
	project, token := w.buyer("ann")
	doomed, _ := w.buyer("bob")
	group := w.endpointGroup("Korean", body{"region_id": "Korea"})
	for _, p := range []string{project, doomed} {
		w.put("OS-EP-FILTER", "projects", p, "endpoints", w.endpoints["Japan"])
		w.put("OS-EP-FILTER", "endpoint_groups", group, "projects", p)
	}
	w.del("projects", doomed)
	for _, path := range []string{"endpoint_groups/" + group, "endpoints/" + w.endpoints["Japan"]} {
		if diff := cmp.Diff(map[string]bool{project: true}, ids(w.Do("GET", "/v3/OS-EP-FILTER/"+path+"/projects", w.admin, nil).Want(200), "projects")); diff != "" {
			t.Errorf("%s: %s", path, diff)
		}
	}
	w.del("endpoints", w.endpoints["Japan"])
	w.sees(token, "Korea")
	w.del("OS-EP-FILTER", "endpoint_groups", group)
	w.sees(token, "", "Korea", "Pangyo")
	w.put("OS-EP-FILTER", "projects", project, "endpoints", w.endpoints["Korea"])
	w.del("services", w.service)
	if len(catalogURLs(w.Env, token, "identity")) == 0 {
		t.Error("the association with a service that is gone still filters")
	}
}

// return_all_endpoints_if_no_filter = false: what no endpoint is associated with shows none.
func TestWithoutAssociationsThereMayBeNoCatalog(t *testing.T) {
	w := &shopWorld{cloud: startCloud(t, servertest.Options{Config: func(c *config.Config) { c.EndpointFilter.ReturnAllIfNoFilter = false }})}
	w.service = w.post("/v3/services", "service", body{"type": "shop"})
	endpoint := w.post("/v3/endpoints", "endpoint", body{"interface": "public", "service_id": w.service, "url": "https://shop.example.com/"})
	project, token := w.buyer("ann")
	w.sees(token)
	w.sees(w.admin)
	for _, token := range []string{token, w.SystemToken()} {
		if n := len(w.validate(token).Want(200).Get("token.catalog").([]any)); n != 0 {
			t.Errorf("%d services are shown", n)
		}
	}
	w.put("OS-EP-FILTER", "projects", project, "endpoints", endpoint)
	w.sees(token, "")
	w.sees(w.admin)
}

func TestOnlyAdministratorsSayWhatProjectsSee(t *testing.T) {
	w := startShop(t)
	project, member := w.buyer("ann")
	group := w.endpointGroup("Korean", body{"region_id": "Korea"})
	for _, path := range []string{"endpoint_groups", "endpoint_groups/" + group, "endpoint_groups/missing", "endpoint_groups/" + group + "/endpoints", "endpoint_groups/" + group + "/projects",
		"projects/" + project + "/endpoints", "projects/" + project + "/endpoint_groups", "endpoints/" + w.endpoints[""] + "/projects",
		"projects/" + project + "/endpoints/" + w.endpoints[""], "endpoint_groups/" + group + "/projects/" + project} {
		w.Do("GET", "/v3/OS-EP-FILTER/"+path, "", nil).Want(401)
		w.Do("GET", "/v3/OS-EP-FILTER/"+path, member, nil).Want(403)
	}
	for _, path := range []string{"projects/" + project + "/endpoints/" + w.endpoints[""], "endpoint_groups/" + group + "/projects/" + project} {
		w.Do("PUT", "/v3/OS-EP-FILTER/"+path, member, nil).Want(403)
		w.Do("DELETE", "/v3/OS-EP-FILTER/"+path, member, nil).Want(403)
	}
	w.Do("POST", "/v3/OS-EP-FILTER/endpoint_groups", member, `{"endpoint_group": {"name": "n", "filters": {"interface": "admin"}}}`).Want(403)
	w.Do("PATCH", "/v3/OS-EP-FILTER/endpoint_groups/"+group, member, `{"endpoint_group": {"name": "n"}}`).Want(403)
	w.Do("DELETE", "/v3/OS-EP-FILTER/endpoint_groups/"+group, member, nil).Want(403)
	w.sees(member, "", "Japan", "Korea", "Pangyo")
}
