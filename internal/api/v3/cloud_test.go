package v3_test

import (
	"strings"
	"testing"

	"github.com/lintel-id/lintel/internal/server/servertest"
)

// cloud is a server, its administrator's token, and the words that the stories about roles are
// told in. Whatever it makes, the administrator makes.
type cloud struct {
	*servertest.Env
	t     *testing.T
	admin string
}

const cloudPassword = "cloud-Pass-1"

func startCloud(t *testing.T, o servertest.Options) *cloud {
	env := servertest.Start(t, o)
	return &cloud{env, t, env.AdminToken()}
}

// post makes a resource and returns its id.
func (c *cloud) post(path, noun string, body map[string]any) string {
	c.t.Helper()
	return c.Do("POST", path, c.admin, map[string]any{noun: body}).Want(201).Text(noun + ".id")
}

func (c *cloud) domain(name string) string {
	c.t.Helper()
	return c.post("/v3/domains", "domain", map[string]any{"name": name})
}

// project makes a project below a parent, which may be a domain.
func (c *cloud) project(name, parent string) string {
	c.t.Helper()
	return c.post("/v3/projects", "project", map[string]any{"name": name, "parent_id": parent})
}

func (c *cloud) user(name, domain string) string {
	c.t.Helper()
	return c.post("/v3/users", "user", map[string]any{"name": name, "domain_id": domain, "password": cloudPassword})
}

func (c *cloud) group(name, domain string) string {
	c.t.Helper()
	return c.post("/v3/groups", "group", map[string]any{"name": name, "domain_id": domain})
}

// newRole makes a role: a global one, or the given domain's own.
func (c *cloud) newRole(name, domain string) string {
	c.t.Helper()
	body := map[string]any{"name": name}
	if domain != "" {
		body["domain_id"] = domain
	}
	return c.post("/v3/roles", "role", body)
}

// role finds one of the roles that bootstrap made.
func (c *cloud) role(name string) string {
	c.t.Helper()
	return c.Do("GET", "/v3/roles?name="+name, c.admin, nil).Want(200).Text("roles.0.id")
}

func (c *cloud) put(path ...string) {
	c.t.Helper()
	c.Do("PUT", "/v3/"+strings.Join(path, "/"), c.admin, nil).Want(204)
}

func (c *cloud) del(path ...string) {
	c.t.Helper()
	c.Do("DELETE", "/v3/"+strings.Join(path, "/"), c.admin, nil).Want(204)
}

// imply lets a role imply another.
func (c *cloud) imply(prior, implied string) {
	c.t.Helper()
	c.Do("PUT", "/v3/roles/"+prior+"/implies/"+implied, c.admin, nil).Want(201)
}

func (c *cloud) login(user string, scope any) string {
	c.t.Helper()
	return c.Login(servertest.PasswordAuth(user, cloudPassword, scope))
}

// mayNotLogin says that the user gets no token for a scope.
func (c *cloud) mayNotLogin(user string, scope any) {
	c.t.Helper()
	c.Do("POST", "/v3/auth/tokens", "", servertest.PasswordAuth(user, cloudPassword, scope)).Want(401)
}

func (c *cloud) validate(token string) *servertest.Response {
	c.t.Helper()
	return c.Do("GET", "/v3/auth/tokens", c.admin, nil, "X-Subject-Token", token)
}

// alive says that a token is good and has just these roles.
func (c *cloud) alive(token, roles string) {
	c.t.Helper()
	if got := roleNames(c.validate(token).Want(200), "token.roles"); got != roles {
		c.t.Fatalf("the token has the roles %q, want %q", got, roles)
	}
}

// dead says that a token is good for nothing: to the services and for its holder.
func (c *cloud) dead(token string) {
	c.t.Helper()
	c.validate(token).Want(404)
	c.Do("GET", "/v3/auth/projects", token, nil).Want(401)
}
