package core

import (
	"slices"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/lintel-id/lintel/internal/identity"
)

// Whatever a token asks for, an application credential gets a part of what the token has.
func TestADelegationIsNeverMoreThanWhatItIsMadeOf(t *testing.T) {
	names := []string{"admin", "member", "reader", "service"}
	role := rapid.Custom(func(t *rapid.T) identity.RoleRef {
		name := rapid.SampledFrom(names).Draw(t, "name")
		return rapid.SampledFrom([]identity.RoleRef{{Name: name}, {ID: identity.RoleID("id-" + name)}, {ID: identity.RoleID("id-" + name), Name: "admin"}}).Draw(t, "ref")
	})
	rapid.Check(t, func(t *rapid.T) {
		var have []identity.RoleRef
		for _, name := range rapid.SliceOfNDistinct(rapid.SampledFrom(names), 1, 4, rapid.ID[string]).Draw(t, "have") {
			have = append(have, identity.RoleRef{ID: identity.RoleID("id-" + name), Name: name})
		}
		want := rapid.SliceOfN(role, 0, 4).Draw(t, "want")
		ids, err := delegatedRoles(have, want)
		if err != nil {
			if !strings.HasPrefix(err.Error(), "Invalid application credential: ") || identity.KindOf(err) != identity.Invalid {
				t.Fatalf("refused with %v", err)
			}
			return
		}
		if len(ids) == 0 || len(want) == 0 && len(ids) != len(have) {
			t.Fatalf("%v for %v of %v", ids, want, have)
		}
		for _, id := range ids {
			if !slices.ContainsFunc(have, func(r identity.RoleRef) bool { return r.ID == id }) {
				t.Fatalf("got %s out of %v", id, have)
			}
		}
	})
}

func TestAChildsAccessRulesAreItsParents(t *testing.T) {
	rule := rapid.Custom(func(t *rapid.T) identity.AccessRule {
		n := rapid.SampledFrom([]string{"1", "2", "3"}).Draw(t, "rule")
		return identity.AccessRule{ID: identity.AccessRuleID(n), Service: "image", Method: "GET", Path: "/" + n}
	})
	rapid.Check(t, func(t *rapid.T) {
		parent := &identity.ApplicationCredential{AccessRules: rapid.SliceOfN(rule, 1, 3).Draw(t, "parent")}
		want := rapid.SliceOfN(rule, 0, 3).Draw(t, "want")
		for i := range want {
			if rapid.Bool().Draw(t, "by id") {
				want[i] = identity.AccessRule{ID: want[i].ID}
			} else {
				want[i].ID = ""
			}
		}
		got, err := delegatedRules(parent, want)
		if err != nil {
			return
		}
		if len(got) == 0 {
			t.Fatal("no rule at all allows everything")
		}
		for _, r := range got {
			if !slices.ContainsFunc(parent.AccessRules, func(p identity.AccessRule) bool { return p.ID == r.ID || p.Path == r.Path }) {
				t.Fatalf("got %v out of %v", r, parent.AccessRules)
			}
		}
	})
}

func TestAChildEndsNoLaterThanItsParent(t *testing.T) {
	day := rapid.Custom(func(t *rapid.T) (at time.Time) {
		if n := rapid.IntRange(0, 5).Draw(t, "days"); n > 0 {
			at = time.Date(2030, 1, n, 0, 0, 0, 0, time.UTC)
		}
		return at
	})
	rapid.Check(t, func(t *rapid.T) {
		parent, want := day.Draw(t, "parent"), day.Draw(t, "want")
		got := delegatedExpiry(&identity.ApplicationCredential{ExpiresAt: parent}, want)
		if !parent.IsZero() && (got.IsZero() || got.After(parent)) {
			t.Fatalf("the parent ends %v and the child %v", parent, got)
		}
		if !want.IsZero() && got.After(want) || parent.IsZero() && !got.Equal(want) {
			t.Fatalf("wanted %v, got %v", want, got)
		}
	})
}

func TestCVE_2026_43000_ApplicationCredentialsDoNotOperateTrusts(t *testing.T) {
	for _, action := range []string{"identity:create_trust", "identity:list_trusts", "identity:list_trusts_for_trustor", "identity:list_trusts_for_trustee",
		"identity:get_trust", "identity:delete_trust", "identity:list_roles_for_trust", "identity:get_role_for_trust"} {
		for _, d := range []identity.Delegation{identity.ByRestrictedCredential, identity.ByUnrestrictedCredential} {
			if delegationAllows(d, action) {
				t.Errorf("%s is open to delegation %d", action, d)
			}
		}
	}
}
