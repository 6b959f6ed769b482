package snapshot

import (
	"cmp"
	"slices"

	"github.com/lintel-id/lintel/internal/identity"
	"github.com/lintel-id/lintel/internal/snapshot/persist"
)

// grantKey finds the roles that one actor was granted on one target in one way. The kinds are
// part of the key: a user and a group with one id are two actors (CVE-2014-0204).
type grantKey struct {
	actor, target string
	group         bool
	kind          targetKind
	inherited     bool
}

type targetKind uint8

const (
	onProject targetKind = iota
	onDomain
	onSystem
)

func keyOf(a identity.Actor, t identity.Target, inherited bool) grantKey {
	k := grantKey{actor: string(a.User), inherited: inherited}
	if a.Group != "" {
		k.actor, k.group = string(a.Group), true
	}
	switch {
	case t.System:
		k.kind = onSystem
	case t.Domain != "":
		k.kind, k.target = onDomain, string(t.Domain)
	default:
		k.target = string(t.Project)
	}
	return k
}

// targetText is a target as an element of targetsOf: a letter for its kind (upper case when
// inherited) and its id.
func targetText(t identity.Target, inherited bool) string {
	switch {
	case t.System:
		return "s"
	case t.Domain != "" && inherited:
		return "D" + string(t.Domain)
	case t.Domain != "":
		return "d" + string(t.Domain)
	case inherited:
		return "P" + string(t.Project)
	}
	return "p" + string(t.Project)
}

// Granted returns the roles granted to an actor on a target directly (or, inherited, to what
// is below it): what the grant routes show. Sorted by id.
func (m *Model) Granted(a identity.Actor, t identity.Target, inherited bool) []identity.RoleID {
	return m.grantedAt(keyOf(a, t, inherited))
}

// HasGrant says whether just this assignment exists.
func (m *Model) HasGrant(a identity.Assignment) bool {
	_, found := slices.BinarySearch(m.Granted(a.Actor, a.Target, a.Inherited), a.Role)
	return found
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
	held = m.heldBy(held, string(u), false, t)
	if groups, ok := m.groupsOf.Get(u); ok {
		return m.heldByGroups(held, groups, t)
	}
	return held
}

// heldByGroups is apart from heldRoles so that users without groups cost no allocation.
func (m *Model) heldByGroups(held []identity.RoleID, groups persist.Set[identity.GroupID], t identity.Target) []identity.RoleID {
	for g := range groups.All() {
		held = m.heldBy(held, string(g), true, t)
	}
	return held
}

// heldBy appends what one actor holds on t, or above it with inheritance.
func (m *Model) heldBy(held []identity.RoleID, actor string, group bool, t identity.Target) []identity.RoleID {
	k := grantKey{actor: actor, group: group}
	switch {
	case t.System:
		k.kind = onSystem
		return append(held, m.grantedAt(k)...)
	case t.Domain != "":
		k.kind, k.target = onDomain, string(t.Domain)
		return append(held, m.grantedAt(k)...)
	}
	k.target = string(t.Project)
	held = append(held, m.grantedAt(k)...)
	k.inherited = true
	p := m.Project(t.Project)
	for p != nil && p.ParentID != "" {
		if p = m.Project(p.ParentID); p == nil {
			break
		}
		k.kind, k.target = onProject, string(p.ID)
		held = append(held, m.grantedAt(k)...)
		if p.IsDomain {
			k.kind = onDomain
			held = append(held, m.grantedAt(k)...)
		}
	}
	return held
}

func (m *Model) grantedAt(k grantKey) []identity.RoleID {
	r, _ := m.grants.Get(k)
	return r
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
	s, _ := m.targetsOf.Get(a)
	for t := range s.All() {
		m.collectTarget(t, projects, domains)
	}
}

// collectTarget adds what a grant on the target that a targetText stands for holds on.
func (m *Model) collectTarget(text string, projects, domains map[identity.ProjectID]bool) {
	id := identity.ProjectID(text[1:])
	switch text[0] {
	case 'p':
		projects[id] = true
	case 'd':
		domains[id] = true
	case 'P', 'D':
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
