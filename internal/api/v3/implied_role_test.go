package v3_test

import (
	"testing"

	"github.com/lintel-id/lintel/internal/server/servertest"
)

func TestImplicationsLookAsInKeystone(t *testing.T) {
	c := startCloud(t, servertest.Options{})
	boss, clerk := c.newRole("boss", ""), c.newRole("clerk", "")
	path := "/v3/roles/" + boss + "/implies/" + clerk
	for _, method := range []string{"GET", "HEAD", "DELETE"} {
		c.Do(method, path, c.admin, nil).Want(404)
	}
	made := c.Do("PUT", path, c.admin, nil).Want(201)
	for _, r := range []*servertest.Response{made, c.Do("GET", path, c.admin, nil).Want(200)} {
		if r.Text("role_inference.prior_role.name") != "boss" || r.Text("role_inference.implies.id") != clerk ||
			r.Text("role_inference.implies.links.self") != c.URL+"/v3/roles/"+clerk || r.Text("links.self") != c.URL+path {
			t.Fatalf("%s", r.Body)
		}
	}
	c.Do("HEAD", path, c.admin, nil).Want(204)
	c.Do("PUT", path, c.admin, nil).Want(409)
	list := c.Do("GET", "/v3/roles/"+boss+"/implies", c.admin, nil).Want(200)
	if list.Text("role_inference.prior_role.id") != boss || roleNames(list, "role_inference.implies") != "clerk" {
		t.Fatalf("%s", list.Body)
	}
	none := c.Do("GET", "/v3/roles/"+clerk+"/implies", c.admin, nil).Want(200)
	if implies, ok := none.Get("role_inference.implies").([]any); !ok || len(implies) != 0 {
		t.Fatalf("%s", none.Body)
	}
	all := c.Do("GET", "/v3/role_inferences", c.admin, nil).Want(200)
	if got := all.Get("role_inferences").([]any); len(got) != 4 { // admin, manager, member and boss
		t.Fatalf("%s", all.Body)
	}
	c.Do("DELETE", path, c.admin, nil).Want(204)
	c.Do("GET", path, c.admin, nil).Want(404)
}

func TestNoRoleImpliesAdminAndNoGlobalOneADomainsOwn(t *testing.T) {
	c := startCloud(t, servertest.Options{})
	acme := c.domain("acme")
	boss, own := c.newRole("boss", ""), c.newRole("own", acme)
	c.Do("PUT", "/v3/roles/"+boss+"/implies/"+c.role("admin"), c.admin, nil).Want(403)
	c.Do("PUT", "/v3/roles/"+own+"/implies/"+c.role("admin"), c.admin, nil).Want(403)
	c.Do("PUT", "/v3/roles/"+boss+"/implies/"+own, c.admin, nil).Want(403)
	c.Do("PUT", "/v3/roles/"+own+"/implies/"+boss, c.admin, nil).Want(201)
	c.Do("PUT", "/v3/roles/"+boss+"/implies/nothing", c.admin, nil).Want(404)
	c.Do("PUT", "/v3/roles/nothing/implies/"+boss, c.admin, nil).Want(404)
}

// A domain's own role gives what it implies and never shows. Roles that imply each other in a
// circle all mean the same, and nothing hangs.
func TestImpliedRolesAreInTokens(t *testing.T) {
	c := startCloud(t, servertest.Options{})
	acme := c.domain("acme")
	web, ann := c.project("web", acme), c.user("ann", acme)
	one, two, three := c.newRole("one", ""), c.newRole("two", ""), c.newRole("three", "")
	own := c.newRole("own", acme)
	c.put("projects", web, "users", ann, "roles", own)
	c.mayNotLogin(ann, servertest.Project(web)) // a role that never shows is none
	c.imply(own, one)
	token := c.login(ann, servertest.Project(web))
	c.alive(token, "one")
	c.imply(one, two)
	c.imply(two, three)
	c.imply(three, one)
	c.imply(one, one)
	c.alive(token, "one three two")
	c.del("roles", two, "implies", three)
	c.alive(token, "one two")
	c.del("roles", own, "implies", one)
	c.dead(token)
}

// Keystone looks the roles up before it asks policy; without a token it asks for one first.
func TestMissingRoleOfAnImplicationIsNotFoundForAnybody(t *testing.T) {
	c := startCloud(t, servertest.Options{})
	token := memberToken(t, c.Env)
	member := c.role("member")
	for _, path := range []string{"/v3/roles/nothing/implies", "/v3/roles/" + member + "/implies/nothing", "/v3/roles/nothing/implies/" + member} {
		c.Do("GET", path, token, nil).Want(404)
		c.Do("GET", path, "", nil).Want(401)
	}
	reader := "/v3/roles/" + member + "/implies/" + c.role("reader")
	for _, method := range []string{"PUT", "GET", "HEAD", "DELETE"} {
		c.Do(method, reader, token, nil).Want(403)
	}
	c.Do("GET", "/v3/role_inferences", token, nil).Want(403)
	c.Do("GET", "/v3/role_inferences", "", nil).Want(401)
}
