package snapshot

import (
	"cmp"
	"slices"
	"strings"

	"github.com/lintel-id/lintel/internal/identity"
	"github.com/lintel-id/lintel/internal/snapshot/persist"
)

// An actor's grants are a set of texts: what kind of target (a letter, upper case when it is inherited to what is below),
// the target's id, grantSep, the role's id. So the grants on one target stand together, and equal texts of many actors
// can be one string. Users and groups are different actors, also with one id (CVE-2014-0204).
const grantSep = '\x1f' // not in any id: control characters are refused at the door

const (
	onProject      byte = 'p'
	belowProject   byte = 'P'
	onDomain       byte = 'd'
	belowDomain    byte = 'D'
	onSystem       byte = 's'
	belowTheSystem byte = 'S' // can be granted, and gives nothing
)

// locate is a target as the letter and the id of a grant's text.
func locate(t identity.Target, inherited bool) (letter byte, id string) {
	switch {
	case t.System:
		letter = onSystem
	case t.Domain != "":
		letter, id = onDomain, string(t.Domain)
	default:
		letter, id = onProject, string(t.Project)
	}
	if inherited {
		letter -= 'a' - 'A'
	}
	return letter, id
}

// appendGrant appends a grant's text.
func appendGrant(b []byte, a identity.Assignment) []byte {
	letter, id := locate(a.Target, a.Inherited)
	b = append(append(b, letter), id...)
	return append(append(b, grantSep), a.Role...)
}

// aside says where a grant's text stands: before those on a target (-1), among them (0), or after them (1).
func aside(text string, letter byte, id string) int {
	if text[0] != letter {
		return cmp.Compare(text[0], letter)
	}
	rest := text[1:]
	if c := cmp.Compare(rest[:min(len(rest), len(id))], id); c != 0 {
		return c
	}
	if len(rest) == len(id) {
		return -1
	}
	return cmp.Compare(rest[len(id)], grantSep)
}

// rolesAt appends the roles of the grants on one target, sorted by id.
func rolesAt(held []identity.RoleID, grants persist.Set[string], letter byte, id string) []identity.RoleID {
	var buf [4]string
	for _, text := range grants.Among(buf[:0], func(text string) int { return aside(text, letter, id) }) {
		held = append(held, identity.RoleID(text[len(id)+2:]))
	}
	return held
}

// Granted returns the roles granted to an actor on a target directly (or, inherited, to what
// is below it): what the grant routes show. Sorted by id.
func (m *Model) Granted(a identity.Actor, t identity.Target, inherited bool) []identity.RoleID {
	grants, _ := m.grants.Get(a)
	letter, id := locate(t, inherited)
	return rolesAt(nil, grants, letter, id)
}

// HasGrant says whether just this assignment exists.
func (m *Model) HasGrant(a identity.Assignment) bool {
	grants, _ := m.grants.Get(a.Actor)
	return grants.Has(string(appendGrant(nil, a)))
}

// EffectiveRoles returns the roles a user has on a target: granted to the user or a group of
// the user, on the target or inherited from above it, with all that they imply, without
// domain-specific roles. The result is shared when one grant makes all of it: do not write to it.
func (m *Model) EffectiveRoles(u identity.UserID, t identity.Target) []identity.RoleRef {
	var buf [8]identity.RoleID
	return m.roles.expand(m.heldRoles(buf[:0], u, t))
}

// heldRoles appends the granted roles before implication, perhaps with repetitions.
func (m *Model) heldRoles(held []identity.RoleID, u identity.UserID, t identity.Target) []identity.RoleID {
	held = m.heldBy(held, identity.Actor{User: u}, t)
	if groups, ok := m.groupsOf.Get(u); ok {
		return m.heldByGroups(held, groups, t)
	}
	return held
}

// heldByGroups is apart from heldRoles so that users without groups cost no allocation.
func (m *Model) heldByGroups(held []identity.RoleID, groups persist.Set[identity.GroupID], t identity.Target) []identity.RoleID {
	for g := range groups.All() {
		held = m.heldBy(held, identity.Actor{Group: g}, t)
	}
	return held
}

// heldBy appends what one actor holds on t, or above it with inheritance.
func (m *Model) heldBy(held []identity.RoleID, a identity.Actor, t identity.Target) []identity.RoleID {
	grants, ok := m.grants.Get(a)
	switch {
	case !ok:
		return held
	case t.System:
		return rolesAt(held, grants, onSystem, "")
	case t.Domain != "":
		return rolesAt(held, grants, onDomain, string(t.Domain))
	}
	held = rolesAt(held, grants, onProject, string(t.Project))
	for p := m.Project(t.Project); p != nil && p.ParentID != ""; {
		if p = m.Project(p.ParentID); p == nil {
			break
		}
		held = rolesAt(held, grants, belowProject, string(p.ID))
		if p.IsDomain {
			held = rolesAt(held, grants, belowDomain, string(p.ID))
		}
	}
	return held
}

// ProjectsOf returns the projects and domains on which a user has an effective role, in order
// of id: what /auth/projects and /auth/domains show.
func (m *Model) ProjectsOf(u identity.UserID) (projects []*identity.Project, domains []*identity.Project) {
	ids := map[identity.ProjectID]bool{}
	doms := map[identity.ProjectID]bool{}
	m.collectTargets(identity.Actor{User: u}, ids, doms)
	for g := range m.GroupsOf(u) {
		m.collectTargets(identity.Actor{Group: g}, ids, doms)
	}
	projects = m.existing(ids, func(p *identity.Project) bool {
		return len(m.EffectiveRoles(u, identity.Target{Project: p.ID})) > 0
	})
	domains = m.existing(doms, func(p *identity.Project) bool {
		return p.IsDomain && len(m.EffectiveRoles(u, identity.Target{Domain: identity.DomainID(p.ID)})) > 0
	})
	return projects, domains
}

func (m *Model) collectTargets(a identity.Actor, projects, domains map[identity.ProjectID]bool) {
	grants, _ := m.grants.Get(a)
	for text := range grants.All() {
		m.collectTarget(text[0], text[1:strings.IndexByte(text, grantSep)], projects, domains)
	}
}

// collectTarget adds what a grant on a target holds on.
func (m *Model) collectTarget(letter byte, target string, projects, domains map[identity.ProjectID]bool) {
	id := identity.ProjectID(target)
	switch letter {
	case onProject:
		projects[id] = true
	case onDomain:
		domains[id] = true
	case belowProject, belowDomain:
		for p := range m.Below(id) {
			projects[p] = true
		}
	}
}

func (m *Model) existing(ids map[identity.ProjectID]bool, keep func(*identity.Project) bool) []*identity.Project {
	out := make([]*identity.Project, 0, len(ids))
	for id := range ids {
		if p := m.Project(id); p != nil && keep(p) {
			out = append(out, p)
		}
	}
	slices.SortFunc(out, func(a, b *identity.Project) int { return cmp.Compare(a.ID, b.ID) })
	return out
}
