package v2_test

import (
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/lintel-id/lintel/internal/identity"
	"github.com/lintel-id/lintel/internal/server/servertest"
)

// roleNames are the roles that v2.0 lists of a user in a tenant, sorted.
func (c *cloud) roleNames(tenant identity.ProjectID, user string) []string {
	c.t.Helper()
	var names []string
	a := c.Do("GET", "/v2.0/tenants/"+string(tenant)+"/users/"+user+"/roles", c.AdminToken(), nil).Want(200)
	for _, r := range a.Get("roles").([]any) {
		names = append(names, r.(object)["name"].(string))
	}
	slices.Sort(names)
	return names
}

// A role is made, listed and deleted; its name is its alone.
func TestARoleLivesFromPostToDelete(t *testing.T) {
	c := start(t, servertest.Options{})
	admin := c.AdminToken()
	made := c.Do("POST", "/v2.0/OS-KSADM/roles", admin, `{"role": {"name": "auditor", "domain_id": "elsewhere"}}`).Want(200)
	id := made.Text("role.id")
	want := object{"id": id, "name": "auditor", "domain_id": nil}
	if diff := cmp.Diff(want, made.Get("role")); diff != "" {
		t.Error(diff)
	}
	if diff := cmp.Diff(want, c.Do("GET", "/v2.0/OS-KSADM/roles/"+id, admin, nil).Want(200).Get("role")); diff != "" {
		t.Error(diff)
	}
	if !slices.Contains(ids(c.Do("GET", "/v2.0/OS-KSADM/roles", admin, nil).Want(200), "roles"), id) {
		t.Error("the role is in no list")
	}
	c.Do("POST", "/v2.0/OS-KSADM/roles", admin, `{"role": {"name": "auditor"}}`).Want(409)
	c.Do("POST", "/v2.0/OS-KSADM/roles", admin, `{"role": {"name": ""}}`).Want(400)
	for method, body := range map[string]any{"GET": nil, "POST": `{"role": {"name": "x"}}`} {
		c.Do(method, "/v2.0/OS-KSADM/roles", c.token(), body).Want(403)
		c.Do(method, "/v2.0/OS-KSADM/roles", "", body).Want(401)
	}
	c.Do("DELETE", "/v2.0/OS-KSADM/roles/"+id, c.token(), nil).Want(403)
	c.Do("DELETE", "/v2.0/OS-KSADM/roles/"+id, admin, nil).Want(204)
	c.Do("DELETE", "/v2.0/OS-KSADM/roles/"+id, admin, nil).Want(404)
}

// A role in a tenant is given once, shows with all that it brings, and is taken back with the
// tokens that stood on it.
func TestARoleInATenant(t *testing.T) {
	c := start(t, servertest.Options{})
	admin := c.AdminToken()
	id := c.newUser(identity.UserSpec{Name: "ann"})
	role := c.grant(c.user, c.tenant, "manager")
	path := "/v2.0/tenants/" + string(c.tenant) + "/users/" + string(id) + "/roles"
	grant := path + "/OS-KSADM/" + string(role)
	c.Do("PUT", grant, c.token(), nil).Want(403)
	if got := c.Do("PUT", grant, admin, "").Want(200).Text("role.name"); got != "manager" {
		t.Errorf("given: %s", got)
	}
	if diff := cmp.Diff([]string{"manager", "member", "reader"}, c.roleNames(c.tenant, string(id))); diff != "" {
		t.Error(diff)
	}
	c.Do("GET", path, c.v3Token(id), nil).Want(403)
	c.Do("PUT", grant, admin, nil).Want(409)
	token := c.login(auth(c.tenant, "ann", userPassword)).Want(200).Text("access.token.id")
	c.Do("DELETE", grant, token, nil).Want(403)
	c.Do("DELETE", grant, admin, nil).Want(204)
	c.wantValid(token, false, "a token without the role")
	c.Do("DELETE", grant, admin, nil).Want(404)
	for _, missing := range []string{
		"/v2.0/tenants/missing/users/" + string(id) + "/roles/OS-KSADM/" + string(role),
		"/v2.0/tenants/" + string(c.tenant) + "/users/missing/roles/OS-KSADM/" + string(role),
		path + "/OS-KSADM/missing",
	} {
		c.Do("PUT", missing, admin, nil).Want(404)
		c.Do("DELETE", missing, admin, nil).Want(404)
	}
}

// A role without a tenant is nothing: Keystone gave up such roles before v2.0 ended.
func TestRolesNeedATenant(t *testing.T) {
	c := start(t, servertest.Options{})
	c.Do("GET", "/v2.0/users/"+string(c.user)+"/roles", c.AdminToken(), nil).Want(501)
	c.Do("GET", "/v2.0/users/"+string(c.user)+"/roles", "", nil).Want(401)
}
