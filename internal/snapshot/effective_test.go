package snapshot

import (
	"fmt"
	"runtime"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/lintel-id/lintel/internal/identity"
)

// world is a directory as plain lists, and what roles mean in it by the letter of the rules: the
// slow model that Model has to agree with.
type world struct {
	projects     []identity.Project // domains first, parents before children
	users        []identity.UserID
	groups       []identity.GroupID
	roles        []identity.Role
	implications map[identity.Implication]bool
	memberships  map[identity.Membership]bool
	assignments  map[identity.Assignment]bool
}

// drawIDs draws how many objects there are and names them prefix0, prefix1, ...
func drawIDs[ID ~string](t *rapid.T, prefix string, atLeast, atMost int) []ID {
	ids := make([]ID, rapid.IntRange(atLeast, atMost).Draw(t, prefix+"s"))
	for i := range ids {
		ids[i] = ID(fmt.Sprint(prefix, i))
	}
	return ids
}

func drawWorld(t *rapid.T) *world {
	w := &world{implications: map[identity.Implication]bool{}, memberships: map[identity.Membership]bool{}, assignments: map[identity.Assignment]bool{}}
	for _, id := range drawIDs[identity.ProjectID](t, "domain", 1, 2) {
		w.projects = append(w.projects, identity.Project{ID: id, Name: string(id), IsDomain: true})
	}
	for _, id := range drawIDs[identity.ProjectID](t, "project", 0, 6) {
		parent := rapid.SampledFrom(w.projects).Draw(t, "parent")
		w.projects = append(w.projects, identity.Project{ID: id, Name: string(id), DomainID: parent.OwnDomain(), ParentID: parent.ID})
	}
	for _, id := range drawIDs[identity.RoleID](t, "role", 1, 5) {
		domain := rapid.SampledFrom([]identity.DomainID{"", "", "domain0"}).Draw(t, "of domain")
		w.roles = append(w.roles, identity.Role{ID: id, Name: string(id), DomainID: domain})
	}
	w.users = drawIDs[identity.UserID](t, "user", 1, 3)
	w.groups = drawIDs[identity.GroupID](t, "group", 0, 3)
	// A user and a group of one id are two actors (CVE-2014-0204).
	w.groups = append(w.groups, identity.GroupID(w.users[0]))
	for range rapid.IntRange(0, 25).Draw(t, "changes") {
		w.toggle(w.drawChange(t))
	}
	return w
}

// drawChange draws an assignment, a membership or an implication.
func (w *world) drawChange(t *rapid.T) any {
	user, group := rapid.SampledFrom(w.users), rapid.SampledFrom(w.groups)
	role := rapid.Custom(func(t *rapid.T) identity.RoleID { return rapid.SampledFrom(w.roles).Draw(t, "role").ID })
	switch rapid.IntRange(0, 5).Draw(t, "kind") {
	case 0:
		return identity.Membership{UserID: user.Draw(t, "user"), GroupID: group.Draw(t, "group")}
	case 1:
		return identity.Implication{Prior: role.Draw(t, "prior"), Implied: role.Draw(t, "implied")}
	}
	a := identity.Assignment{Role: role.Draw(t, "role"), Actor: identity.Actor{User: user.Draw(t, "user")}}
	if rapid.Bool().Draw(t, "to a group") {
		a.Actor = identity.Actor{Group: group.Draw(t, "group")}
	}
	if a.Target = rapid.SampledFrom(w.targets()).Draw(t, "target"); !a.Target.System {
		a.Inherited = rapid.Bool().Draw(t, "inherited")
	}
	return a
}

// toggle makes what is not, ends what is, and returns the change.
func (w *world) toggle(what any) identity.Change {
	on := false
	c := identity.Change{}
	switch v := what.(type) {
	case identity.Membership:
		on, c = flip(w.memberships, v), identity.Change{Kind: identity.ChangeMembership, Key: v.Key(), Object: &v}
	case identity.Implication:
		on, c = flip(w.implications, v), identity.Change{Kind: identity.ChangeImplication, Key: v.Key(), Object: &v}
	case identity.Assignment:
		on, c = flip(w.assignments, v), identity.Change{Kind: identity.ChangeAssignment, Key: v.Key(), Object: &v}
	}
	if !on {
		c.Object = nil
	}
	return c
}

func flip[K comparable](set map[K]bool, k K) bool {
	if set[k] {
		delete(set, k)
		return false
	}
	set[k] = true
	return true
}

func (w *world) targets() []identity.Target {
	all := []identity.Target{{System: true}}
	for _, p := range w.projects {
		all = append(all, identity.Target{Project: p.ID})
		if p.IsDomain {
			all = append(all, identity.Target{Domain: identity.DomainID(p.ID)})
		}
	}
	return all
}

// changes are all objects of the world.
func (w *world) changes() []identity.Change {
	var all []identity.Change
	for _, p := range w.projects {
		all = append(all, identity.Change{Kind: identity.ChangeProject, Key: string(p.ID), Object: &p})
	}
	for _, r := range w.roles {
		all = append(all, identity.Change{Kind: identity.ChangeRole, Key: string(r.ID), Object: &r})
	}
	for i := range w.implications {
		all = append(all, identity.Change{Kind: identity.ChangeImplication, Key: i.Key(), Object: &i})
	}
	for m := range w.memberships {
		all = append(all, identity.Change{Kind: identity.ChangeMembership, Key: m.Key(), Object: &m})
	}
	for a := range w.assignments {
		all = append(all, identity.Change{Kind: identity.ChangeAssignment, Key: a.Key(), Object: &a})
	}
	return all
}

// effective is what Keystone's rules say, one after the other.
func (w *world) effective(u identity.UserID, t identity.Target) []identity.RoleID {
	held := map[identity.RoleID]bool{}
	for a := range w.assignments {
		if w.actsFor(a.Actor, u) && w.holds(a, t) {
			held[a.Role] = true
		}
	}
	for grew := true; grew; {
		grew = false
		for i := range w.implications {
			if held[i.Prior] && !held[i.Implied] {
				held[i.Implied], grew = true, true
			}
		}
	}
	var shown []identity.RoleID
	for _, r := range w.roles {
		if held[r.ID] && r.DomainID == "" {
			shown = append(shown, r.ID)
		}
	}
	return shown
}

func (w *world) actsFor(a identity.Actor, u identity.UserID) bool {
	return a.User == u || a.Group != "" && w.memberships[identity.Membership{UserID: u, GroupID: a.Group}]
}

// holds says whether a grant holds on a target: a direct one there only, an inherited one on all
// projects below and not there.
func (w *world) holds(a identity.Assignment, t identity.Target) bool {
	if !a.Inherited {
		return a.Target == t
	}
	for id := w.parent(t.Project); id != ""; id = w.parent(id) {
		if a.Target.Project == id || a.Target.Domain == identity.DomainID(id) {
			return true
		}
	}
	return false
}

func (w *world) parent(id identity.ProjectID) identity.ProjectID {
	i := slices.IndexFunc(w.projects, func(p identity.Project) bool { return p.ID == id })
	if i < 0 {
		return ""
	}
	return w.projects[i].ParentID
}

func build(t rapid.TB, m Model, changes ...identity.Change) Model {
	t.Helper()
	e := m.edit()
	for _, c := range changes {
		if err := e.apply(c); err != nil {
			t.Fatal(err)
		}
	}
	return e.model()
}

func compare(t rapid.TB, w *world, m *Model) {
	t.Helper()
	for _, u := range w.users {
		for _, target := range w.targets() {
			var got []identity.RoleID
			for _, r := range m.EffectiveRoles(u, target) {
				got = append(got, r.ID)
			}
			if d := cmp.Diff(w.effective(u, target), got); d != "" {
				t.Fatalf("roles of %s on %+v (-rules +model):\n%s", u, target, d)
			}
		}
	}
}

// Direct, through groups, inherited, implied, without domains' own roles; after each batch of changes too.
func TestEffectiveRolesFollowTheRules(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		w := drawWorld(t)
		m := build(t, Model{}, w.changes()...)
		compare(t, w, &m)
		for range rapid.IntRange(0, 8).Draw(t, "more") {
			var batch []identity.Change
			for range rapid.IntRange(1, 4).Draw(t, "batch") {
				batch = append(batch, w.toggle(w.drawChange(t)))
			}
			m = build(t, m, batch...)
			compare(t, w, &m)
		}
	})
}

// Losses are what the rules say is there before and not after, and asking changes nothing.
func TestLossesAreWhatTheRulesSay(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		w := drawWorld(t)
		m := build(t, Model{}, w.changes()...)
		before := w.access()
		var assignments []identity.Assignment
		var memberships []identity.Membership
		for range rapid.IntRange(1, 4).Draw(t, "removals") {
			switch v := w.drawChange(t).(type) {
			case identity.Assignment:
				assignments = append(assignments, v)
			case identity.Membership:
				memberships = append(memberships, v)
			}
		}
		got := m.Losses(assignments, memberships)
		compare(t, w, &m)
		for _, a := range assignments {
			delete(w.assignments, a)
		}
		for _, member := range memberships {
			delete(w.memberships, member)
		}
		left := w.access()
		want := slices.DeleteFunc(before, func(a Access) bool { return slices.Contains(left, a) })
		if len(want)+len(got) > 0 {
			if d := cmp.Diff(want, got); d != "" {
				t.Fatalf("losses (-rules +model):\n%s", d)
			}
		}
	})
}

// access is who has a role on which project, in order of user and project.
func (w *world) access() []Access {
	var all []Access
	for _, u := range w.users {
		for _, p := range w.projects {
			if len(w.effective(u, identity.Target{Project: p.ID})) > 0 {
				all = append(all, Access{u, p.ID})
			}
		}
	}
	slices.SortFunc(all, byUser)
	return all
}

func granted(n int) (Model, []identity.Change) {
	e := Model{}.edit()
	changes := make([]identity.Change, n)
	for i := range changes {
		a := identity.Assignment{Actor: identity.Actor{User: identity.UserID(fmt.Sprint("user", i))},
			Target: identity.Target{Project: identity.ProjectID(fmt.Sprint("project", i%1000))}, Role: "member"}
		changes[i] = identity.Change{Kind: identity.ChangeAssignment, Key: a.Key(), Object: &a}
		e.setAssignment(a, true)
	}
	return e.model(), changes
}

// A hundred times the assignments may cost a few nodes more for a change, never a copy of all.
func TestAChangedAssignmentCostsLogN(t *testing.T) {
	bytes := func(n int) uint64 {
		m, changes := granted(n)
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		for i := range 100 {
			gone := changes[i*n/100]
			gone.Object = nil
			m = build(t, m, gone)
		}
		runtime.ReadMemStats(&after)
		return after.TotalAlloc - before.TotalAlloc
	}
	small, large := bytes(1_000), bytes(100_000)
	if large > 5*small {
		t.Fatalf("a change among 100,000 assignments costs %d bytes, among 1,000 %d", large/100, small/100)
	}
}

func BenchmarkApplyAssignment(b *testing.B) {
	for _, n := range []int{1_000, 100_000} {
		b.Run(fmt.Sprint(n), func(b *testing.B) {
			m, changes := granted(n)
			b.ReportAllocs()
			for i := 0; b.Loop(); i++ {
				gone := changes[i%n]
				gone.Object = nil
				build(b, build(b, m, gone), changes[i%n])
			}
		})
	}
}
