package portal_test

import (
	"cmp"
	"context"
	"fmt"
	"strings"
	"testing"

	"github.com/lintel-id/lintel/internal/identity"
	"github.com/lintel-id/lintel/internal/server/servertest"
	"github.com/lintel-id/lintel/internal/store"
)

// change writes to the database of a server; each transaction has its time.
func change(t testing.TB, env *servertest.Env, f func(ctx context.Context, tx *store.Tx) error) {
	t.Helper()
	if _, err := env.Core.Store.Update(t.Context(), func(tx *store.Tx) error { return f(t.Context(), tx) }); err != nil {
		t.Fatal(err)
	}
}

// largeCatalog starts a server with 84 services in 120 regions, 10 080 endpoints.
func largeCatalog(t testing.TB) *servertest.Env {
	env := servertest.Start(t, servertest.Options{})
	region := func(i int) identity.RegionID { return identity.RegionID(fmt.Sprintf("region-%03d", i)) }
	change(t, env, func(ctx context.Context, tx *store.Tx) (err error) {
		for i := 0; i < 120 && err == nil; i++ {
			err = tx.InsertRegion(ctx, &identity.Region{ID: region(i)})
		}
		return err
	})
	for i := range 84 {
		change(t, env, func(ctx context.Context, tx *store.Tx) error {
			s := &identity.Service{ID: identity.ServiceID(identity.NewID()), Type: fmt.Sprintf("kind-%02d", i), Enabled: true}
			err := tx.InsertService(ctx, s)
			for j := 0; j < 120 && err == nil; j++ {
				err = tx.InsertEndpoint(ctx, &identity.Endpoint{ID: identity.EndpointID(identity.NewID()), Interface: identity.PublicInterface, ServiceID: s.ID, RegionID: region(j),
					URL: "https://" + string(region(j)) + ".example.com/$(project_id)s", Enabled: true})
			}
			return err
		})
	}
	refreshed(t, env)
	return env
}

func refreshed(t testing.TB, env *servertest.Env) {
	t.Helper()
	if err := env.Core.Live.Refresh(t.Context()); err != nil {
		t.Fatal(err)
	}
}

// largeLimits adds 10 000 registered limits, and as many limits of projects to the first, which it returns.
func largeLimits(t testing.TB, env *servertest.Env) (id string) {
	services, err := env.Core.Services(t.Context(), identity.Caller{Local: true}, identity.ServiceFilter{})
	if err != nil {
		t.Fatal(err)
	}
	for from := 0; from < 10_000; from += 500 {
		change(t, env, func(ctx context.Context, tx *store.Tx) (err error) {
			for i := from; i < from+500 && err == nil; i++ {
				l := &identity.RegisteredLimit{ID: identity.RegisteredLimitID(identity.NewID()), ServiceID: services[0].ID, ResourceName: fmt.Sprintf("resource-%05d", i), Default: 10}
				if i == 0 {
					id = string(l.ID)
				}
				p := &identity.Project{ID: identity.ProjectID(identity.NewID()), DomainID: "default", ParentID: "default", Name: fmt.Sprintf("project-%05d", i), Enabled: true}
				own := &identity.Limit{ID: identity.LimitID(identity.NewID()), RegisteredID: identity.RegisteredLimitID(id), ProjectID: p.ID, Value: 5}
				err = cmp.Or(tx.InsertRegisteredLimit(ctx, l), tx.InsertProject(ctx, p), tx.InsertLimit(ctx, own))
			}
			return err
		})
	}
	refreshed(t, env)
	return id
}

// cloudPages are a page of each kind, and what it says.
func cloudPages(b *browser, limit string) map[string]string {
	first := b.get(catalog).want(200)
	return map[string]string{catalog: "1 to 25 of 10081", catalog + "?page=404": "Page 404 of 404", catalog + "?region=region-077": "1 to 25 of 84", catalog + "?q=region-007.example": "1 to 25 of 84",
		first.linked(services + "/[0-9a-f]+/endpoints"): "Create Endpoints", first.linked(endpointSets + "/[0-9a-f]+/edit"): "Public URL", regions + "/region-007/delete": "and 74 more",
		limits: "Next", limits + "?q=resource-07777": "resource-07777", limits + "/create": "kind-83", limits + "/" + limit: "resource-00000", limits + "/" + limit + "/delete": "Delete these first", overview: "Projects 10001"}
}

func TestEachPageAboutALargeCloudIsSmall(t *testing.T) {
	env := largeCatalog(t)
	limit := largeLimits(t, env)
	b := newBrowser(t, env).signIn()
	for path, says := range cloudPages(b, limit) {
		if page := b.get(path).want(200, says); len(page.Body) > 100<<10 {
			t.Errorf("%s: %d bytes", path, len(page.Body))
		}
	}
	if form := b.get(b.get(catalog).linked(services + "/[0-9a-f]+/endpoints")); strings.Contains(form.Body, `<select id="region_id"`) {
		t.Error("more regions than a list should have are a list")
	}
	next := b.get(limits + "/" + limit).linked(limits + "/" + limit + `\?marker=[0-9a-f]+`)
	b.get(next).want(200, "First", "project-")
}

// BenchmarkCloudPages: the goal is 50 ms for each.
func BenchmarkCloudPages(b *testing.B) {
	env := largeCatalog(b)
	limit := largeLimits(b, env)
	browser := newBrowser(b, env).signIn()
	for path := range cloudPages(browser, limit) {
		b.Run(path, func(b *testing.B) {
			for b.Loop() {
				browser.get(path).want(200)
			}
		})
	}
}
