package core

import "github.com/lintel-id/lintel/internal/identity"

// AssignmentNames are the names of what a RoleAssignment joins.
type AssignmentNames struct{ Actor, Scope, Role Named }

// Named is the name of an object and of its domain; empty for what is gone or has no domain.
type Named struct {
	Name       string
	DomainID   identity.DomainID
	DomainName string
}

func (l *assignmentList) actorNames(a identity.Actor) Named {
	if g := l.s.Group(a.Group); g != nil {
		return l.named(g.Name, g.DomainID)
	}
	if u := l.s.User(a.User); u != nil {
		return l.named(u.Name, u.DomainID)
	}
	return Named{}
}

func (l *assignmentList) scopeNames(t identity.Target) Named {
	p := l.s.Project(topOf(t))
	switch {
	case p == nil:
		return Named{}
	case t.Domain != "":
		return Named{Name: p.Name}
	}
	return l.named(p.Name, p.OwnDomain())
}

func (l *assignmentList) roleNames(id identity.RoleID) Named {
	if r := l.s.Role(id); r != nil {
		return l.named(r.Name, r.DomainID)
	}
	return Named{}
}

func (l *assignmentList) named(name string, domain identity.DomainID) Named {
	n := Named{Name: name, DomainID: domain}
	if d := l.s.Domain(domain); d != nil {
		n.DomainName = d.Name
	}
	return n
}
