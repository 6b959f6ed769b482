package v3_test

import (
	"testing"

	"github.com/lintel-id/lintel/internal/server/servertest"
)

func TestRolesLiveAsInKeystone(t *testing.T) {
	c := startCloud(t, servertest.Options{})
	acme := c.domain("acme")
	made := c.Do("POST", "/v3/roles", c.admin, body{"role": body{"name": "cook", "stars": 3}}).Want(201)
	id := made.Text("role.id")
	if made.Get("role.domain_id") != nil || made.Get("role.description") != nil || made.Get("role.stars") != 3.0 || made.Text("role.links.self") != c.URL+"/v3/roles/"+id {
		t.Fatalf("%s", made.Body)
	}
	if options, ok := made.Get("role.options").(map[string]any); !ok || len(options) != 0 {
		t.Fatalf("%s", made.Body)
	}
	c.Do("POST", "/v3/roles", c.admin, body{"role": body{"name": "cook"}}).Want(409)
	own := c.newRole("cook", acme)
	c.Do("POST", "/v3/roles", c.admin, body{"role": body{"name": "cook", "domain_id": acme}}).Want(409)
	c.Do("POST", "/v3/roles", c.admin, body{"role": body{"name": "x", "domain_id": "nowhere"}}).Want(404)
	c.Do("POST", "/v3/roles", c.admin, body{"role": body{"name": "x", "options": body{"fast": true}}}).Want(400)
	c.Do("POST", "/v3/roles", c.admin, body{"role": body{"description": "nameless"}}).Want(400)

	if got := roleNames(c.Do("GET", "/v3/roles?name=cook", c.admin, nil).Want(200), "roles"); got != "cook" {
		t.Errorf("global roles called cook: %q", got)
	}
	if got := c.Do("GET", "/v3/roles?domain_id="+acme, c.admin, nil).Want(200).Text("roles.0.id"); got != own {
		t.Errorf("roles of acme: %q", got)
	}
	patch := func(member body, status int) *servertest.Response {
		return c.Do("PATCH", "/v3/roles/"+id, c.admin, body{"role": member}).Want(status)
	}
	if got := patch(body{"name": "chef", "description": "cooks"}, 200); got.Text("role.name") != "chef" || got.Text("role.description") != "cooks" || got.Get("role.stars") != 3.0 {
		t.Fatalf("%s", got.Body)
	}
	patch(body{"domain_id": acme}, 400)
	patch(body{"domain_id": nil}, 200)
	patch(body{"name": "member"}, 409)
	c.del("roles", id)
	c.Do("GET", "/v3/roles/"+id, c.admin, nil).Want(404)
	c.Do("DELETE", "/v3/roles/"+id, c.admin, nil).Want(404)
	c.Do("PATCH", "/v3/roles/"+id, c.admin, body{"role": body{"name": "x"}}).Want(404)
}

func TestImmutableRoleIsNeitherChangedNorDeleted(t *testing.T) {
	c := startCloud(t, servertest.Options{})
	path := "/v3/roles/" + c.role("member")
	c.Do("DELETE", path, c.admin, nil).Want(403)
	c.Do("PATCH", path, c.admin, body{"role": body{"description": "x"}}).Want(403)
	c.Do("PATCH", path, c.admin, body{"role": body{"description": "x", "options": body{"immutable": false}}}).Want(403)
	c.Do("PATCH", path, c.admin, body{"role": body{"options": body{"immutable": false}}}).Want(200)
	c.Do("PATCH", path, c.admin, body{"role": body{"description": "x", "options": body{"immutable": nil}}}).Want(200)
	c.Do("DELETE", path, c.admin, nil).Want(204)
}

// CVE-2012-4413 for the role itself: when it goes, so do the grants of it, at once.
func TestDeletedRoleLeavesEveryToken(t *testing.T) {
	c := startCloud(t, servertest.Options{})
	web, ann, cook := c.project("web", "default"), c.user("ann", "default"), c.newRole("cook", "")
	c.put("projects", web, "users", ann, "roles", cook)
	c.put("projects", web, "users", ann, "roles", c.role("reader"))
	token := c.login(ann, servertest.Project(web))
	c.alive(token, "cook reader")
	c.del("roles", cook)
	c.alive(token, "reader")
	if got := roleNames(c.Do("GET", "/v3/projects/"+web+"/users/"+ann+"/roles", c.admin, nil).Want(200), "roles"); got != "reader" {
		t.Errorf("grants left: %q", got)
	}
}

func TestManagerMaySeeTheRolesItGrants(t *testing.T) {
	c := startCloud(t, servertest.Options{})
	acme := c.domain("acme")
	web, mona := c.project("web", acme), c.user("mona", acme)
	manager, own := c.role("manager"), c.newRole("own", acme)
	c.put("domains", acme, "users", mona, "roles", manager)
	c.put("projects", web, "users", mona, "roles", manager)
	onDomain, onProject := c.login(mona, servertest.Domain(acme)), c.login(mona, servertest.Project(web))
	c.Do("GET", "/v3/roles", onDomain, nil).Want(200)
	c.Do("GET", "/v3/roles", onProject, nil).Want(403)
	c.Do("GET", "/v3/roles?domain_id="+acme, onDomain, nil).Want(403)
	for role, status := range map[string]int{c.role("member"): 200, c.role("admin"): 403, c.role("service"): 403, own: 403, "nothing": 403} {
		c.Do("GET", "/v3/roles/"+role, onDomain, nil).Want(status)
	}
	c.Do("POST", "/v3/roles", onDomain, body{"role": body{"name": "x"}}).Want(403)
	c.Do("POST", "/v3/roles", onDomain, body{"role": body{"name": "x", "domain_id": acme}}).Want(403)
	c.Do("DELETE", "/v3/roles/"+own, onDomain, nil).Want(403)
	c.Do("GET", "/v3/roles", "", nil).Want(401)
}
