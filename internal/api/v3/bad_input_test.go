package v3_test

import (
	"maps"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/lintel-id/lintel/internal/server/servertest"
)

// Whatever is wrong with a request, of any route: the answer is a refusal in Keystone's form,
// never the server's failure, and the database stays as it was.
func TestBadInputIsRefusedInKeystonesFormAndChangesNothing(t *testing.T) {
	m := startMatrix(t)
	expired := m.AdminToken()
	*m.now = m.now.Add(5 * time.Hour) // a password's token lives for four
	m.admin = m.AdminToken()
	stranger, unscoped := m.strangers()
	for _, o := range m.operations {
		c := m.valid(o)
		good := c.wrapped(c.body)
		if !o.open {
			m.wants("no token", c, m.send("no token", c, "", good), 401)
			m.wants("an expired token", c, m.send("an expired token", c, expired, good), 401)
			m.wants("a token of nobody", c, m.send("a token of nobody", c, "gAAAAABnobody", good), 401)
			if !openToAll[o.name()] {
				m.wants("a stranger", c, m.send("a stranger", c, stranger, good), 403, 404)
				m.wants("no scope", c, m.send("no scope", c, unscoped, good), 401, 403, 404)
			}
		}
		m.badIDs(c, good)
		if o.hasBody {
			m.badBodies(c)
		}
		m.badQueries(c)
	}
}

// strangers are two tokens of a user with the role member on a project of its own: for that
// project, and without a scope.
func (m *matrix) strangers() (member, unscoped string) {
	m.t.Helper()
	user, project := m.user(m.name(), "default"), m.project(m.name(), "default")
	m.put("projects", project, "users", user, "roles", m.role("member"))
	return m.Login(servertest.PasswordAuth(user, cloudPassword, servertest.Project(project))),
		m.Login(servertest.PasswordAuth(user, cloudPassword, "unscoped"))
}

// badIDs puts what names nothing, and what can name nothing, in the place of each id.
func (m *matrix) badIDs(c *call, good any) {
	m.t.Helper()
	for _, p := range c.params {
		if tolerates[c.name()+" "+p] {
			continue
		}
		unknown := c.with(p, strings.Repeat("f", 32))
		m.wants("an unknown "+p, c, m.send("an unknown "+p, unknown, m.admin, good), 400, 401, 403, 404)
		for _, id := range []string{strings.Repeat("a", 300), "%27%20OR%201=1", "%E2%98%83", "%00", "..", "%2e%2e%2f", "%ff"} {
			m.send("a strange "+p, c.with(p, id), m.admin, good)
		}
	}
}

// badBodies leaves out what is required, and gives every member a value of another type, null,
// and one that is too long.
func (m *matrix) badBodies(c *call) {
	m.t.Helper()
	for _, text := range []string{"", "null", "[]", `"x"`, "7", "{", `{"a":1,"a":2}`, "{\"a\":\"\xff\"}", strings.Repeat("[", 5000), `{"` + c.wrap + `":[]}`} {
		if c.wrap == "" && strings.HasSuffix(text, ":[]}") {
			continue
		}
		m.wants("the body "+text[:min(len(text), 16)], c, m.send("the body "+text[:min(len(text), 16)], c, m.admin, text), 400)
	}
	m.wants("an empty object", c, m.send("an empty object", c, m.admin, c.emptyBody()), c.emptyStatuses()...)
	for _, name := range c.required {
		without := maps.Clone(c.body)
		delete(without, name)
		m.wants("no "+name, c, m.send("no "+name, c, m.admin, c.wrapped(without)), 400)
	}
	for _, name := range slices.Sorted(maps.Keys(c.members)) {
		other := maps.Clone(c.body)
		for _, wrong := range c.members[name].wrong() {
			other[name] = wrong
			m.wants("wrong type of "+name, c, m.send("wrong type of "+name, c, m.admin, c.wrapped(other)), 400)
		}
		other[name] = nil
		m.send(name+" null", c, m.admin, c.wrapped(other))
		if c.members[name].is("string") {
			other[name] = strings.Repeat("long", 20000)
			res := m.send(name+" too long", c, m.admin, c.wrapped(other))
			if name == "name" {
				m.wants("too long a name", c, res, 400)
			}
		}
	}
}

// emptyBody is a body without anything, in its wrapping.
func (c *call) emptyBody() any { return c.wrapped(map[string]any{}) }

// emptyStatuses are those of an empty body: it is bad where anything is required.
func (c *call) emptyStatuses() []int {
	if len(c.required) > 0 {
		return []int{400}
	}
	return []int{200, 201, 204, 400, 403, 404, 409}
}

func (s schema) is(kind string) bool {
	switch t := s.Type.(type) {
	case string:
		return t == kind
	case []any:
		return slices.Contains(t, any(kind))
	}
	return false
}

// wrong are values that are not of the schema's type.
func (s schema) wrong() []any {
	switch {
	case s.is("string"):
		return []any{7, true, map[string]any{}, []any{"x"}}
	case s.is("boolean"):
		return []any{"maybe", 7, []any{}}
	case s.is("integer"):
		return []any{"many", 1.5, map[string]any{}}
	case s.is("array"):
		return []any{"x", 7, map[string]any{"x": 1}}
	case s.is("object"):
		return []any{"x", 7, []any{}}
	}
	return nil
}

// badQueries sends a list rubbish to filter by.
func (m *matrix) badQueries(c *call) {
	m.t.Helper()
	if c.method != "GET" {
		return
	}
	for _, query := range []string{"limit=x", "limit=-1", "limit=1e9", "marker=" + strings.Repeat("f", 32), "name__nothing=x", "name__contains=%25%5f%00",
		"enabled=perhaps", "%ff=%ff", "a=" + strings.Repeat("b", 3000)} {
		q := *c
		with := *c.operation
		with.path += "?" + query
		q.operation = &with
		m.send("the query "+query[:min(len(query), 20)], &q, m.admin, nil)
	}
}
