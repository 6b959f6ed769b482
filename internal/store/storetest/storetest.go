// Package storetest is the promise of package store as tests: one suite that every engine
// passes. It owns what rows, changes and transactions must do, and the PostgreSQL server to
// try it on; it refuses to know one engine from another.
package storetest

import (
	"context"
	"errors"
	"net/netip"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/lintel-id/lintel/internal/identity"
	"github.com/lintel-id/lintel/internal/store"
)

// Run runs the suite. open returns a migrated, empty store of the engine, closed by t.Cleanup.
func Run(t *testing.T, open func(t *testing.T) *store.Store) {
	for _, test := range []struct {
		promise string
		run     func(t *testing.T, s *store.Store)
	}{
		{"every object reads back as it was written", testRoundTrip},
		{"an update writes every column", testUpdates},
		{"what belongs to a deleted object goes with it and is in the log", testCascades},
		{"deleting a domain's contents leaves nothing of it", testDomainContents},
		{"what is not there is NotFound", testMissing},
		{"what is still in use is not deleted", testInUse},
		{"names are unique where Keystone's are", testConflicts},
		{"a reference to nothing is refused", testDanglingReference},
		{"the newest password of a kind is the current one", testPasswords},
		{"login failures are counted and change no revision", testLoginFailures},
		{"login tries at once are no more than allowed", testLoginTriesAtOnce},
		{"old passwords are pruned, the current one stays", testPrunePasswords},
		{"the last active day only moves on", testNoteActive},
		{"access rules of a user are shared by application credentials", testAccessRules},
		{"limits read back and are listed by what they are for", testLimits},
		{"a limit is unique and refers to what there is", testLimitRules},
		{"limits go with their project and domain and stay with what is left", testLimitCascades},
		{"trusts are unique where Keystone's are, and are listed by their people", testTrusts},
		{"the uses of a trust are taken once each", testTrustUses},
		{"a trust goes with all that was made with it", testTrustCascades},
		{"trusts that are over are pruned when no token of theirs is alive", testTrustPruning},
		{"a consumer reads back and takes its tokens with it", testConsumers},
		{"a request token is authorised, and goes with its people", testRequestTokens},
		{"an access token goes with what it depends on and takes what depends on it", testAccessTokens},
		{"a nonce shown many times at once is taken once", testNonces},
		{"tokens of OAuth 1.0 and nonces are pruned when they are over", testOAuth1Pruning},
		{"projects are associated with endpoints and groups once", testEndpointFilters},
		{"associations go with either side and are in the log", testEndpointFilterCascades},
		{"policy documents read back and change no revision", testPolicyDocuments},
		{"an endpoint, a service, a service in a region have one policy each", testPolicyAssociations},
		{"lists of credentials filter by what they are asked for", testCredentialLists},
		{"a passcode's step is taken once, and none before it", testTOTPSteps},
		{"a passcode shown many times at once is taken once", testTOTPStepsAtOnce},
		{"the last use only moves on, changes no revision and goes with what was used", testLastUsed},
		{"sessions of the portal are listed with their last use until they are over", testPortalSessions},
		{"activity is counted by the day, and is no more than a user may have", testActivity},
		{"what every kind of row keeps sealed is found and sealed anew, unless somebody else has", testSealed},
		{"many rows are sealed anew at once, in one revision", testSealedMany},
		{"a key goes when no row of any kind is sealed by it", testUnusedKeys},
		{"identity providers, protocols and mappings read back and change no revision", testFederation},
		{"remote ids, protocols and names elsewhere are one's only", testFederationRules},
		{"users are found by what identity providers call them", testFederatedUsers},
		{"protocols go with their provider, names with either, providers with their domain", testFederationCascades},
		{"a domain's configuration reads back and goes with it", testDomainConfig},
		{"a revocation only ever rises", testRevocations},
		{"a setting is set once", testSettings},
		{"lists of projects, users and groups filter by what they are asked for", testLists},
		{"lists of roles, assignments and the catalog filter by what they are asked for", testRoleAndCatalogLists},
		{"text filters match literally", testTextFilters},
		{"tag filters are Keystone's four", testTagFilters},
		{"pages follow each other without gap or repetition", testPages},
		{"a change has the next revision, nothing has none", testRevision},
		{"what only adds objects reduces nothing, everything else may", testReduces},
		{"an error or a panic keeps nothing", testRollback},
		{"updates are serial and commit in the order of their revisions", testSerial},
		{"changes are told once, as they are now", testChanges},
		{"a log that does not reach back is a gap", testGap},
		{"expired revocations are pruned and everybody is told", testPrune},
		{"a bulk insert is one revision and asks for a load", testBulk},
		{"applying changes equals loading afresh", testChangesEqualLoad},
		{"a cancelled context ends the transaction", testCancelled},
	} {
		t.Run(test.promise, func(t *testing.T) { test.run(t, open(t)) })
	}
}

// id names an object of the model.
type id struct {
	Kind identity.ChangeKind
	Key  string
}

// model is the objects of the model as a Source emits them.
type model map[id]any

// apply is what a follower does with a change.
func (m model) apply(c identity.Change) error {
	if c.Object == nil {
		delete(m, id{c.Kind, c.Key})
	} else {
		m[id{c.Kind, c.Key}] = c.Object
	}
	return nil
}

func load(t rapid.TB, s *store.Store) (model, int64) {
	t.Helper()
	m := model{}
	rev, err := s.Load(context.Background(), m.apply)
	must(t, err)
	return m, rev
}

func must(t rapid.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatalf("%v", err)
	}
}

// update runs steps in one transaction, which must work.
func update(t rapid.TB, s *store.Store, steps ...func(context.Context, *store.Tx) error) int64 {
	t.Helper()
	rev, err := try(s, steps...)
	must(t, err)
	return rev
}

func try(s *store.Store, steps ...func(context.Context, *store.Tx) error) (int64, error) {
	ctx := context.Background()
	return s.Update(ctx, func(tx *store.Tx) error {
		for _, step := range steps {
			if err := step(ctx, tx); err != nil {
				return err
			}
		}
		return nil
	})
}

// refused runs steps, which must fail with an error of the kind and change nothing.
func refused(t *testing.T, s *store.Store, want identity.Kind, steps ...func(context.Context, *store.Tx) error) *identity.Error {
	t.Helper()
	before, rev := load(t, s)
	_, err := try(s, steps...)
	if identity.KindOf(err) != want {
		t.Fatalf("got %v (kind %d), want kind %d", err, identity.KindOf(err), want)
	}
	after, newRev := load(t, s)
	equal(t, "model after a refused change", after, before)
	equal(t, "revision after a refused change", newRev, rev)
	var e *identity.Error
	if !errors.As(err, &e) {
		t.Fatalf("%T is not the error of a verb", err)
	}
	return e
}

func equal[T any](t rapid.TB, what string, got, want T) {
	t.Helper()
	sameAddress := cmp.Comparer(func(a, b netip.Addr) bool { return a == b })
	if d := cmp.Diff(want, got, sameAddress); d != "" {
		t.Fatalf("%s (-want +got):\n%s", what, d)
	}
}

// at is a time as rows keep it: microseconds, UTC.
func at(second int64) time.Time { return time.Unix(1_700_000_000+second, 123_456_000).UTC() }

func ptr[T any](v T) *T { return &v }
