package storetest

import (
	"context"
	"testing"

	"github.com/lintel-id/lintel/internal/identity"
	"github.com/lintel-id/lintel/internal/store"
)

func putDomainConfig(o identity.DomainConfigOption) step {
	return func(ctx context.Context, tx *store.Tx) error { return tx.PutDomainConfig(ctx, &o) }
}

func testDomainConfig(t *testing.T, s *store.Store) {
	ctx := context.Background()
	seed(t, s)
	options := []identity.DomainConfigOption{
		{DomainID: "acme", Group: "identity", Option: "driver", Value: `"ldap"`},
		{DomainID: "acme", Group: "ldap", Option: "password", Sealed: []byte{0, 1, 255}, KeyID: "k1"},
		{DomainID: "acme", Group: "ldap", Option: "url", Value: `"ldap://a"`},
		{DomainID: "other", Group: "ldap", Option: "url", Value: `null`},
	}
	equal(t, "revision after a configuration", update(t, s, putDomainConfig(options[3]), putDomainConfig(options[2]), putDomainConfig(options[1]), putDomainConfig(options[0])), 1)
	of := func(id identity.DomainID) []identity.DomainConfigOption {
		list, err := s.ListDomainConfig(ctx, id)
		must(t, err)
		return list
	}
	equal(t, "options", of("acme"), options[:3])
	// An option is written over, whole: what was sealed is sealed no more.
	options[1] = identity.DomainConfigOption{DomainID: "acme", Group: "ldap", Option: "password", Value: `"x"`}
	update(t, s, putDomainConfig(options[1]), func(ctx context.Context, tx *store.Tx) error {
		return tx.DeleteDomainConfig(ctx, "acme", "ldap", "url")
	})
	equal(t, "options after a change", of("acme"), options[:2])
	equal(t, "options of another domain", of("other"), options[3:])
	_ = refused(t, s, identity.Invalid, putDomainConfig(identity.DomainConfigOption{DomainID: "nowhere", Group: "ldap", Option: "url"}))
	update(t, s, func(ctx context.Context, tx *store.Tx) error {
		if err := tx.DeleteDomainContents(ctx, "acme"); err != nil {
			return err
		}
		return tx.DeleteProject(ctx, "acme")
	})
	equal(t, "options of a domain that is gone", len(of("acme")), 0)
}
