package storetest

import (
	"context"
	"fmt"
	"testing"

	"github.com/lintel-id/lintel/internal/identity"
	"github.com/lintel-id/lintel/internal/store"
)

// sealedWorld adds to what the key k2 has sealed in the world a request token, an option of a
// domain, and the key itself beside its successor k3.
func sealedWorld(t *testing.T, s *store.Store) {
	t.Helper()
	seed(t, s)
	update(t, s, insertRequestToken(requestToken("asked")),
		putDomainConfig(identity.DomainConfigOption{DomainID: "acme", Group: "ldap", Option: "password", Sealed: []byte{4}, KeyID: "k2"}),
		putDomainConfig(identity.DomainConfigOption{DomainID: "acme", Group: "ldap", Option: "url", Value: `"ldap://a"`}),
		putKey(identity.SealedKey{ID: "k2", Purpose: identity.CredentialKeys, State: identity.KeySecondary, Sealed: []byte{2}}),
		putKey(identity.SealedKey{ID: "k3", Purpose: identity.CredentialKeys, State: identity.KeyPrimary, Sealed: []byte{3}}))
}

// sealedBy are the rows that a key has sealed.
func sealedBy(t *testing.T, s *store.Store, in identity.SealedIn, keyID string) []identity.SealedRow {
	t.Helper()
	rows, err := s.ListSealed(context.Background(), in, keyID, 0, 1000)
	must(t, err)
	return rows
}

// reseal is the step that writes rows, of which so many are still sealed by the key from.
func reseal(in identity.SealedIn, from string, want int, rows ...identity.SealedRow) step {
	return func(ctx context.Context, tx *store.Tx) error {
		n, err := tx.Reseal(ctx, in, from, rows)
		if err == nil && n != want {
			err = fmt.Errorf("%d rows written, want %d", n, want)
		}
		return err
	}
}

func counted(t *testing.T, s *store.Store, want map[string]int) {
	t.Helper()
	got, err := s.CountSealed(context.Background())
	must(t, err)
	equal(t, "rows by key", got, want)
}

func testSealed(t *testing.T, s *store.Store) {
	sealedWorld(t, s)
	counted(t, s, map[string]int{"k2": 5})
	left := 5
	for in, want := range map[identity.SealedIn]identity.SealedRow{
		identity.SealedInCredential:   {Name: [3]string{"ec2", "ada", "ec2"}, KeyID: "k2", Sealed: []byte("sealed")},
		identity.SealedInConsumer:     {Name: [3]string{"robot"}, KeyID: "k2", Sealed: []byte("sealed")},
		identity.SealedInRequestToken: {Name: [3]string{"asked"}, KeyID: "k2", Sealed: []byte{3}},
		identity.SealedInAccessToken:  {Name: [3]string{"link"}, KeyID: "k2", Sealed: []byte{1, 0, 2}},
		identity.SealedInDomainConfig: {Name: [3]string{"acme", "ldap", "password"}, KeyID: "k2", Sealed: []byte{4}},
	} {
		equal(t, string(in), sealedBy(t, s, in, "k2"), []identity.SealedRow{want})
		equal(t, string(in)+" of another key", sealedBy(t, s, in, "k3"), nil)
		fresh, elsewhere := want, want
		fresh.KeyID, fresh.Sealed = "k3", []byte{9, 0}
		elsewhere.Name[0] = "nobody"
		elsewhere.KeyID = "k3"
		update(t, s, reseal(in, "k1", 0, fresh), reseal(in, "k2", 0, elsewhere), reseal(in, "k2", 0))
		equal(t, string(in)+" after what seals nothing", sealedBy(t, s, in, "k2"), []identity.SealedRow{want})
		_, rev := load(t, s)
		now := update(t, s, reseal(in, "k2", 1, fresh))
		inModel := in == identity.SealedInCredential || in == identity.SealedInAccessToken
		equal(t, string(in)+" is a change of the model", now > rev, inModel)
		equal(t, string(in)+" sealed anew", sealedBy(t, s, in, "k3"), []identity.SealedRow{fresh})
		left--
		counts := map[string]int{"k3": 5 - left}
		if left > 0 {
			counts["k2"] = left
		}
		counted(t, s, counts)
	}
	changed := identity.DomainConfigOption{DomainID: "acme", Group: "ldap", Option: "url", Value: `"ldap://a"`}
	options, err := s.ListDomainConfig(context.Background(), "acme")
	must(t, err)
	equal(t, "what was never sealed", options[1], changed)
	if _, err := s.ListSealed(context.Background(), "password", "k2", 0, 1); err == nil {
		t.Error("anything is sealed")
	}
}

func testSealedMany(t *testing.T, s *store.Store) {
	sealedWorld(t, s)
	const many = 999
	update(t, s, func(ctx context.Context, tx *store.Tx) error {
		for i := range many {
			c := identity.Credential{ID: identity.CredentialID(fmt.Sprintf("c%04d", i)), UserID: "ada", Type: "cert", Sealed: []byte{1}, KeyID: "k2"}
			if err := tx.InsertCredential(ctx, &c); err != nil {
				return err
			}
		}
		return nil
	})
	rows := sealedBy(t, s, identity.SealedInCredential, "k2") // c0000 to c0998, ec2
	equal(t, "the last of all", rows[many].Name[0], "ec2")
	page, err := s.ListSealed(context.Background(), identity.SealedInCredential, "k2", 2, 3)
	must(t, err)
	equal(t, "after two", page, rows[2:5])
	for i := range rows {
		rows[i].KeyID, rows[i].Sealed = "k3", []byte(rows[i].Name[0])
	}
	m, rev := load(t, s)
	now := update(t, s, reseal(identity.SealedInCredential, "k2", len(rows), rows...))
	equal(t, "revision", now, rev+1)
	got, err := s.Changes(context.Background(), rev, m.apply)
	must(t, err)
	equal(t, "revision of the changes", got, now)
	for i := range rows {
		c := m[id{identity.ChangeCredential, rows[i].Name[0]}].(*identity.Credential)
		if c.KeyID != "k3" || string(c.Sealed) != rows[i].Name[0] {
			t.Fatalf("changed to %+v", c)
		}
	}
}

func testUnusedKeys(t *testing.T, s *store.Store) {
	sealedWorld(t, s)
	drop := func(want bool) {
		t.Helper()
		update(t, s, func(ctx context.Context, tx *store.Tx) error {
			deleted, err := tx.DeleteUnusedKey(ctx, "k2")
			if err == nil && deleted != want {
				t.Errorf("deleted: %v, want %v", deleted, want)
			}
			return err
		})
	}
	for _, in := range identity.SealedInAll() {
		drop(false) // of one kind there is always still a row
		rows := sealedBy(t, s, in, "k2")
		for i := range rows {
			rows[i].KeyID = "k3"
		}
		update(t, s, reseal(in, "k2", 1, rows...))
	}
	_, rev := load(t, s)
	drop(true)
	m, now := load(t, s)
	equal(t, "revision", now, rev+1)
	if m[id{identity.ChangeKey, "k2"}] != nil || m[id{identity.ChangeKey, "k3"}] == nil {
		t.Error("another key was deleted")
	}
	drop(false)
}
