package cli

import (
	"context"

	"github.com/lintel-id/lintel/internal/core"
	"github.com/lintel-id/lintel/internal/identity"
)

// devSeed makes the cloud of dev mode. Run again on a cloud that is there, it makes only what
// is missing.
type devSeed struct {
	state   *devState
	catalog identity.CatalogSpec
	given   string // administrator's password, "" for a generated one
}

// operator is the caller of dev mode: whoever sits at the machine.
var operator = identity.Caller{Local: true}

func (d *devSeed) plant(ctx context.Context, c *core.Core) error {
	known := d.state.AdminPassword != "" && (d.given == "" || d.given == d.state.AdminPassword) && c.HasUser("admin")
	switch {
	case d.given != "":
		d.state.AdminPassword = d.given
	case d.state.AdminPassword == "":
		d.state.AdminPassword = randomPassword().Reveal()
	}
	if d.state.DemoPassword == "" {
		d.state.DemoPassword = randomPassword().Reveal()
	}
	b := core.Bootstrap{Username: "admin", Password: identity.NewSecret(d.state.AdminPassword), Project: "admin", Role: identity.RoleAdmin, Service: "keystone"}
	if known {
		b.Password = identity.Secret{} // it is set: verifying it would only slow the start
	}
	if _, err := c.Bootstrap(ctx, b); err != nil {
		return err
	}
	if _, err := c.LoadCatalog(ctx, operator, d.catalog); err != nil {
		return err
	}
	if err := d.demoUser(ctx, c); err != nil {
		return err
	}
	return d.demoCredentials(ctx, c)
}

// region is where clients look for the identity service.
func (d *devSeed) region() identity.RegionID {
	for _, s := range d.catalog.Services {
		if s.Type == "identity" && len(s.Endpoints) > 0 {
			return s.Endpoints[0].RegionID
		}
	}
	return ""
}

// demoUser makes the project and the user demo, member of it.
func (d *devSeed) demoUser(ctx context.Context, c *core.Core) error {
	if _, err := c.Project(ctx, operator, d.state.DemoProject); err != nil {
		p, err := c.CreateProject(ctx, operator, identity.ProjectSpec{Name: "demo", Description: "A project to try things in.", Enabled: true})
		if err != nil {
			return err
		}
		d.state.DemoProject = p.ID
	}
	if _, err := c.User(ctx, operator, d.state.DemoUser); err != nil {
		u, err := c.CreateUser(ctx, operator, identity.UserSpec{Name: "demo", Enabled: true, DefaultProjectID: d.state.DemoProject, Password: identity.NewSecret(d.state.DemoPassword)})
		if err != nil {
			return err
		}
		d.state.DemoUser = u.ID
	}
	roles, err := c.Roles(ctx, operator, identity.RoleFilter{Name: identity.RoleMember})
	if err != nil {
		return err
	}
	return c.GrantRole(ctx, operator, identity.Assignment{Actor: identity.Actor{User: d.state.DemoUser}, Target: identity.Target{Project: d.state.DemoProject}, Role: roles[0].ID})
}

// demoCredentials makes demo's application credential and EC2 key, as demo itself would.
func (d *devSeed) demoCredentials(ctx context.Context, c *core.Core) error {
	if d.state.Secret != "" && d.state.SecretKey != "" {
		return nil
	}
	text, _, err := c.IssueToken(ctx, identity.AuthRequest{Methods: []string{identity.MethodPassword},
		Password: &identity.PasswordProof{User: identity.UserRef{ID: d.state.DemoUser}, Password: identity.NewSecret(d.state.DemoPassword)},
		Scope:    identity.ScopeRequest{Kind: identity.ScopeProject, ProjectID: d.state.DemoProject}})
	if err != nil {
		return err
	}
	demo, err := c.Authenticate(ctx, text)
	if err != nil {
		return err
	}
	ac, secret, err := c.CreateApplicationCredential(ctx, demo, d.state.DemoUser, identity.ApplicationCredentialSpec{Name: "dev-demo", Description: "Made by lintel dev."})
	if err != nil {
		return err
	}
	d.state.Credential, d.state.Secret = ac.ID, secret.Reveal()
	key, err := c.CreateEC2Key(ctx, demo, d.state.DemoUser, d.state.DemoProject)
	if err != nil {
		return err
	}
	d.state.Access, d.state.SecretKey = key.Access, key.Secret.Reveal()
	return nil
}
