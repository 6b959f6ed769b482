package v3_test

import (
	"context"
	"fmt"
	"net/http"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/lintel-id/lintel/internal/cli/catalogs"
	"github.com/lintel-id/lintel/internal/identity"
	"github.com/lintel-id/lintel/internal/server/servertest"
	"github.com/lintel-id/lintel/internal/store"
)

// body is a request's object under its noun.
type body = map[string]any

var operator = identity.Caller{Local: true}

// insert writes rows past the verbs, as an import of old data does.
func insert(t *testing.T, env *servertest.Env, f func(ctx context.Context, tx *store.Tx) error) {
	t.Helper()
	ctx := context.Background()
	if _, err := env.Core.Store.Update(ctx, func(tx *store.Tx) error { return f(ctx, tx) }); err != nil {
		t.Fatal(err)
	}
	if err := env.Core.Live.Refresh(ctx); err != nil {
		t.Fatal(err)
	}
}

// memberToken is the token of a new user with the role member on a new project.
func memberToken(t *testing.T, env *servertest.Env) string {
	t.Helper()
	const password = "member-Pass-1"
	user := env.Create("/v3/users", "user", body{"name": "mia", "password": password})
	project := env.Create("/v3/projects", "project", body{"name": "garden"})
	role := env.Core.Live.Current().RoleByName("", identity.RoleMember)
	insert(t, env, func(ctx context.Context, tx *store.Tx) error {
		return tx.AddAssignment(ctx, identity.Assignment{Actor: identity.Actor{User: identity.UserID(user)},
			Target: identity.Target{Project: identity.ProjectID(project)}, Role: role.ID})
	})
	return env.Login(servertest.PasswordAuth(user, password, servertest.Project(project)))
}

// catalogURLs are the URLs that a token's catalog shows for a type of service.
func catalogURLs(env *servertest.Env, token, serviceType string) (urls []string) {
	answer := env.Do("GET", "/v3/auth/tokens", token, nil, "X-Subject-Token", token).Want(http.StatusOK)
	for i := 0; ; i++ {
		at := fmt.Sprintf("token.catalog.%d", i)
		if answer.Get(at) == nil {
			return urls
		}
		if answer.Text(at+".type") != serviceType {
			continue
		}
		for j := 0; answer.Get(fmt.Sprintf("%s.endpoints.%d", at, j)) != nil; j++ {
			urls = append(urls, answer.Text(fmt.Sprintf("%s.endpoints.%d.url", at, j)))
		}
	}
}

func loadCatalog(t *testing.T, env *servertest.Env, name string) (added int) {
	t.Helper()
	spec, err := catalogs.Load(name)
	if err != nil {
		t.Fatal(err)
	}
	added, err = env.Core.LoadCatalog(context.Background(), operator, spec.At(env.URL))
	if err != nil {
		t.Fatal(err)
	}
	return added
}

func TestTheNHNCatalogHas28URLs(t *testing.T) {
	env := servertest.Start(t, servertest.Options{})
	before := len(env.Core.Live.Current().Endpoints())
	// 4 regions, 7 services beside identity, which bootstrap made, and 28 endpoints
	if added := loadCatalog(t, env, "nhn"); added != 39 {
		t.Errorf("%d things added, want 39", added)
	}
	answer := env.Do("GET", "/v3/endpoints", env.AdminToken(), nil).Want(http.StatusOK)
	if n := len(answer.Get("endpoints").([]any)); n != before+28 {
		t.Errorf("%d endpoints, want 28 more than %d", n, before)
	}
	project := string(env.Admin.Project)
	want := []string{
		"https://jp1-api-instance-infrastructure.nhncloudservice.com/v2/" + project,
		"https://kr1-api-instance-infrastructure.nhncloudservice.com/v2/" + project,
		"https://kr2-api-instance-infrastructure.nhncloudservice.com/v2/" + project,
		"https://kr3-api-instance-infrastructure.nhncloudservice.com/v2/" + project,
	}
	if diff := cmp.Diff(want, catalogURLs(env, env.AdminToken(), "compute")); diff != "" {
		t.Error(diff)
	}
}

func TestEveryCatalogThatShipsLoadsTwiceAndTheSecondTimeChangesNothing(t *testing.T) {
	env := servertest.Start(t, servertest.Options{})
	for _, name := range catalogs.Names() {
		loadCatalog(t, env, name)
		rev := env.Core.Live.Current().Rev
		if added := loadCatalog(t, env, name); added != 0 {
			t.Errorf("%s: %d things added twice", name, added)
		}
		if now := env.Core.Live.Current().Rev; now != rev {
			t.Errorf("%s: the revision went from %d to %d", name, rev, now)
		}
	}
}

// shop is a catalog of one service in one region.
func shop(url string) identity.CatalogSpec {
	return identity.CatalogSpec{
		Regions: []identity.RegionSpec{{ID: "North", Description: "In the north"}},
		Services: []identity.CatalogServiceSpec{{
			ServiceSpec: identity.ServiceSpec{Type: "shop", Name: "corner", Enabled: true},
			Endpoints:   []identity.EndpointSpec{{Interface: identity.PublicInterface, RegionID: "North", URL: url, Enabled: true}},
		}},
	}
}

func TestLoadingACatalogMovesAURLAndKeepsWhatTheOperatorChanged(t *testing.T) {
	env := servertest.Start(t, servertest.Options{})
	ctx, admin := context.Background(), env.AdminToken()
	if added, err := env.Core.LoadCatalog(ctx, operator, shop("https://a.example.com")); err != nil || added != 3 {
		t.Fatal(added, err)
	}
	found := env.Do("GET", "/v3/endpoints?region_id=North", admin, nil).Want(http.StatusOK)
	id := found.Text("endpoints.0.id")
	env.Do("PATCH", "/v3/endpoints/"+id, admin, body{"endpoint": body{"enabled": false, "name": "till"}}).Want(http.StatusOK)
	env.Do("PATCH", "/v3/regions/North", admin, body{"region": body{"description": "My words"}}).Want(http.StatusOK)

	if added, err := env.Core.LoadCatalog(ctx, operator, shop("https://b.example.com")); err != nil || added != 0 {
		t.Fatal(added, err)
	}
	e := env.Do("GET", "/v3/endpoints/"+id, admin, nil).Want(http.StatusOK)
	if e.Text("endpoint.url") != "https://b.example.com" || e.Get("endpoint.enabled") != false || e.Text("endpoint.name") != "till" {
		t.Errorf("the endpoint is now %s", e.Body)
	}
	if words := env.Do("GET", "/v3/regions/North", admin, nil).Text("region.description"); words != "My words" {
		t.Errorf("the region's description is now %q", words)
	}
}

func TestACatalogThatCannotBeLoadedLeavesNothingBehind(t *testing.T) {
	env := servertest.Start(t, servertest.Options{})
	rev := env.Core.Live.Current().Rev
	spoil := map[string]func(*identity.CatalogSpec){
		"region is not there":      func(s *identity.CatalogSpec) { s.Services[0].Endpoints[0].RegionID = "South" },
		"parent is not there":      func(s *identity.CatalogSpec) { s.Regions[0].ParentID = "Earth" },
		"URL is a secret's":        func(s *identity.CatalogSpec) { s.Services[0].Endpoints[0].URL = "https://a/$(admin_token)s" },
		"URL has no address":       func(s *identity.CatalogSpec) { s.Services[0].Endpoints[0].URL = "/v3" },
		"interface is unknown":     func(s *identity.CatalogSpec) { s.Services[0].Endpoints[0].Interface = "secret" },
		"region stands twice":      func(s *identity.CatalogSpec) { s.Regions = append(s.Regions, s.Regions[0]) },
		"service stands twice":     func(s *identity.CatalogSpec) { s.Services = append(s.Services, s.Services[0]) },
		"endpoint stands twice":    func(s *identity.CatalogSpec) { v := &s.Services[0]; v.Endpoints = append(v.Endpoints, v.Endpoints[0]) },
		"service has no type":      func(s *identity.CatalogSpec) { s.Services[0].Type = "" },
		"region has no id":         func(s *identity.CatalogSpec) { s.Regions[0].ID = "" },
		"region's id is no path's": func(s *identity.CatalogSpec) { s.Regions[0].ID = "a/b" },
	}
	for what, f := range spoil {
		spec := shop("https://a.example.com")
		f(&spec)
		if _, err := env.Core.LoadCatalog(context.Background(), operator, spec); identity.KindOf(err) != identity.Invalid {
			t.Errorf("%s: %v", what, err)
		}
	}
	if now := env.Core.Live.Current().Rev; now != rev {
		t.Errorf("the revision went from %d to %d", rev, now)
	}
}

func TestOnlyAnAdministratorLoadsACatalog(t *testing.T) {
	env := servertest.Start(t, servertest.Options{})
	ctx := context.Background()
	member, err := env.Core.Authenticate(ctx, memberToken(t, env))
	if err != nil {
		t.Fatal(err)
	}
	for caller, want := range map[*identity.Caller]identity.Kind{{}: identity.Unauthorized, &member: identity.Forbidden} {
		if _, err := env.Core.LoadCatalog(ctx, *caller, shop("https://a.example.com")); identity.KindOf(err) != want {
			t.Errorf("got %v, want kind %d", err, want)
		}
	}
}

func TestASystemTokensCatalogLacksTheURLsOfProjects(t *testing.T) {
	env := servertest.Start(t, servertest.Options{})
	loadCatalog(t, env, "gozunga")
	system, admin := env.SystemToken(), env.AdminToken()
	if urls := catalogURLs(env, system, "volumev3"); urls != nil {
		t.Errorf("volumev3 is at %s without a project", urls)
	}
	if diff := cmp.Diff([]string{"https://cloud.fsd1.gozunga.com:8776/v3/" + string(env.Admin.Project)}, catalogURLs(env, admin, "volumev3")); diff != "" {
		t.Error(diff)
	}
	for _, token := range []string{system, admin} {
		if diff := cmp.Diff([]string{"https://cloud.fsd1.gozunga.com:8774/v2.1"}, catalogURLs(env, token, "compute")); diff != "" {
			t.Error(diff)
		}
	}
}

func TestADisabledEndpointOrServiceLeavesTheCatalogAtOnce(t *testing.T) {
	env := servertest.Start(t, servertest.Options{})
	admin := env.AdminToken()
	service := env.Create("/v3/services", "service", body{"type": "shop", "name": "corner"})
	endpoint := env.Create("/v3/endpoints", "endpoint", body{"interface": "public", "service_id": service, "url": "https://shop.example.com"})
	want := func(urls ...string) {
		t.Helper()
		if diff := cmp.Diff(urls, catalogURLs(env, admin, "shop")); diff != "" {
			t.Error(diff)
		}
	}
	want("https://shop.example.com")
	for _, of := range []struct{ path, noun string }{{"/v3/endpoints/" + endpoint, "endpoint"}, {"/v3/services/" + service, "service"}} {
		env.Do("PATCH", of.path, admin, body{of.noun: body{"enabled": false}}).Want(http.StatusOK)
		want()
		env.Do("PATCH", of.path, admin, body{of.noun: body{"enabled": true}}).Want(http.StatusOK)
		want("https://shop.example.com")
	}
	env.Do("DELETE", "/v3/endpoints/"+endpoint, admin, nil).Want(http.StatusNoContent)
	want()
}

func TestACatalogShowsEachServiceAsTokensDo(t *testing.T) {
	env := servertest.Start(t, servertest.Options{})
	service := env.Create("/v3/services", "service", body{"type": "a shop", "name": "corner"}) // the first in order of type
	everywhere := env.Create("/v3/endpoints", "endpoint", body{"interface": "public", "service_id": service, "url": "https://a.example.com/%(user_id)s"})
	north := env.Create("/v3/endpoints", "endpoint", body{"interface": "admin", "service_id": service, "region": "North", "url": "https://north.example.com"})
	want := body{"id": service, "type": "a shop", "name": "corner", "endpoints": []any{
		body{"id": everywhere, "interface": "public", "region": nil, "region_id": nil, "url": "https://a.example.com/" + string(env.Admin.User)},
		body{"id": north, "interface": "admin", "region": "North", "region_id": "North", "url": "https://north.example.com"},
	}}
	answer := env.Do("GET", "/v3/auth/catalog", env.AdminToken(), nil).Want(http.StatusOK)
	if diff := cmp.Diff(want, answer.Get("catalog.0")); diff != "" {
		t.Error(diff)
	}
}

// CVE-2014-3621: an endpoint's URL read the secrets of the configuration out.
func TestAStoredURLThatCannotBeFilledLeavesTheCatalogAndFailsNoLogin(t *testing.T) {
	env := servertest.Start(t, servertest.Options{})
	service := env.Create("/v3/services", "service", body{"type": "shop"})
	insert(t, env, func(ctx context.Context, tx *store.Tx) error {
		for i, url := range []string{"https://good.example.com", "https://a/$(admin_token)s", "https://a/%(database_connection)s", "https://a/$(project_id", "https://a/%d",
			"https://$(public_bind_host)s/", "%"} {
			err := tx.InsertEndpoint(ctx, &identity.Endpoint{ID: identity.EndpointID(fmt.Sprint("stored", i)), Interface: identity.PublicInterface,
				ServiceID: identity.ServiceID(service), URL: url, Enabled: true})
			if err != nil {
				return err
			}
		}
		return nil
	})
	if diff := cmp.Diff([]string{"https://good.example.com"}, catalogURLs(env, env.AdminToken(), "shop")); diff != "" {
		t.Error(diff)
	}
}
