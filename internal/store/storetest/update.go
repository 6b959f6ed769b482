package storetest

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"strconv"
	"sync"
	"testing"
	"time"

	"github.com/lintel-id/lintel/internal/identity"
	"github.com/lintel-id/lintel/internal/store"
)

func testRevision(t *testing.T, s *store.Store) {
	for want := int64(1); want <= 3; want++ {
		got := update(t, s, func(ctx context.Context, tx *store.Tx) error {
			equal(t, "Rev", tx.Rev(), want-1)
			equal(t, "NextRev", tx.NextRev(), want)
			return tx.PutKey(ctx, &identity.SealedKey{ID: fmt.Sprint(want)})
		})
		equal(t, "revision", got, want)
	}
	equal(t, "revision without a change", update(t, s), 3)
}

func testReduces(t *testing.T, s *store.Store) {
	ada := identity.User{ID: "ada", DomainID: "d", Name: "ada"}
	password := func(id string) step {
		return addPassword(identity.Password{ID: id, UserID: "ada", Kind: identity.LoginPassword, CreatedAt: at(1)})
	}
	for _, test := range []struct {
		what  string
		want  bool
		steps []step
	}{
		{"a user with a password", false, []step{insertProject(identity.Project{ID: "d", Name: "d", IsDomain: true}), insertUser(ada), password("first")}},
		{"another password", true, []step{password("second")}},
		{"an update beside an addition", true, []step{insertRegion(identity.Region{ID: "r"}), func(ctx context.Context, tx *store.Tx) error { return tx.UpdateUser(ctx, &ada) }}},
		{"a revocation", true, []step{putRevocation(identity.Revocation{Kind: identity.RevokeUser, Key: "ada", At: at(2)})}},
		{"a deletion", true, []step{func(ctx context.Context, tx *store.Tx) error { return tx.DeleteUser(ctx, "ada") }}},
	} {
		update(t, s, append(test.steps, func(_ context.Context, tx *store.Tx) error {
			equal(t, test.what+" reduces", tx.Reduces(), test.want)
			return nil
		})...)
	}
}

func testRollback(t *testing.T, s *store.Store) {
	want := seed(t, s)
	cause := errors.New("no")
	_, err := try(s, insertRegion(identity.Region{ID: "n"}), func(context.Context, *store.Tx) error { return cause })
	if !errors.Is(err, cause) {
		t.Fatalf("got %v, want the error of the function", err)
	}
	func() {
		defer func() { equal(t, "panic", recover(), any("boom")) }()
		_, _ = try(s, insertRegion(identity.Region{ID: "n"}), func(context.Context, *store.Tx) error { panic("boom") })
	}()
	got, rev := load(t, s)
	equal(t, "model", got, want)
	equal(t, "revision", rev, 1)
	equal(t, "next revision", update(t, s, insertRegion(identity.Region{ID: "n"})), 2)
}

// testSerial has 8 writers add one to a counter that only serial transactions count right, while
// a follower checks that each revision it sees holds exactly the writes of that number.
func testSerial(t *testing.T, s *store.Store) {
	const writers, each = 8, 15
	update(t, s, insertRegion(identity.Region{ID: "counter", Description: "0"}))
	increment := func(ctx context.Context, tx *store.Tx) error {
		regions, err := tx.ListRegions(ctx, "")
		if err != nil {
			return err
		}
		n, err := strconv.Atoi(regions[0].Description)
		if err != nil {
			return err
		}
		return tx.UpdateRegion(ctx, &identity.Region{ID: "counter", Description: strconv.Itoa(n + 1)})
	}
	var mu sync.Mutex
	seen := map[int64]bool{}
	var wg sync.WaitGroup
	for range writers {
		wg.Go(func() {
			for range each {
				rev, err := try(s, increment)
				mu.Lock()
				if err != nil || seen[rev] {
					t.Errorf("revision %d given twice, or %v", rev, err)
				}
				seen[rev] = true
				mu.Unlock()
			}
		})
	}
	follow(t, s, 1+writers*each)
	wg.Wait()
	equal(t, "revisions", len(seen), writers*each)
}

// follow reads changes until revision last.
func follow(t *testing.T, s *store.Store, last int64) {
	t.Helper()
	deadline := time.Now().Add(30 * time.Second)
	counter := model{}
	for rev := int64(0); rev < last; {
		if time.Now().After(deadline) {
			t.Fatalf("still at revision %d of %d", rev, last)
		}
		next, err := s.Changes(context.Background(), rev, counter.apply)
		must(t, err)
		if next < rev {
			t.Fatalf("revision went from %d to %d", rev, next)
		}
		rev = next
		if r, ok := counter[id{identity.ChangeRegion, "counter"}].(*identity.Region); ok {
			equal(t, "writes seen at the revision", r.Description, strconv.FormatInt(rev-1, 10))
		}
	}
}

func testChanges(t *testing.T, s *store.Store) {
	ctx := context.Background()
	seed(t, s)
	update(t, s, insertRegion(identity.Region{ID: "n", Description: "first"}))
	update(t, s, func(ctx context.Context, tx *store.Tx) error {
		if err := tx.UpdateRegion(ctx, &identity.Region{ID: "n", Description: "second"}); err != nil {
			return err
		}
		return tx.UpdateRegion(ctx, &identity.Region{ID: "n", Description: "third"})
	})
	update(t, s, insertRegion(identity.Region{ID: "short-lived"}))
	update(t, s, func(ctx context.Context, tx *store.Tx) error { return tx.DeleteRegion(ctx, "short-lived") })
	var told []identity.Change
	rev, err := s.Changes(ctx, 1, func(c identity.Change) error {
		told = append(told, c)
		return nil
	})
	must(t, err)
	equal(t, "revision", rev, 5)
	equal(t, "changes", told, []identity.Change{
		{Kind: identity.ChangeRegion, Key: "n", Object: &identity.Region{ID: "n", Description: "third"}},
		{Kind: identity.ChangeRegion, Key: "short-lived"}})
	cause := errors.New("stop")
	if _, err := s.Changes(ctx, 1, func(identity.Change) error { return cause }); !errors.Is(err, cause) {
		t.Fatalf("got %v, want the error of emit", err)
	}
	rev, err = s.Changes(ctx, 5, func(identity.Change) error { return cause })
	must(t, err)
	equal(t, "revision with nothing new", rev, 5)
}

func testGap(t *testing.T, s *store.Store) {
	seed(t, s)
	_, err := s.Changes(context.Background(), 2, model{}.apply)
	if !errors.Is(err, identity.ErrChangeGap) {
		t.Fatalf("a database behind its follower: got %v", err)
	}
}

func testPrune(t *testing.T, s *store.Store) {
	ctx := context.Background()
	update(t, s, putRevocation(identity.Revocation{Kind: identity.RevokeUser, Key: "a", At: at(0), ExpiresAt: at(10)}),
		putRevocation(identity.Revocation{Kind: identity.RevokeUser, Key: "b", At: at(0), ExpiresAt: at(20)}),
		putRevocation(identity.Revocation{Kind: identity.RevokeUser, Key: "forever", At: at(0)}))
	follower, since := load(t, s)
	must(t, s.Prune(ctx, at(10)))
	rev, err := s.Changes(ctx, since, follower.apply)
	must(t, err)
	equal(t, "revision", rev, 2)
	got, _ := load(t, s)
	equal(t, "model of a follower", follower, got)
	equal(t, "revocations left", len(got), 2)
	must(t, s.Prune(ctx, at(10)))
	_, rev = load(t, s)
	equal(t, "revision after pruning nothing", rev, 2)
}

func testBulk(t *testing.T, s *store.Store) {
	ctx := context.Background()
	want := model{}
	update(t, s, insertConsumer(consumer())) // no object of the model, but one has it
	must(t, s.BulkInsert(ctx, func(yield func(identity.Change) bool) {
		for _, c := range worldObjects() {
			if !yield(c) {
				return
			}
		}
	}))
	for _, c := range worldObjects() {
		must(t, want.apply(c))
	}
	ada := *want[id{identity.ChangeUser, "ada"}].(*identity.User)
	ada.Login = identity.PasswordState{} // passwords are no objects of the model
	want[id{identity.ChangeUser, "ada"}] = &ada
	got, rev := load(t, s)
	equal(t, "model", got, want)
	equal(t, "revision", rev, 1)
	if _, err := s.Changes(ctx, 0, model{}.apply); !errors.Is(err, identity.ErrChangeGap) {
		t.Fatalf("changes over a bulk insert: got %v", err)
	}
	err := s.BulkInsert(ctx, maps.Values(map[int]identity.Change{1: {Object: &identity.Region{ID: "eu"}}}))
	equal(t, "kind of error for what is there", identity.KindOf(err), identity.Conflict)
	update(t, s, insertRegion(identity.Region{ID: "n"}))
	rev, err = s.Changes(ctx, 1, got.apply)
	must(t, err)
	equal(t, "revision after the next change", rev, 2)
}

func testCancelled(t *testing.T, s *store.Store) {
	ctx, cancel := context.WithCancel(context.Background())
	_, err := s.Update(ctx, func(tx *store.Tx) error {
		if err := tx.InsertRegion(ctx, &identity.Region{ID: "n"}); err != nil {
			return err
		}
		cancel()
		return nil
	})
	if !errors.Is(err, context.Canceled) {
		t.Fatalf("got %v, want the context's error", err)
	}
	equal(t, "kind of error", identity.KindOf(err), identity.Unavailable)
	got, rev := load(t, s)
	equal(t, "model", got, model{})
	equal(t, "revision", rev, 0)
}
