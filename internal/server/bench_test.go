package server_test

import (
	"context"
	"fmt"
	"iter"
	"net/http"
	"net/http/httptest"
	"os"
	"runtime"
	"slices"
	"testing"
	"time"

	"github.com/lintel-id/lintel/internal/config"
	"github.com/lintel-id/lintel/internal/identity"
	"github.com/lintel-id/lintel/internal/server/servertest"
	"github.com/lintel-id/lintel/internal/store"
)

// subjects is how many of the users have tokens that are validated in turn.
const subjects = 16

// cloud is a server with many users, each with a role on two projects and an application credential.
type cloud struct {
	*servertest.Env
	users int
}

func userID(i int) identity.UserID { return identity.UserID(fmt.Sprintf("%032x", 0x100000000+i)) }
func projectID(i int) identity.ProjectID {
	return identity.ProjectID(fmt.Sprintf("%032x", 0x200000000+i))
}

// startCloud loads a cloud with n users and n/10 projects.
func startCloud(b *testing.B, n int) *cloud {
	b.Helper()
	c := &cloud{Env: servertest.Start(b, servertest.Options{Config: func(c *config.Config) { c.Log.Access = false }}), users: n}
	ctx := context.Background()
	role := c.Core.Live.Current().RoleByName("", identity.RoleMember).ID
	if err := c.Core.Store.BulkInsert(ctx, population(n, role)); err != nil {
		b.Fatal(err)
	}
	if err := c.Core.Live.Refresh(ctx); err != nil {
		b.Fatal(err)
	}
	return c
}

// population is n users with two assignments and one application credential each.
func population(n int, role identity.RoleID) iter.Seq[identity.Change] {
	created := time.Now().UTC().Truncate(time.Second)
	projects := max(2, n/10)
	return func(yield func(identity.Change) bool) {
		put := func(kind identity.ChangeKind, object any) bool {
			return yield(identity.Change{Kind: kind, Object: object})
		}
		for i := range projects {
			if !put(identity.ChangeProject, &identity.Project{ID: projectID(i), DomainID: identity.DefaultDomainID,
				ParentID: identity.ProjectID(identity.DefaultDomainID), Name: fmt.Sprintf("project-%d", i), Enabled: true}) {
				return
			}
		}
		for i := range n {
			id := userID(i)
			if !put(identity.ChangeUser, &identity.User{ID: id, DomainID: identity.DefaultDomainID, Name: fmt.Sprintf("user-%d", i), Enabled: true, CreatedAt: created}) {
				return
			}
			for k := range 2 {
				if !put(identity.ChangeAssignment, &identity.Assignment{Actor: identity.Actor{User: id}, Target: identity.Target{Project: projectID((i + k) % projects)}, Role: role}) {
					return
				}
			}
			if !put(identity.ChangeApplicationCredential, &identity.ApplicationCredential{ID: identity.ApplicationCredentialID(fmt.Sprintf("%032x", 0x300000000+i)),
				UserID: id, ProjectID: projectID(i % projects), Name: "bench", Roles: []identity.RoleID{role}, CreatedAt: created}) {
				return
			}
		}
	}
}

// tokens logs some of the users in.
func (c *cloud) tokens(b *testing.B) (tokens []string) {
	b.Helper()
	admin := c.AdminToken()
	for i := range subjects {
		u := i * (c.users / subjects)
		id := string(userID(u))
		c.Do("PATCH", "/v3/users/"+id, admin, map[string]any{"user": map[string]any{"password": "bench-Pass-1"}}).Want(http.StatusOK)
		tokens = append(tokens, c.Login(servertest.PasswordAuth(id, "bench-Pass-1", servertest.Project(string(projectID(u%max(2, c.users/10)))))))
	}
	return tokens
}

// validate measures validation through the whole handler, without network.
func (c *cloud) validate(b *testing.B) {
	admin := c.AdminToken()
	var requests []*http.Request
	for _, t := range c.tokens(b) {
		r := httptest.NewRequest(http.MethodGet, "/v3/auth/tokens", nil)
		r.Header.Set("X-Auth-Token", admin)
		r.Header.Set("X-Subject-Token", t)
		requests = append(requests, r)
	}
	w := &blank{header: http.Header{}}
	b.ReportAllocs()
	for i := 0; b.Loop(); i++ {
		clear(w.header)
		c.Handler.ServeHTTP(w, requests[i%len(requests)])
		if w.status != http.StatusOK {
			b.Fatalf("status %d", w.status)
		}
	}
}

// BenchmarkSize is clouds of other sizes: users with two assignments and an application
// credential each. Validation should not notice the size, and following a change hardly.
// LINTEL_BENCH_BIG=1 adds a million users, which takes ten minutes.
func BenchmarkSize(b *testing.B) {
	sizes := []int{1_000, 100_000}
	if os.Getenv("LINTEL_BENCH_BIG") == "1" {
		sizes = append(sizes, 1_000_000)
	}
	for _, n := range sizes {
		b.Run(fmt.Sprintf("users=%d", n), func(b *testing.B) {
			before := heap()
			c := startCloud(b, n)
			memory := float64(heap()-before) / (1 << 20)
			b.Run("load", func(b *testing.B) {
				c.load(b)
				b.ReportMetric(memory, "heap-MB")
			})
			b.Run("apply", c.apply)
			b.Run("validate", c.validate)
		})
	}
}

// load measures how long a node takes to load the whole model.
func (c *cloud) load(b *testing.B) {
	for b.Loop() {
		// A transaction in bulk asks every node to load afresh.
		b.StopTimer()
		must(b, c.Core.Store.BulkInsert(context.Background(), oneProject()))
		b.StartTimer()
		must(b, c.Core.Live.Refresh(context.Background()))
	}
}

func oneProject() iter.Seq[identity.Change] {
	return func(yield func(identity.Change) bool) {
		id := identity.NewID()
		yield(identity.Change{Kind: identity.ChangeProject, Object: &identity.Project{ID: identity.ProjectID(id), DomainID: identity.DefaultDomainID,
			ParentID: identity.ProjectID(identity.DefaultDomainID), Name: id, Enabled: true}})
	}
}

// apply measures how long a node takes to follow one change of one user: the query and the model.
func (c *cloud) apply(b *testing.B) {
	ctx := context.Background()
	var times []time.Duration
	for i := 0; b.Loop(); i++ {
		b.StopTimer()
		u := *c.Core.Live.Current().User(userID(i % c.users))
		u.DefaultProjectID = projectID(i % 2)
		_, err := c.Core.Store.Update(ctx, func(tx *store.Tx) error { return tx.UpdateUser(ctx, &u) })
		must(b, err)
		b.StartTimer()
		start := time.Now()
		must(b, c.Core.Live.Refresh(ctx))
		times = append(times, time.Since(start))
	}
	slices.Sort(times)
	b.ReportMetric(float64(times[len(times)/2].Nanoseconds()), "ns-median")
}

// heap is the memory in use, in bytes, after a collection.
func heap() uint64 {
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return m.HeapAlloc
}

func must(b testing.TB, err error) {
	b.Helper()
	if err != nil {
		b.Fatal(err)
	}
}
