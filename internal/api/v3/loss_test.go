package v3_test

import (
	"fmt"
	"testing"

	"github.com/lintel-id/lintel/internal/config"
	"github.com/lintel-id/lintel/internal/server/servertest"
)

// loss is a way to lose the last role on a project, and to get it back.
type loss struct {
	name      string
	give, end func()
}

// losses sets up the ways for a user and a project below another one.
func losses(c *cloud, ann, web, parent string) []loss {
	member, staff, crew := c.role("member"), c.group("staff", "default"), c.group("crew", "default")
	c.put("projects", web, "groups", staff, "roles", member)
	c.put("OS-INHERIT/projects", parent, "groups", crew, "roles", member, "inherited_to_projects")
	both := func(do func(...string), path ...string) func() { return func() { do(path...) } }
	direct := []string{"projects", web, "users", ann, "roles", member}
	below := []string{"OS-INHERIT/projects", parent, "users", ann, "roles", member, "inherited_to_projects"}
	inDomain := []string{"OS-INHERIT/domains/default/users", ann, "roles", member, "inherited_to_projects"}
	return []loss{
		{"a grant on the project", both(c.put, direct...), both(c.del, direct...)},
		{"a grant inherited from a project", both(c.put, below...), both(c.del, below...)},
		{"a grant inherited from the domain", both(c.put, inDomain...), both(c.del, inDomain...)},
		{"the membership of a group with a grant", both(c.put, "groups", staff, "users", ann), both(c.del, "groups", staff, "users", ann)},
		{"the membership of a group with an inherited grant", both(c.put, "groups", crew, "users", ann), both(c.del, "groups", crew, "users", ann)},
		{"the grant of a group", func() {
			c.put("groups", staff, "users", ann)
			c.put("projects", web, "groups", staff, "roles", member)
		}, both(c.del, "projects", web, "groups", staff, "roles", member)},
		{"the group", func() {
			again := c.group("again", "default")
			c.put("groups", again, "users", ann)
			c.put("projects", web, "groups", again, "roles", member)
		}, func() {
			c.del("groups", c.Do("GET", "/v3/groups?name=again", c.admin, nil).Want(200).Text("groups.0.id"))
		}},
	}
}

// lent is what a user has on a project: a token, an application credential and a token got with
// that.
type lent struct {
	path, token, borrowed string
	auth                  map[string]any
}

func (c *cloud) lent(user, project, name string) lent {
	c.t.Helper()
	l := lent{token: c.login(user, servertest.Project(project))}
	made := c.Do("POST", "/v3/users/"+user+"/application_credentials", l.token, body{"application_credential": body{"name": name}}).Want(201)
	id := made.Text("application_credential.id")
	l.path = "/v3/users/" + user + "/application_credentials/" + id
	l.auth = credentialAuth(id, made.Text("application_credential.secret"))
	l.borrowed = c.Login(l.auth)
	return l
}

func startLoss(t *testing.T, expire bool) (c *cloud, ann, web, parent, other string) {
	c = startCloud(t, servertest.Options{Config: func(cfg *config.Config) { cfg.Identity.ExpireOnAccessLoss = expire }})
	parent, other = c.project("parent", "default"), c.project("other", "default")
	web, ann = c.project("web", parent), c.user("ann", "default")
	c.put("projects", other, "users", ann, "roles", c.role("member"))
	return c, ann, web, parent, other
}

// N19 (expire_on_access_loss, the default): what was lent on a project ends for good with the
// last role on it. A role given back makes new tokens good and wakes none of the old. Nothing is
// deleted, and what the user has on other projects lives on.
func TestLosingTheLastRoleEndsCredentialsForGood(t *testing.T) {
	c, ann, web, parent, other := startLoss(t, true)
	elsewhere := c.lent(ann, other, "elsewhere")
	for i, way := range losses(c, ann, web, parent) {
		way.give()
		had := c.lent(ann, web, fmt.Sprint("ci", i))
		c.alive(had.token, "member reader")
		way.end()
		for _, given := range []bool{false, true} {
			if given {
				way.give()
			}
			c.dead(had.token)
			c.dead(had.borrowed)
			if r := c.Do("POST", "/v3/auth/tokens", "", had.auth); r.Status != 401 {
				t.Errorf("%s: the application credential still logs in: %d (given back: %t)", way.name, r.Status, given)
			}
			c.Do("GET", had.path, c.admin, nil).Want(200)
		}
		c.alive(c.lent(ann, web, fmt.Sprint("again", i)).borrowed, "member reader")
		way.end()
	}
	c.alive(elsewhere.token, "member reader")
	c.alive(elsewhere.borrowed, "member reader")
	c.Login(elsewhere.auth)
}

// N19 off is Keystone: a role given back wakes what was lent.
func TestWithoutExpiryARoleGivenBackWakesCredentials(t *testing.T) {
	c, ann, web, parent, _ := startLoss(t, false)
	for i, way := range losses(c, ann, web, parent) {
		way.give()
		had := c.lent(ann, web, fmt.Sprint("ci", i))
		way.end()
		c.dead(had.token)
		c.dead(had.borrowed)
		c.Do("POST", "/v3/auth/tokens", "", had.auth).Want(401)
		way.give()
		c.alive(had.token, "member reader")
		c.alive(had.borrowed, "member reader")
		c.Login(had.auth)
		way.end()
	}
}

// A lost role that was not the last one ends nothing, whichever way the other one comes.
func TestLosingARoleThatIsNotTheLastEndsNothing(t *testing.T) {
	c, ann, web, parent, _ := startLoss(t, true)
	ways := losses(c, ann, web, parent)
	for i, way := range ways {
		way.give()
		had := c.lent(ann, web, fmt.Sprint("ci", i))
		next := ways[(i+1)%len(ways)]
		if i == len(ways)-2 { // the group whose grant went may not be the one that comes
			next = ways[0]
		}
		next.give()
		way.end()
		c.alive(had.token, "member reader")
		c.alive(had.borrowed, "member reader")
		c.Login(had.auth)
		next.end()
		c.dead(had.token)
	}
}
