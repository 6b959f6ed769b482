package storetest

import (
	"context"
	"maps"
	"slices"
	"testing"

	"github.com/lintel-id/lintel/internal/identity"
	"github.com/lintel-id/lintel/internal/store"
)

func membership(user identity.UserID, group identity.GroupID) id {
	return id{identity.ChangeMembership, identity.Membership{UserID: user, GroupID: group}.Key()}
}

func testCascades(t *testing.T, s *store.Store) {
	seed(t, s)
	implication := id{identity.ChangeImplication, identity.Implication{Prior: "member", Implied: "reader"}.Key()}
	grant := func(a identity.Assignment) id { return id{identity.ChangeAssignment, a.Key()} }
	for _, test := range []struct {
		what    string
		delete  step
		gone    []id
		changed []id
	}{
		{"project", func(ctx context.Context, tx *store.Tx) error {
			if err := tx.DeleteProject(ctx, "web-test"); err != nil {
				return err
			}
			return tx.DeleteProject(ctx, "web")
		}, []id{{identity.ChangeProject, "web"}, {identity.ChangeProject, "web-test"}, grant(grantOnProject()), {identity.ChangeApplicationCredential, "ci"}, {identity.ChangeCredential, "ec2"}, endpointFilterID(seenByWeb()), endpointFilterID(seenByWebTest()), {identity.ChangeTrust, "loan"}, {identity.ChangeTrust, "base"}, {identity.ChangeTrust, "sub"}, {identity.ChangeAccessToken, "link"}},
			[]id{{identity.ChangeUser, "root"}}},
		{"user", func(ctx context.Context, tx *store.Tx) error { return tx.DeleteUser(ctx, "ada") },
			[]id{{identity.ChangeUser, "ada"}, membership("ada", "staff"), grant(grantOnProject()), grant(grantOnSystem()), {identity.ChangeApplicationCredential, "ci"}, {identity.ChangeCredential, "ec2"}, {identity.ChangeTrust, "loan"}, {identity.ChangeTrust, "base"}, {identity.ChangeTrust, "sub"}, {identity.ChangeAccessToken, "link"}}, nil},
		{"group", func(ctx context.Context, tx *store.Tx) error { return tx.DeleteGroup(ctx, "staff") },
			[]id{{identity.ChangeGroup, "staff"}, membership("ada", "staff"), membership("root", "staff"), grant(grantToGroup())}, nil},
		{"role", func(ctx context.Context, tx *store.Tx) error { return tx.DeleteRole(ctx, "reader") },
			[]id{{identity.ChangeRole, "reader"}, implication, grant(grantOnSystem()), grant(grantElsewhere()), {identity.ChangeApplicationCredential, "ci"}},
			[]id{{identity.ChangeAccessToken, "link"}}},
		{"service", func(ctx context.Context, tx *store.Tx) error { return tx.DeleteService(ctx, "nova") },
			[]id{{identity.ChangeService, "nova"}, {identity.ChangeEndpoint, "nova-public"}, {identity.ChangeEndpoint, "nova-admin"}, endpointFilterID(seenByWeb())}, nil},
		{"application credential", func(ctx context.Context, tx *store.Tx) error { return tx.DeleteApplicationCredential(ctx, "ci") },
			[]id{{identity.ChangeApplicationCredential, "ci"}}, nil},
		{"region, endpoint, credential, key and links", func(ctx context.Context, tx *store.Tx) error {
			for _, err := range []error{tx.DeleteEndpoint(ctx, "nova-public"), tx.DeleteRegion(ctx, "eu-west"), tx.DeleteRegion(ctx, "eu"),
				tx.DeleteCredential(ctx, "ec2"), tx.DeleteKey(ctx, "k1"), tx.RemoveMember(ctx, identity.Membership{UserID: "root", GroupID: "staff"}),
				tx.RemoveImplication(ctx, identity.Implication{Prior: "member", Implied: "reader"}), tx.RemoveAssignment(ctx, grantToGroup())} {
				if err != nil {
					return err
				}
			}
			return nil
		}, []id{{identity.ChangeEndpoint, "nova-public"}, endpointFilterID(seenByWeb()), {identity.ChangeRegion, "eu"}, {identity.ChangeRegion, "eu-west"}, {identity.ChangeCredential, "ec2"},
			{identity.ChangeKey, "k1"}, membership("root", "staff"), implication, grant(grantToGroup())}, nil},
	} {
		t.Run(test.what, func(t *testing.T) { expectGone(t, s, test.delete, test.gone, test.changed) })
	}
}

// expectGone runs a step and compares what it did to the model with what the log tells of it.
// The step is undone at the end.
func expectGone(t *testing.T, s *store.Store, delete step, gone, changed []id) {
	t.Helper()
	before, since := load(t, s)
	rev := update(t, s, delete)
	equal(t, "revision", rev, since+1)
	want := maps.Clone(before)
	for _, k := range gone {
		if _, there := want[k]; !there {
			t.Fatalf("%v was never there", k)
		}
		want[k] = nil
	}
	told := model{}
	got, err := s.Changes(context.Background(), since, func(c identity.Change) error {
		told[id{c.Kind, c.Key}] = c.Object
		return nil
	})
	must(t, err)
	equal(t, "revision of the changes", got, rev)
	after, _ := load(t, s)
	for k := range want {
		if want[k] != nil && !slices.Contains(changed, k) {
			equal(t, "kept "+k.Key, after[k], want[k])
		}
	}
	wantTold := model{}
	for _, k := range gone {
		wantTold[k] = nil
	}
	for _, k := range changed {
		wantTold[k] = after[k]
	}
	equal(t, "told by the log", told, wantTold)
	equal(t, "objects left", len(after), len(before)-len(gone))
	restore(t, s)
}

// restore makes the world again, from nothing.
func restore(t *testing.T, s *store.Store) {
	t.Helper()
	wipe(t, s)
	update(t, s, insertions()...)
}

func testDomainContents(t *testing.T, s *store.Store) {
	want := seed(t, s)
	// No id is no domain: nothing may go.
	equal(t, "revision after deleting nothing", update(t, s, func(ctx context.Context, tx *store.Tx) error {
		return tx.DeleteDomainContents(ctx, "")
	}), 1)
	follower := maps.Clone(want)
	update(t, s, func(ctx context.Context, tx *store.Tx) error {
		if err := tx.DeleteDomainContents(ctx, "acme"); err != nil {
			return err
		}
		return tx.DeleteProject(ctx, "acme")
	})
	root := *want[id{identity.ChangeUser, "root"}].(*identity.User)
	root.DefaultProjectID = ""
	want[id{identity.ChangeUser, "root"}] = &root
	for k := range want {
		switch k.Kind {
		case identity.ChangeAssignment, identity.ChangeMembership, identity.ChangeApplicationCredential, identity.ChangeCredential, identity.ChangeGroup, identity.ChangeTrust, identity.ChangeAccessToken,
			identity.ChangeProjectEndpoint, identity.ChangeProjectEndpointGroup:
			delete(want, k)
		}
	}
	for _, k := range []id{{identity.ChangeUser, "ada"}, {identity.ChangeProject, "web"}, {identity.ChangeProject, "web-test"}, {identity.ChangeProject, "acme"}, {identity.ChangeRole, "acme-boss"}} {
		delete(want, k)
	}
	got, _ := load(t, s)
	equal(t, "model", got, want)
	_, err := s.Changes(context.Background(), 1, follower.apply)
	must(t, err)
	equal(t, "model of a follower", follower, want)
	for _, left := range leftovers(t, s) {
		t.Errorf("left behind: %s", left)
	}
}

// leftovers names what lists still find of the user who is gone.
func leftovers(t *testing.T, s *store.Store) (left []string) {
	t.Helper()
	ctx := context.Background()
	rules, err := s.ListAccessRules(ctx, "ada")
	must(t, err)
	for _, r := range rules {
		left = append(left, "access rule "+string(r.ID))
	}
	passwords, err := s.Passwords(ctx, "ada", identity.LoginPassword, 10)
	must(t, err)
	for _, p := range passwords {
		left = append(left, "password "+p.ID)
	}
	return left
}
