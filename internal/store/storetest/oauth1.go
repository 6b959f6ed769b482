package storetest

import (
	"context"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/lintel-id/lintel/internal/identity"
	"github.com/lintel-id/lintel/internal/store"
)

// consumer is whose tokens the test world's are.
func consumer() identity.Consumer {
	return identity.Consumer{ID: "robot", Description: "builds", Sealed: []byte("sealed"), KeyID: "k2", Extra: `{"c":1}`}
}

// accessToken is the world's.
func accessToken() identity.AccessToken {
	return identity.AccessToken{ID: "link", ConsumerID: consumer().ID, UserID: "ada", ProjectID: "web", Roles: []identity.RoleID{"member", "reader"},
		Sealed: []byte{1, 0, 2}, KeyID: "k2", ExpiresAt: at(5000)}
}

// insertAccessToken makes the token's consumer too, which is no object of the model, if there
// is none.
func insertAccessToken(t identity.AccessToken) step {
	return func(ctx context.Context, tx *store.Tx) error {
		_, err := tx.Consumer(ctx, consumer().ID)
		if identity.KindOf(err) == identity.NotFound {
			err = insertConsumer(consumer())(ctx, tx)
		}
		if err != nil {
			return err
		}
		return tx.InsertAccessToken(ctx, &t)
	}
}

func insertConsumer(c identity.Consumer) step {
	return func(ctx context.Context, tx *store.Tx) error { return tx.InsertConsumer(ctx, &c) }
}

func insertRequestToken(t identity.RequestToken) step {
	return func(ctx context.Context, tx *store.Tx) error { return tx.InsertRequestToken(ctx, &t) }
}

func deleteConsumer(id identity.ConsumerID) step {
	return func(ctx context.Context, tx *store.Tx) error { return tx.DeleteConsumer(ctx, id) }
}

func requestToken(id identity.RequestTokenID) identity.RequestToken {
	return identity.RequestToken{ID: id, ConsumerID: "robot", ProjectID: "web", Sealed: []byte{3}, KeyID: "k2", ExpiresAt: at(600)}
}

func testConsumers(t *testing.T, s *store.Store) {
	ctx := context.Background()
	seed(t, s)
	got, err := s.Consumer(ctx, "robot")
	must(t, err)
	equal(t, "consumer", got, consumer())
	other := identity.Consumer{ID: "another", Sealed: []byte{0}}
	rev := update(t, s, insertConsumer(other))
	equal(t, "revision", rev, 1) // no change of the model
	changed := consumer()
	changed.Description, changed.Extra = "other", ""
	update(t, s, func(ctx context.Context, tx *store.Tx) error {
		pretended := changed
		pretended.Sealed, pretended.KeyID = []byte("mine"), "k9" // a secret never changes
		return tx.UpdateConsumer(ctx, &pretended)
	})
	all, err := s.ListConsumers(ctx)
	must(t, err)
	equal(t, "consumers", all, []identity.Consumer{other, changed})
	e := refused(t, s, identity.Conflict, insertConsumer(other))
	equal(t, "message", e.Message, "Conflict occurred attempting to store consumer - Duplicate entry found with ID another.")
	for _, step := range []step{deleteConsumer("x"), func(ctx context.Context, tx *store.Tx) error {
		return tx.UpdateConsumer(ctx, &identity.Consumer{ID: "x"})
	}} {
		equal(t, "message", refused(t, s, identity.NotFound, step).Message, "Could not find consumer: x.")
	}
	update(t, s, insertRequestToken(requestToken("wish")))
	follower, since := load(t, s)
	update(t, s, deleteConsumer("robot"))
	_, err = s.Changes(ctx, since, follower.apply)
	must(t, err)
	left, _ := load(t, s)
	equal(t, "model of a follower", follower, left)
	if _, there := left[id{identity.ChangeAccessToken, "link"}]; there {
		t.Error("an access token outlives its consumer")
	}
	if _, err := s.RequestToken(ctx, "wish"); identity.KindOf(err) != identity.NotFound {
		t.Errorf("a request token outlives its consumer: %v", err)
	}
}

func testRequestTokens(t *testing.T, s *store.Store) {
	ctx := context.Background()
	seed(t, s)
	wish := requestToken("wish")
	equal(t, "revision", update(t, s, insertRequestToken(wish)), 1) // no change of the model
	got, err := s.RequestToken(ctx, "wish")
	must(t, err)
	equal(t, "request token", got, wish)
	wish.UserID, wish.VerifierHash, wish.Roles = "ada", "$v", []identity.RoleID{"member", "reader"}
	authorize := func(ctx context.Context, tx *store.Tx) error { return tx.AuthorizeRequestToken(ctx, &wish) }
	update(t, s, authorize)
	wish.UserID, wish.Roles = "root", []identity.RoleID{"reader"}
	update(t, s, authorize)
	got, err = s.RequestToken(ctx, "wish")
	must(t, err)
	equal(t, "request token", got, wish)
	for _, wrong := range []identity.RequestToken{{ID: "n", ConsumerID: "nobody", ProjectID: "web"}, {ID: "n", ConsumerID: "robot", ProjectID: "nowhere"}} {
		equal(t, "message", refused(t, s, identity.Invalid, insertRequestToken(wrong)).Message, "The request token refers to something that does not exist.")
	}
	update(t, s, func(ctx context.Context, tx *store.Tx) error { return tx.DeleteRole(ctx, "reader") })
	got, err = s.RequestToken(ctx, "wish")
	must(t, err)
	equal(t, "roles without the one that is gone", len(got.Roles), 0)
	for what, delete := range map[string]step{
		"itself":      func(ctx context.Context, tx *store.Tx) error { return tx.DeleteRequestToken(ctx, "wish") },
		"its user":    func(ctx context.Context, tx *store.Tx) error { return tx.DeleteUser(ctx, "root") },
		"its project": deleteProjects("web-test", "web"),
	} {
		restore(t, s)
		update(t, s, insertRequestToken(requestToken("wish")))
		authorized := requestToken("wish")
		authorized.UserID = "root"
		update(t, s, func(ctx context.Context, tx *store.Tx) error { return tx.AuthorizeRequestToken(ctx, &authorized) }, delete)
		if _, err := s.RequestToken(ctx, "wish"); identity.KindOf(err) != identity.NotFound {
			t.Errorf("a request token outlives %s: %v", what, err)
		}
	}
	e := refused(t, s, identity.NotFound, func(ctx context.Context, tx *store.Tx) error { return tx.DeleteRequestToken(ctx, "wish") })
	equal(t, "message", e.Message, "Could not find request token: wish.")
}

func deleteProjects(ids ...identity.ProjectID) step {
	return func(ctx context.Context, tx *store.Tx) error {
		for _, p := range ids {
			if err := tx.DeleteProject(ctx, p); err != nil {
				return err
			}
		}
		return nil
	}
}

// testAccessTokens adds to testCascades what is not in its table.
func testAccessTokens(t *testing.T, s *store.Store) {
	seed(t, s)
	found, err := s.ListAccessTokens(context.Background(), "ada")
	must(t, err)
	equal(t, "access tokens", found, []identity.AccessToken{accessToken()})
	found, err = s.ListAccessTokens(context.Background(), "root")
	must(t, err)
	equal(t, "access tokens of another", len(found), 0)
	for _, change := range []func(*identity.AccessToken){
		func(a *identity.AccessToken) { a.ConsumerID = "nobody" }, func(a *identity.AccessToken) { a.UserID = "nobody" },
		func(a *identity.AccessToken) { a.ProjectID = "nowhere" }, func(a *identity.AccessToken) { a.Roles = []identity.RoleID{"nothing"} },
	} {
		wrong := accessToken()
		wrong.ID = "n"
		change(&wrong)
		equal(t, "message", refused(t, s, identity.Invalid, insertAccessToken(wrong)).Message, "The access token refers to something that does not exist.")
	}
	made := identity.Credential{ID: "made-with-link", UserID: "ada", Type: "cert", Sealed: []byte{1}, AccessTokenID: "link"}
	update(t, s, insertCredential(made))
	expectGone(t, s, func(ctx context.Context, tx *store.Tx) error { return tx.DeleteAccessToken(ctx, "link") },
		[]id{{identity.ChangeAccessToken, "link"}, {identity.ChangeCredential, "made-with-link"}}, nil)
	e := refused(t, s, identity.NotFound, func(ctx context.Context, tx *store.Tx) error { return tx.DeleteAccessToken(ctx, "x") })
	equal(t, "message", e.Message, "Could not find access token: x.")
}

func testNonces(t *testing.T, s *store.Store) {
	ctx := context.Background()
	seed(t, s)
	const tries = 12
	var got atomic.Int64
	var all sync.WaitGroup
	for range tries {
		all.Go(func() {
			first, err := s.UseNonce(ctx, "n", at(10))
			if err != nil {
				t.Error(err)
			}
			if first {
				got.Add(1)
			}
		})
	}
	all.Wait()
	equal(t, "how many got the nonce", got.Load(), 1)
	_, rev := load(t, s)
	equal(t, "revision", rev, 1)
}

func testOAuth1Pruning(t *testing.T, s *store.Store) {
	ctx := context.Background()
	seed(t, s)
	forever := accessToken()
	forever.ID, forever.ExpiresAt = "forever", time.Time{}
	endless := requestToken("endless")
	endless.ExpiresAt = time.Time{}
	update(t, s, insertAccessToken(forever), insertRequestToken(requestToken("wish")), insertRequestToken(endless))
	_, err := s.UseNonce(ctx, "n", at(700))
	must(t, err)
	for _, test := range []struct {
		now                time.Time
		wish, nonce, token bool // still there
	}{
		{at(599), true, true, true}, {at(600), false, true, true}, {at(700), false, false, true}, {at(5000), false, false, false},
	} {
		follower, since := load(t, s)
		must(t, s.Prune(ctx, test.now))
		_, err := s.Changes(ctx, since, follower.apply)
		must(t, err)
		_, token := follower[id{identity.ChangeAccessToken, "link"}]
		equal(t, "access token", token, test.token)
		_, err = s.RequestToken(ctx, "wish")
		equal(t, "request token", err == nil, test.wish)
		fresh, err := s.UseNonce(ctx, "n", at(700))
		must(t, err)
		equal(t, "nonce", !fresh, test.nonce)
	}
	if _, err := s.RequestToken(ctx, "endless"); err != nil {
		t.Errorf("a request token without an end has ended: %v", err)
	}
	left, _ := load(t, s)
	if _, there := left[id{identity.ChangeAccessToken, "forever"}]; !there {
		t.Error("an access token without an end has ended")
	}
}
