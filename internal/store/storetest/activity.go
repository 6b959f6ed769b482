package storetest

import (
	"context"
	"fmt"
	"net/netip"
	"testing"
	"time"

	"github.com/lintel-id/lintel/internal/identity"
	"github.com/lintel-id/lintel/internal/store"
)

func portalSession(user identity.UserID, rev, second int64) *identity.PortalSession {
	return &identity.PortalSession{ID: identity.NewAuditID(rev), UserID: user, Began: at(second), IssuedAt: at(second + 1), ExpiresAt: at(second + 100),
		Address: netip.MustParseAddr("192.0.2.7"), Client: "Mozilla/5.0"}
}

func testPortalSessions(t *testing.T, s *store.Store) {
	ctx := context.Background()
	seed(t, s)
	_, rev := load(t, s)
	first, second, other := portalSession("ada", 1, 10), portalSession("ada", 2, 20), portalSession("root", 3, 30)
	other.Address = netip.Addr{}
	for _, p := range []*identity.PortalSession{first, second, other} {
		must(t, s.InsertPortalSession(ctx, p))
	}
	second.Seen = at(50)
	must(t, s.NoteUses(ctx, []identity.LastUse{{Use: identity.Use{Kind: identity.UsePortalSession, ID: second.ID.String()}, At: at(50)}}))
	listed := func(user identity.UserID, limit int, want ...*identity.PortalSession) {
		t.Helper()
		got, err := s.ListPortalSessions(ctx, user, limit)
		must(t, err)
		equal(t, "sessions", got, want)
	}
	listed("ada", 9, second, first)
	listed("ada", 1, second)
	listed("root", 9, other)
	_, now := load(t, s)
	equal(t, "revision", now, rev)
	must(t, s.Prune(ctx, at(110)))
	listed("ada", 9, second)
	update(t, s, func(ctx context.Context, tx *store.Tx) error { return tx.DeleteUser(ctx, "ada") })
	listed("ada", 9)
	if s.InsertPortalSession(ctx, first) == nil {
		t.Error("a user that is gone has a session")
	}
}

func testActivity(t *testing.T, s *store.Store) {
	ctx := context.Background()
	seed(t, s)
	_, rev := load(t, s)
	const day = 24 * time.Hour
	now := time.Unix(100*24*3600, 0).UTC()
	deed := func(user identity.UserID, reason, address string) identity.Deed {
		return identity.Deed{UserID: user, Kind: identity.UseApplicationCredential, Credential: "ci", Reason: reason, Address: netip.MustParseAddr(address), Client: "curl/8"}
	}
	listed := func(user identity.UserID, want ...identity.Activity) {
		t.Helper()
		got, err := s.ListActivity(ctx, user)
		must(t, err)
		equal(t, "activity", got, want)
	}
	good, bad := deed("ada", "", "192.0.2.1"), deed("ada", "wrong", "2001:db8::1")
	must(t, s.NoteActivity(ctx, nil))
	must(t, s.NoteActivity(ctx, []identity.Activity{{Deed: good, Count: 3, Last: now}, {Deed: bad, Count: 1, Last: now.Add(-day)}, {Deed: deed("gone", "", "192.0.2.1"), Count: 1, Last: now}}))
	must(t, s.NoteActivity(ctx, []identity.Activity{{Deed: good, Count: 2, Last: now.Add(time.Second)}, {Deed: bad, Count: 1, Last: now}}))
	listed("ada", identity.Activity{Deed: good, Count: 5, Last: now.Add(time.Second)}, identity.Activity{Deed: bad, Count: 1, Last: now}, identity.Activity{Deed: bad, Count: 1, Last: now.Add(-day)})
	listed("gone")
	_, after := load(t, s)
	equal(t, "revision", after, rev)

	var many []identity.Activity
	for i := range 250 {
		many = append(many, identity.Activity{Deed: deed("root", "wrong", fmt.Sprintf("192.0.2.%d", i)), Count: 1, Last: now.Add(time.Duration(i) * time.Second)})
	}
	must(t, s.NoteActivity(ctx, append(many, identity.Activity{Deed: deed("root", "", "192.0.2.1"), Count: 1, Last: now})))
	got, err := s.ListActivity(ctx, "root")
	must(t, err)
	equal(t, "rows of a user", len(got), 51) // the failures of others push out nothing of the user's own
	equal(t, "the latest", got[0].Last, many[249].Last)
	must(t, s.Prune(ctx, now.Add(30*day)))
	listed("ada", identity.Activity{Deed: good, Count: 5, Last: now.Add(time.Second)}, identity.Activity{Deed: bad, Count: 1, Last: now})
	must(t, s.Prune(ctx, now.Add(31*day)))
	listed("ada")
}
