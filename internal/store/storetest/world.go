package storetest

import (
	"context"
	"errors"
	"testing"

	"github.com/lintel-id/lintel/internal/identity"
	"github.com/lintel-id/lintel/internal/store"
)

type step = func(context.Context, *store.Tx) error

func insertProject(p identity.Project) step {
	return func(ctx context.Context, tx *store.Tx) error { return tx.InsertProject(ctx, &p) }
}

func insertUser(u identity.User) step {
	return func(ctx context.Context, tx *store.Tx) error { return tx.InsertUser(ctx, &u) }
}

func insertGroup(g identity.Group) step {
	return func(ctx context.Context, tx *store.Tx) error { return tx.InsertGroup(ctx, &g) }
}

func insertRole(r identity.Role) step {
	return func(ctx context.Context, tx *store.Tx) error { return tx.InsertRole(ctx, &r) }
}

func insertRegion(r identity.Region) step {
	return func(ctx context.Context, tx *store.Tx) error { return tx.InsertRegion(ctx, &r) }
}

func insertService(s identity.Service) step {
	return func(ctx context.Context, tx *store.Tx) error { return tx.InsertService(ctx, &s) }
}

func insertEndpoint(e identity.Endpoint) step {
	return func(ctx context.Context, tx *store.Tx) error { return tx.InsertEndpoint(ctx, &e) }
}

func insertApplicationCredential(a identity.ApplicationCredential) step {
	return func(ctx context.Context, tx *store.Tx) error { return tx.InsertApplicationCredential(ctx, &a) }
}

func insertCredential(c identity.Credential) step {
	return func(ctx context.Context, tx *store.Tx) error { return tx.InsertCredential(ctx, &c) }
}

func addMember(user identity.UserID, group identity.GroupID) step {
	return func(ctx context.Context, tx *store.Tx) error {
		return tx.AddMember(ctx, identity.Membership{UserID: user, GroupID: group})
	}
}

func addImplication(prior, implied identity.RoleID) step {
	return func(ctx context.Context, tx *store.Tx) error {
		return tx.AddImplication(ctx, identity.Implication{Prior: prior, Implied: implied})
	}
}

func addAssignment(a identity.Assignment) step {
	return func(ctx context.Context, tx *store.Tx) error { return tx.AddAssignment(ctx, a) }
}

func addPassword(p identity.Password) step {
	return func(ctx context.Context, tx *store.Tx) error { return tx.AddPassword(ctx, p) }
}

func putRevocation(r identity.Revocation) step {
	return func(ctx context.Context, tx *store.Tx) error { return tx.PutRevocation(ctx, r) }
}

func putKey(k identity.SealedKey) step {
	return func(ctx context.Context, tx *store.Tx) error { return tx.PutKey(ctx, &k) }
}

// The grants of the test world.
func grantOnProject() identity.Assignment {
	return identity.Assignment{Actor: identity.Actor{User: "ada"}, Target: identity.Target{Project: "web"}, Role: "member"}
}

func grantToGroup() identity.Assignment {
	return identity.Assignment{Actor: identity.Actor{Group: "staff"}, Target: identity.Target{Domain: "acme"}, Role: "member", Inherited: true}
}

func grantOnSystem() identity.Assignment {
	return identity.Assignment{Actor: identity.Actor{User: "ada"}, Target: identity.Target{System: true}, Role: "reader"}
}

func grantElsewhere() identity.Assignment {
	return identity.Assignment{Actor: identity.Actor{User: "root"}, Target: identity.Target{Domain: "acme"}, Role: "reader"}
}

func rule(id, method, path string) identity.AccessRule {
	return identity.AccessRule{ID: identity.AccessRuleID(id), UserID: "ada", Service: "compute", Method: method, Path: path}
}

// worldObjects is a small cloud in which every field that a row keeps is set somewhere. What an
// object refers to comes before it.
func worldObjects() []identity.Change {
	objects := []identity.Change{
		{Kind: identity.ChangeKey, Key: "k1", Object: &identity.SealedKey{ID: "k1", Purpose: identity.TokenKeys, State: identity.KeyPrimary,
			Sealed: []byte{0, 1, 255}, CreatedAt: at(1), PrimaryAt: at(2)}},
		{Kind: identity.ChangeRegion, Key: "eu", Object: &identity.Region{ID: "eu", Description: "Europe", Extra: `{"a":1}`}},
		{Kind: identity.ChangeRegion, Key: "eu-west", Object: &identity.Region{ID: "eu-west", ParentID: "eu"}},
		{Kind: identity.ChangeService, Key: "nova", Object: &identity.Service{ID: "nova", Type: "compute", Name: "Nova", Description: "machines", Enabled: true, Extra: `{"x":"y"}`}},
		{Kind: identity.ChangeEndpoint, Key: "nova-public", Object: &identity.Endpoint{ID: "nova-public", Interface: identity.PublicInterface,
			ServiceID: "nova", RegionID: "eu-west", URL: "https://nova/$(project_id)s", Enabled: true, Extra: `{"e":null}`}},
		{Kind: identity.ChangeEndpoint, Key: "nova-admin", Object: &identity.Endpoint{ID: "nova-admin", Interface: identity.AdminInterface, ServiceID: "nova", URL: "http://nova"}},
		{Kind: identity.ChangeRole, Key: "member", Object: &identity.Role{ID: "member", Name: "member", Description: "may work"}},
		{Kind: identity.ChangeRole, Key: "reader", Object: &identity.Role{ID: "reader", Name: "reader", Options: identity.ResourceOptions{Immutable: ptr(true)}, Extra: `{}`}},
		{Kind: identity.ChangeRole, Key: "acme-boss", Object: &identity.Role{ID: "acme-boss", DomainID: "acme", Name: "member"}},
		{Kind: identity.ChangeProject, Key: "other", Object: &identity.Project{ID: "other", Name: "other", Enabled: true, IsDomain: true}},
		{Kind: identity.ChangeProject, Key: "acme", Object: &identity.Project{ID: "acme", Name: "ACME", Description: "a domain", Enabled: true, IsDomain: true,
			Options: identity.ResourceOptions{Immutable: ptr(false)}, Extra: `{"n":[1,2]}`}},
		{Kind: identity.ChangeProject, Key: "web", Object: &identity.Project{ID: "web", DomainID: "acme", ParentID: "acme", Name: "web", Enabled: true, Tags: []string{"blue", "prod"}}},
		{Kind: identity.ChangeProject, Key: "web-test", Object: &identity.Project{ID: "web-test", DomainID: "acme", ParentID: "web", Name: "test"}},
		{Kind: identity.ChangeUser, Key: "root", Object: &identity.User{ID: "root", DomainID: "other", Name: "root", Enabled: true, DefaultProjectID: "web", CreatedAt: at(3)}},
		{Kind: identity.ChangeUser, Key: "ada", Object: &identity.User{ID: "ada", DomainID: "acme", Name: "Ada", Enabled: true, Email: "ada@acme.example",
			Options: &identity.UserOptions{LockPassword: ptr(true), IgnorePasswordExpiry: ptr(false), MultiFactorAuthRules: [][]string{{"password", "totp"}}},
			Extra:   `{"email":"ada@acme.example"}`, CreatedAt: at(4), Login: identity.PasswordState{ID: "pw1", ExpiresAt: at(1000)}}},
		{Kind: identity.ChangeGroup, Key: "staff", Object: &identity.Group{ID: "staff", DomainID: "acme", Name: "Staff", Description: "all", Extra: `{"g":true}`}},
		{Kind: identity.ChangeApplicationCredential, Key: "ci", Object: &identity.ApplicationCredential{ID: "ci", UserID: "ada", ProjectID: "web", Name: "ci",
			Description: "builds", Roles: []identity.RoleID{"member", "reader"}, ExpiresAt: at(2000), Unrestricted: true,
			AccessRules: []identity.AccessRule{rule("zz", "GET", "/v2.1/servers"), rule("aa", "POST", "/v2.1/servers/*/action")}, SecretHash: "$hash", CreatedAt: at(5)}},
		{Kind: identity.ChangeCredential, Key: "ec2", Object: &identity.Credential{ID: "ec2", UserID: "ada", ProjectID: "web", Type: identity.CredentialEC2, Sealed: []byte("sealed"),
			KeyID: "k2", Extra: `{"t":1}`, Access: "AK", ApplicationCredentialID: "ci", TrustID: "t", AccessTokenID: "at", CreatedAt: at(6)}},
	}
	for _, t := range trustObjects() {
		objects = append(objects, identity.Change{Kind: identity.ChangeTrust, Key: string(t.ID), Object: &t})
	}
	link := accessToken()
	objects = append(objects, identity.Change{Kind: identity.ChangeAccessToken, Key: string(link.ID), Object: &link})
	objects = append(objects, endpointFilterObjects()...)
	objects = append(objects, serviceProviderObjects()...)
	for _, m := range []identity.Membership{{UserID: "ada", GroupID: "staff"}, {UserID: "root", GroupID: "staff"}} {
		objects = append(objects, identity.Change{Kind: identity.ChangeMembership, Key: m.Key(), Object: &m})
	}
	i := identity.Implication{Prior: "member", Implied: "reader"}
	objects = append(objects, identity.Change{Kind: identity.ChangeImplication, Key: i.Key(), Object: &i})
	for _, a := range []identity.Assignment{grantOnProject(), grantToGroup(), grantOnSystem(), grantElsewhere()} {
		objects = append(objects, identity.Change{Kind: identity.ChangeAssignment, Key: a.Key(), Object: &a})
	}
	r := identity.Revocation{Kind: identity.RevokeUserProject, Key: identity.RevocationKey("ada", "web"), Rev: 7, At: at(7), ExpiresAt: at(8)}
	return append(objects, identity.Change{Kind: identity.ChangeRevocation, Key: r.ModelKey(), Object: &r})
}

// seed writes the world, and the password it speaks of, and returns it as the model to be.
func seed(t *testing.T, s *store.Store) model {
	t.Helper()
	m := model{}
	for _, c := range worldObjects() {
		must(t, m.apply(c))
	}
	steps := append(insertions(), addPassword(identity.Password{ID: "pw1", UserID: "ada", Kind: identity.LoginPassword, Hash: "h", CreatedAt: at(4), ExpiresAt: at(1000)}))
	equal(t, "first revision", update(t, s, steps...), 1)
	return m
}

// insertions are the steps that make the world.
func insertions() (steps []step) {
	for _, c := range worldObjects() {
		steps = append(steps, insertion(c.Object))
	}
	return steps
}

// insertion is the step that adds an object of the model.
func insertion(object any) step {
	switch v := object.(type) {
	case *identity.Project:
		return insertProject(*v)
	case *identity.User:
		return insertUser(*v)
	case *identity.Group:
		return insertGroup(*v)
	case *identity.Membership:
		return addMember(v.UserID, v.GroupID)
	case *identity.Role:
		return insertRole(*v)
	case *identity.Implication:
		return addImplication(v.Prior, v.Implied)
	case *identity.Assignment:
		return addAssignment(*v)
	case *identity.Region:
		return insertRegion(*v)
	case *identity.Service:
		return insertService(*v)
	case *identity.Endpoint:
		return insertEndpoint(*v)
	case *identity.ApplicationCredential:
		return insertApplicationCredential(*v)
	case *identity.Credential:
		return insertCredential(*v)
	case *identity.Trust:
		return insertTrust(*v)
	case *identity.AccessToken:
		return insertAccessToken(*v)
	case *identity.EndpointGroup:
		return insertEndpointGroup(*v)
	case *identity.ProjectEndpoint:
		return addProjectEndpoint(*v)
	case *identity.ProjectEndpointGroup:
		return addProjectEndpointGroup(*v)
	case *identity.ServiceProvider:
		return insertServiceProvider(*v)
	case *identity.Revocation:
		return putRevocation(*v)
	case *identity.SealedKey:
		return putKey(*v)
	}
	return func(context.Context, *store.Tx) error { return errors.New("no such object") }
}
