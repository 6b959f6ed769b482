package snapshot

import (
	"cmp"
	"maps"
	"slices"

	"github.com/lintel-id/lintel/internal/identity"
)

// roleGraph is the roles and what they imply. A cloud has tens of them, so a change of one
// copies all; it is assignments, of which there are millions, that must not.
type roleGraph struct {
	byID    map[identity.RoleID]*identity.Role
	byName  map[nameKey]identity.RoleID
	implies map[identity.RoleID]map[identity.RoleID]bool
	closure map[identity.RoleID][]identity.RoleRef // shown roles reached from a role, by name
}

func (g *roleGraph) clone() *roleGraph {
	n := &roleGraph{byID: map[identity.RoleID]*identity.Role{}, byName: map[nameKey]identity.RoleID{}, implies: map[identity.RoleID]map[identity.RoleID]bool{}}
	if g == nil {
		return n
	}
	maps.Copy(n.byID, g.byID)
	maps.Copy(n.byName, g.byName)
	for id, set := range g.implies {
		n.implies[id] = maps.Clone(set)
	}
	return n
}

func (g *roleGraph) set(id identity.RoleID, r *identity.Role) {
	if old := g.byID[id]; old != nil {
		if k := (nameKey{old.DomainID, old.Name}); g.byName[k] == id {
			delete(g.byName, k)
		}
	}
	if r == nil {
		delete(g.byID, id)
		return
	}
	g.byID[id] = r
	g.byName[nameKey{r.DomainID, r.Name}] = id
}

func (g *roleGraph) setImplication(i identity.Implication, on bool) {
	if !on {
		delete(g.implies[i.Prior], i.Implied)
		if len(g.implies[i.Prior]) == 0 {
			delete(g.implies, i.Prior)
		}
		return
	}
	if g.implies[i.Prior] == nil {
		g.implies[i.Prior] = map[identity.RoleID]bool{}
	}
	g.implies[i.Prior][i.Implied] = true
}

// fold computes the closures anew.
func (g *roleGraph) fold() {
	g.closure = make(map[identity.RoleID][]identity.RoleRef, len(g.byID))
	for id := range g.byID {
		reached := map[identity.RoleID]bool{}
		g.reach(id, reached)
		g.closure[id] = g.shown(reached)
	}
}

func (g *roleGraph) reach(id identity.RoleID, into map[identity.RoleID]bool) {
	if into[id] || g.byID[id] == nil {
		return
	}
	into[id] = true
	for i := range g.implies[id] {
		g.reach(i, into)
	}
}

// shown returns the global roles of a set, in order of name.
func (g *roleGraph) shown(set map[identity.RoleID]bool) []identity.RoleRef {
	out := make([]identity.RoleRef, 0, len(set))
	for id := range set {
		if r := g.byID[id]; r != nil && r.DomainID == "" {
			out = append(out, identity.RoleRef{ID: id, Name: r.Name})
		}
	}
	slices.SortFunc(out, byName)
	return slices.Clip(out)
}

func byName(a, b identity.RoleRef) int { return cmp.Compare(a.Name, b.Name) }

// expand returns held with all they imply, each once, in order of name.
func (g *roleGraph) expand(held []identity.RoleID) []identity.RoleRef {
	if g == nil || len(held) == 0 {
		return nil
	}
	out := g.closure[held[0]]
	for _, id := range held[1:] {
		out = union(out, g.closure[id])
	}
	return out
}

// union merges two lists in order of name. Either is returned as it is when it covers the other.
func union(a, b []identity.RoleRef) []identity.RoleRef {
	switch {
	case covers(a, b):
		return a
	case covers(b, a):
		return b
	}
	out := make([]identity.RoleRef, 0, len(a)+len(b))
	for len(a) > 0 && len(b) > 0 {
		switch c := byName(a[0], b[0]); {
		case c < 0:
			out, a = append(out, a[0]), a[1:]
		case c > 0:
			out, b = append(out, b[0]), b[1:]
		default:
			out, a, b = append(out, a[0]), a[1:], b[1:]
		}
	}
	return append(append(out, a...), b...)
}

func covers(a, b []identity.RoleRef) bool {
	for _, r := range b {
		if _, found := slices.BinarySearchFunc(a, r, byName); !found {
			return false
		}
	}
	return true
}

// Role returns the role with id, or nil.
func (m *Model) Role(id identity.RoleID) *identity.Role {
	if m.roles == nil {
		return nil
	}
	return m.roles.byID[id]
}

// RoleByName returns the role of that name in a domain ("": the global one), or nil.
func (m *Model) RoleByName(domain identity.DomainID, name string) *identity.Role {
	if m.roles == nil {
		return nil
	}
	return m.roles.byID[m.roles.byName[nameKey{domain, name}]]
}

// RolesNamed returns the roles of that name, global ones and domains' own, in order of id.
func (m *Model) RolesNamed(name string) (found []*identity.Role) {
	if m.roles == nil {
		return nil
	}
	for _, r := range sorted(m.roles.byID) {
		if r.Name == name {
			found = append(found, r)
		}
	}
	return found
}

// Implies says whether prior implies implied directly.
func (m *Model) Implies(i identity.Implication) bool {
	return m.roles != nil && m.roles.implies[i.Prior][i.Implied]
}

// ImpliedBy returns the roles that prior implies directly, in order of id.
func (m *Model) ImpliedBy(prior identity.RoleID) []identity.RoleID {
	if m.roles == nil {
		return nil
	}
	return slices.Sorted(maps.Keys(m.roles.implies[prior]))
}

// Implications returns all roles that imply any, in order of id.
func (m *Model) Implications() []identity.RoleID {
	if m.roles == nil {
		return nil
	}
	return slices.Sorted(maps.Keys(m.roles.implies))
}

// ExpandRoles returns the roles with all they imply, each once, in order of name.
func (m *Model) ExpandRoles(ids []identity.RoleID) []identity.RoleRef { return m.roles.expand(ids) }
