package v3_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/lintel-id/lintel/internal/server/servertest"
)

// assignments lists role assignments as lines "actor role scope", in the names of things; an
// inherited one ends with a star. They are sorted.
func (c *cloud) assignments(token, query string) []string {
	c.t.Helper()
	r := c.Do("GET", "/v3/role_assignments?include_names&"+query, token, nil).Want(200)
	var out []string
	for _, item := range r.Get("role_assignments").([]any) {
		a := item.(map[string]any)
		name := func(kind string) string {
			return a[kind].(map[string]any)["name"].(string)
		}
		scope, line := a["scope"].(map[string]any), ""
		if a["group"] != nil {
			line = "@" + name("group")
		} else {
			line = name("user")
		}
		line += " " + name("role") + " "
		for _, kind := range []string{"project", "domain"} {
			if s, ok := scope[kind].(map[string]any); ok {
				line += s["name"].(string)
			}
		}
		if scope["system"] != nil {
			line += "system"
		}
		if scope["OS-INHERIT:inherited_to"] == "projects" {
			line += "*"
		}
		out = append(out, line)
	}
	slices.Sort(out)
	return out
}

func (c *cloud) lists(token, query string, want ...string) {
	c.t.Helper()
	slices.Sort(want)
	if got := c.assignments(token, query); !slices.Equal(got, want) {
		c.t.Errorf("role_assignments?%s:\n%s\nwant:\n%s", query, strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
}

// office is a domain with a project tree, two users and a group; ann is a member of it.
type office struct {
	*cloud
	acme, web, shop, ann, bob, staff, one, two, own string
}

func startOffice(t *testing.T) *office {
	c := startCloud(t, servertest.Options{})
	o := &office{cloud: c, acme: c.domain("acme")}
	o.web = c.project("web", o.acme)
	o.shop = c.project("shop", o.web)
	o.ann, o.bob, o.staff = c.user("ann", o.acme), c.user("bob", o.acme), c.group("staff", o.acme)
	o.one, o.two, o.own = c.newRole("one", ""), c.newRole("two", ""), c.newRole("own", o.acme)
	c.imply(o.own, o.one)
	c.imply(o.one, o.two)
	c.put("groups", o.staff, "users", o.ann)
	c.put("projects", o.web, "users", o.bob, "roles", o.own)
	c.put("OS-INHERIT/projects", o.web, "users", o.bob, "roles", o.two, "inherited_to_projects")
	c.put("OS-INHERIT/domains", o.acme, "groups", o.staff, "roles", o.one, "inherited_to_projects")
	c.put("domains", o.acme, "groups", o.staff, "roles", o.two)
	c.put("system/users", o.ann, "roles", o.two)
	return o
}

func TestAssignmentsAsTheyWereGranted(t *testing.T) {
	o := startOffice(t)
	o.lists(o.admin, "scope.domain.id="+o.acme, "@staff one acme*", "@staff two acme")
	o.lists(o.admin, "scope.domain.id="+o.acme+"&scope.OS-INHERIT:inherited_to=projects", "@staff one acme*")
	o.lists(o.admin, "scope.project.id="+o.web, "bob own web", "bob two web*")
	o.lists(o.admin, "scope.project.id="+o.acme+"&include_subtree", "bob own web", "bob two web*")
	o.lists(o.admin, "scope.project.id="+o.shop)
	o.lists(o.admin, "user.id="+o.bob+"&role.id="+o.two, "bob two web*")
	o.lists(o.admin, "group.id="+o.staff, "@staff one acme*", "@staff two acme")
	o.lists(o.admin, "scope.system=all", "admin admin system", "ann two system")
	o.lists(o.admin, "role.id="+o.two, "@staff two acme", "ann two system", "bob two web*")
}

func TestEffectiveAssignmentsAreHowTheyWork(t *testing.T) {
	o := startOffice(t)
	o.lists(o.admin, "effective&scope.project.id="+o.shop, "ann one shop*", "ann two shop*", "bob two shop*")
	o.lists(o.admin, "effective&scope.project.id="+o.web, "ann one web*", "ann two web*", "bob one web", "bob two web")
	o.lists(o.admin, "effective&scope.project.id="+o.web+"&include_subtree",
		"ann one web*", "ann two web*", "bob one web", "bob two web", "ann one shop*", "ann two shop*", "bob two shop*")
	o.lists(o.admin, "effective&scope.domain.id="+o.acme, "ann two acme")
	o.lists(o.admin, "effective&user.id="+o.ann, "ann one web*", "ann two web*", "ann one shop*", "ann two shop*", "ann two acme")
	o.lists(o.admin, "effective&user.id="+o.ann+"&role.id="+o.one, "ann one web*", "ann one shop*")
	o.lists(o.admin, "effective&user.id="+o.bob+"&scope.OS-INHERIT:inherited_to=projects", "bob two shop*")
	o.lists(o.admin, "effective=0&user.id="+o.bob, "bob own web", "bob two web*")
	o.lists(o.admin, "effective&scope.system=all")
	o.lists(o.admin, "effective&user.id=nobody")
	o.lists(o.admin, "effective&role.id="+o.own)
}

func TestAssignmentSaysWhereItComesFrom(t *testing.T) {
	o := startOffice(t)
	v3 := o.URL + "/v3"
	get := func(query string) *servertest.Response {
		r := o.Do("GET", "/v3/role_assignments?"+query, o.admin, nil).Want(200)
		if len(r.Get("role_assignments").([]any)) != 1 || r.Text("links.self") != v3+"/role_assignments?"+query {
			t.Fatalf("%s", r.Body)
		}
		return r
	}
	says := func(r *servertest.Response, path, want string) {
		t.Helper()
		if got := r.Text("role_assignments.0." + path); got != want {
			t.Errorf("%s is %q, want %q", path, got, want)
		}
	}
	absent := func(r *servertest.Response, path string) {
		t.Helper()
		if r.Get("role_assignments.0."+path) != nil {
			t.Errorf("%s is there: %s", path, r.Body)
		}
	}
	r := get("effective&user.id=" + o.ann + "&scope.project.id=" + o.shop + "&role.id=" + o.two)
	says(r, "links.assignment", v3+"/OS-INHERIT/domains/"+o.acme+"/groups/"+o.staff+"/roles/"+o.one+"/inherited_to_projects")
	says(r, "links.membership", v3+"/groups/"+o.staff+"/users/"+o.ann)
	says(r, "links.prior_role", v3+"/roles/"+o.one+"/implies/"+o.two)
	says(r, "scope.OS-INHERIT:inherited_to", "projects")
	says(r, "scope.project.id", o.shop)
	says(r, "user.id", o.ann)
	says(r, "role.id", o.two)
	absent(r, "group")
	absent(r, "user.name")

	r = get("user.id=" + o.ann + "&scope.system=all")
	says(r, "links.assignment", v3+"/system/users/"+o.ann+"/roles/"+o.two)
	if r.Get("role_assignments.0.scope.system.all") != true {
		t.Errorf("%s", r.Body)
	}
	absent(r, "links.membership")
	absent(r, "links.prior_role")

	r = get("include_names=1&role.id=" + o.own)
	says(r, "links.assignment", v3+"/projects/"+o.web+"/users/"+o.bob+"/roles/"+o.own)
	says(r, "scope.project.domain.name", "acme")
	says(r, "scope.project.domain.id", o.acme)
	says(r, "user.domain.name", "acme")
	says(r, "role.domain.name", "acme")
	r = get("include_names&scope.domain.id=" + o.acme + "&role.id=" + o.two)
	says(r, "group.domain.id", o.acme)
	says(r, "scope.domain.name", "acme")
	absent(r, "role.domain")
}

func TestFiltersThatCannotGoTogether(t *testing.T) {
	c := startCloud(t, servertest.Options{})
	for _, query := range []string{
		"scope.project.id=a&scope.domain.id=b", "scope.system=all&scope.project.id=a", "scope.system&scope.domain.id=a", "user.id=a&group.id=b",
		"effective&group.id=a", "effective&scope.domain.id=a&scope.OS-INHERIT:inherited_to=projects", "include_subtree",
	} {
		c.Do("GET", "/v3/role_assignments?"+query, c.admin, nil).Want(400)
	}
	c.Do("GET", "/v3/role_assignments?include_subtree=0", c.admin, nil).Want(200)
	c.Do("GET", "/v3/role_assignments?include_subtree&scope.project.id=nowhere", c.admin, nil).Want(404)
	c.Do("GET", "/v3/role_assignments", "", nil).Want(401)
	c.Do("GET", "/v3/role_assignments", memberToken(t, c.Env), nil).Want(403)
}

// A domain's reader sees what was granted in the domain, and nothing of any other: not by the
// tree of a domain acting as a project either (CVE-2026-80183).
func TestDomainReaderSeesTheOwnDomainsAssignments(t *testing.T) {
	o := startOffice(t)
	rita, eve, other := o.user("rita", o.acme), o.user("eve", "default"), o.domain("other")
	elsewhere := o.project("elsewhere", other)
	o.put("domains", o.acme, "users", rita, "roles", o.role("reader"))
	o.put("projects", o.web, "users", rita, "roles", o.role("reader"))
	o.put("projects", elsewhere, "users", o.bob, "roles", o.one)
	o.put("projects", o.shop, "users", eve, "roles", o.two)
	token := o.login(rita, servertest.Domain(o.acme))
	o.lists(token, "", "@staff one acme*", "@staff two acme", "bob own web", "bob two web*", "eve two shop", "rita reader acme", "rita reader web")
	o.lists(token, "user.id="+o.bob, "bob own web", "bob two web*")
	o.lists(token, "effective&user.id="+o.bob, "bob one web", "bob two web", "bob two shop*")
	o.lists(token, "scope.project.id="+elsewhere)
	o.lists(token, "scope.system=all")
	o.lists(token, "scope.project.id="+o.web+"&include_subtree", "bob own web", "bob two web*", "eve two shop", "rita reader web")
	for _, top := range []string{elsewhere, other, o.acme, "default"} {
		o.Do("GET", "/v3/role_assignments?include_subtree&scope.project.id="+top, token, nil).Want(403)
	}
	onProject := o.login(rita, servertest.Project(o.web))
	o.Do("GET", "/v3/role_assignments?scope.project.id="+o.web, onProject, nil).Want(403)
	o.Do("GET", "/v3/role_assignments?include_subtree&scope.project.id="+o.acme, onProject, nil).Want(403)
}
