package v3_test

import (
	"testing"

	"github.com/lintel-id/lintel/internal/server/servertest"
)

func TestGroupsLiveAsInKeystone(t *testing.T) {
	c := startCloud(t, servertest.Options{})
	made := c.Do("POST", "/v3/groups", c.admin, body{"group": body{"name": " staff ", "colour": "red"}}).Want(201)
	id := made.Text("group.id")
	if made.Text("group.name") != "staff" || made.Text("group.domain_id") != "default" || made.Text("group.description") != "" ||
		made.Text("group.colour") != "red" || made.Text("group.links.self") != c.URL+"/v3/groups/"+id {
		t.Fatalf("%s", made.Body)
	}
	c.Do("POST", "/v3/groups", c.admin, body{"group": body{"name": "staff"}}).Want(409)
	c.Do("POST", "/v3/groups", c.admin, body{"group": body{"name": "x", "domain_id": "nowhere"}}).Want(404)
	c.Do("POST", "/v3/groups", c.admin, body{"group": body{}}).Want(400)
	acme := c.domain("acme")
	c.group("staff", acme)

	if got := roleNames(c.Do("GET", "/v3/groups?domain_id="+acme, c.admin, nil).Want(200), "groups"); got != "staff" {
		t.Fatalf("groups of acme: %q", got)
	}
	if got := roleNames(c.Do("GET", "/v3/groups?name__startswith=st&domain_id=default", c.admin, nil).Want(200), "groups"); got != "staff" {
		t.Fatalf("groups that begin with st: %q", got)
	}
	if got := roleNames(c.Do("GET", "/v3/groups?name=nobody", c.admin, nil).Want(200), "groups"); got != "" {
		t.Fatalf("groups called nobody: %q", got)
	}

	patch := func(member body, status int) *servertest.Response {
		return c.Do("PATCH", "/v3/groups/"+id, c.admin, body{"group": member}).Want(status)
	}
	if got := patch(body{"name": "crew", "description": "all", "size": 3}, 200); got.Text("group.name") != "crew" || got.Text("group.colour") != "red" || got.Get("group.size") != 3.0 {
		t.Fatalf("%s", got.Body)
	}
	patch(body{"domain_id": acme}, 400)
	patch(body{"domain_id": "default"}, 200)
	patch(body{"id": "other"}, 400)
	if c.Do("GET", "/v3/groups/"+id, c.admin, nil).Want(200).Text("group.description") != "all" {
		t.Fatal("the description was not kept")
	}
	c.del("groups", id)
	c.Do("GET", "/v3/groups/"+id, c.admin, nil).Want(404)
	c.Do("DELETE", "/v3/groups/"+id, c.admin, nil).Want(404)
}

func TestMembersOfAGroup(t *testing.T) {
	c := startCloud(t, servertest.Options{})
	staff, acme := c.group("staff", "default"), c.domain("acme")
	ann, bob := c.user("ann", "default"), c.user("bob", acme)
	path := "/v3/groups/" + staff + "/users"
	c.Do("GET", path+"/"+ann, c.admin, nil).Want(404)
	for range 2 {
		c.put("groups", staff, "users", ann)
	}
	c.put("groups", staff, "users", bob)
	c.Do("GET", path+"/"+ann, c.admin, nil).Want(204)
	c.Do("HEAD", path+"/"+ann, c.admin, nil).Want(204)
	for query, want := range map[string]int{"": 2, "?name=ann": 1, "?domain_id=" + acme: 1, "?enabled=0": 0} {
		if got := c.Do("GET", path+query, c.admin, nil).Want(200).Get("users").([]any); len(got) != want {
			t.Errorf("members%s: %d, want %d", query, len(got), want)
		}
	}
	if got := roleNames(c.Do("GET", "/v3/users/"+ann+"/groups", c.admin, nil).Want(200), "groups"); got != "staff" {
		t.Errorf("groups of ann: %q", got)
	}
	c.del("groups", staff, "users", ann)
	for _, method := range []string{"GET", "HEAD", "DELETE"} {
		c.Do(method, path+"/"+ann, c.admin, nil).Want(404)
	}
	for _, wrong := range []string{"/v3/groups/" + staff + "/users/nobody", "/v3/groups/nothing/users/" + ann} {
		c.Do("PUT", wrong, c.admin, nil).Want(404)
	}
	c.Do("GET", "/v3/groups/nothing/users", c.admin, nil).Want(404)
}

// CVE-2012-4413, by way of a group: what a user has through it goes with it, at the next
// validation, and so it does when the group itself goes.
func TestLeavingAGroupTakesItsRoles(t *testing.T) {
	c := startCloud(t, servertest.Options{})
	staff, web := c.group("staff", "default"), c.project("web", "default")
	ann, bob := c.user("ann", "default"), c.user("bob", "default")
	c.put("projects", web, "groups", staff, "roles", c.role("member"))
	c.put("projects", web, "users", ann, "roles", c.role("reader"))
	c.mayNotLogin(bob, servertest.Project(web))
	c.put("groups", staff, "users", ann)
	c.put("groups", staff, "users", bob)
	anns, bobs := c.login(ann, servertest.Project(web)), c.login(bob, servertest.Project(web))
	c.alive(anns, "member reader")
	c.del("groups", staff, "users", ann)
	c.alive(anns, "reader")
	c.alive(bobs, "member reader")
	c.del("groups", staff)
	c.dead(bobs)
}

func TestDomainManagerKeepsToTheOwnDomainsGroups(t *testing.T) {
	c := startCloud(t, servertest.Options{})
	acme := c.domain("acme")
	mona, ann, eve := c.user("mona", acme), c.user("ann", acme), c.user("eve", "default")
	c.put("domains", acme, "users", mona, "roles", c.role("manager"))
	token := c.login(mona, servertest.Domain(acme))
	ours := c.Do("POST", "/v3/groups", token, body{"group": body{"name": "ours"}}).Want(201)
	if ours.Text("group.domain_id") != acme {
		t.Fatal("a group of a domain-scoped token is not in its domain")
	}
	group, theirs := "/v3/groups/"+ours.Text("group.id"), "/v3/groups/"+c.group("theirs", "default")
	c.Do("PUT", group+"/users/"+ann, token, nil).Want(204)
	c.Do("PUT", group+"/users/"+eve, token, nil).Want(403)
	c.Do("PUT", group+"/users/nobody", token, nil).Want(403)
	c.put("groups", ours.Text("group.id"), "users", eve)
	if got := roleNames(c.Do("GET", group+"/users", token, nil).Want(200), "users"); got != "ann" {
		t.Errorf("the manager sees the members %q", got)
	}
	if got := roleNames(c.Do("GET", "/v3/groups", token, nil).Want(200), "groups"); got != "ours" {
		t.Errorf("the manager sees the groups %q", got)
	}
	c.Do("POST", "/v3/groups", token, body{"group": body{"name": "x", "domain_id": "default"}}).Want(403)
	c.Do("PUT", theirs+"/users/"+ann, token, nil).Want(403)
	c.Do("GET", theirs+"/users/"+ann, token, nil).Want(403)
	for _, method := range []string{"GET", "DELETE"} {
		c.Do(method, theirs, token, nil).Want(403)
	}
	c.Do("PATCH", theirs, token, body{"group": body{"name": "mine"}}).Want(403)
	c.Do("DELETE", group, token, nil).Want(204)
}
