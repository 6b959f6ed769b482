package storetest

import (
	"context"
	"fmt"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/lintel-id/lintel/internal/identity"
	"github.com/lintel-id/lintel/internal/store"
)

func testPasswords(t *testing.T, s *store.Store) {
	ctx := context.Background()
	seed(t, s)
	state := func() (login, api identity.PasswordState) {
		m, _ := load(t, s)
		u := m[id{identity.ChangeUser, "ada"}].(*identity.User)
		return u.Login, u.API
	}
	add := func(p identity.Password) {
		p.UserID = "ada"
		update(t, s, addPassword(p))
	}
	add(identity.Password{ID: "pw3", Kind: identity.LoginPassword, Hash: "h3", CreatedAt: at(20), SelfService: true})
	add(identity.Password{ID: "pw2", Kind: identity.LoginPassword, Hash: "h2", CreatedAt: at(10), ExpiresAt: at(99)}) // imported later, older
	add(identity.Password{ID: "pw4", Kind: identity.LoginPassword, Hash: "h4", CreatedAt: at(20), ExpiresAt: at(50)}) // the same microsecond: the later row
	add(identity.Password{ID: "api1", Kind: identity.APIPassword, Hash: "a1", CreatedAt: at(30), ExpiresAt: at(40)})
	login, api := state()
	equal(t, "login password", login, identity.PasswordState{ID: "pw4", ExpiresAt: at(50)})
	equal(t, "API password", api, identity.PasswordState{ID: "api1", ExpiresAt: at(40)})

	history, err := s.Passwords(ctx, "ada", identity.LoginPassword, 3)
	must(t, err)
	equal(t, "history", history, []identity.Password{
		{ID: "pw4", UserID: "ada", Kind: identity.LoginPassword, Hash: "h4", CreatedAt: at(20), ExpiresAt: at(50)},
		{ID: "pw3", UserID: "ada", Kind: identity.LoginPassword, Hash: "h3", CreatedAt: at(20), SelfService: true},
		{ID: "pw2", UserID: "ada", Kind: identity.LoginPassword, Hash: "h2", CreatedAt: at(10), ExpiresAt: at(99)}})

	_, rev := load(t, s)
	equal(t, "revision after a rehash", update(t, s, func(ctx context.Context, tx *store.Tx) error {
		return tx.UpdatePasswordHash(ctx, "pw4", "better")
	}), rev)
	current, err := s.CurrentPassword(ctx, "ada", identity.LoginPassword)
	must(t, err)
	equal(t, "hash", current.Hash, "better")
	// An update of the user must not undo what AddPassword said.
	update(t, s, func(ctx context.Context, tx *store.Tx) error {
		return tx.UpdateUser(ctx, &identity.User{ID: "ada", DomainID: "acme", Name: "Ada"})
	})
	login, _ = state()
	equal(t, "login password after an update of the user", login.ID, "pw4")
	_, err = s.CurrentPassword(ctx, "root", identity.LoginPassword)
	equal(t, "kind of error for no password", identity.KindOf(err), identity.NotFound)
}

func testLoginFailures(t *testing.T, s *store.Store) {
	ctx := context.Background()
	seed(t, s)
	_, rev := load(t, s)
	const most, lock = 3, 10 * time.Second
	try := func(when string, second int64, lock time.Duration, want bool) {
		t.Helper()
		counted, err := s.CountLoginTry(ctx, "ada", most, at(second), lock)
		must(t, err)
		equal(t, when, counted, want)
	}
	try("first", 1, lock, true)
	try("second", 2, lock, true)
	must(t, s.TakeBackLoginTry(ctx, "ada"))
	try("second again, after it was taken back", 2, lock, true)
	try("third", 3, lock, true)
	try("fourth", 4, lock, false)
	try("at the end of the lock, which the fourth did not prolong", 12, lock, false)
	try("the day after a lock without end", 86400, 0, false)
	try("first after the lock", 13, lock, true)
	try("second after the lock", 13, lock, true)
	try("third after the lock", 13, lock, true)
	try("fourth after the lock", 13, lock, false)
	must(t, s.ClearLoginFailures(ctx, "ada"))
	must(t, s.TakeBackLoginTry(ctx, "ada")) // of nothing
	try("first after clearing", 13, lock, true)
	try("second after clearing", 13, lock, true)
	try("third after clearing", 13, lock, true)
	update(t, s, func(ctx context.Context, tx *store.Tx) error { return tx.ClearLoginFailures(ctx, "ada") })
	try("first after clearing in a transaction", 13, lock, true)
	_, err := s.CountLoginTry(ctx, "nobody", most, at(1), lock)
	equal(t, "kind of error for nobody", identity.KindOf(err), identity.Invalid)
	_, now := load(t, s)
	equal(t, "revision", now, rev)
}

// testLoginTriesAtOnce: tries that are counted at the same moment are never more than allowed.
func testLoginTriesAtOnce(t *testing.T, s *store.Store) {
	seed(t, s)
	const most, tries = 5, 40
	var allowed atomic.Int64
	var wg sync.WaitGroup
	for range tries {
		wg.Go(func() {
			counted, err := s.CountLoginTry(context.Background(), "ada", most, at(1), time.Minute)
			if err != nil {
				t.Error(err)
			}
			if counted {
				allowed.Add(1)
			}
		})
	}
	wg.Wait()
	equal(t, "tries allowed", allowed.Load(), most)
}

func testPrunePasswords(t *testing.T, s *store.Store) {
	ctx := context.Background()
	seed(t, s)
	for i := range int64(5) {
		update(t, s, addPassword(identity.Password{ID: fmt.Sprint("l", i), UserID: "ada", Kind: identity.LoginPassword, CreatedAt: at(1000 - i/2)}),
			addPassword(identity.Password{ID: fmt.Sprint("a", i), UserID: "ada", Kind: identity.APIPassword, CreatedAt: at(i)}))
	}
	kept := func(kind identity.PasswordKind) (ids []string) {
		rows, err := s.Passwords(ctx, "ada", kind, 100)
		must(t, err)
		for _, row := range rows {
			ids = append(ids, row.ID)
		}
		return ids
	}
	prune := func(keep int) {
		update(t, s, func(ctx context.Context, tx *store.Tx) error {
			return tx.PrunePasswords(ctx, "ada", identity.LoginPassword, keep)
		})
	}
	prune(3)
	equal(t, "the newest three, of the same time the later rows first", kept(identity.LoginPassword), []string{"l1", "l0", "l3"})
	equal(t, "those of the other kind", kept(identity.APIPassword), []string{"a4", "a3", "a2", "a1", "a0"})
	prune(0)
	equal(t, "the current one always", kept(identity.LoginPassword), []string{"l1"})
}

// testNoteActive: the day of a user's last login only moves on, and only then is a change.
func testNoteActive(t *testing.T, s *store.Store) {
	seed(t, s)
	for _, test := range []struct {
		id      identity.UserID
		day     time.Time
		changes bool
	}{{"ada", at(100), true}, {"ada", at(100), false}, {"ada", at(50), false}, {"ada", at(200), true}, {"nobody", at(100), false}} {
		_, before := load(t, s)
		after := update(t, s, func(ctx context.Context, tx *store.Tx) error { return tx.NoteActive(ctx, test.id, test.day) })
		equal(t, fmt.Sprint("a change of ", test.id), after > before, test.changes)
	}
	m, _ := load(t, s)
	equal(t, "last day", m[id{identity.ChangeUser, "ada"}].(*identity.User).LastActiveAt, at(200))
}

func testAccessRules(t *testing.T, s *store.Store) {
	ctx := context.Background()
	seed(t, s)
	second := identity.ApplicationCredential{ID: "cd", UserID: "ada", ProjectID: "web", Name: "cd", AccessRules: []identity.AccessRule{
		{Service: "compute", Method: "GET", Path: "/v2.1/servers"}, {ID: "aa"}, {Service: "image", Method: "GET", Path: "/v2/images"}}}
	update(t, s, func(ctx context.Context, tx *store.Tx) error { return tx.InsertApplicationCredential(ctx, &second) })
	equal(t, "rule used again by what it says", second.AccessRules[0], rule("zz", "GET", "/v2.1/servers"))
	equal(t, "rule used again by id", second.AccessRules[1], rule("aa", "POST", "/v2.1/servers/*/action"))
	m, _ := load(t, s)
	equal(t, "as read", m[id{identity.ChangeApplicationCredential, "cd"}].(*identity.ApplicationCredential), &second)
	rules, err := s.ListAccessRules(ctx, "ada")
	must(t, err)
	equal(t, "rules of the user", len(rules), 3)

	foreign := identity.ApplicationCredential{ID: "evil", UserID: "root", ProjectID: "web", Name: "evil", AccessRules: []identity.AccessRule{{ID: "aa"}}}
	equal(t, "message for the rule of another user", refused(t, s, identity.NotFound, insertApplicationCredential(foreign)).Message, "Could not find Access Rule: aa.")

	update(t, s, func(ctx context.Context, tx *store.Tx) error {
		if err := tx.DeleteApplicationCredential(ctx, "cd"); err != nil {
			return err
		}
		return tx.DeleteAccessRule(ctx, second.AccessRules[2].ID)
	})
	_, err = s.AccessRule(ctx, second.AccessRules[2].ID)
	equal(t, "kind of error for a deleted rule", identity.KindOf(err), identity.NotFound)
	kept, err := s.AccessRule(ctx, "aa")
	must(t, err)
	equal(t, "rule kept", kept, rule("aa", "POST", "/v2.1/servers/*/action"))
}

func testRevocations(t *testing.T, s *store.Store) {
	key := id{identity.ChangeRevocation, (&identity.Revocation{Kind: identity.RevokeUser, Key: "ada"}).ModelKey()}
	for _, test := range []struct{ put, want identity.Revocation }{
		{identity.Revocation{At: at(10), ExpiresAt: at(100)}, identity.Revocation{Rev: 1, At: at(10), ExpiresAt: at(100)}},
		{identity.Revocation{Rev: 5, At: at(9), ExpiresAt: at(90)}, identity.Revocation{Rev: 5, At: at(10), ExpiresAt: at(100)}},
		{identity.Revocation{Rev: 2, At: at(11), ExpiresAt: at(110)}, identity.Revocation{Rev: 5, At: at(11), ExpiresAt: at(110)}},
		{identity.Revocation{Rev: 2, At: at(1)}, identity.Revocation{Rev: 5, At: at(11)}}, // never expires
		{identity.Revocation{Rev: 2, At: at(1), ExpiresAt: at(500)}, identity.Revocation{Rev: 5, At: at(11)}},
	} {
		test.put.Kind, test.put.Key = identity.RevokeUser, "ada"
		test.want.Kind, test.want.Key = identity.RevokeUser, "ada"
		update(t, s, putRevocation(test.put))
		m, _ := load(t, s)
		equal(t, "revocation", m[key].(*identity.Revocation), &test.want)
	}
}

func testSettings(t *testing.T, s *store.Store) {
	ctx := context.Background()
	_, err := s.Setting(ctx, "cluster")
	equal(t, "kind of error for no setting", identity.KindOf(err), identity.NotFound)
	insert := func(ctx context.Context, tx *store.Tx) error { return tx.InsertSetting(ctx, "cluster", "a\nb") }
	equal(t, "revision", update(t, s, insert), 0)
	value, err := s.Setting(ctx, "cluster")
	must(t, err)
	equal(t, "setting", value, "a\nb")
	_ = refused(t, s, identity.Conflict, insert)
}
