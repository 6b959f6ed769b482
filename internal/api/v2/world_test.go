package v2_test

import (
	"context"
	"testing"
	"time"

	"github.com/lintel-id/lintel/internal/config"
	"github.com/lintel-id/lintel/internal/identity"
	"github.com/lintel-id/lintel/internal/server/servertest"
)

// operator makes what a test needs without asking policy.
var operator = identity.Caller{Local: true}

const userPassword = "user-Pass-1"

// cloud is a running server with one tenant and one member in it.
type cloud struct {
	*servertest.Env
	t      testing.TB
	tenant identity.ProjectID
	user   identity.UserID
}

func start(t testing.TB, o servertest.Options) *cloud {
	t.Helper()
	c := &cloud{Env: servertest.Start(t, o), t: t}
	c.tenant = c.newProject(identity.ProjectSpec{Name: "tenant"})
	c.user = c.newUser(identity.UserSpec{Name: "user"})
	c.grant(c.user, c.tenant, "member")
	return c
}

func configured(change func(*config.Config)) servertest.Options {
	return servertest.Options{Config: change}
}

// stopped is a clock that always says the same second.
func stopped() func() time.Time {
	now := time.Date(2026, 4, 29, 3, 32, 28, 405_000, time.UTC)
	return func() time.Time { return now }
}

func (c *cloud) must(err error) {
	c.t.Helper()
	if err != nil {
		c.t.Fatal(err)
	}
}

func (c *cloud) newDomain(name string) identity.DomainID {
	c.t.Helper()
	d, err := c.Core.CreateDomain(context.Background(), operator, identity.ProjectSpec{Name: name, Enabled: true, IsDomain: true})
	c.must(err)
	return identity.DomainID(d.ID)
}

func (c *cloud) newProject(spec identity.ProjectSpec) identity.ProjectID {
	c.t.Helper()
	if spec.DomainID == "" {
		spec.DomainID = identity.DefaultDomainID
	}
	spec.Enabled = true
	p, err := c.Core.CreateProject(context.Background(), operator, spec)
	c.must(err)
	return p.ID
}

func (c *cloud) newUser(spec identity.UserSpec) identity.UserID {
	c.t.Helper()
	if spec.DomainID == "" {
		spec.DomainID = identity.DefaultDomainID
	}
	spec.Enabled, spec.Password = true, identity.NewSecret(userPassword)
	u, err := c.Core.CreateUser(context.Background(), operator, spec)
	c.must(err)
	return u.ID
}

// grant gives the role of that name, made when there is none, and returns its id.
func (c *cloud) grant(u identity.UserID, p identity.ProjectID, role string) identity.RoleID {
	c.t.Helper()
	ctx := context.Background()
	roles, err := c.Core.Roles(ctx, operator, identity.RoleFilter{Name: role})
	c.must(err)
	if len(roles) == 0 {
		roles = make([]*identity.Role, 1)
		roles[0], err = c.Core.CreateRole(ctx, operator, identity.RoleSpec{Name: role})
		c.must(err)
	}
	c.must(c.Core.GrantRole(ctx, operator, identity.Assignment{Actor: identity.Actor{User: u}, Target: identity.Target{Project: p}, Role: roles[0].ID}))
	return roles[0].ID
}

// newService makes a service with endpoints: region, interface and URL of each.
func (c *cloud) newService(kind, name string, endpoints ...[3]string) {
	c.t.Helper()
	ctx := context.Background()
	s, err := c.Core.CreateService(ctx, operator, identity.ServiceSpec{Type: kind, Name: name, Enabled: true})
	c.must(err)
	for _, e := range endpoints {
		region := identity.RegionID(e[0])
		if _, err = c.Core.Region(ctx, operator, region); identity.KindOf(err) == identity.NotFound {
			_, err = c.Core.CreateRegion(ctx, operator, identity.RegionSpec{ID: region})
			c.must(err)
		}
		_, err = c.Core.CreateEndpoint(ctx, operator, identity.EndpointSpec{ServiceID: s.ID, RegionID: region, Interface: identity.Interface(e[1]), URL: e[2], Enabled: true})
		c.must(err)
	}
}

// dropCatalog removes the services that bootstrap made.
func (c *cloud) dropCatalog() {
	c.t.Helper()
	services, err := c.Core.Services(context.Background(), operator, identity.ServiceFilter{})
	c.must(err)
	for _, s := range services {
		c.must(c.Core.DeleteService(context.Background(), operator, s.ID))
	}
}

// auth is the body of POST /v2.0/tokens.
func auth[ID ~string](tenant ID, username, password string) map[string]any {
	in := map[string]any{"passwordCredentials": map[string]any{"username": username, "password": password}}
	if tenant != "" {
		in["tenantId"] = tenant
	}
	return map[string]any{"auth": in}
}

func (c *cloud) login(body any) *servertest.Response {
	c.t.Helper()
	return c.Do("POST", "/v2.0/tokens", "", body)
}

// token returns a v2.0 token of the user in the tenant.
func (c *cloud) token() string {
	c.t.Helper()
	return c.login(auth(c.tenant, "user", userPassword)).Want(200).Text("access.token.id")
}

// v3Token returns a v3 token of a user in the tenant.
func (c *cloud) v3Token(u identity.UserID) string {
	c.t.Helper()
	return c.Login(servertest.PasswordAuth(string(u), userPassword, servertest.Project(string(c.tenant))))
}

// valid asks v3 and v2.0 about a token, which must agree: 200 or 404.
func (c *cloud) valid(token string) bool {
	c.t.Helper()
	admin := c.AdminToken()
	v3 := c.Do("GET", "/v3/auth/tokens", admin, nil, "X-Subject-Token", token)
	v2 := c.Do("GET", "/v2.0/tokens/"+token, admin, nil)
	if v2.Status != v3.Status || v2.Status != 200 && v2.Status != 404 {
		c.t.Fatalf("v3 says %d, v2.0 says %d: %s", v3.Status, v2.Status, v2.Body)
	}
	return v2.Status == 200
}

func (c *cloud) wantValid(token string, want bool, what string) {
	c.t.Helper()
	if c.valid(token) != want {
		c.t.Errorf("%s: valid is %v, want %v", what, !want, want)
	}
}
