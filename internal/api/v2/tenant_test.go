package v2_test

import (
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/lintel-id/lintel/internal/identity"
	"github.com/lintel-id/lintel/internal/server/servertest"
)

type object = map[string]any

// ids returns the ids of a list in an answer.
func ids(a *servertest.Response, list string) (all []string) {
	for _, item := range a.Get(list).([]any) {
		all = append(all, item.(object)["id"].(string))
	}
	return all
}

// A tenant is made, read, changed and deleted as the v3 project that it is; every answer is 200.
func TestATenantIsAProject(t *testing.T) {
	c := start(t, servertest.Options{})
	admin := c.AdminToken()
	made := c.Do("POST", "/v2.0/tenants", admin, `{"tenant": {"name": "lab", "description": null, "enabled": true, "groupId": "g"}}`).Want(200)
	id := made.Text("tenant.id")
	if diff := cmp.Diff(object{"id": id, "name": "lab", "description": "", "enabled": true, "groupId": "g"}, made.Get("tenant")); diff != "" {
		t.Error(diff)
	}
	if got := c.Do("GET", "/v3/projects/"+id, admin, nil).Want(200).Text("project.domain_id"); got != "default" {
		t.Errorf("the project is in %s", got)
	}
	c.Do("POST", "/v2.0/tenants/"+id, admin, object{"tenant": object{"id": id, "name": "lab2"}}).Want(200)
	changed := c.Do("PUT", "/v2.0/tenants/"+id, admin, `{"tenant": {"description": "d", "enabled": false}}`).Want(200)
	if diff := cmp.Diff(object{"id": id, "name": "lab2", "description": "d", "enabled": false, "groupId": "g"}, changed.Get("tenant")); diff != "" {
		t.Error(diff)
	}
	c.Do("PUT", "/v2.0/tenants/"+id, admin, `{"tenant": {"id": "other"}}`).Want(400)
	c.Do("DELETE", "/v2.0/tenants/"+id, admin, nil).Want(204)
	c.Do("GET", "/v2.0/tenants/"+id, admin, nil).Want(404)
}

// What v2.0 has no word for is neither done nor kept: a body of v3's members makes a plain
// tenant of the default domain.
func TestATenantTakesNothingOfV3(t *testing.T) {
	c := start(t, servertest.Options{})
	made := c.Do("POST", "/v2.0/tenants", c.AdminToken(), object{"tenant": object{"name": "plain", "domain_id": c.newDomain("elsewhere"), "is_domain": true,
		"parent_id": string(c.tenant), "tags": []string{"a"}, "options": object{"immutable": true}}}).Want(200)
	project := c.Do("GET", "/v3/projects/"+made.Text("tenant.id"), c.AdminToken(), nil).Want(200)
	for path, want := range map[string]any{"domain_id": "default", "parent_id": "default", "is_domain": false, "tags": []any{}, "options": object{}} {
		if diff := cmp.Diff(want, project.Get("project."+path)); diff != "" {
			t.Errorf("%s: %s", path, diff)
		}
	}
}

// Members list the tenants they have a role in, administrators all of them, in pages or by
// name; without a token nobody lists any.
func TestWhoListsWhichTenants(t *testing.T) {
	c := start(t, servertest.Options{})
	other := c.newProject(identity.ProjectSpec{Name: "other"})
	second := c.newProject(identity.ProjectSpec{Name: "second"})
	c.grant(c.user, second, "member")
	admin, member := c.AdminToken(), c.token()

	own := []string{string(c.tenant), string(second)}
	slices.Sort(own)
	if diff := cmp.Diff(own, ids(c.Do("GET", "/v2.0/tenants", member, nil).Want(200), "tenants")); diff != "" {
		t.Errorf("a member: %s", diff)
	}
	unscoped := c.login(auth("", "user", userPassword)).Want(200).Text("access.token.id")
	if diff := cmp.Diff(own, ids(c.Do("GET", "/v2.0/tenants", unscoped, nil).Want(200), "tenants")); diff != "" {
		t.Errorf("without a tenant: %s", diff)
	}
	all := c.Do("GET", "/v2.0/tenants", admin, nil).Want(200)
	want := slices.Concat(own, []string{string(other), string(c.Admin.Project)})
	slices.Sort(want)
	if diff := cmp.Diff(want, ids(all, "tenants")); diff != "" {
		t.Errorf("an administrator: %s", diff)
	}
	if diff := cmp.Diff([]any{}, all.Get("tenants_links")); diff != "" {
		t.Error(diff)
	}
	for _, token := range []string{admin, member} {
		if got := c.Do("GET", "/v2.0/tenants?name=second", token, nil).Want(200).Text("tenant.id"); got != string(second) {
			t.Errorf("by name: %s", got)
		}
		c.Do("GET", "/v2.0/tenants?name=missing", token, nil).Want(404)
		first := ids(c.Do("GET", "/v2.0/tenants?limit=1", token, nil).Want(200), "tenants")
		next := ids(c.Do("GET", "/v2.0/tenants?limit=1&marker="+first[0], token, nil).Want(200), "tenants")
		if len(first) != 1 || len(next) != 1 || next[0] <= first[0] {
			t.Errorf("pages %v and %v", first, next)
		}
		c.Do("GET", "/v2.0/tenants?limit=many", token, nil).Want(400)
	}
	c.Do("GET", "/v2.0/tenants?name=other", member, nil).Want(404)
	c.Do("GET", "/v2.0/tenants", "", nil).Want(401)
}

// The users of a tenant are those who have a role there, through a group too.
func TestTheUsersOfATenant(t *testing.T) {
	c := start(t, servertest.Options{})
	admin := c.AdminToken()
	grouped, stranger := c.newUser(identity.UserSpec{Name: "grouped"}), c.newUser(identity.UserSpec{Name: "stranger"})
	foreign := c.newUser(identity.UserSpec{Name: "foreign", DomainID: c.newDomain("organisation")})
	role := c.grant(foreign, c.tenant, "member")
	group := c.Create("/v3/groups", "group", object{"name": "group"})
	c.Do("PUT", "/v3/groups/"+group+"/users/"+string(grouped), admin, nil).Want(204)
	c.Do("PUT", "/v3/projects/"+string(c.tenant)+"/groups/"+group+"/roles/"+string(role), admin, nil).Want(204)
	want := []string{string(c.user), string(grouped)}
	slices.Sort(want)
	path := "/v2.0/tenants/" + string(c.tenant) + "/users"
	if diff := cmp.Diff(want, ids(c.Do("GET", path, admin, nil).Want(200), "users")); diff != "" {
		t.Errorf("not %s, who has no role, nor %s, of another domain: %s", stranger, foreign, diff)
	}
	if diff := cmp.Diff(want[1:], ids(c.Do("GET", path+"?limit=5&marker="+want[0], admin, nil).Want(200), "users")); diff != "" {
		t.Error(diff)
	}
	c.Do("GET", path, c.token(), nil).Want(403)
	c.Do("GET", "/v2.0/tenants/missing/users", admin, nil).Want(404)
}

// What is in another domain is not there, whoever asks and whatever for: v2.0 has no word for
// domains.
func TestOtherDomainsAreNotThere(t *testing.T) {
	c := start(t, servertest.Options{})
	admin := c.AdminToken()
	domain := c.newDomain("organisation")
	tenant := string(c.newProject(identity.ProjectSpec{Name: "foreign", DomainID: domain}))
	user := string(c.newUser(identity.UserSpec{Name: "foreign", DomainID: domain}))
	role := c.Create("/v3/roles", "role", object{"name": "foreign", "domain_id": domain})
	here, me, member := string(c.tenant), string(c.user), string(c.grant(c.user, c.tenant, "member"))
	for _, id := range []string{tenant, string(domain)} {
		c.Do("GET", "/v2.0/tenants/"+id, admin, nil).Want(404)
		c.Do("PUT", "/v2.0/tenants/"+id, admin, `{"tenant": {"name": "taken"}}`).Want(404)
		c.Do("DELETE", "/v2.0/tenants/"+id, admin, nil).Want(404)
		c.Do("GET", "/v2.0/tenants/"+id+"/users", admin, nil).Want(404)
		c.Do("GET", "/v2.0/tenants/"+id+"/users/"+me+"/roles", admin, nil).Want(404)
		c.Do("PUT", "/v2.0/tenants/"+id+"/users/"+me+"/roles/OS-KSADM/"+member, admin, nil).Want(404)
		c.Do("POST", "/v2.0/users", admin, object{"user": object{"name": "new", "tenantId": id}}).Want(404)
		c.Do("PUT", "/v2.0/users/"+me+"/tenant", admin, object{"user": object{"tenantId": id}}).Want(404)
	}
	c.Do("GET", "/v2.0/users/"+user, admin, nil).Want(404)
	c.Do("PUT", "/v2.0/users/"+user, admin, `{"user": {"name": "taken"}}`).Want(404)
	c.Do("PUT", "/v2.0/users/"+user+"/OS-KSADM/password", admin, `{"user": {"password": "taken-Pass-1"}}`).Want(404)
	c.Do("PUT", "/v2.0/users/"+user+"/enabled", admin, `{"user": {"enabled": false}}`).Want(404)
	c.Do("DELETE", "/v2.0/users/"+user, admin, nil).Want(404)
	c.Do("GET", "/v2.0/tenants/"+here+"/users/"+user+"/roles", admin, nil).Want(404)
	c.Do("PUT", "/v2.0/tenants/"+here+"/users/"+user+"/roles/OS-KSADM/"+member, admin, nil).Want(404)
	c.Do("DELETE", "/v2.0/tenants/"+here+"/users/"+user+"/roles/OS-KSADM/"+member, admin, nil).Want(404)
	c.Do("GET", "/v2.0/OS-KSADM/roles/"+role, admin, nil).Want(404)
	c.Do("DELETE", "/v2.0/OS-KSADM/roles/"+role, admin, nil).Want(404)
	c.Do("PUT", "/v2.0/tenants/"+here+"/users/"+me+"/roles/OS-KSADM/"+role, admin, nil).Want(404)
	c.Do("GET", "/v2.0/tenants?name=foreign", admin, nil).Want(404)
	c.Do("GET", "/v2.0/users?name=foreign", admin, nil).Want(404)
	for path, list := range map[string]string{"/v2.0/tenants": "tenants", "/v2.0/users": "users", "/v2.0/OS-KSADM/roles": "roles"} {
		for _, id := range ids(c.Do("GET", path, admin, nil).Want(200), list) {
			if slices.Contains([]string{tenant, string(domain), user, role}, id) {
				t.Errorf("%s lists %s", path, id)
			}
		}
	}
	c.Do("GET", "/v3/projects/"+tenant, admin, nil).Want(200)
	c.Do("GET", "/v3/users/"+user, admin, nil).Want(200)
}

// Below /admin/v2.0 is what Keystone's admin port served: the same, but that nobody lists only
// their own tenants.
func TestTheAdminPort(t *testing.T) {
	c := start(t, servertest.Options{})
	admin, member := c.AdminToken(), c.token()
	if got := c.Do("GET", "/admin/v2.0", "", nil).Want(200).Text("version.links.0.href"); got != c.URL+"/admin/v2.0/" {
		t.Errorf("the version document links to %s", got)
	}
	c.Do("GET", "/admin/v2.0/tenants", member, nil).Want(403)
	if diff := cmp.Diff(ids(c.Do("GET", "/v2.0/tenants", admin, nil), "tenants"), ids(c.Do("GET", "/admin/v2.0/tenants", admin, nil).Want(200), "tenants")); diff != "" {
		t.Error(diff)
	}
	c.Do("GET", "/admin/v2.0/tokens/"+member, admin, nil).Want(200)
	c.Do("GET", "/admin/v3", "", nil).Want(404)
}
