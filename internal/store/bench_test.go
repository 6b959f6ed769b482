package store_test

import (
	"fmt"
	"iter"
	"testing"

	"github.com/lintel-id/lintel/internal/identity"
	"github.com/lintel-id/lintel/internal/store"
)

// cloud is n users in a domain, each with a project, two roles and an application credential
// where they are asked for.
func cloud(n int, whole bool) iter.Seq[identity.Change] {
	return func(yield func(identity.Change) bool) {
		objects := []any{&identity.Project{ID: "d", Name: "d", IsDomain: true}, &identity.Role{ID: "r", Name: "r"}, &identity.Role{ID: "s", Name: "s"},
			&identity.Project{ID: "p", DomainID: "d", ParentID: "d", Name: "p"}}
		for _, o := range objects {
			if !yield(identity.Change{Object: o}) {
				return
			}
		}
		for i := range n {
			user := identity.UserID(fmt.Sprintf("%032x", i))
			objects := []any{&identity.User{ID: user, DomainID: "d", Name: fmt.Sprint("user", i), Enabled: true, Email: fmt.Sprintf("user%d@example.com", i)}}
			if whole {
				actor, target := identity.Actor{User: user}, identity.Target{Project: "p"}
				objects = append(objects, &identity.Assignment{Actor: actor, Target: target, Role: "r"}, &identity.Assignment{Actor: actor, Target: target, Role: "s"},
					&identity.ApplicationCredential{ID: identity.ApplicationCredentialID(user), UserID: user, ProjectID: "p", Name: "ci", Roles: []identity.RoleID{"r", "s"}})
			}
			for _, o := range objects {
				if !yield(identity.Change{Object: o}) {
					return
				}
			}
		}
	}
}

func BenchmarkCommitOneRow(b *testing.B) {
	s := open(b, sqlite(b), store.Options{Server: true})
	for b.Loop() {
		_, err := s.Update(b.Context(), func(tx *store.Tx) error {
			return tx.InsertRegion(b.Context(), &identity.Region{ID: identity.RegionID(identity.NewID())})
		})
		if err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkChangesWithNothingNew(b *testing.B) {
	s := open(b, sqlite(b), store.Options{Server: true})
	for b.Loop() {
		if _, err := s.Changes(b.Context(), 0, nothing); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkLoad100kUsers(b *testing.B) {
	for _, c := range []struct {
		name  string
		whole bool
	}{{"alone", false}, {"with 200k assignments and 100k application credentials", true}} {
		b.Run(c.name, func(b *testing.B) {
			s := open(b, sqlite(b), store.Options{Server: true})
			if err := s.BulkInsert(b.Context(), cloud(100_000, c.whole)); err != nil {
				b.Fatal(err)
			}
			for b.Loop() {
				if _, err := s.Load(b.Context(), nothing); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
