package core

import (
	"context"

	"github.com/lintel-id/lintel/internal/identity"
)

// Bootstrap says what a new cloud begins with, in the words of keystone-manage bootstrap.
type Bootstrap struct {
	Username string
	Password identity.Secret
	Project  string
	Role     string // of the administrator

	Service                          string // name of the identity service
	Region                           identity.RegionID
	PublicURL, InternalURL, AdminURL string // "" makes no endpoint
	MutableRoles                     bool   // leaves the basic roles changeable
}

// Bootstrapped is what Bootstrap found or made.
type Bootstrapped struct {
	User    identity.UserID
	Project identity.ProjectID
	Changed bool
}

// Bootstrap makes what is missing of: the default domain, the roles admin, manager, member,
// reader and service with their implications, the administrator with the role on its project
// and on the system, the identity service and its endpoints. Run again it changes nothing,
// but sets the administrator's password when another one is given. Without one, an existing
// administrator keeps the old.
func (c *Core) Bootstrap(ctx context.Context, b Bootstrap) (out Bootstrapped, err error) {
	if b.Password.Empty() && !c.HasUser(b.Username) {
		return out, identity.Invalidf("A password for the administrator is needed.")
	}
	hash, err := c.bootstrapHash(ctx, b)
	if err != nil {
		return out, err
	}
	before := c.Live.Current().Rev
	err = c.update(ctx, identity.Caller{Local: true}, func(w *write) error {
		s := seeder{ctx: ctx, w: w, core: c}
		domain := s.domain(c.Settings.DefaultDomain, "Default")
		roles := s.basicRoles(b.Role, !b.MutableRoles)
		out.Project = s.project(domain, b.Project, "Bootstrap project for initializing the cloud.")
		out.User = s.user(domain, b.Username, hash)
		s.grant(out.User, identity.Target{Project: out.Project}, roles[b.Role])
		s.grant(out.User, identity.Target{System: true}, roles[b.Role])
		s.identityService(b)
		return s.err
	})
	out.Changed = c.Live.Current().Rev != before
	return out, err
}

// HasUser says whether the default domain has a user of that name. It is the operator's
// question: no policy is asked.
func (c *Core) HasUser(name string) bool {
	return c.Live.Current().UserByName(c.Settings.DefaultDomain, name) != nil
}

// bootstrapHash hashes the password, unless the administrator has it already.
func (c *Core) bootstrapHash(ctx context.Context, b Bootstrap) (string, error) {
	if b.Password.Empty() {
		return "", nil
	}
	u := c.Live.Current().UserByName(c.Settings.DefaultDomain, b.Username)
	if u != nil {
		row, err := c.Store.CurrentPassword(ctx, u.ID, identity.LoginPassword)
		if err == nil {
			same, _, err := c.Passwords.Verify(ctx, row.Hash, b.Password.Reveal())
			if err != nil || same {
				return "", err
			}
		}
	}
	return c.hashChosen(ctx, identity.Some(b.Password))
}

// seeder makes what is missing inside one transaction. After the first error it does nothing.
// It looks only at the model the transaction began with: it never makes a thing twice.
type seeder struct {
	ctx  context.Context
	w    *write
	core *Core
	err  error
}

func (s *seeder) do(err error) {
	if s.err == nil {
		s.err = err
	}
}

func (s *seeder) domain(id identity.DomainID, name string) identity.DomainID {
	if s.err == nil && s.w.model.Domain(id) == nil {
		s.do(s.w.InsertProject(s.ctx, &identity.Project{ID: identity.ProjectID(id), Name: name, Description: "The default domain", Enabled: true, IsDomain: true}))
	}
	return id
}

func (s *seeder) project(domain identity.DomainID, name, description string) identity.ProjectID {
	if p := s.w.model.ProjectByName(domain, name); p != nil {
		return p.ID
	}
	p := &identity.Project{ID: identity.ProjectID(identity.NewID()), DomainID: domain, ParentID: identity.ProjectID(domain), Name: name, Description: description, Enabled: true}
	if s.err == nil {
		s.do(s.w.InsertProject(s.ctx, p))
	}
	return p.ID
}

// user makes a user, or gives an existing one the password of hash; "" leaves it as it is.
func (s *seeder) user(domain identity.DomainID, name, hash string) identity.UserID {
	set := s.core.replacePassword
	u := s.w.model.UserByName(domain, name)
	if u == nil {
		u = &identity.User{ID: identity.UserID(identity.NewID()), DomainID: domain, Name: name, Enabled: true, CreatedAt: s.core.Now().UTC()}
		set = s.core.firstPassword
		if s.err == nil {
			s.do(s.w.InsertUser(s.ctx, u))
		}
	}
	if s.err == nil && s.core.inactive(u, s.core.Now()) {
		s.do(s.w.NoteActive(s.ctx, u.ID, day(s.core.Now()))) // the way back for who could let nobody in
	}
	if hash != "" && s.err == nil {
		_, err := set(s.ctx, s.w, u, identity.LoginPassword, hash, byOperator)
		s.do(err)
	}
	return u.ID
}

// basicRoles makes Keystone's roles and their implications, and the administrator's role if
// that has another name.
func (s *seeder) basicRoles(admin string, immutable bool) map[string]identity.RoleID {
	ids := map[string]identity.RoleID{}
	for _, name := range []string{identity.RoleAdmin, identity.RoleManager, identity.RoleMember, identity.RoleReader, identity.RoleService, admin} {
		if ids[name] == "" {
			ids[name] = s.role(name, immutable)
		}
	}
	s.implies(ids, identity.RoleAdmin, identity.RoleManager)
	s.implies(ids, identity.RoleManager, identity.RoleMember)
	s.implies(ids, identity.RoleMember, identity.RoleReader)
	return ids
}

func (s *seeder) role(name string, immutable bool) identity.RoleID {
	if r := s.w.model.RoleByName("", name); r != nil {
		return r.ID
	}
	r := &identity.Role{ID: identity.RoleID(identity.NewID()), Name: name}
	if immutable {
		r.Options.Immutable = &immutable
	}
	if s.err == nil {
		s.do(s.w.InsertRole(s.ctx, r))
	}
	return r.ID
}

func (s *seeder) implies(ids map[string]identity.RoleID, prior, implied string) {
	i := identity.Implication{Prior: ids[prior], Implied: ids[implied]}
	if s.err == nil && !s.w.model.Implies(i) {
		s.do(s.w.AddImplication(s.ctx, i))
	}
}

func (s *seeder) grant(user identity.UserID, on identity.Target, role identity.RoleID) {
	a := identity.Assignment{Actor: identity.Actor{User: user}, Target: on, Role: role}
	if s.err == nil && !s.w.model.HasGrant(a) {
		s.do(s.w.AddAssignment(s.ctx, a))
	}
}

// identityService loads the catalog of the identity service alone.
func (s *seeder) identityService(b Bootstrap) {
	if s.err != nil {
		return
	}
	var spec identity.CatalogSpec
	if b.Region != "" {
		spec.Regions = []identity.RegionSpec{{ID: b.Region}}
	}
	service := identity.CatalogServiceSpec{ServiceSpec: identity.ServiceSpec{Type: "identity", Name: b.Service, Enabled: true}}
	for of, url := range map[identity.Interface]string{identity.PublicInterface: b.PublicURL, identity.InternalInterface: b.InternalURL, identity.AdminInterface: b.AdminURL} {
		if url != "" {
			service.Endpoints = append(service.Endpoints, identity.EndpointSpec{Interface: of, RegionID: b.Region, URL: url, Enabled: true})
		}
	}
	spec.Services = append(spec.Services, service)
	if s.do(spec.Validate()); s.err != nil {
		return
	}
	l := loader{write: s.w, made: map[identity.RegionID]bool{}}
	s.do(l.load(s.ctx, &spec))
}
