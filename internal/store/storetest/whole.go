package storetest

import (
	"context"
	"testing"

	"github.com/lintel-id/lintel/internal/identity"
	"github.com/lintel-id/lintel/internal/store"
)

// Whole writes the test world and beside it rows of every table that the model does not know, so
// that no table of the schema is empty.
func Whole(t *testing.T, s *store.Store) {
	t.Helper()
	ctx := context.Background()
	federate(t, s)
	document := identity.PolicyDocument{ID: "open", Type: "application/json", Blob: "{\n\t\"a\": \"\u2603\"}\r\n", Extra: `{"k":1}`}
	authorised := requestToken("authorised")
	authorised.UserID, authorised.Roles, authorised.VerifierHash = "ada", []identity.RoleID{"member"}, "h"
	steps := append(limitInsertions(), insertPolicyDocument(document),
		putPolicyAssociation(identity.PolicyAssociation{PolicyID: "open", ServiceID: "nova", RegionID: "eu"}),
		putPolicyAssociation(identity.PolicyAssociation{PolicyID: "open", ServiceID: "nova"}),
		putPolicyAssociation(identity.PolicyAssociation{PolicyID: "open", EndpointID: "nova-public"}),
		putDomainConfig(identity.DomainConfigOption{DomainID: "acme", Group: "ldap", Option: "password", Sealed: []byte{0, 1, 255}, KeyID: "k1"}),
		putDomainConfig(identity.DomainConfigOption{DomainID: "acme", Group: "ldap", Option: "url", Value: `"ldap://a"`}),
		insertCredential(identity.Credential{ID: "seed", UserID: "ada", Type: identity.CredentialTOTP, Sealed: []byte{}, CreatedAt: at(1)}),
		insertRequestToken(requestToken("asked")),
		insertRequestToken(authorised), func(ctx context.Context, tx *store.Tx) error { return tx.AuthorizeRequestToken(ctx, &authorised) },
		func(ctx context.Context, tx *store.Tx) error { return tx.InsertSetting(ctx, "name", "value") })
	update(t, s, steps...)
	must(t, s.NoteUses(ctx, []identity.LastUse{{Use: identity.Use{Kind: identity.UseEC2Key, ID: "ec2"}, At: at(10)},
		{Use: identity.Use{Kind: identity.UseApplicationCredential, ID: "ci"}, At: at(20)},
		{Use: identity.Use{Kind: identity.UseV2, ID: "ada"}, At: at(30)}}))
	for what, once := range map[string]func() (bool, error){
		"nonce":    func() (bool, error) { return s.UseNonce(ctx, "digest", at(30)) },
		"passcode": func() (bool, error) { return s.UseTOTPStep(ctx, "seed", 7, 1) },
		"try":      func() (bool, error) { return s.CountLoginTry(ctx, "ada", 5, at(40), 0) },
	} {
		if first, err := once(); err != nil || !first {
			t.Fatalf("the first %s: %v %v", what, first, err)
		}
	}
}
