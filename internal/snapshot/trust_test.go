package snapshot

import (
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/lintel-id/lintel/internal/identity"
)

func trustChange(t *identity.Trust) identity.Change {
	return identity.Change{Kind: identity.ChangeTrust, Key: string(t.ID), Object: t}
}

// A user holds a set of roles when every one of them is granted or implied, whichever way; a
// domain's own roles too, which EffectiveRoles does not show.
func TestHoldsFollowsTheRules(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		w := drawWorld(t)
		m := build(t, Model{}, w.changes()...)
		// The rules, without hiding anything: as if every role were a global one.
		open := *w
		open.roles = slices.Clone(w.roles)
		for i := range open.roles {
			open.roles[i].DomainID = ""
		}
		all := make([]identity.RoleID, 0, len(w.roles)+1)
		for _, r := range w.roles {
			all = append(all, r.ID)
		}
		roles := rapid.SliceOfN(rapid.SampledFrom(append(all, "deleted")), 0, 3).Draw(t, "roles")
		for _, u := range w.users {
			for _, target := range w.targets() {
				held := open.effective(u, target)
				want := !slices.ContainsFunc(roles, func(r identity.RoleID) bool { return !slices.Contains(held, r) })
				if got := m.Holds(u, target, roles); got != want {
					t.Fatalf("%s holds %v on %+v: %t, the rules say %t", u, roles, target, got, want)
				}
			}
		}
	})
}

func TestAChainOfTrustsGoesUpToTheFirst(t *testing.T) {
	root, middle, leaf := &identity.Trust{ID: "root"}, &identity.Trust{ID: "middle", RedelegatedFrom: "root"}, &identity.Trust{ID: "leaf", RedelegatedFrom: "middle"}
	m := build(t, Model{}, trustChange(root), trustChange(middle), trustChange(leaf))
	chain, whole := m.TrustChain(leaf)
	if d := cmp.Diff([]*identity.Trust{leaf, middle, root}, chain); d != "" || !whole {
		t.Fatalf("whole: %t\n%s", whole, d)
	}
	broken := build(t, m, identity.Change{Kind: identity.ChangeTrust, Key: "middle"})
	if _, whole := broken.TrustChain(leaf); whole || broken.Trust("middle") != nil {
		t.Error("a chain without its middle is whole")
	}
	if _, whole := m.TrustChain(leaf); !whole {
		t.Error("the model before has lost a trust")
	}
	circle := build(t, m, trustChange(&identity.Trust{ID: "root", RedelegatedFrom: "leaf"}))
	if _, whole := circle.TrustChain(circle.Trust("leaf")); whole {
		t.Error("a circle is whole")
	}
}
