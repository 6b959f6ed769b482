package storetest

import (
	"context"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/lintel-id/lintel/internal/identity"
	"github.com/lintel-id/lintel/internal/store"
)

// seedCredentials adds to the world's EC2 key "ec2" of ada two seeds of authenticators.
func seedCredentials(t *testing.T, s *store.Store) {
	t.Helper()
	seed(t, s)
	update(t, s, insertCredential(identity.Credential{ID: "a-seed", UserID: "ada", Type: identity.CredentialTOTP, CreatedAt: at(1)}),
		insertCredential(identity.Credential{ID: "r-seed", UserID: "root", Type: identity.CredentialTOTP, CreatedAt: at(2)}))
}

func testCredentialLists(t *testing.T, s *store.Store) {
	seedCredentials(t, s)
	for _, c := range []struct {
		filter identity.CredentialFilter
		want   []identity.CredentialID
	}{
		{identity.CredentialFilter{}, []identity.CredentialID{"a-seed", "ec2", "r-seed"}},
		{identity.CredentialFilter{UserID: "ada"}, []identity.CredentialID{"a-seed", "ec2"}},
		{identity.CredentialFilter{Type: identity.CredentialTOTP}, []identity.CredentialID{"a-seed", "r-seed"}},
		{identity.CredentialFilter{UserID: "root", Type: identity.CredentialTOTP}, []identity.CredentialID{"r-seed"}},
		{identity.CredentialFilter{UserID: "root", Type: identity.CredentialEC2}, nil},
	} {
		rows, err := s.ListCredentials(context.Background(), c.filter)
		must(t, err)
		var got []identity.CredentialID
		for _, row := range rows {
			got = append(got, row.ID)
		}
		equal(t, "credentials", got, c.want)
	}
}

func testTOTPSteps(t *testing.T, s *store.Store) {
	seedCredentials(t, s)
	_, rev := load(t, s)
	login := func(when string, id identity.CredentialID, step int64, methods int, want bool) {
		t.Helper()
		first, err := s.UseTOTPStep(context.Background(), id, step, methods)
		must(t, err)
		equal(t, when, first, want)
	}
	use := func(when string, id identity.CredentialID, step int64, want bool) {
		t.Helper()
		login(when, id, step, 1, want)
	}
	use("a step", "a-seed", 100, true)
	use("the same step", "a-seed", 100, false)
	login("the same step with a password", "a-seed", 100, 2, true)
	login("the same step with a password again", "a-seed", 100, 2, false)
	use("the same step without", "a-seed", 100, false)
	login("an earlier step", "a-seed", 99, 2, false)
	use("the next step", "a-seed", 101, true)
	use("the same step of another credential", "r-seed", 101, true)
	use("a step of a credential that is not there", "nothing", 101, false)
	_, after := load(t, s)
	equal(t, "revision", after, rev)
	update(t, s, func(ctx context.Context, tx *store.Tx) error { return tx.DeleteUser(ctx, "ada") })
	use("a step of a credential that went with its user", "a-seed", 200, false)
}

// testTOTPStepsAtOnce: of many who show one passcode at the same moment, one gets in.
func testTOTPStepsAtOnce(t *testing.T, s *store.Store) {
	seedCredentials(t, s)
	var got atomic.Int64
	var wg sync.WaitGroup
	for range 40 {
		wg.Go(func() {
			first, err := s.UseTOTPStep(context.Background(), "a-seed", 7, 1)
			if err != nil {
				t.Error(err)
			}
			if first {
				got.Add(1)
			}
		})
	}
	wg.Wait()
	equal(t, "uses of one step", got.Load(), 1)
}
