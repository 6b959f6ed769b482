package storetest

import (
	"context"
	"strings"
	"testing"

	"github.com/lintel-id/lintel/internal/identity"
	"github.com/lintel-id/lintel/internal/store"
)

// serviceProviderObjects are the service providers of the test world.
func serviceProviderObjects() []identity.Change {
	return []identity.Change{
		{Kind: identity.ChangeServiceProvider, Key: "north", Object: &identity.ServiceProvider{ID: "north", Enabled: true, Description: "another cloud",
			AuthURL: "https://north/v3", SPURL: "https://north/Shibboleth.sso", RelayStatePrefix: "ss:mem:"}},
		{Kind: identity.ChangeServiceProvider, Key: "south", Object: &identity.ServiceProvider{ID: "south", AuthURL: "a:b", SPURL: "c:d"}},
	}
}

func insertServiceProvider(p identity.ServiceProvider) step {
	return func(ctx context.Context, tx *store.Tx) error { return tx.InsertServiceProvider(ctx, &p) }
}

func insertIdentityProvider(i identity.IdentityProvider) step {
	return func(ctx context.Context, tx *store.Tx) error { return tx.InsertIdentityProvider(ctx, &i) }
}

func updateIdentityProvider(i identity.IdentityProvider) step {
	return func(ctx context.Context, tx *store.Tx) error { return tx.UpdateIdentityProvider(ctx, &i) }
}

func insertProtocol(p identity.Protocol) step {
	return func(ctx context.Context, tx *store.Tx) error { return tx.InsertProtocol(ctx, &p) }
}

func putFederated(u identity.UserID, all ...identity.FederatedIdentity) step {
	return func(ctx context.Context, tx *store.Tx) error { return tx.PutFederated(ctx, u, all) }
}

// google is an identity provider in which every column is set.
func google() identity.IdentityProvider {
	return identity.IdentityProvider{ID: "google", DomainID: "acme", Enabled: true, Description: "staff", RemoteIDs: []string{"https://a", "https://b"}, AuthorizationTTL: ptr(int64(0))}
}

// The identities of ada and root.
func adaAtGoogle() identity.FederatedIdentity {
	return identity.FederatedIdentity{IdentityProvider: "google", Protocol: "openid", UniqueID: "ada@acme.example"}
}

func rootAtGoogle() identity.FederatedIdentity {
	return identity.FederatedIdentity{IdentityProvider: "google", Protocol: "saml2", UniqueID: "root"}
}

// federate writes two providers, their protocols and a mapping beside the world. It is no change
// of the model.
func federate(t *testing.T, s *store.Store) {
	t.Helper()
	seed(t, s)
	rev := update(t, s, insertIdentityProvider(google()), insertIdentityProvider(identity.IdentityProvider{ID: "aaa", DomainID: "other"}),
		func(ctx context.Context, tx *store.Tx) error {
			return tx.InsertMapping(ctx, &identity.Mapping{ID: "m", SchemaVersion: "1.0", Rules: "[]"})
		},
		insertProtocol(identity.Protocol{ID: "saml2", IdentityProvider: "google", MappingID: "m", RemoteIDAttribute: "ISS"}),
		insertProtocol(identity.Protocol{ID: "openid", IdentityProvider: "google", MappingID: "gone"}),
		insertProtocol(identity.Protocol{ID: "openid", IdentityProvider: "aaa", MappingID: "m"}),
		putFederated("ada", adaAtGoogle(), identity.FederatedIdentity{IdentityProvider: "aaa", Protocol: "openid", UniqueID: "ada"}), putFederated("root", rootAtGoogle()))
	equal(t, "revision", rev, 1)
}

func testFederation(t *testing.T, s *store.Store) {
	ctx := context.Background()
	federate(t, s)
	yes, no := true, false
	for _, test := range []struct {
		filter identity.IdentityProviderFilter
		want   string
	}{
		{identity.IdentityProviderFilter{}, "aaa google"}, {identity.IdentityProviderFilter{ID: "google"}, "google"}, {identity.IdentityProviderFilter{Enabled: &yes}, "google"},
		{identity.IdentityProviderFilter{Enabled: &no}, "aaa"}, {identity.IdentityProviderFilter{Text: []identity.TextFilter{{Attribute: "id", Match: identity.StartsWith, Value: "goo"}}}, "google"},
	} {
		list, err := s.ListIdentityProviders(ctx, test.filter)
		must(t, err)
		var ids []string
		for _, i := range list {
			ids = append(ids, string(i.ID))
		}
		equal(t, "identity providers", strings.Join(ids, " "), test.want)
	}
	changed := google()
	changed.Enabled, changed.Description, changed.RemoteIDs, changed.AuthorizationTTL = false, "", []string{"https://c"}, nil
	equal(t, "revision", update(t, s, updateIdentityProvider(changed), func(ctx context.Context, tx *store.Tx) error {
		if err := tx.UpdateProtocol(ctx, &identity.Protocol{ID: "saml2", IdentityProvider: "google", MappingID: "m2"}); err != nil {
			return err
		}
		return tx.UpdateMapping(ctx, &identity.Mapping{ID: "m", SchemaVersion: "2.0", Rules: "[{}]"})
	}), 1)
	got, err := s.IdentityProvider(ctx, "google")
	must(t, err)
	equal(t, "identity provider", got, &changed)
	protocols, err := s.ListProtocols(ctx, "google")
	must(t, err)
	equal(t, "protocols", protocols, []identity.Protocol{{ID: "openid", IdentityProvider: "google", MappingID: "gone"}, {ID: "saml2", IdentityProvider: "google", MappingID: "m2"}})
	mappings, err := s.ListMappings(ctx)
	must(t, err)
	equal(t, "mappings", mappings, []identity.Mapping{{ID: "m", SchemaVersion: "2.0", Rules: "[{}]"}})

	south := identity.ServiceProvider{ID: "south", Description: "d", AuthURL: "x:y", SPURL: "z:z", RelayStatePrefix: "p"}
	update(t, s, func(ctx context.Context, tx *store.Tx) error { return tx.UpdateServiceProvider(ctx, &south) })
	providers, err := s.ListServiceProviders(ctx, identity.ServiceProviderFilter{Enabled: &no})
	must(t, err)
	equal(t, "service providers", providers, []identity.ServiceProvider{south})
}

func testFederationRules(t *testing.T, s *store.Store) {
	federate(t, s)
	same := google()
	same.RemoteIDs = nil
	_ = refused(t, s, identity.Conflict, insertIdentityProvider(same))
	e := refused(t, s, identity.Conflict, insertIdentityProvider(identity.IdentityProvider{ID: "other", DomainID: "other", RemoteIDs: []string{"https://b"}}))
	equal(t, "words", e.Message, "Conflict occurred attempting to store identity_provider - Duplicate remote ID: https://b.")
	_ = refused(t, s, identity.Conflict, updateIdentityProvider(identity.IdentityProvider{ID: "aaa", RemoteIDs: []string{"https://a"}}))
	_ = refused(t, s, identity.NotFound, updateIdentityProvider(identity.IdentityProvider{ID: "x"}))
	_ = refused(t, s, identity.Invalid, insertIdentityProvider(identity.IdentityProvider{ID: "x", DomainID: "x"}))
	_ = refused(t, s, identity.Conflict, insertProtocol(identity.Protocol{ID: "openid", IdentityProvider: "aaa"}))
	_ = refused(t, s, identity.Invalid, insertProtocol(identity.Protocol{ID: "openid", IdentityProvider: "x"}))
	_ = refused(t, s, identity.Conflict, putFederated("root", adaAtGoogle()))
	_ = refused(t, s, identity.Invalid, putFederated("root", identity.FederatedIdentity{IdentityProvider: "aaa", Protocol: "saml2", UniqueID: "x"}))
	_ = refused(t, s, identity.Conflict, insertServiceProvider(identity.ServiceProvider{ID: "north"}))
	_ = refused(t, s, identity.NotFound, func(ctx context.Context, tx *store.Tx) error { return tx.DeleteServiceProvider(ctx, "x") })
	_ = refused(t, s, identity.NotFound, func(ctx context.Context, tx *store.Tx) error { return tx.DeleteMapping(ctx, "x") })
	_ = refused(t, s, identity.NotFound, func(ctx context.Context, tx *store.Tx) error { return tx.DeleteProtocol(ctx, "aaa", "saml2") })
}

func testFederatedUsers(t *testing.T, s *store.Store) {
	ctx := context.Background()
	federate(t, s)
	for filter, want := range map[identity.FederatedIdentity]string{
		{}: "ada root", {IdentityProvider: "google"}: "ada root", {IdentityProvider: "aaa"}: "ada", {Protocol: "saml2"}: "root", {UniqueID: "root"}: "root",
		adaAtGoogle(): "ada", {IdentityProvider: "aaa", UniqueID: "ada@acme.example"}: "", {IdentityProvider: "x"}: "",
	} {
		users, err := s.ListUserIDs(ctx, identity.UserFilter{Federated: filter})
		equal(t, "users", ids(t, itself, users, err), want)
	}
	update(t, s, putFederated("ada", anotherAtGoogle()))
	all, err := s.Federated(ctx, "ada")
	must(t, err)
	equal(t, "identities", all, []identity.FederatedIdentity{anotherAtGoogle()})
}

func anotherAtGoogle() identity.FederatedIdentity {
	return identity.FederatedIdentity{IdentityProvider: "google", Protocol: "saml2", UniqueID: "another"}
}

func testFederationCascades(t *testing.T, s *store.Store) {
	ctx := context.Background()
	federate(t, s)
	identities := func(u identity.UserID) int {
		all, err := s.Federated(ctx, u)
		must(t, err)
		return len(all)
	}
	update(t, s, func(ctx context.Context, tx *store.Tx) error { return tx.DeleteMapping(ctx, "m") })
	update(t, s, func(ctx context.Context, tx *store.Tx) error { return tx.DeleteProtocol(ctx, "google", "saml2") })
	equal(t, "root's after its protocol went", identities("root"), 0)
	equal(t, "ada's", identities("ada"), 2)
	update(t, s, func(ctx context.Context, tx *store.Tx) error { return tx.DeleteIdentityProvider(ctx, "aaa") })
	equal(t, "ada's after a provider went", identities("ada"), 1)
	update(t, s, func(ctx context.Context, tx *store.Tx) error { return tx.DeleteUser(ctx, "ada") })
	equal(t, "ada's after ada", identities("ada"), 0)
	update(t, s, putFederated("root", adaAtGoogle()))
	update(t, s, func(ctx context.Context, tx *store.Tx) error {
		if err := tx.DeleteDomainContents(ctx, "acme"); err != nil {
			return err
		}
		return tx.DeleteProject(ctx, "acme")
	})
	list, err := s.ListIdentityProviders(ctx, identity.IdentityProviderFilter{})
	must(t, err)
	equal(t, "identity providers after their domain went", len(list), 0)
	equal(t, "root's after the domain of its provider went", identities("root"), 0)
}
