package v2_test

import (
	"context"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/lintel-id/lintel/internal/identity"
	"github.com/lintel-id/lintel/internal/server/servertest"
)

// exchange is the body that exchanges a token for one in the tenant.
func (c *cloud) exchange(token string) map[string]any {
	return map[string]any{"auth": map[string]any{"tenantId": c.tenant, "token": map[string]any{"id": token}}}
}

// One server, two APIs, one kind of token: each API takes, exchanges and revokes the other's.
func TestTokensAreGoodInBothAPIs(t *testing.T) {
	c := start(t, servertest.Options{})
	admin := c.AdminToken()
	for _, token := range []string{c.token(), c.v3Token(c.user), c.login(c.exchange(c.v3Token(c.user))).Want(200).Text("access.token.id")} {
		c.wantValid(token, true, "a new token")
		c.Do("GET", "/v3/auth/projects", token, nil).Want(200)
	}
	fromV2, fromV3 := c.token(), c.v3Token(c.user)
	c.Do("DELETE", "/v3/auth/tokens", admin, nil, "X-Subject-Token", fromV2).Want(204)
	c.Do("DELETE", "/v2.0/tokens/"+fromV3, admin, nil).Want(204)
	c.wantValid(fromV2, false, "a v2.0 token that v3 revoked")
	c.wantValid(fromV3, false, "a v3 token that v2.0 revoked")
}

// Users and projects of any domain are served, which Keystone's v2.0 refused.
func TestEveryDomainIsServed(t *testing.T) {
	c := start(t, servertest.Options{})
	domain := c.newDomain("organisation")
	user, tenant := c.newUser(identity.UserSpec{Name: "iam", DomainID: domain}), c.newProject(identity.ProjectSpec{Name: "p", DomainID: domain})
	c.grant(user, tenant, "member")
	c.wantValid(c.login(auth(tenant, "iam", userPassword)).Want(200).Text("access.token.id"), true, "a token of another domain")
}

// A new password cannot be the old one, and ends the tokens got with the old one, those
// exchanged from them too; a token got with the new one in the same second lives. Tokens of
// application credentials stay.
func TestPasswordChangeEndsItsTokens(t *testing.T) {
	c := start(t, servertest.Options{Now: stopped()})
	v2, v3 := c.token(), c.v3Token(c.user)
	exchanged := c.login(c.exchange(v2)).Want(200).Text("access.token.id")
	credential := c.credentialToken(v2)
	change := func(original, password string) *servertest.Response {
		return c.Do("POST", "/v3/users/"+string(c.user)+"/password", "", map[string]any{"user": map[string]any{"original_password": original, "password": password}})
	}
	change(userPassword, userPassword).Want(400)
	c.wantValid(v2, true, "a token after a change that was refused")

	change(userPassword, "changed-Pass-2").Want(204)
	fresh := c.login(auth(c.tenant, "user", "changed-Pass-2")).Want(200).Text("access.token.id")
	c.login(auth(c.tenant, "user", userPassword)).Want(401)
	for what, token := range map[string]string{"v2.0": v2, "v3": v3, "exchanged": exchanged} {
		c.wantValid(token, false, what+" token of the old password")
	}
	c.wantValid(fresh, true, "a token of the new password, got in the same second")
	c.wantValid(credential, true, "a token of an application credential")

	change("changed-Pass-2", userPassword).Want(204)
	c.wantValid(fresh, false, "a token of the second password")
	c.wantValid(c.token(), true, "a token of the first password, set again")
	c.wantValid(v2, false, "a token from before, when its password is set again")
}

// credentialToken returns a token of a new application credential of the user.
func (c *cloud) credentialToken(token string) string {
	c.t.Helper()
	ctx := context.Background()
	caller, err := c.Core.Authenticate(ctx, token)
	c.must(err)
	ac, secret, err := c.Core.CreateApplicationCredential(ctx, caller, c.user, identity.ApplicationCredentialSpec{Name: "ci"})
	c.must(err)
	return c.Login(map[string]any{"auth": map[string]any{"identity": map[string]any{"methods": []string{"application_credential"},
		"application_credential": map[string]any{"id": ac.ID, "secret": secret.Reveal()}}}})
}

// A trustee logs in with a trust and gets a token of the trustor's tenant, which says so.
func TestTrust(t *testing.T) {
	c := start(t, servertest.Options{})
	trustee := c.newUser(identity.UserSpec{Name: "trustee"})
	for _, impersonation := range []bool{true, false} {
		trust := c.Do("POST", "/v3/OS-TRUST/trusts", c.token(), object{"trust": object{"trustor_user_id": c.user, "trustee_user_id": trustee, "project_id": c.tenant,
			"impersonation": impersonation, "roles": []object{{"name": "member"}}}}).Want(201).Text("trust.id")
		a := c.login(object{"auth": object{"trust_id": trust, "passwordCredentials": object{"userId": trustee, "password": userPassword}}}).Want(200)
		want := object{"id": trust, "trustor_user_id": string(c.user), "trustee_user_id": string(trustee), "impersonation": impersonation}
		if diff := cmp.Diff(want, a.Get("access.trust")); diff != "" {
			t.Error(diff)
		}
		as := map[bool]identity.UserID{true: c.user, false: trustee}[impersonation]
		if a.Text("access.user.id") != string(as) || a.Text("access.token.tenant.id") != string(c.tenant) {
			t.Errorf("%s", a.Body)
		}
		c.login(object{"auth": object{"trust_id": trust, "passwordCredentials": object{"userId": c.user, "password": userPassword}}}).Want(403)
	}
}

// In a disabled tenant no token can be got and none works; enabling it brings new tokens, not
// the old ones.
func TestDisabledTenant(t *testing.T) {
	c := start(t, servertest.Options{})
	enable := func(on bool) {
		c.Do("PATCH", "/v3/projects/"+string(c.tenant), c.AdminToken(), map[string]any{"project": map[string]any{"enabled": on}}).Want(200)
	}
	old := c.token()
	enable(false)
	c.login(auth(c.tenant, "user", userPassword)).Want(401)
	c.Do("GET", "/v3/auth/projects", old, nil).Want(401)
	c.wantValid(old, false, "a token of a disabled tenant")
	enable(true)
	c.wantValid(c.token(), true, "a token of a tenant that is enabled again")
	c.wantValid(old, false, "a token from before the tenant was disabled")
}

// A user who loses the last role in a tenant loses the tokens there, and does not get them
// back with the role.
func TestLostAccess(t *testing.T) {
	c := start(t, servertest.Options{})
	token := c.token()
	role := c.grant(c.user, c.tenant, "member")
	c.must(c.Core.RevokeGrant(context.Background(), operator, identity.Assignment{Actor: identity.Actor{User: c.user}, Target: identity.Target{Project: c.tenant}, Role: role}))
	c.wantValid(token, false, "a token of a user without a role")
	c.login(auth(c.tenant, "user", userPassword)).Want(401)
	c.grant(c.user, c.tenant, "member")
	c.wantValid(token, false, "a token from before the role was lost")
	c.wantValid(c.token(), true, "a new token")
}

// A deleted account's tokens end with it.
func TestDeletedUser(t *testing.T) {
	c := start(t, servertest.Options{})
	token := c.token()
	c.Do("DELETE", "/v3/users/"+string(c.user), c.AdminToken(), nil).Want(204)
	c.wantValid(token, false, "a token of a deleted user")
	c.login(auth(c.tenant, "user", userPassword)).Want(401)
}

// A token of an application credential with access rules is good only for services that
// enforce them, and no caller of v2.0 can see them.
func TestAccessRulesNeedV3(t *testing.T) {
	c := start(t, servertest.Options{})
	ctx := context.Background()
	caller, err := c.Core.Authenticate(ctx, c.token())
	c.must(err)
	ac, secret, err := c.Core.CreateApplicationCredential(ctx, caller, c.user, identity.ApplicationCredentialSpec{Name: "ruled",
		AccessRules: []identity.AccessRule{{Service: "compute", Method: "GET", Path: "/v2.1/servers"}}})
	c.must(err)
	token := c.Login(map[string]any{"auth": map[string]any{"identity": map[string]any{"methods": []string{"application_credential"},
		"application_credential": map[string]any{"id": ac.ID, "secret": secret.Reveal()}}}})
	admin := c.AdminToken()
	c.Do("GET", "/v3/auth/tokens", admin, nil, "X-Subject-Token", token, "OpenStack-Identity-Access-Rules", "1").Want(200)
	c.Do("GET", "/v2.0/tokens/"+token, admin, nil, "OpenStack-Identity-Access-Rules", "1").Want(404)
}
