package core

import (
	"github.com/lintel-id/lintel/internal/identity"
	"github.com/lintel-id/lintel/internal/snapshot"
)

// scope sets the token's scope to what the request asks for. Whether the user has a role there
// is authorize's question. An unknown scope fails like a wrong password does.
func (c *Core) scope(s *snapshot.Snapshot, t *identity.Token, req *identity.AuthRequest) error {
	switch req.Scope.Kind {
	case identity.ScopeNone:
	case identity.ScopeDefault:
		t.ProjectID = c.defaultProject(s, t.UserID, req.V2)
	case identity.ScopeProject:
		p := findProject(s, req.Scope)
		if p == nil {
			return identity.Unauthenticated("the project of the scope does not exist")
		}
		t.ProjectID = p.ID
	case identity.ScopeDomain:
		d := findDomain(s, req.Scope.Domain)
		if d == nil {
			return identity.Unauthenticated("the domain of the scope does not exist")
		}
		t.DomainID = identity.DomainID(d.ID)
	case identity.ScopeSystem:
		t.System = true
	case identity.ScopeTrust:
		return c.scopeTrust(s, t, req.Scope.TrustID)
	}
	return nil
}

// defaultProject is the user's default project if it can be a scope just now, else "". The
// v2.0 API has no default: without a tenant its tokens are unscoped.
func (c *Core) defaultProject(s *snapshot.Snapshot, id identity.UserID, v2 bool) identity.ProjectID {
	u := s.User(id)
	if u == nil || u.DefaultProjectID == "" || v2 {
		return ""
	}
	a := &identity.Authorization{User: u, Token: &identity.Token{UserID: id, ProjectID: u.DefaultProjectID}}
	if liveScope(s, a) != "" || len(a.Roles) == 0 {
		return ""
	}
	return u.DefaultProjectID
}

func findDomain(s *snapshot.Snapshot, ref identity.DomainRef) *identity.Project {
	if ref.ID != "" {
		return s.Domain(ref.ID)
	}
	return s.DomainByName(ref.Name)
}

func findUser(s *snapshot.Snapshot, ref identity.UserRef) *identity.User {
	if ref.ID != "" {
		return s.User(ref.ID)
	}
	d := findDomain(s, ref.Domain)
	if d == nil {
		return nil
	}
	return s.UserByName(identity.DomainID(d.ID), ref.Name)
}

// findProject finds the project a scope names. A v2.0 tenant name has no domain: it is the
// default one's, which the face fills in.
func findProject(s *snapshot.Snapshot, r identity.ScopeRequest) *identity.Project {
	if r.ProjectID != "" {
		return s.Project(r.ProjectID)
	}
	d := findDomain(s, r.Domain)
	if d == nil {
		return nil
	}
	return s.ProjectByName(identity.DomainID(d.ID), r.ProjectName)
}
