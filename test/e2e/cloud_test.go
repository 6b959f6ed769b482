//go:build e2e

package e2e

import (
	"testing"

	"github.com/lintel-id/lintel/internal/server/servertest"
)

// cloudStops are the pages about the cloud as a whole. click leads on to a page whose address holds an id.
func cloudStops() []stop {
	const admin, catalog, limits = "/portal/admin", "/portal/admin/catalog", "/portal/admin/limits"
	follow := func(selector string) func(p *tab) {
		return func(p *tab) {
			before := p.address()
			p.script(`document.querySelector('` + selector + `').click()`)
			p.until("the next page", func() bool {
				return p.holds(`document.readyState === "complete" && location.pathname + location.search !== "` + before + `"`)
			})
		}
	}
	wrong := func(p *tab) {
		p.script(`(() => { const f = document.querySelector("form.card"); f.noValidate = true; f.querySelector("button.primary").click() })()`)
		p.until("the errors", func() bool { return p.holds(`!!document.querySelector(".problem")`) })
	}
	return []stop{
		{name: "overview", path: admin},
		{name: "catalog", path: catalog},
		{name: "catalog-nothing", path: catalog + "?q=nothing+like+this"},
		{name: "region-create", path: catalog + "/regions/create"},
		{name: "region-edit", path: catalog + "/regions/RegionOne/edit"},
		{name: "region-used", path: catalog + "/regions/RegionOne/delete"},
		{name: "region-delete", path: catalog + "/regions/EU/delete"},
		{name: "service-create-wrong", path: catalog + "/services/create", do: wrong},
		{name: "service-edit", path: catalog + "?q=object-store", do: follow(`a[href*="/services/"][href$="/edit"]`)},
		{name: "service-delete", path: catalog + "?q=object-store", do: follow(`a[href*="/services/"][href$="/delete"]`)},
		{name: "endpoints-create", path: catalog + "?q=object-store", do: follow(`a[href$="/endpoints"]`)},
		{name: "endpoints-edit", path: catalog + "?q=object-store", do: follow(`a[href*="/endpoints/"][href$="/edit"]`)},
		{name: "endpoints-delete", path: catalog + "?q=object-store", do: follow(`a[href*="/endpoints/"][href$="/delete"]`)},
		{name: "limits", path: limits},
		{name: "limits-nothing", path: limits + "?q=nothing+like+this"},
		{name: "limit-create", path: limits + "/create"},
		{name: "limit", path: limits + "?q=image", do: follow(`tbody th a`)},
		{name: "limit-used", path: limits + "?q=image", do: follow(`tbody .act a`)},
	}
}

// fillWholeCatalog makes a cloud with something in it.
func fillWholeCatalog(t *testing.T, env *servertest.Env) {
	t.Helper()
	admin := env.AdminToken()
	create := func(path, noun string, body map[string]any) string { return env.Create(path, noun, body) }
	for _, body := range []map[string]any{{"id": "EU", "description": "Europe"}, {"id": "EU-Central", "parent_region_id": "EU", "description": "Frankfurt"}} {
		env.Do("POST", "/v3/regions", admin, map[string]any{"region": body}).Want(201)
	}
	for kind, one := range map[string]struct{ name, path string }{"compute": {"nova", ":8774/v2.1"}, "image": {"glance", ":9292"}, "object-store": {"swift", ":8080/v1/AUTH_$(project_id)s"},
		"volumev3": {"cinder", ":8776/v3/$(project_id)s"}, "key-manager": {"barbican", ":9311"}} {
		service := create("/v3/services", "service", map[string]any{"type": kind, "name": one.name, "description": "The service " + one.name})
		if kind == "key-manager" {
			continue
		}
		for _, region := range []string{"RegionOne", "EU-Central"} {
			for _, at := range []string{"public", "internal"} {
				create("/v3/endpoints", "endpoint", map[string]any{"service_id": service, "interface": at, "region_id": region, "url": "https://" + at + "." + one.name + ".example.com" + one.path, "enabled": at == "public" || region != "EU-Central"})
			}
		}
		if kind == "image" {
			limit := map[string]any{"service_id": service, "resource_name": "image_count_total", "default_limit": 100, "description": "Images of a project"}
			env.Do("POST", "/v3/registered_limits", admin, map[string]any{"registered_limits": []any{limit}}).Want(201)
			project := create("/v3/projects", "project", map[string]any{"name": "render-farm", "domain_id": "default"})
			env.Do("POST", "/v3/limits", admin, map[string]any{"limits": []any{map[string]any{"service_id": service, "resource_name": "image_count_total", "project_id": project, "resource_limit": 2000}}}).Want(201)
		}
	}
	env.Do("POST", "/v2.0/tokens", "", map[string]any{"auth": map[string]any{"tenantName": "admin",
		"passwordCredentials": map[string]any{"username": "admin", "password": servertest.AdminPassword}}}).Want(200)
}

// An administrator puts a service into the catalog by what is on the screen, a program finds it there, and it goes again.
func TestAServiceIsPutIntoTheCatalogByWhatIsOnTheScreen(t *testing.T) {
	env := start(t)
	users := "/v3/users/" + string(env.Admin.User) + "/application_credentials"
	made := env.Do("POST", users, env.AdminToken(), map[string]any{"application_credential": map[string]any{"name": "ci"}}).Want(201)
	token := login(env, made.Text("application_credential.id"), made.Text("application_credential.secret")).Want(201).Header.Get("X-Subject-Token")
	inCatalog := func() string {
		for _, s := range env.Do("GET", "/v3/auth/catalog", token, nil).Want(200).Get("catalog").([]any) {
			if service := s.(map[string]any); service["type"] == "object-store" {
				e := service["endpoints"].([]any)[0].(map[string]any)
				return e["region_id"].(string) + " " + e["url"].(string)
			}
		}
		return ""
	}
	p := openTab(t, env.URL)
	p.open("/portal/admin")
	p.signIn()
	p.click("link", "Catalog")
	p.click("button", "Create Region")
	p.sees("A region is a place")
	p.fill("Region", "SiouxFalls")
	p.click("button", "Create Region")
	p.sees("The region was saved", "SiouxFalls")
	p.click("button", "Create Service")
	p.sees("The kind of API")
	p.fill("Type", "object-store")
	p.click("button", "Create Service")
	p.sees("Endpoints: object-store")
	p.script(`document.querySelector("#region_id").value = "SiouxFalls"`)
	p.fill("Public URL (optional)", "https://s3.example.com:6780/v1/AUTH_$(project_id)s")
	p.click("button", "Create Endpoints")
	p.sees("The endpoints were saved", "https://s3.example.com:6780/v1/AUTH_$(project_id)s")
	if got, want := inCatalog(), "SiouxFalls https://s3.example.com:6780/v1/AUTH_"+string(env.Admin.Project); got != want {
		t.Errorf("the program finds %q, want %q", got, want)
	}
	p.click("link", "Delete object-store")
	p.sees("Delete the service object-store?", "https://s3.example.com:6780")
	p.click("button", "Delete")
	p.sees("The service was deleted")
	if got := inCatalog(); got != "" {
		t.Errorf("the program still finds %q", got)
	}
	p.click("link", "Delete SiouxFalls")
	p.sees("Delete the region SiouxFalls?")
	p.click("button", "Delete")
	p.sees("The region was deleted")
	p.quiet()
}
