package core

import (
	"context"
	"slices"

	"github.com/lintel-id/lintel/internal/identity"
	"github.com/lintel-id/lintel/internal/policy"
	"github.com/lintel-id/lintel/internal/snapshot"
)

// AssignmentQuery lists role assignments. Effective shows them as they work instead of as they
// were granted: groups replaced by their users, inheritance and implication unrolled, domains'
// own roles and the system left out.
type AssignmentQuery struct {
	identity.AssignmentFilter
	Effective bool
	Subtree   bool // with Project: the projects below it too
	Names     bool // fill in RoleAssignment.Names
}

// RoleAssignment is a line of the list: who has a role where, and the grant that makes it so.
type RoleAssignment struct {
	Grant identity.Assignment
	Actor identity.Actor  // of an effective one always a user
	Scope identity.Target // where the role holds; of one not effective what it was granted on
	Role  identity.RoleID
	Prior identity.RoleID  // the role that implies Role directly; "" where Role itself was granted
	Names *AssignmentNames // nil unless asked for
}

func (q *AssignmentQuery) validate() error {
	switch {
	case q.Project != "" && q.Domain != "":
		return identity.Invalidf("Specify a domain or project, not both.")
	case q.System && q.Project != "":
		return identity.Invalidf("Specify system or project, not both.")
	case q.System && q.Domain != "":
		return identity.Invalidf("Specify system or domain, not both.")
	case q.User != "" && q.Group != "":
		return identity.Invalidf("Specify a user or group, not both.")
	case q.Effective && q.Group != "":
		return identity.Invalidf("Combining effective and group filter will always result in an empty list.")
	case q.Effective && q.Domain != "" && q.Inherited:
		return identity.Invalidf("Combining effective, domain and inherited filters will always result in an empty list.")
	case q.Subtree && q.Project == "":
		return identity.Invalidf("scope.project.id must be specified if include_subtree is also specified.")
	}
	return nil
}

// RoleAssignments lists role assignments; a domain-scoped caller sees those on its domain and on
// the projects of it.
func (c *Core) RoleAssignments(ctx context.Context, caller identity.Caller, q AssignmentQuery) ([]RoleAssignment, error) {
	if err := q.validate(); err != nil {
		return nil, err
	}
	s, err := c.fresh(ctx)
	if err != nil {
		return nil, err
	}
	l := assignmentList{s: s, q: &q, chains: map[identity.RoleID][]identity.Implication{}}
	if l.domain, err = c.enforceAssignments(s, caller, &q); err != nil {
		return nil, err
	}
	for _, f := range l.filters() {
		grants, err := c.Store.ListAssignments(ctx, f)
		if err != nil {
			return nil, err
		}
		for _, a := range grants {
			l.add(a)
		}
	}
	return l.out, nil
}

// enforceAssignments asks policy and returns the domain that the caller is confined to, or "".
// The tree of a project is judged by that project's domain; a domain acting as a project is in
// none, so that nobody gets at it as a reader of some domain (CVE-2026-80183).
func (c *Core) enforceAssignments(s *snapshot.Snapshot, caller identity.Caller, q *AssignmentQuery) (own identity.DomainID, err error) {
	if !q.Subtree {
		err = c.enforceList(caller, "identity:list_role_assignments", &own)
		return own, err
	}
	p := s.Project(q.Project)
	err = c.enforceOn(caller, "identity:list_role_assignments_for_tree", p != nil, func() []policy.Attr {
		return append(projectTarget(p), nullable("target.domain_id", p.DomainID))
	}, identity.Missing("project", q.Project))
	if err == nil && caller.Authorization != nil && caller.Domain != nil {
		own = identity.DomainID(caller.Domain.ID)
	}
	return own, err
}

// assignmentList is one list being made.
type assignmentList struct {
	s      *snapshot.Snapshot
	q      *AssignmentQuery
	domain identity.DomainID // only what is in it; "" for all
	chains map[identity.RoleID][]identity.Implication
	out    []RoleAssignment
}

// filters returns what to ask the rows for: at least all grants that can make a line.
func (l *assignmentList) filters() []identity.AssignmentFilter {
	f := l.q.AssignmentFilter
	if !l.q.Effective {
		if l.q.Subtree {
			f.Project = ""
		}
		return []identity.AssignmentFilter{f}
	}
	switch {
	case f.System:
		return nil
	case f.User != "":
		all := []identity.AssignmentFilter{{User: f.User}}
		for g := range l.s.GroupsOf(f.User) {
			all = append(all, identity.AssignmentFilter{Group: g})
		}
		return all
	case f.Project == "" || l.q.Subtree:
		return []identity.AssignmentFilter{{Domain: f.Domain}}
	}
	all := []identity.AssignmentFilter{{Project: f.Project}}
	for p := l.s.Project(f.Project); p != nil && p.ParentID != ""; p = l.s.Project(p.ParentID) {
		all = append(all, identity.AssignmentFilter{Project: p.ParentID, Inherited: true}, identity.AssignmentFilter{Domain: identity.DomainID(p.ParentID), Inherited: true})
	}
	return all
}

// add adds the lines that a grant makes.
func (l *assignmentList) add(a identity.Assignment) {
	if !l.q.Effective {
		if l.wanted(a.Target) {
			l.line(RoleAssignment{Grant: a, Actor: a.Actor, Scope: a.Target, Role: a.Role})
		}
		return
	}
	if a.Target.System || l.q.Inherited && !a.Inherited {
		return
	}
	scopes := l.scopes(a)
	if len(scopes) == 0 {
		return
	}
	roles := l.roles(a.Role)
	for u := range l.s.UsersOf(a.Actor) {
		if l.q.User != "" && l.q.User != u {
			continue
		}
		for _, scope := range scopes {
			for _, r := range roles {
				l.line(RoleAssignment{Grant: a, Actor: identity.Actor{User: u}, Scope: scope, Role: r.Implied, Prior: r.Prior})
			}
		}
	}
}

// wanted says whether the query asks about a target.
func (l *assignmentList) wanted(t identity.Target) bool {
	switch {
	case l.q.Project != "":
		return t.Project == l.q.Project || l.q.Subtree && l.isBelow(t.Project, l.q.Project)
	case l.q.Domain != "":
		return t.Domain == l.q.Domain
	}
	return true
}

// scopes returns where a grant holds, of what the query asks about.
func (l *assignmentList) scopes(a identity.Assignment) []identity.Target {
	if !a.Inherited {
		if !l.wanted(a.Target) {
			return nil
		}
		return []identity.Target{a.Target}
	}
	top := topOf(a.Target)
	var on []identity.Target
	if l.q.Project != "" && !l.q.Subtree { // without a walk through all that is below top
		if l.isBelow(l.q.Project, top) {
			on = append(on, identity.Target{Project: l.q.Project})
		}
		return on
	}
	for p := range l.s.Below(top) {
		if t := (identity.Target{Project: p}); l.wanted(t) {
			on = append(on, t)
		}
	}
	return on
}

// topOf is a project or domain as the project it is, above what inherits from it.
func topOf(t identity.Target) identity.ProjectID {
	if t.Domain != "" {
		return identity.ProjectID(t.Domain)
	}
	return t.Project
}

func (l *assignmentList) isBelow(id, top identity.ProjectID) bool {
	for p := l.s.Project(id); p != nil && p.ParentID != ""; p = l.s.Project(p.ParentID) {
		if p.ParentID == top {
			return true
		}
	}
	return false
}

// roles returns the global roles that holding a role gives, nearest first, each once and with
// the role that implies it: none for the role itself.
func (l *assignmentList) roles(granted identity.RoleID) []identity.Implication {
	if chain, done := l.chains[granted]; done {
		return chain
	}
	reached := []identity.Implication{{Implied: granted}}
	for at := 0; at < len(reached); at++ {
		prior := reached[at].Implied
		for _, id := range l.s.ImpliedBy(prior) {
			if !slices.ContainsFunc(reached, func(i identity.Implication) bool { return i.Implied == id }) {
				reached = append(reached, identity.Implication{Prior: prior, Implied: id})
			}
		}
	}
	l.chains[granted] = slices.DeleteFunc(reached, func(i identity.Implication) bool {
		r := l.s.Role(i.Implied)
		return r == nil || r.DomainID != "" || l.q.Role != "" && l.q.Role != i.Implied
	})
	return l.chains[granted]
}

// line adds a line unless it is outside of what the caller may see.
func (l *assignmentList) line(a RoleAssignment) {
	if l.domain != "" {
		p := l.s.Project(topOf(a.Scope))
		if p == nil || p.OwnDomain() != l.domain {
			return
		}
	}
	if l.q.Names {
		a.Names = &AssignmentNames{Actor: l.actorNames(a.Actor), Scope: l.scopeNames(a.Scope), Role: l.roleNames(a.Role)}
	}
	l.out = append(l.out, a)
}
