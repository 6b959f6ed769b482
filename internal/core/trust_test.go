package core

import (
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/lintel-id/lintel/internal/identity"
)

// Whatever is asked for, a redelegated trust gives nothing that the one it hangs on does not
// give, for no longer (CVE-2014-3476, CVE-2026-80184).
func TestARedelegatedTrustIsNeverMoreThanTheOneAbove(t *testing.T) {
	end := rapid.Custom(func(t *rapid.T) (at time.Time) {
		if n := rapid.IntRange(0, 3).Draw(t, "days"); n > 0 {
			at = time.Date(2030, 1, n, 0, 0, 0, 0, time.UTC)
		}
		return at
	})
	trust := rapid.Custom(func(t *rapid.T) *identity.Trust {
		return &identity.Trust{
			ProjectID:         rapid.SampledFrom([]identity.ProjectID{"", "red", "blue"}).Draw(t, "project"),
			Impersonation:     rapid.Bool().Draw(t, "impersonation"),
			Roles:             rapid.SliceOfN(rapid.SampledFrom([]identity.RoleID{"admin", "member"}), 0, 2).Draw(t, "roles"),
			ExpiresAt:         end.Draw(t, "end"),
			RemainingUses:     rapid.SampledFrom([]int{identity.UnlimitedUses, identity.UnlimitedUses, 1}).Draw(t, "uses"),
			RedelegationCount: rapid.IntRange(0, 4).Draw(t, "count"),
		}
	})
	c := &Core{Settings: Settings{AllowRedelegation: true, MaxRedelegation: 3}}
	accepted := 0
	rapid.Check(t, func(t *rapid.T) {
		above, below := trust.Draw(t, "above"), trust.Draw(t, "below")
		if c.checkRedelegation(above, below) != nil {
			return
		}
		accepted++
		switch {
		case slices.ContainsFunc(below.Roles, func(r identity.RoleID) bool { return !slices.Contains(above.Roles, r) }):
			t.Fatal("more roles")
		case !above.ExpiresAt.IsZero() && (below.ExpiresAt.IsZero() || below.ExpiresAt.After(above.ExpiresAt)):
			t.Fatal("longer")
		case below.Impersonation && !above.Impersonation:
			t.Fatal("another user")
		case len(below.Roles) > 0 && below.ProjectID != "" && below.ProjectID != above.ProjectID:
			t.Fatal("another project")
		case above.RedelegationCount < 1 || above.RedelegationCount > 3 || below.RemainingUses != identity.UnlimitedUses:
			t.Fatal("beyond the rules of the chain")
		}
	})
	if accepted == 0 {
		t.Fatal("nothing was ever accepted: nothing was tested")
	}
}
