package v3_test

import (
	"net/http"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/lintel-id/lintel/internal/config"
	"github.com/lintel-id/lintel/internal/server/servertest"
)

func TestALimitOfAProjectLivesFromPostToDelete(t *testing.T) {
	c := startCloud(t, servertest.Options{})
	nova, project := c.service("compute"), string(c.Admin.Project)
	c.register(nova, "cores", 10)
	made := c.Do("POST", "/v3/limits", c.admin, limitBody("project_id", project, nova, "cores", 20)).Want(http.StatusCreated)
	if made.Get("links") != nil {
		t.Error("the answer to creating many has links")
	}
	id := made.Text("limits.0.id")
	want := body{"id": id, "project_id": project, "domain_id": nil, "service_id": nova, "region_id": nil, "resource_name": "cores", "resource_limit": 20.0,
		"description": nil, "links": body{"self": c.URL + "/v3/limits/" + id}}
	if diff := cmp.Diff(want, made.Get("limits.0")); diff != "" {
		t.Error(diff)
	}
	changed := c.Do("PATCH", "/v3/limits/"+id, c.admin, `{"limit": {"resource_limit": 0, "description": "none left"}}`).Want(http.StatusOK)
	want["resource_limit"], want["description"] = 0.0, "none left"
	if diff := cmp.Diff(want, changed.Get("limit")); diff != "" {
		t.Error(diff)
	}
	if diff := cmp.Diff(want, c.Do("GET", "/v3/limits/"+id, c.admin, nil).Want(http.StatusOK).Get("limit")); diff != "" {
		t.Error(diff)
	}
	for _, text := range []string{`{"limit": {"resource_name": "ram"}}`, `{"limit": {"project_id": "x"}}`, `{"limit": {"resource_limit": null}}`, `{"limit": {"resource_limit": -2}}`, `{}`} {
		c.Do("PATCH", "/v3/limits/"+id, c.admin, text).Want(http.StatusBadRequest)
	}
	c.del("limits", id)
	c.Do("GET", "/v3/limits/"+id, c.admin, nil).Want(http.StatusNotFound)
	c.Do("DELETE", "/v3/limits/"+id, c.admin, nil).Want(http.StatusNotFound)
	c.Do("PATCH", "/v3/limits/"+id, c.admin, `{"limit": {}}`).Want(http.StatusNotFound)
}

func TestALimitThatCannotBeLeavesNothingOfItsRequest(t *testing.T) {
	c := startCloud(t, servertest.Options{})
	nova, project := c.service("compute"), string(c.Admin.Project)
	for _, name := range []string{"good", "cores"} {
		c.register(nova, name, 10)
	}
	item := func(members string) string {
		return `{"service_id": "` + nova + `", "resource_limit": 1, ` + members + `}`
	}
	good := item(`"project_id": "` + project + `", "resource_name": "good"`)
	for text, want := range map[string]int{
		item(`"resource_name": "cores"`): http.StatusBadRequest,
		item(`"project_id": "` + project + `", "domain_id": "default", "resource_name": "cores"`):                   http.StatusBadRequest,
		item(`"project_id": "nowhere", "resource_name": "cores"`):                                                   http.StatusBadRequest,
		item(`"domain_id": "nowhere", "resource_name": "cores"`):                                                    http.StatusBadRequest,
		item(`"domain_id": "` + project + `", "resource_name": "cores"`):                                            http.StatusBadRequest,
		item(`"project_id": "` + project + `", "resource_name": "cores", "region_id": "nowhere"`):                   http.StatusBadRequest,
		item(`"project_id": "` + project + `", "resource_name": "cores", "colour": "red"`):                          http.StatusBadRequest,
		item(`"project_id": "` + project + `"`):                                                                     http.StatusBadRequest,
		`{"service_id": "nowhere", "project_id": "` + project + `", "resource_name": "cores", "resource_limit": 1}`: http.StatusBadRequest,
		`{"service_id": "` + nova + `", "project_id": "` + project + `", "resource_name": "cores"}`:                 http.StatusBadRequest,
		item(`"project_id": "` + project + `", "resource_name": "unregistered"`):                                    http.StatusForbidden,
		item(`"project_id": "` + project + `", "resource_name": "cores", "region_id": "RegionOne"`):                 http.StatusForbidden,
		good: http.StatusConflict,
	} {
		c.Do("POST", "/v3/limits", c.admin, `{"limits": [`+good+`, `+text+`]}`).Want(want)
	}
	for _, text := range []string{`{}`, `{"limits": []}`, `{"limits": ` + good + `}`, `{"limits": ["` + project + `"]}`} {
		c.Do("POST", "/v3/limits", c.admin, text).Want(http.StatusBadRequest)
	}
	if got := values(c.Do("GET", "/v3/limits", c.SystemToken(), nil), "limits", "id"); len(got) != 0 {
		t.Errorf("refused requests left %d limits", len(got))
	}
}

func TestALimitOfAProjectThatIsADomainIsTheDomains(t *testing.T) {
	c := startCloud(t, servertest.Options{})
	nova, acme := c.service("compute"), c.domain("acme")
	c.register(nova, "cores", 10)
	made := c.Do("POST", "/v3/limits", c.admin, limitBody("project_id", acme, nova, "cores", 20)).Want(http.StatusCreated)
	if made.Get("limits.0.domain_id") != acme || made.Get("limits.0.project_id") != nil {
		t.Errorf("the limit is %v", made.Get("limits.0"))
	}
	c.Do("POST", "/v3/limits", c.admin, limitBody("domain_id", acme, nova, "cores", 20)).Want(http.StatusConflict)
}

// limitWorld has two domains with a project each, and a limit on each of the four, whose value
// tells them apart.
func limitWorld(t *testing.T) (c *cloud, ids map[string]string) {
	c = startCloud(t, servertest.Options{})
	nova := c.service("compute")
	c.register(nova, "cores", 100)
	ids = map[string]string{"nova": nova, "acme": c.domain("acme"), "other": c.domain("other")}
	ids["web"], ids["shop"] = c.project("web", ids["acme"]), c.project("shop", ids["other"])
	ids["limit of acme"] = c.limit("domain_id", ids["acme"], nova, "cores", 1)
	ids["limit of web"] = c.limit("project_id", ids["web"], nova, "cores", 2)
	ids["limit of other"] = c.limit("domain_id", ids["other"], nova, "cores", 3)
	ids["limit of shop"] = c.limit("project_id", ids["shop"], nova, "cores", 4)
	return c, ids
}

func TestEverybodySeesTheLimitsOfTheirOwn(t *testing.T) {
	c, ids := limitWorld(t)
	ada := c.user("ada", ids["acme"])
	member, service := c.role("member"), c.role("service")
	c.put("projects", ids["web"], "users", ada, "roles", member)
	c.put("domains", ids["acme"], "users", ada, "roles", member)
	c.put("system/users", ada, "roles", c.role("reader"))
	nova := c.user("nova", ids["other"])
	c.put("projects", ids["shop"], "users", nova, "roles", service)
	all := []any{1.0, 2.0, 3.0, 4.0}
	for _, test := range []struct {
		who, token string
		sees       []any
		reads      []string
	}{
		{"an administrator of the system", c.SystemToken(), all, []string{"acme", "web", "other", "shop"}},
		{"an administrator of a project", c.admin, []any{}, []string{"acme", "web", "other", "shop"}},
		{"a reader of the system", c.login(ada, body{"system": body{"all": true}}), all, []string{"acme", "web", "other", "shop"}},
		{"a service", c.login(nova, servertest.Project(ids["shop"])), all, []string{"shop"}},
		{"a member of a domain", c.login(ada, servertest.Domain(ids["acme"])), []any{1.0, 2.0}, []string{"acme", "web"}},
		{"a member of a project", c.login(ada, servertest.Project(ids["web"])), []any{2.0}, []string{"web"}},
	} {
		got := values(c.Do("GET", "/v3/limits", test.token, nil), "limits", "resource_limit")
		if diff := cmp.Diff(test.sees, got, cmpopts.SortSlices(func(a, b any) bool { return a.(float64) < b.(float64) })); diff != "" {
			t.Errorf("%s: %s", test.who, diff)
		}
		for _, of := range []string{"acme", "web", "other", "shop"} {
			want := http.StatusForbidden
			if strings.Contains(strings.Join(test.reads, " "), of) {
				want = http.StatusOK
			}
			if answer := c.Do("GET", "/v3/limits/"+ids["limit of "+of], test.token, nil); answer.Status != want {
				t.Errorf("%s: the limit of %s is answered %d, want %d", test.who, of, answer.Status, want)
			}
		}
	}
}

func TestLimitsAreFiltered(t *testing.T) {
	c, ids := limitWorld(t)
	for query, want := range map[string]int{"": 4, "?project_id=" + ids["web"]: 1, "?domain_id=" + ids["acme"]: 1, "?project_id=" + ids["acme"]: 0,
		"?service_id=" + ids["nova"]: 4, "?service_id=x": 0, "?region_id=RegionOne": 0, "?resource_name=cores": 4, "?resource_name__endswith=ores": 4,
		"?resource_name__endswith=x": 0, "?resource_limit=1": 4} {
		if got := values(c.Do("GET", "/v3/limits"+query, c.SystemToken(), nil), "limits", "id"); len(got) != want {
			t.Errorf("%s finds %d limits, want %d", query, len(got), want)
		}
	}
}

func TestLimitsDieWithTheirProjectAndDomain(t *testing.T) {
	c, ids := limitWorld(t)
	c.del("projects", ids["shop"])
	c.Do("GET", "/v3/limits/"+ids["limit of shop"], c.admin, nil).Want(http.StatusNotFound)
	c.Do("PATCH", "/v3/domains/"+ids["acme"], c.admin, `{"domain": {"enabled": false}}`).Want(http.StatusOK)
	c.del("domains", ids["acme"])
	if got := values(c.Do("GET", "/v3/limits", c.SystemToken(), nil), "limits", "resource_limit"); !cmp.Equal(got, []any{3.0}) {
		t.Errorf("limits left: %v", got)
	}
}

func TestAProjectTreeShowsLimitsWhenAsked(t *testing.T) {
	c, ids := limitWorld(t)
	below := c.project("below", ids["web"])
	c.put("projects", ids["web"], "users", string(c.Admin.User), "roles", c.role("reader"))
	c.put("projects", below, "users", string(c.Admin.User), "roles", c.role("reader"))
	parent := c.Do("GET", "/v3/projects/"+below+"?parents_as_list&include_limits", c.admin, nil).Want(http.StatusOK)
	want := []any{body{"id": ids["limit of web"], "project_id": ids["web"], "domain_id": nil, "service_id": ids["nova"], "region_id": nil,
		"resource_name": "cores", "resource_limit": 2.0, "description": nil}}
	if diff := cmp.Diff(want, parent.Get("project.parents.0.project.limits")); diff != "" {
		t.Error(diff)
	}
	child := c.Do("GET", "/v3/projects/"+ids["web"]+"?subtree_as_list&include_limits", c.admin, nil).Want(http.StatusOK)
	if diff := cmp.Diff([]any{}, child.Get("project.subtree.0.project.limits")); diff != "" {
		t.Error(diff)
	}
	if c.Do("GET", "/v3/projects/"+ids["web"]+"?subtree_as_list", c.admin, nil).Want(http.StatusOK).Get("project.subtree.0.project.limits") != nil {
		t.Error("limits are shown though nobody asked")
	}
}

func strict(c *config.Config) { c.UnifiedLimit.EnforcementModel = "strict_two_level" }

func TestTheLimitModelIsTheOperatorsChoice(t *testing.T) {
	for name, change := range map[string]func(*config.Config){"flat": nil, "strict_two_level": strict} {
		env := servertest.Start(t, servertest.Options{Config: change})
		env.Do("GET", "/v3/limits/model", "", nil).Want(http.StatusUnauthorized)
		model := env.Do("GET", "/v3/limits/model", memberToken(t, env), nil).Want(http.StatusOK)
		if model.Text("model.name") != name || model.Text("model.description") == "" {
			t.Errorf("the model is %v", model.Get("model"))
		}
	}
}

func TestFlatLimitsDoNotLookAtTheTree(t *testing.T) {
	c, ids := limitWorld(t)
	c.Do("PATCH", "/v3/limits/"+ids["limit of web"], c.admin, `{"limit": {"resource_limit": 1000}}`).Want(http.StatusOK)
}

func TestAStrictLimitIsNotAboveItsParentsNorBelowItsChildrens(t *testing.T) {
	c := startCloud(t, servertest.Options{Config: strict})
	nova, acme := c.service("compute"), c.domain("acme")
	web := c.project("web", acme)
	c.register(nova, "cores", 10)
	post := func(level, of string, value, want int) {
		t.Helper()
		c.Do("POST", "/v3/limits", c.admin, limitBody(level, of, nova, "cores", value)).Want(want)
	}
	post("project_id", web, 11, http.StatusForbidden) // the domain has the default, 10
	post("project_id", web, -1, http.StatusForbidden)
	// Together with the domain's own limit it fits.
	both := func(domain, project any) body {
		return body{"limits": append(limitBody("project_id", web, nova, "cores", project)["limits"].([]any), limitBody("domain_id", acme, nova, "cores", domain)["limits"].([]any)...)}
	}
	c.Do("POST", "/v3/limits", c.admin, both(20, 21)).Want(http.StatusForbidden)
	if got := values(c.Do("GET", "/v3/limits", c.SystemToken(), nil), "limits", "id"); len(got) != 0 {
		t.Fatalf("a refused request left %d limits", len(got))
	}
	c.Do("POST", "/v3/limits", c.admin, both(20, 20)).Want(http.StatusCreated)
	ofDomain := c.Do("GET", "/v3/limits?domain_id="+acme, c.SystemToken(), nil).Text("limits.0.id")
	ofProject := c.Do("GET", "/v3/limits?project_id="+web, c.SystemToken(), nil).Text("limits.0.id")
	patch := func(id, value string, want int) {
		t.Helper()
		c.Do("PATCH", "/v3/limits/"+id, c.admin, `{"limit": {"resource_limit": `+value+`}}`).Want(want)
	}
	patch(ofDomain, "19", http.StatusForbidden)
	patch(ofProject, "21", http.StatusForbidden)
	patch(ofProject, "-1", http.StatusForbidden)
	patch(ofDomain, "-1", http.StatusOK) // unlimited: everything is below it
	patch(ofProject, "1000", http.StatusOK)
	patch(ofProject, "-1", http.StatusOK)
	patch(ofDomain, "1000", http.StatusForbidden)
	patch(ofProject, "0", http.StatusOK)
	patch(ofDomain, "0", http.StatusOK)
}

func TestStrictLimitsKeepProjectsFlat(t *testing.T) {
	c := startCloud(t, servertest.Options{Config: strict})
	two := c.project("two", c.project("one", "default"))
	c.Do("POST", "/v3/projects", c.admin, body{"project": body{"name": "three", "parent_id": two}}).Want(http.StatusForbidden)
}

func TestOnlyAdministratorsChangeLimits(t *testing.T) {
	c, ids := limitWorld(t)
	create := limitBody("project_id", string(c.Admin.Project), ids["nova"], "cores", 1)
	for token, want := range map[string]int{"": http.StatusUnauthorized, memberToken(t, c.Env): http.StatusForbidden} {
		c.Do("POST", "/v3/limits", token, create).Want(want)
		c.Do("POST", "/v3/limits", token, `{"limits": 5}`).Want(http.StatusBadRequest)
		c.Do("PATCH", "/v3/limits/"+ids["limit of web"], token, `{"limit": {}}`).Want(want)
		c.Do("DELETE", "/v3/limits/"+ids["limit of web"], token, nil).Want(want)
		c.Do("DELETE", "/v3/limits/nothing", token, nil).Want(want)
		c.Do("GET", "/v3/limits/nothing", token, nil).Want(want)
	}
	c.Do("GET", "/v3/limits", "", nil).Want(http.StatusUnauthorized)
}
