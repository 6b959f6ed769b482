package portal_test

import (
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/lintel-id/lintel/internal/config"
	"github.com/lintel-id/lintel/internal/identity"
	"github.com/lintel-id/lintel/internal/server/servertest"
)

const (
	overview     = "/portal/admin/overview"
	catalog      = "/portal/admin/catalog"
	regions      = catalog + "/regions"
	services     = catalog + "/services"
	endpointSets = catalog + "/endpoints"
	limits       = "/portal/admin/limits"
)

// linked returns the first address on the page that an expression finds.
func (s *shown) linked(expression string) string {
	s.t.Helper()
	m := regexp.MustCompile(`(?:href|action)="(` + expression + `)"`).FindStringSubmatch(s.Body)
	if m == nil {
		s.t.Fatalf("no link %s: %s", expression, s.text())
	}
	return strings.ReplaceAll(m[1], "&amp;", "&")
}

// makeService makes a service with the form, and returns the address of the form for its endpoints.
func (b *browser) makeService(pairs ...string) string {
	b.t.Helper()
	made := b.post(services+"/create", append(pairs, "enabled", "1")...)
	if made.Status != 303 {
		made.want(303)
	}
	return made.Header.Get("Location")
}

// catalogOf are the URLs of a type in the catalog of a token, by region and interface.
func catalogOf(env *servertest.Env, token, kind string) map[string]string {
	urls := map[string]string{}
	for _, s := range env.Do("GET", "/v3/auth/catalog", token, nil).Want(200).Get("catalog").([]any) {
		service := s.(map[string]any)
		if service["type"] != kind {
			continue
		}
		for _, e := range service["endpoints"].([]any) {
			one := e.(map[string]any)
			urls[one["region_id"].(string)+" "+one["interface"].(string)] = one["url"].(string)
		}
	}
	return urls
}

func TestAServiceIsPutIntoTheCatalogMovedAndTakenOutAgain(t *testing.T) {
	env := servertest.Start(t, servertest.Options{})
	b := newBrowser(t, env).signIn()
	b.get(catalog).want(200, "identity keystone", "RegionOne", "public "+env.URL+"/v3", "Create Service")
	b.post(regions+"/create", "id", "Seoul 1", "parent_region_id", "RegionOne", "description", "the second").redirected(catalog)
	b.get(catalog).want(200, "The region was saved", "Seoul 1", "the second", "0 services")

	form := b.makeService("type", "object-store", "name", "swift")
	b.get(form).want(200, "Endpoints: object-store (swift)", "Public URL")
	b.post(form, "region_id", "Seoul 1", "public", "https://s3.example.com/v1/AUTH_$(project_id)s", "internal", " http://10.0.0.1/v1 ").redirected(catalog)
	page := b.get(catalog+"?q=swift").want(200, "public https://s3.example.com/v1/AUTH_$(project_id)s", "internal http://10.0.0.1/v1", "1 to 1 of 1")
	project := string(env.Admin.Project)
	want := map[string]string{"Seoul 1 public": "https://s3.example.com/v1/AUTH_" + project, "Seoul 1 internal": "http://10.0.0.1/v1"}
	same(t, catalogOf(env, env.AdminToken(), "object-store"), want)

	edit := page.linked(endpointSets + "/[0-9a-f]+/edit")
	b.get(edit).want(200, "Endpoints: object-store (swift) – Seoul 1")
	b.post(edit, "public", "https://s3.example.com", "public_enabled", "1", "admin", "https://admin.example.com", "internal_enabled", "1").redirected(catalog)
	b.get(catalog).want(200, "Partly enabled", "admin https://admin.example.com").without("10.0.0.1")
	same(t, catalogOf(env, env.AdminToken(), "object-store"), map[string]string{"Seoul 1 public": "https://s3.example.com"})

	b.get(regions+"/RegionOne/delete").want(200, "Delete these first: identity (keystone) – RegionOne, object-store (swift) – Seoul 1").without("<button class=\"danger solid\">")
	b.post(regions+"/Seoul%201/delete").want(422, "have associated endpoints")
	service := page.linked(services + "/[0-9a-f]+/delete")
	b.get(service).want(200, "Delete the service object-store (swift)?", "https://s3.example.com, https://admin.example.com")
	b.post(service).redirected(catalog)
	b.get(catalog).want(200, "The service was deleted").without("object-store")
	b.get(regions+"/Seoul%201/delete").want(200, "Delete the region Seoul 1?", "no client notices")
	b.post(regions + "/Seoul%201/delete").redirected(catalog)
	b.get(catalog).without("Seoul 1")
	b.get(regions + "/Seoul%201/edit").want(404)
}

func same(t *testing.T, got, want map[string]string) {
	t.Helper()
	if len(got) != len(want) {
		t.Fatalf("got %v, want %v", got, want)
	}
	for key, v := range want {
		if got[key] != v {
			t.Errorf("%s is %q, want %q", key, got[key], v)
		}
	}
}

func TestWhatIsWrongWithTheCatalogStandsBesideItsField(t *testing.T) {
	env := servertest.Start(t, servertest.Options{})
	b := newBrowser(t, env).signIn()
	form := b.makeService("type", "image")
	b.post(form, "region_id", "RegionOne", "public", "https://image.example.com").redirected(catalog)
	set := b.get(catalog + "?q=image").linked(endpointSets + "/[0-9a-f]+/edit")
	for name, c := range map[string]struct {
		path        string
		form        []string
		field, says string
	}{
		"no region":         {regions + "/create", []string{"id", " "}, "id", "Enter a name."},
		"a taken region":    {regions + "/create", []string{"id", "RegionOne"}, "id", "taken"},
		"a region with a /": {regions + "/create", []string{"id", "a/b"}, "id", "cannot stand in a URL"},
		"a foreign parent":  {regions + "/create", []string{"id", "b", "parent_region_id", "nowhere"}, "parent_region_id", "does not exist"},
		"no type":           {services + "/create", []string{"type", " "}, "type", "must not be blank"},
		"no URL":            {form, []string{"region_id", "RegionOne"}, "public", "at least one URL"},
		"an unknown field":  {form, []string{"public", "https://a.example/$(password)s"}, "public", `unknown field "password"`},
		"half a field":      {form, []string{"internal", "https://a.example/$(project_id"}, "internal", "does not end in )s"},
		"no scheme":         {form, []string{"public", "https://a.example", "admin", "a.example"}, "admin", "does not begin with a scheme"},
		"a foreign region":  {form, []string{"public", "https://a.example", "region_id", "nowhere"}, "region_id", "does not exist"},
		"a second set":      {form, []string{"public", "https://b.example", "region_id", "RegionOne"}, "region_id", "Change those instead"},
		"nothing left":      {set, []string{"public", ""}, "public", "at least one URL"},
		"a wrong edit":      {set, []string{"public", "https://%"}, "public", "begins no field"},
	} {
		t.Run(name, func(t *testing.T) {
			b.t = t
			p := b.post(c.path, append(c.form, "description", "kept words")...).want(422, c.says, "Please correct this:")
			if !strings.Contains(p.Body, `<a href="#`+c.field+`">`) || !strings.Contains(p.Body, `id="`+c.field+`-error"`) {
				t.Errorf("nothing leads to %s", c.field)
			}
		})
	}
	b.t = t
	same(t, catalogOf(env, env.AdminToken(), "image"), map[string]string{"RegionOne public": "https://image.example.com"})
	b.get(services + "/nothing/edit").want(404)
	b.get(endpointSets + "/nothing/edit").want(404)
}

func TestNamesInTheCatalogAreData(t *testing.T) {
	env := servertest.Start(t, servertest.Options{})
	b := newBrowser(t, env).signIn()
	const evil = `<img src=x onerror=alert(1)>"'`
	form := b.makeService("type", "t"+evil, "name", "n"+evil, "description", "d"+evil)
	b.post(regions+"/create", "id", "r?#%"+strings.ReplaceAll(evil, "/", ""), "description", evil).redirected(catalog)
	b.post(form, "region_id", "r?#%"+evil, "public", "javascript:alert(1)").redirected(catalog)
	page := b.get(catalog).want(200, "t"+evil, "n"+evil, "r?#%"+evil)
	pages := []*shown{page, b.get(form), b.get(page.linked(regions + "/r[^\"]*/edit")), b.get(page.linked(regions + "/r[^\"]*/delete")), b.get(page.linked(endpointSets + "/[0-9a-f]+/delete"))}
	b.post(limits+"/create", "service_id", strings.Split(form, "/")[5], "resource_name", evil, "default_limit", "1")
	pages = append(pages, b.get(limits), b.get(b.get(limits).linked(limits+"/[0-9a-f]{32}")))
	for _, p := range pages {
		p.want(200)
		if strings.Contains(p.Body, "<img") || regexp.MustCompile(`(href|action|src)="javascript:`).MatchString(p.Body) {
			t.Errorf("a name is markup: %s", p.Body)
		}
	}
}

func TestALimitOfAProjectTakesThePlaceOfTheDefault(t *testing.T) {
	env := servertest.Start(t, servertest.Options{})
	b := newBrowser(t, env).signIn()
	project := env.Create("/v3/projects", "project", map[string]any{"name": "shop", "domain_id": "default"})
	b.get(limits).want(200, "Enforcement model: flat", "There are no registered limits yet")
	service := env.Do("GET", "/v3/services?type=identity", env.AdminToken(), nil).Want(200).Text("services.0.id")
	b.post(limits+"/create", "service_id", service, "resource_name", "images", "default_limit", "many").want(422, "Enter a whole number")
	b.post(limits+"/create", "service_id", service, "resource_name", "images", "default_limit", "-2").want(422, "not a whole number from -1")
	b.post(limits+"/create", "service_id", service, "resource_name", "", "default_limit", "5").want(422, "must not be blank")
	made := b.post(limits+"/create", "service_id", service, "resource_name", "images", "default_limit", "10", "description", "of glance")
	one := made.Header.Get("Location")
	made.redirected(one)
	b.post(limits+"/create", "service_id", service, "resource_name", "images", "default_limit", "5").want(422, "registered limit for the service and region already")
	b.get(one).want(200, "The limit was saved", "images", "identity (keystone)", "All regions", "None: the default, 10")

	b.post(one, "domain", "Default", "project", "nothing", "resource_limit", "5").want(422, "no project of this name")
	b.post(one, "domain", "Nowhere", "resource_limit", "5").want(422, "no domain of this name")
	b.post(one, "domain", "Default", "project", "shop", "resource_limit", "").want(422, "Enter a whole number")
	b.post(one, "domain", "Default", "project", "shop", "resource_limit", "20").redirected(one)
	b.post(one, "domain", "Default", "project", "shop", "resource_limit", "21").want(422, "It has a limit for this resource already")
	b.post(one, "domain", "Default", "resource_limit", "-1").redirected(one)
	page := b.get(one).want(200, "shop", "20", "The domain Default", "Unlimited")
	if got := env.Do("GET", "/v3/limits?project_id="+project, env.SystemToken(), nil).Want(200).Get("limits.0.resource_limit"); got != 20.0 {
		t.Errorf("the API says %v", got)
	}
	b.get(one+"/delete").want(200, "Delete these first:", "shop").without(`class="danger solid"`)
	b.post(one+"/edit", "service_id", service, "resource_name", "images", "default_limit", "11").want(422, "because there are project limits associated with it")
	b.post(one+"/delete").want(422, "because there are project limits associated with it")

	for range 2 {
		edit := page.linked(one + "/of/[0-9a-f]+/edit")
		b.post(edit, "resource_limit", "x").want(422, "Enter a whole number")
		b.post(edit, "resource_limit", "7", "description", "less").redirected(one)
		b.get(one).want(200, "7", "less")
		end := page.linked(one + "/of/[0-9a-f]+/delete")
		b.get(end).want(200, "Instead of 7, the default holds again: 10")
		b.post(end).redirected(one)
		page = b.get(one).want(200, "The limit was deleted")
	}
	b.post(one+"/edit", "service_id", service, "region_id", "RegionOne", "resource_name", "images", "default_limit", "12").redirected(one)
	b.get(one).want(200, "12", "RegionOne")
	b.get(one+"/delete").want(200, "Nothing limits images of identity (keystone) any more")
	b.post(one + "/delete").redirected(limits)
	b.get(limits).want(200, "The limit was deleted", "There are no registered limits yet")
	b.get(one).want(404)
}

func TestTheStrictModelsRefusalStandsBesideTheLimit(t *testing.T) {
	env := servertest.Start(t, servertest.Options{Config: func(cfg *config.Config) { cfg.UnifiedLimit.EnforcementModel = string(identity.StrictTwoLevelLimits) }})
	b := newBrowser(t, env).signIn()
	service := env.Do("GET", "/v3/services?type=identity", env.AdminToken(), nil).Want(200).Text("services.0.id")
	one := b.post(limits+"/create", "service_id", service, "resource_name", "images", "default_limit", "10").Header.Get("Location")
	b.get(limits).want(200, "Enforcement model: strict_two_level")
	p := b.post(one, "domain", "Default", "project", "admin", "resource_limit", "11").want(422, "doesn't satisfy current hierarchy model")
	if !strings.Contains(p.Body, `id="limit-resource_limit-error"`) {
		t.Error("it does not stand beside the field")
	}
	b.post(one, "domain", "Default", "project", "admin", "resource_limit", "9").redirected(one)
	edit := b.get(one).linked(one + "/of/[0-9a-f]+/edit")
	b.post(edit, "resource_limit", "11").want(422, "doesn't satisfy current hierarchy model")
}

func TestTheOverviewSaysWhatThereIsAndWhatToDoNext(t *testing.T) {
	env := servertest.Start(t, servertest.Options{})
	b := newBrowser(t, env).signIn()
	b.get("/portal/admin").want(200, "What to do next", "Create Project", "Create User", "Create Service", "Projects 1", "Users 1", "(this server)", "sqlite, at revision", "Nobody has used it")
	env.Create("/v3/projects", "project", map[string]any{"name": "shop", "domain_id": "default"})
	b.get(overview).want(200, "Done: Create Project", "Projects 2")
	env.Create("/v3/users", "user", map[string]any{"name": "ada", "domain_id": "default"})
	env.Create("/v3/services", "service", map[string]any{"type": "image"})
	b.makeCredential("ci").want(201)
	env.Do("POST", "/v2.0/tokens", "", map[string]any{"auth": map[string]any{"tenantName": "admin", "passwordCredentials": map[string]any{"username": "admin", "password": servertest.AdminPassword}}}).Want(200)
	b.get(overview).want(200, "Users 2", "Application Credentials 1", "Who used v2.0 last. User Domain Last used admin Default").without("What to do next", "Nobody has used it")
}

func TestDeletingARegionAsksForThePasswordAgainAndComesBack(t *testing.T) {
	clock := servertest.NewClock(time.Now())
	env := servertest.Start(t, servertest.Options{Now: clock.Now})
	b := newBrowser(t, env).signIn()
	b.post(regions+"/create", "id", "Seoul 1").redirected(catalog)
	clock.Add(10 * time.Minute)
	b.get(catalog).want(200)
	clock.Add(5 * time.Minute)
	const end = regions + "/Seoul%201/delete"
	b.do(b.request("GET", end, nil)).asksToConfirm(end)
	b.post(end).asksToConfirm(end)
	b.get(catalog).want(200, "Seoul 1")
	b.post(confirm, "next", end, "password", servertest.AdminPassword).redirected(end)
	b.post(end).redirected(catalog)
	b.get(catalog).without("Seoul 1")
}

// Whoever is in a domain administers that, and is led to nothing else.
func TestASessionInADomainBeginsWithItsProjects(t *testing.T) {
	env := servertest.Start(t, servertest.Options{})
	role := env.Do("GET", "/v3/roles?name=admin", env.AdminToken(), nil).Want(200).Text("roles.0.id")
	env.Do("PUT", "/v3/domains/default/users/"+string(env.Admin.User)+"/roles/"+role, env.AdminToken(), nil).Want(204)
	b := newBrowser(t, env).signIn()
	b.get("/portal/admin").want(200, "Overview", "Catalog", "Limits")
	b.post("/portal/projects", "project", "domain:default", "next", "/portal/admin")
	b.get("/portal/admin").want(200, "Projects", "Users").without("Overview", "Catalog")
	b.get(overview).want(403)
}
