package storetest

import (
	"context"
	"errors"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/lintel-id/lintel/internal/identity"
	"github.com/lintel-id/lintel/internal/store"
)

func insertTrust(t identity.Trust) step {
	return func(ctx context.Context, tx *store.Tx) error { return tx.InsertTrust(ctx, &t) }
}

func useTrust(trust identity.TrustID, until time.Time) step {
	return func(ctx context.Context, tx *store.Tx) error { return tx.UseTrust(ctx, trust, until) }
}

// trustObjects are the world's trusts: one that counts, and one with another made with it.
func trustObjects() []identity.Trust {
	return []identity.Trust{
		{ID: "loan", TrustorID: "ada", TrusteeID: "root", ProjectID: "web", Impersonation: true, Roles: []identity.RoleID{"member"}, ExpiresAt: at(3000),
			RemainingUses: 2, Extra: `{"note":"x"}`},
		{ID: "base", TrustorID: "ada", TrusteeID: "root", ProjectID: "web", Roles: []identity.RoleID{"member", "reader"},
			RemainingUses: identity.UnlimitedUses, RedelegationCount: 2},
		{ID: "sub", TrustorID: "root", TrusteeID: "ada", ProjectID: "web", Roles: []identity.RoleID{"reader"}, ExpiresAt: at(4000),
			RemainingUses: identity.UnlimitedUses, RedelegationCount: 1, RedelegatedFrom: "base"},
	}
}

func testTrusts(t *testing.T, s *store.Store) {
	seed(t, s)
	for _, test := range []struct {
		filter identity.TrustFilter
		want   []identity.TrustID
	}{
		{identity.TrustFilter{}, []identity.TrustID{"base", "loan", "sub"}},
		{identity.TrustFilter{TrustorID: "ada"}, []identity.TrustID{"base", "loan"}},
		{identity.TrustFilter{TrusteeID: "ada"}, []identity.TrustID{"sub"}},
		{identity.TrustFilter{TrustorID: "ada", TrusteeID: "ada"}, nil},
	} {
		found, err := s.ListTrusts(context.Background(), test.filter)
		must(t, err)
		var got []identity.TrustID
		for _, trust := range found {
			got = append(got, trust.ID)
		}
		equal(t, "trusts", got, test.want)
	}
	again := trustObjects()[0]
	again.ID = "again"
	e := refused(t, s, identity.Conflict, insertTrust(again))
	equal(t, "message", e.Message, "Conflict occurred attempting to store trust - Duplicate entry found with the same trustor, trustee, project, impersonation and expiry.")
	for _, wrong := range []identity.Trust{
		{ID: "n", TrustorID: "nobody", TrusteeID: "root"}, {ID: "n", TrustorID: "ada", TrusteeID: "nobody"},
		{ID: "n", TrustorID: "ada", TrusteeID: "root", ProjectID: "nowhere"}, {ID: "n", TrustorID: "ada", TrusteeID: "root", RedelegatedFrom: "nothing"},
	} {
		equal(t, "message", refused(t, s, identity.Invalid, insertTrust(wrong)).Message, "The trust refers to something that does not exist.")
	}
	// Without an end or without a project trusts may be alike, as in Keystone.
	forever := trustObjects()[1]
	forever.ID = "forever"
	nowhere := identity.Trust{ID: "nowhere", TrustorID: "ada", TrusteeID: "root", ExpiresAt: at(3000), RemainingUses: 1}
	alike := nowhere
	alike.ID = "alike"
	update(t, s, insertTrust(forever), insertTrust(nowhere), insertTrust(alike))
}

// testTrustUses takes the uses of a trust from all sides: as many as there are succeed.
func testTrustUses(t *testing.T, s *store.Store) {
	seed(t, s)
	const uses, tries = 5, 20
	update(t, s, insertTrust(identity.Trust{ID: "five", TrustorID: "ada", TrusteeID: "root", RemainingUses: uses}))
	var taken atomic.Int64
	var all sync.WaitGroup
	for range tries {
		all.Go(func() {
			_, err := try(s, useTrust("five", at(100)))
			var e *identity.Error
			switch {
			case err == nil:
				taken.Add(1)
			case !errors.As(err, &e) || e.Kind != identity.Forbidden || e.Message != "No remaining uses for trust: five.":
				t.Errorf("refused with %v", err)
			}
		})
	}
	all.Wait()
	equal(t, "uses taken", taken.Load(), uses)
	m, _ := load(t, s)
	equal(t, "uses left", m[id{identity.ChangeTrust, "five"}].(*identity.Trust).RemainingUses, 0)
	// One that counts none has none to take.
	equal(t, "message", refused(t, s, identity.Forbidden, useTrust("base", at(100))).Message, "No remaining uses for trust: base.")
}

func testTrustCascades(t *testing.T, s *store.Store) {
	seed(t, s)
	update(t, s, insertCredential(identity.Credential{ID: "made-with-sub", UserID: "root", Type: "ec2", TrustID: "sub"}))
	follower, since := load(t, s)
	update(t, s, func(ctx context.Context, tx *store.Tx) error { return tx.DeleteTrust(ctx, "base") })
	left, _ := load(t, s)
	for _, gone := range []id{{identity.ChangeTrust, "base"}, {identity.ChangeTrust, "sub"}, {identity.ChangeCredential, "made-with-sub"}} {
		if _, there := left[gone]; there {
			t.Errorf("%v outlives the trust", gone)
		}
	}
	if _, there := left[id{identity.ChangeTrust, "loan"}]; !there {
		t.Error("another trust is gone")
	}
	_, err := s.Changes(context.Background(), since, follower.apply)
	must(t, err)
	equal(t, "model of a follower", follower, left)
	equal(t, "message", refused(t, s, identity.NotFound, func(ctx context.Context, tx *store.Tx) error { return tx.DeleteTrust(ctx, "base") }).Message,
		"Could not find trust: base.")
	// A role that is deleted stays in the trust.
	update(t, s, func(ctx context.Context, tx *store.Tx) error { return tx.DeleteRole(ctx, "member") })
	left, _ = load(t, s)
	equal(t, "roles", left[id{identity.ChangeTrust, "loan"}].(*identity.Trust).Roles, []identity.RoleID{"member"})
}

// testTrustPruning prunes trusts that have expired and those that are used up, the latter not
// before the last token got with them has expired.
func testTrustPruning(t *testing.T, s *store.Store) {
	seed(t, s)
	update(t, s, useTrust("loan", at(200)), useTrust("loan", at(100)))
	for _, test := range []struct {
		now  time.Time
		want []identity.TrustID
	}{
		{at(199), []identity.TrustID{"base", "loan", "sub"}},
		{at(200), []identity.TrustID{"base", "sub"}},
		{at(3999), []identity.TrustID{"base", "sub"}},
		{at(4000), []identity.TrustID{"base"}},
	} {
		follower, since := load(t, s)
		must(t, s.Prune(context.Background(), test.now))
		_, err := s.Changes(context.Background(), since, follower.apply)
		must(t, err)
		var got []identity.TrustID
		for k := range follower {
			if k.Kind == identity.ChangeTrust {
				got = append(got, identity.TrustID(k.Key))
			}
		}
		slices.Sort(got)
		equal(t, "trusts left", got, test.want)
	}
}
