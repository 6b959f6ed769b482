package storetest

import (
	"context"
	"strings"
	"testing"

	"github.com/lintel-id/lintel/internal/identity"
	"github.com/lintel-id/lintel/internal/store"
)

func testRoundTrip(t *testing.T, s *store.Store) {
	want := seed(t, s)
	got, rev := load(t, s)
	equal(t, "model", got, want)
	equal(t, "revision", rev, 1)
}

// testUpdates changes every field that an update may change, and compares with what was meant.
func testUpdates(t *testing.T, s *store.Store) {
	want := seed(t, s)
	project := identity.Project{ID: "web-test", DomainID: "acme", ParentID: "acme", Name: "test2", Description: "d", Enabled: true, Tags: []string{"a b", "z"},
		Options: identity.ResourceOptions{Immutable: ptr(true)}, Extra: `{"p":1}`}
	user := identity.User{ID: "ada", DomainID: "acme", Name: "Ada L.", DefaultProjectID: "web", Email: "a@b", CreatedAt: at(4), LastActiveAt: at(5),
		Options: &identity.UserOptions{MultiFactorAuthEnabled: ptr(true)}, Login: identity.PasswordState{ID: "pw1", ExpiresAt: at(1000)}}
	group := identity.Group{ID: "staff", DomainID: "acme", Name: "Crew", Description: "c"}
	role := identity.Role{ID: "reader", Name: "watcher", Description: "w", Extra: `{"r":1}`}
	region := identity.Region{ID: "eu-west", Description: "west", Extra: `{"w":1}`}
	service := identity.Service{ID: "nova", Type: "compute2", Description: "x"}
	endpoint := identity.Endpoint{ID: "nova-admin", Interface: identity.InternalInterface, ServiceID: "nova", RegionID: "eu", URL: "http://n2", Enabled: true, Extra: `{}`}
	credential := identity.Credential{ID: "ec2", UserID: "root", Type: "totp", Sealed: []byte("other"), KeyID: "k3", ApplicationCredentialID: "ci", TrustID: "t", AccessTokenID: "at", CreatedAt: at(6), Disabled: true}
	key := identity.SealedKey{ID: "k1", Purpose: identity.TokenKeys, State: identity.KeySecondary, Sealed: []byte{9}, CreatedAt: at(1), PrimaryAt: at(2), RetiredAt: at(3)}
	ci := *want[id{identity.ChangeApplicationCredential, "ci"}].(*identity.ApplicationCredential)
	ci.Disabled = true
	rev := update(t, s, func(ctx context.Context, tx *store.Tx) error {
		for _, err := range []error{
			tx.UpdateProject(ctx, &project), tx.UpdateUser(ctx, &user), tx.UpdateGroup(ctx, &group), tx.UpdateRole(ctx, &role),
			tx.UpdateRegion(ctx, &region), tx.UpdateService(ctx, &service), tx.UpdateEndpoint(ctx, &endpoint), tx.UpdateCredential(ctx, &credential),
			tx.PutKey(ctx, &key), tx.SetApplicationCredentialDisabled(ctx, "ci"), tx.SetCredentialDisabled(ctx, "ec2"),
		} {
			if err != nil {
				return err
			}
		}
		return nil
	})
	equal(t, "revision", rev, 2)
	for kind, object := range map[identity.ChangeKind]any{identity.ChangeProject: &project, identity.ChangeUser: &user, identity.ChangeGroup: &group,
		identity.ChangeRole: &role, identity.ChangeRegion: &region, identity.ChangeService: &service, identity.ChangeEndpoint: &endpoint,
		identity.ChangeCredential: &credential, identity.ChangeKey: &key, identity.ChangeApplicationCredential: &ci} {
		want[id{kind, keyOf(object)}] = object
	}
	got, _ := load(t, s)
	equal(t, "model", got, want)
}

// keyOf is the id of an object that has one.
func keyOf(object any) string {
	switch v := object.(type) {
	case *identity.Project:
		return string(v.ID)
	case *identity.User:
		return string(v.ID)
	case *identity.Group:
		return string(v.ID)
	case *identity.Role:
		return string(v.ID)
	case *identity.Region:
		return string(v.ID)
	case *identity.Service:
		return string(v.ID)
	case *identity.Endpoint:
		return string(v.ID)
	case *identity.Credential:
		return string(v.ID)
	case *identity.SealedKey:
		return v.ID
	case *identity.ApplicationCredential:
		return string(v.ID)
	}
	return ""
}

func testMissing(t *testing.T, s *store.Store) {
	seed(t, s)
	for _, test := range []struct {
		words string
		step  step
	}{
		{"Could not find project: x.", func(ctx context.Context, tx *store.Tx) error {
			return tx.UpdateProject(ctx, &identity.Project{ID: "x", ParentID: "acme", DomainID: "acme"})
		}},
		{"Could not find project: x.", func(ctx context.Context, tx *store.Tx) error { return tx.DeleteProject(ctx, "x") }},
		{"Could not find user: x.", func(ctx context.Context, tx *store.Tx) error {
			return tx.UpdateUser(ctx, &identity.User{ID: "x", DomainID: "acme"})
		}},
		{"Could not find user: x.", func(ctx context.Context, tx *store.Tx) error { return tx.DeleteUser(ctx, "x") }},
		{"Could not find group: x.", func(ctx context.Context, tx *store.Tx) error {
			return tx.UpdateGroup(ctx, &identity.Group{ID: "x", DomainID: "acme"})
		}},
		{"Could not find group: x.", func(ctx context.Context, tx *store.Tx) error { return tx.DeleteGroup(ctx, "x") }},
		{"Could not find role: x.", func(ctx context.Context, tx *store.Tx) error { return tx.UpdateRole(ctx, &identity.Role{ID: "x"}) }},
		{"Could not find role: x.", func(ctx context.Context, tx *store.Tx) error { return tx.DeleteRole(ctx, "x") }},
		{"Could not find region: x.", func(ctx context.Context, tx *store.Tx) error { return tx.UpdateRegion(ctx, &identity.Region{ID: "x"}) }},
		{"Could not find region: x.", func(ctx context.Context, tx *store.Tx) error { return tx.DeleteRegion(ctx, "x") }},
		{"Could not find service: x.", func(ctx context.Context, tx *store.Tx) error {
			return tx.UpdateService(ctx, &identity.Service{ID: "x"})
		}},
		{"Could not find service: x.", func(ctx context.Context, tx *store.Tx) error { return tx.DeleteService(ctx, "x") }},
		{"Could not find endpoint: x.", func(ctx context.Context, tx *store.Tx) error {
			return tx.UpdateEndpoint(ctx, &identity.Endpoint{ID: "x", ServiceID: "nova"})
		}},
		{"Could not find endpoint: x.", func(ctx context.Context, tx *store.Tx) error { return tx.DeleteEndpoint(ctx, "x") }},
		{"Could not find credential: x.", func(ctx context.Context, tx *store.Tx) error {
			return tx.UpdateCredential(ctx, &identity.Credential{ID: "x", UserID: "ada"})
		}},
		{"Could not find credential: x.", func(ctx context.Context, tx *store.Tx) error { return tx.DeleteCredential(ctx, "x") }},
		{"Could not find Application Credential: x.", func(ctx context.Context, tx *store.Tx) error { return tx.DeleteApplicationCredential(ctx, "x") }},
		{"Could not find Application Credential: x.", func(ctx context.Context, tx *store.Tx) error {
			return tx.SetApplicationCredentialDisabled(ctx, "x")
		}},
		{"Could not find Access Rule: x.", func(ctx context.Context, tx *store.Tx) error { return tx.DeleteAccessRule(ctx, "x") }},
		{"Could not find key: x.", func(ctx context.Context, tx *store.Tx) error { return tx.DeleteKey(ctx, "x") }},
		{"Could not find password: x.", func(ctx context.Context, tx *store.Tx) error { return tx.UpdatePasswordHash(ctx, "x", "h") }},
		{"User 'x' not found in group 'staff'.", func(ctx context.Context, tx *store.Tx) error {
			return tx.RemoveMember(ctx, identity.Membership{UserID: "x", GroupID: "staff"})
		}},
		{"reader does not imply member.", func(ctx context.Context, tx *store.Tx) error {
			return tx.RemoveImplication(ctx, identity.Implication{Prior: "reader", Implied: "member"})
		}},
		{"Could not find role assignment with role: member, user or group: ada, project, domain, or system: acme.", func(ctx context.Context, tx *store.Tx) error {
			return tx.RemoveAssignment(ctx, identity.Assignment{Actor: identity.Actor{User: "ada"}, Target: identity.Target{Project: "acme"}, Role: "member"})
		}},
	} {
		equal(t, "message", refused(t, s, identity.NotFound, test.step).Message, test.words)
	}
}

func testConflicts(t *testing.T, s *store.Store) {
	seed(t, s)
	for _, test := range []struct {
		words string
		step  step
	}{
		{"user - Duplicate entry found with name Ada at domain ID acme", insertUser(identity.User{ID: "n", DomainID: "acme", Name: "Ada"})},
		{"user - Duplicate entry found with ID ada", insertUser(identity.User{ID: "ada", DomainID: "other", Name: "x"})},
		{"project - Duplicate entry found with name web at domain ID acme", insertProject(identity.Project{ID: "n", DomainID: "acme", ParentID: "acme", Name: "web"})},
		{"domain - Duplicate entry found with name ACME", insertProject(identity.Project{ID: "n", Name: "ACME", IsDomain: true})},
		{"group - Duplicate entry found with name Staff at domain ID acme", insertGroup(identity.Group{ID: "n", DomainID: "acme", Name: "Staff"})},
		{"role - Duplicate entry found with name member", insertRole(identity.Role{ID: "n", Name: "member"})},
		{"role - Duplicate entry found with name member at domain ID acme", insertRole(identity.Role{ID: "n", DomainID: "acme", Name: "member"})},
		{"region - Duplicate entry found with ID eu", insertRegion(identity.Region{ID: "eu"})},
		{"application_credential - Duplicate entry found with name ci", insertApplicationCredential(identity.ApplicationCredential{ID: "n", UserID: "ada", ProjectID: "web", Name: "ci"})},
		{"credential - Duplicate entry found with ID ec2", insertCredential(identity.Credential{ID: "ec2", UserID: "ada"})},
		{"user - Duplicate entry found with name root at domain ID other", func(ctx context.Context, tx *store.Tx) error {
			return tx.UpdateUser(ctx, &identity.User{ID: "ada", DomainID: "other", Name: "root"})
		}},
	} {
		equal(t, "message", refused(t, s, identity.Conflict, test.step).Message, "Conflict occurred attempting to store "+test.words+".")
	}
	// Case and domain tell names apart; adding what is there is no error and no change.
	rev := update(t, s, insertUser(identity.User{ID: "n1", DomainID: "acme", Name: "ADA"}), insertUser(identity.User{ID: "n2", DomainID: "other", Name: "Ada"}))
	equal(t, "revision after adding again", update(t, s, addMember("ada", "staff"), addImplication("member", "reader"), addAssignment(grantOnProject())), rev)
}

func testDanglingReference(t *testing.T, s *store.Store) {
	seed(t, s)
	for _, step := range []step{
		insertUser(identity.User{ID: "n", DomainID: "nowhere", Name: "n"}),
		insertProject(identity.Project{ID: "n", DomainID: "acme", ParentID: "nowhere", Name: "n"}),
		insertGroup(identity.Group{ID: "n", DomainID: "nowhere", Name: "n"}),
		insertEndpoint(identity.Endpoint{ID: "n", ServiceID: "nowhere"}),
		insertEndpoint(identity.Endpoint{ID: "n", ServiceID: "nova", RegionID: "nowhere"}),
		insertRegion(identity.Region{ID: "n", ParentID: "nowhere"}),
		insertCredential(identity.Credential{ID: "n", UserID: "nobody"}),
		insertApplicationCredential(identity.ApplicationCredential{ID: "n", UserID: "ada", ProjectID: "web", Name: "n", Roles: []identity.RoleID{"nothing"}}),
		addMember("nobody", "staff"),
		addImplication("member", "nothing"),
		addAssignment(identity.Assignment{Actor: identity.Actor{User: "ada"}, Target: identity.Target{Project: "web"}, Role: "nothing"}),
		addPassword(identity.Password{ID: "n", UserID: "nobody", Kind: identity.LoginPassword}),
	} {
		if e := refused(t, s, identity.Invalid, step); !strings.Contains(e.Message, "refers to something that does not exist") {
			t.Fatalf("message is %q", e.Message)
		}
	}
}

func testInUse(t *testing.T, s *store.Store) {
	seed(t, s)
	_ = refused(t, s, identity.Conflict, func(ctx context.Context, tx *store.Tx) error { return tx.DeleteRegion(ctx, "eu") })
	_ = refused(t, s, identity.Conflict, func(ctx context.Context, tx *store.Tx) error { return tx.DeleteRegion(ctx, "eu-west") })
	_ = refused(t, s, identity.Conflict, func(ctx context.Context, tx *store.Tx) error { return tx.DeleteProject(ctx, "web") })
	_ = refused(t, s, identity.Conflict, func(ctx context.Context, tx *store.Tx) error { return tx.DeleteProject(ctx, "acme") })
	_ = refused(t, s, identity.Conflict, func(ctx context.Context, tx *store.Tx) error { return tx.DeleteAccessRule(ctx, "zz") })
}
