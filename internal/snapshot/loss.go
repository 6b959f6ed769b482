package snapshot

import (
	"cmp"
	"iter"
	"slices"

	"github.com/lintel-id/lintel/internal/identity"
)

// Access is that a user has some effective role on a project.
type Access struct {
	User    identity.UserID
	Project identity.ProjectID
}

// Losses returns the access that is there now and would end if the assignments and the
// memberships went, in order of user and project. It asks only about the users they give
// something to and the projects they give it on: one or two look-ups for each such pair.
func (m *Model) Losses(assignments []identity.Assignment, memberships []identity.Membership) []Access {
	after := m.without(assignments, memberships)
	lost := map[Access]bool{}
	ask := func(u identity.UserID, projects map[identity.ProjectID]bool) {
		for p := range projects {
			on := identity.Target{Project: p}
			if len(after.EffectiveRoles(u, on)) == 0 && len(m.EffectiveRoles(u, on)) > 0 {
				lost[Access{u, p}] = true
			}
		}
	}
	for _, a := range assignments {
		projects := map[identity.ProjectID]bool{}
		letter, id := locate(a.Target, a.Inherited)
		m.collectTarget(letter, id, projects, map[identity.ProjectID]bool{})
		for u := range m.UsersOf(a.Actor) {
			ask(u, projects)
		}
	}
	for _, member := range memberships {
		projects := map[identity.ProjectID]bool{}
		m.collectTargets(identity.Actor{Group: member.GroupID}, projects, map[identity.ProjectID]bool{})
		ask(member.UserID, projects)
	}
	out := make([]Access, 0, len(lost))
	for a := range lost {
		out = append(out, a)
	}
	slices.SortFunc(out, byUser)
	return out
}

func byUser(a, b Access) int {
	return cmp.Or(cmp.Compare(a.User, b.User), cmp.Compare(a.Project, b.Project))
}

// without returns the model less some assignments and memberships; it shares all the rest.
func (m *Model) without(assignments []identity.Assignment, memberships []identity.Membership) *Model {
	e := m.edit()
	for _, a := range assignments {
		e.setAssignment(a, false)
	}
	for _, member := range memberships {
		e.setMembership(member, false)
	}
	after := e.model()
	return &after
}

// UsersOf yields the users that an actor stands for: itself, or the members of the group.
func (m *Model) UsersOf(a identity.Actor) iter.Seq[identity.UserID] {
	if a.Group != "" {
		return m.MembersOf(a.Group)
	}
	return func(yield func(identity.UserID) bool) { yield(a.User) }
}
