package v2_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/lintel-id/lintel/internal/config"
	"github.com/lintel-id/lintel/internal/identity"
	"github.com/lintel-id/lintel/internal/server/servertest"
)

// A user made with a tenant can work there at once: it has the member role.
func TestANewUserIsAMemberOfItsTenant(t *testing.T) {
	c := start(t, servertest.Options{})
	made := c.Do("POST", "/v2.0/users", c.AdminToken(), object{"user": object{"name": "ann", "password": "ann-Pass-1", "email": "ann@example.com",
		"tenantId": c.tenant, "enabled": true, "phone": "1"}}).Want(200)
	id := made.Text("user.id")
	want := object{"id": id, "name": "ann", "username": "ann", "email": "ann@example.com", "enabled": true, "tenantId": string(c.tenant), "phone": "1"}
	if diff := cmp.Diff(want, made.Get("user")); diff != "" {
		t.Error(diff)
	}
	a := c.login(auth(c.tenant, "ann", "ann-Pass-1")).Want(200)
	if got := a.Text("access.user.id"); got != id {
		t.Errorf("logged in as %s", got)
	}
	c.Do("GET", "/v2.0/tenants/"+string(c.tenant), a.Text("access.token.id"), nil).Want(200)
}

// A user whose tenant does not exist is not made at all, and nothing that is no user is.
func TestAUserIsMadeWholeOrNotAtAll(t *testing.T) {
	c := start(t, servertest.Options{})
	c.Do("POST", "/v2.0/users", c.AdminToken(), `{"user": {"name": "ann", "tenantId": "missing"}}`).Want(404)
	c.Do("POST", "/v2.0/users", c.token(), object{"user": object{"name": "ann", "tenantId": c.tenant}}).Want(403)
	c.Do("POST", "/v2.0/users", "", `{"user": {"name": "ann"}}`).Want(401)
	for _, bad := range []string{`{"user": {"name": ""}}`, `{"user": {"name": "ann", "enabled": 3}}`, `{"user": {}}`, `{}`} {
		c.Do("POST", "/v2.0/users", c.AdminToken(), bad).Want(400)
	}
	c.Do("GET", "/v2.0/users?name=ann", c.AdminToken(), nil).Want(404)
}

// The membership moves along with the tenant; the roles that were given by hand stay.
func TestTheMembershipMovesWithTheTenant(t *testing.T) {
	c := start(t, servertest.Options{})
	admin := c.AdminToken()
	next := c.newProject(identity.ProjectSpec{Name: "next"})
	id := c.Do("POST", "/v2.0/users", admin, object{"user": object{"name": "ann", "password": userPassword, "tenantId": c.tenant}}).Want(200).Text("user.id")
	c.grant(identity.UserID(id), c.tenant, "auditor")
	token := c.login(auth(c.tenant, "ann", userPassword)).Want(200).Text("access.token.id")
	for path, tenant := range map[string]identity.ProjectID{"/OS-KSADM/tenant": next, "/tenant": c.tenant, "": next} {
		if got := c.Do("PUT", "/v2.0/users/"+id+path, admin, object{"user": object{"tenantId": tenant}}).Want(200).Text("user.tenantId"); got != string(tenant) {
			t.Errorf("%s: the tenant is %s", path, got)
		}
	}
	c.Do("PUT", "/v2.0/users/"+id+"/tenant", admin, object{"user": object{"tenantId": next}}).Want(200)
	if diff := cmp.Diff([]string{"auditor"}, c.roleNames(c.tenant, id)); diff != "" {
		t.Errorf("in the old tenant: %s", diff)
	}
	if diff := cmp.Diff([]string{"member", "reader"}, c.roleNames(next, id)); diff != "" {
		t.Errorf("in the new tenant: %s", diff)
	}
	c.wantValid(token, true, "a token of the old tenant, where a role is left")
	c.Do("PUT", "/v2.0/users/"+id+"/tenant", admin, `{"user": {"tenantId": "missing"}}`).Want(404)
	c.Do("PUT", "/v2.0/users/"+id+"/tenant", admin, `{"user": {}}`).Want(400)
}

// Without a tenant there is nothing left of the membership, and the tokens there end.
func TestLosingTheTenantLosesItsTokens(t *testing.T) {
	c := start(t, servertest.Options{})
	id := c.Do("POST", "/v2.0/users", c.AdminToken(), object{"user": object{"name": "ann", "password": userPassword, "tenantId": c.tenant}}).Want(200).Text("user.id")
	token := c.login(auth(c.tenant, "ann", userPassword)).Want(200).Text("access.token.id")
	c.Do("PUT", "/v2.0/users/"+id, c.AdminToken(), `{"user": {"tenantId": null}}`).Want(200)
	c.wantValid(token, false, "a token of the tenant that was taken away")
}

// A user is changed, disabled, given a password and deleted; each takes effect at once.
func TestAUserIsChanged(t *testing.T) {
	c := start(t, servertest.Options{})
	admin, path := c.AdminToken(), "/v2.0/users/"+string(c.user)
	token := c.token()
	changed := c.Do("PUT", path, admin, `{"user": {"username": "renamed", "email": "r@example.com"}}`).Want(200)
	if diff := cmp.Diff(object{"id": string(c.user), "name": "renamed", "username": "renamed", "email": "r@example.com", "enabled": true}, changed.Get("user")); diff != "" {
		t.Error(diff)
	}
	c.wantValid(token, true, "a token of a user who was renamed")
	for i, where := range []string{"/password", "/OS-KSADM/password"} {
		fresh := []string{"reset-Pass-1", "reset-Pass-2"}[i]
		c.Do("PUT", path+where, admin, object{"user": object{"password": fresh}}).Want(200)
		c.wantValid(token, false, "a token of the password before the reset")
		token = c.login(auth(c.tenant, "renamed", fresh)).Want(200).Text("access.token.id")
	}
	for _, where := range []string{"/enabled", "/OS-KSADM/enabled"} {
		if on := c.Do("PUT", path+where, admin, `{"user": {"enabled": false}}`).Want(200).Get("user.enabled"); on != false {
			t.Errorf("enabled: %v", on)
		}
		c.wantValid(token, false, "a token of a disabled user")
		c.login(auth(c.tenant, "renamed", "reset-Pass-2")).Want(401)
		c.Do("PUT", path+where, admin, `{"user": {"enabled": true}}`).Want(200)
	}
	for where, bad := range map[string]string{"/password": `{"user": {}}`, "/enabled": `{"user": {"enabled": null}}`, "/OS-KSADM/enabled": `{"user": {}}`, "": `{"user": {"id": "x"}}`} {
		c.Do("PUT", path+where, admin, bad).Want(400)
	}
	c.Do("DELETE", path, admin, nil).Want(204)
	c.Do("GET", path, admin, nil).Want(404)
}

// Members administrate nobody, not even themselves; they may look at themselves.
func TestMembersAdministrateNobody(t *testing.T) {
	c := start(t, servertest.Options{})
	member, me := c.token(), "/v2.0/users/"+string(c.user)
	c.Do("GET", me, member, nil).Want(200)
	other := "/v2.0/users/" + string(c.newUser(identity.UserSpec{Name: "other"}))
	for _, path := range []string{me, other} {
		c.Do("PUT", path, member, `{"user": {"name": "x"}}`).Want(403)
		c.Do("PUT", path+"/password", member, `{"user": {"password": "x"}}`).Want(403)
		c.Do("DELETE", path, member, nil).Want(403)
	}
	c.Do("GET", other, member, nil).Want(403)
	c.Do("GET", "/v2.0/users", member, nil).Want(403)
	c.Do("GET", "/v2.0/users/missing", member, nil).Want(403)
	c.Do("GET", "/v2.0/users/missing", c.AdminToken(), nil).Want(404)
}

// Users are listed in pages, and found by name. Attributes that only look like v2.0's own are
// not shown in their place.
func TestListOfUsers(t *testing.T) {
	c := start(t, servertest.Options{})
	admin := c.AdminToken()
	odd := c.Create("/v3/users", "user", object{"name": "odd", "username": "other", "tenantId": 7, "phone": "1"})
	all := ids(c.Do("GET", "/v2.0/users", admin, nil).Want(200), "users")
	first := ids(c.Do("GET", "/v2.0/users?limit=2", admin, nil).Want(200), "users")
	rest := ids(c.Do("GET", "/v2.0/users?marker="+first[1], admin, nil).Want(200), "users")
	if diff := cmp.Diff(all, append(first, rest...)); diff != "" || len(all) != 3 {
		t.Errorf("%v: %s", all, diff)
	}
	found := c.Do("GET", "/v2.0/users?name=odd", admin, nil).Want(200)
	if diff := cmp.Diff(object{"id": odd, "name": "odd", "username": "odd", "enabled": true, "phone": "1"}, found.Get("user")); diff != "" {
		t.Error(diff)
	}
}

// Users change their own password by the old one and get a new token, of the same tenant: the
// old token ends with the old password.
func TestOwnPassword(t *testing.T) {
	c := start(t, servertest.Options{Now: stopped()})
	path := "/v2.0/OS-KSCRUD/users/" + string(c.user)
	change := func(token, original, fresh string) *servertest.Response {
		return c.Do("PATCH", path, token, object{"user": object{"original_password": original, "password": fresh}})
	}
	token := c.token()
	change("", userPassword, "fresh-Pass-1").Want(401)
	change(token, "wrong", "fresh-Pass-1").Want(401)
	change(c.AdminToken(), userPassword, "fresh-Pass-1").Want(403)
	change(c.credentialToken(token), userPassword, "fresh-Pass-1").Want(403)
	change(token, userPassword, userPassword).Want(400)
	c.Do("PATCH", path, token, `{"user": {"password": "fresh-Pass-1"}}`).Want(400)
	c.Do("PATCH", path, token, object{"user": object{"original_password": userPassword}}).Want(400)
	c.wantValid(token, true, "a token after changes that were refused")

	a := change(token, userPassword, "fresh-Pass-1").Want(200)
	c.wantValid(token, false, "the token of the old password")
	c.wantValid(a.Text("access.token.id"), true, "the new token")
	if got := a.Text("access.token.tenant.id"); got != string(c.tenant) {
		t.Errorf("the new token is of the tenant %s", got)
	}
	unscoped := c.login(auth("", "user", "fresh-Pass-1")).Want(200).Text("access.token.id")
	if a := change(unscoped, "fresh-Pass-1", "fresh-Pass-2").Want(200); a.Get("access.token.tenant") != nil {
		t.Errorf("%s", a.Body)
	}
	c.login(auth(c.tenant, "user", "fresh-Pass-1")).Want(401)
}

// Where the API has a password of its own, that is the one to change (X02).
func TestOwnPasswordIsTheAPIs(t *testing.T) {
	c := start(t, configured(func(cfg *config.Config) { cfg.Identity.SeparatePasswordDomains = []string{"default"} }))
	id := string(c.user)
	c.must(c.Core.SetAPIPassword(t.Context(), operator, c.user, identity.NewSecret("api-Pass-1")))
	token := c.login(auth(c.tenant, "user", "api-Pass-1")).Want(200).Text("access.token.id")
	c.Do("PATCH", "/v2.0/OS-KSCRUD/users/"+id, token, object{"user": object{"original_password": userPassword, "password": "api-Pass-2"}}).Want(401)
	c.Do("PATCH", "/v2.0/OS-KSCRUD/users/"+id, token, object{"user": object{"original_password": "api-Pass-1", "password": "api-Pass-2"}}).Want(200)
}
