package server_test

import (
	"context"
	"fmt"
	"iter"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"github.com/lintel-id/lintel/internal/config"
	"github.com/lintel-id/lintel/internal/identity"
	"github.com/lintel-id/lintel/internal/server/servertest"
)

// BenchmarkList is lists in clouds of two sizes: pages of a thousand, searches, and the whole
// list. A page's allocated bytes do not depend on how many there are.
func BenchmarkList(b *testing.B) {
	for _, n := range []int{10_000, 100_000} {
		b.Run(fmt.Sprintf("total=%d", n), func(b *testing.B) {
			env := servertest.Start(b, servertest.Options{Config: func(c *config.Config) { c.Log.Access = false }})
			ctx := context.Background()
			must(b, env.Core.Store.BulkInsert(ctx, manyNames(n)))
			must(b, env.Core.Live.Refresh(ctx))
			admin := env.AdminToken()
			middle := fmt.Sprintf("%032x", 0x100000000+n/2)
			for _, test := range []struct{ name, path string }{
				{"users/page", "/v3/users?limit=1000"},
				{"users/page-in-the-middle", "/v3/users?limit=1000&marker=" + middle},
				{"users/name", "/v3/users?name=user-77"},
				{"users/contains", "/v3/users?limit=1000&name__contains=77"},
				{"users/all", "/v3/users"},
				{"projects/page", "/v3/projects?limit=1000"},
				{"projects/name", "/v3/projects?name=project-77"},
				{"projects/contains", "/v3/projects?limit=1000&name__icontains=T-77"},
				{"projects/all", "/v3/projects"},
			} {
				b.Run(test.name, func(b *testing.B) { benchmarkGet(b, env, admin, test.path) })
			}
		})
	}
}

func benchmarkGet(b *testing.B, env *servertest.Env, token, path string) {
	w := &blank{header: http.Header{}}
	b.ReportAllocs()
	for b.Loop() {
		clear(w.header)
		r := httptest.NewRequest(http.MethodGet, path, nil)
		r.Header.Set("X-Auth-Token", token)
		env.Handler.ServeHTTP(w, r)
		if w.status != http.StatusOK {
			b.Fatalf("%s: status %d", path, w.status)
		}
	}
}

// manyNames is n users and n projects whose ids ascend with their numbers.
func manyNames(n int) iter.Seq[identity.Change] {
	created := time.Now().UTC().Truncate(time.Second)
	return func(yield func(identity.Change) bool) {
		for i := range n {
			if !yield(identity.Change{Kind: identity.ChangeProject, Object: &identity.Project{ID: projectID(i), DomainID: identity.DefaultDomainID,
				ParentID: identity.ProjectID(identity.DefaultDomainID), Name: fmt.Sprintf("project-%d", i), Enabled: true}}) {
				return
			}
			if !yield(identity.Change{Kind: identity.ChangeUser, Object: &identity.User{ID: userID(i), DomainID: identity.DefaultDomainID,
				Name: fmt.Sprintf("user-%d", i), Enabled: true, CreatedAt: created}}) {
				return
			}
		}
	}
}
