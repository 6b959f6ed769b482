package portal_test

import (
	"context"
	"fmt"
	"testing"
	"time"

	"github.com/lintel-id/lintel/internal/identity"
	"github.com/lintel-id/lintel/internal/server/servertest"
	"github.com/lintel-id/lintel/internal/store"
)

// many starts a server whose administrator has 10 000 application credentials, and returns a page of each kind of theirs.
func many(t testing.TB) (env *servertest.Env, pages []string) {
	env = servertest.Start(t, servertest.Options{})
	id := ""
	_, err := env.Core.Store.Update(t.Context(), func(tx *store.Tx) error {
		for i := range 10_000 {
			ac := &identity.ApplicationCredential{ID: identity.ApplicationCredentialID(identity.NewID()), UserID: env.Admin.User, ProjectID: env.Admin.Project,
				Name: fmt.Sprintf("job-%05d", i), Description: "one of many", SecretHash: "x", CreatedAt: time.Now().Add(-time.Duration(i) * time.Hour)}
			if err := tx.InsertApplicationCredential(context.Background(), ac); err != nil {
				return err
			}
			id = string(ac.ID)
		}
		return nil
	})
	if err == nil {
		err = env.Core.Live.Refresh(t.Context())
	}
	if err != nil {
		t.Fatal(err)
	}
	return env, []string{list, list + "?page=400", list + "?q=job-07777", list + "?sort=used&order=desc", list + "?unused=90",
		list + "?status=active&sort=created", list + "/" + id, create, del + "?id=" + id}
}

func TestEachPageIsSmallWithTenThousandCredentials(t *testing.T) {
	env, pages := many(t)
	b := newBrowser(t, env).signIn()
	for _, path := range pages {
		if page := b.get(path).want(200); len(page.Body) > 100<<10 {
			t.Errorf("%s: %d bytes", path, len(page.Body))
		}
	}
}

// BenchmarkPages: the goal is 50 ms for each with 10 000 credentials of one user.
func BenchmarkPages(b *testing.B) {
	env, pages := many(b)
	browser := newBrowser(b, env).signIn()
	for _, path := range pages {
		b.Run(path, func(b *testing.B) {
			for b.Loop() {
				browser.get(path).want(200)
			}
		})
	}
}
