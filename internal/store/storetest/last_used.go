package storetest

import (
	"context"
	"fmt"
	"testing"

	"github.com/lintel-id/lintel/internal/identity"
	"github.com/lintel-id/lintel/internal/store"
)

// lastUsed expects the second at which something was last used; 0 for never.
func lastUsed(t *testing.T, s *store.Store, kind identity.UseKind, id string, second int64) {
	t.Helper()
	got, err := s.LastUsed(context.Background(), identity.Use{Kind: kind, ID: id})
	must(t, err)
	if second == 0 && !got.IsZero() || second != 0 && !got.Equal(at(second)) {
		t.Fatalf("%s %s was last used at %v, want second %d", kind, id, got, second)
	}
}

// lastUses expects these last uses of a kind, each of another thing, when all are asked for at once.
func lastUses(t *testing.T, s *store.Store, kind identity.UseKind, want []identity.LastUse) {
	t.Helper()
	ids := []string{"gone"}
	for _, u := range want {
		ids = append(ids, u.ID)
	}
	all, err := s.LastUses(context.Background(), kind, ids)
	must(t, err)
	equal(t, "things with a use", len(all), len(want))
	for _, u := range want {
		if !all[u.ID].Equal(u.At) {
			t.Fatalf("of many, %s was last used at %v, want %v", u.ID, all[u.ID], u.At)
		}
	}
}

func testLastUsed(t *testing.T, s *store.Store) {
	ctx := context.Background()
	seed(t, s)
	const key, credential = identity.UseEC2Key, identity.UseApplicationCredential
	use := func(kind identity.UseKind, id string, second int64) identity.LastUse {
		return identity.LastUse{Use: identity.Use{Kind: kind, ID: id}, At: at(second)}
	}
	_, rev := load(t, s)
	lastUsed(t, s, key, "ec2", 0)
	must(t, s.NoteUses(ctx, nil))
	must(t, s.NoteUses(ctx, []identity.LastUse{use(key, "ec2", 10), use(credential, "ci", 20), use(key, "gone", 30), use(credential, "ec2", 40)}))
	lastUsed(t, s, key, "ec2", 10)
	lastUsed(t, s, credential, "ci", 20)
	lastUsed(t, s, key, "gone", 0)
	lastUsed(t, s, credential, "ec2", 0)
	must(t, s.NoteUses(ctx, []identity.LastUse{use(key, "ec2", 9), use(credential, "ci", 21)}))
	lastUsed(t, s, key, "ec2", 10)
	lastUsed(t, s, credential, "ci", 21)
	const v2 = identity.UseV2
	must(t, s.NoteUses(ctx, []identity.LastUse{use(v2, "ada", 5), use(v2, "root", 7), use(v2, "ec2", 9)}))
	for limit, want := range map[int][]identity.LastUse{1: {use(v2, "root", 7)}, 9: {use(v2, "root", 7), use(v2, "ada", 5)}} {
		latest, err := s.ListUses(ctx, v2, limit)
		must(t, err)
		equal(t, "the latest", latest, want)
	}
	if s.NoteUses(ctx, []identity.LastUse{use("password", "pw1", 1)}) == nil {
		t.Error("uses of anything are kept")
	}
	var many []identity.LastUse
	update(t, s, func(ctx context.Context, tx *store.Tx) error {
		for i := range 450 {
			c := identity.Credential{ID: identity.CredentialID(fmt.Sprint("key", i)), UserID: "ada", Type: "cert"}
			if err := tx.InsertCredential(ctx, &c); err != nil {
				return err
			}
			many = append(many, use(key, string(c.ID), int64(100+i)))
		}
		return nil
	})
	must(t, s.NoteUses(ctx, many))
	lastUsed(t, s, key, "key0", 100)
	lastUsed(t, s, key, "key449", 549)
	lastUses(t, s, key, many)
	_, now := load(t, s)
	equal(t, "revision", now, rev+1) // that of the new credentials alone
	update(t, s, func(ctx context.Context, tx *store.Tx) error {
		if err := tx.DeleteCredential(ctx, "key0"); err != nil {
			return err
		}
		return tx.DeleteApplicationCredential(ctx, "ci")
	})
	lastUsed(t, s, key, "key0", 0)
	lastUsed(t, s, credential, "ci", 0)
	update(t, s, insertCredential(identity.Credential{ID: "key0", UserID: "ada", Type: "cert"}))
	lastUsed(t, s, key, "key0", 0) // another key of the same name has not been used
}
