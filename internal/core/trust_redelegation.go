package core

import (
	"slices"

	"github.com/lintel-id/lintel/internal/identity"
)

// redelegate says how far a new trust can be redelegated and, where the caller's token is a
// trust's, binds it to that one: it gives nothing that the other does not give, for no longer,
// and makes the chain no longer than it may be (CVE-2014-3476, CVE-2026-80184).
func (c *Core) redelegate(w *write, t *identity.Trust, spec *identity.TrustSpec) error {
	if c.Settings.AllowRedelegation && spec.Redelegable() {
		t.RedelegationCount = c.Settings.MaxRedelegation
		if spec.RedelegationCount != nil {
			t.RedelegationCount = *spec.RedelegationCount
		}
	}
	if t.RedelegationCount > c.Settings.MaxRedelegation {
		return identity.Forbiddenf("Requested redelegation depth of %d is greater than allowed %d", t.RedelegationCount, c.Settings.MaxRedelegation)
	}
	parent := w.caller.Trust
	if parent == nil {
		return nil
	}
	if !c.Settings.AllowRedelegation {
		return identity.Forbiddenf("Redelegation of trusts is not allowed here.")
	}
	if t.RedelegationCount > 0 {
		left := parent.RedelegationCount - 1
		if spec.RedelegationCount != nil && t.RedelegationCount != left {
			return identity.Forbiddenf("Modifying \"redelegation_count\" upon redelegation is forbidden. Omitting this parameter is advised.")
		}
		t.RedelegationCount = left
	}
	t.RedelegatedFrom = parent.ID
	if t.ExpiresAt.IsZero() {
		t.ExpiresAt = parent.ExpiresAt
	}
	chain, _ := w.model.TrustChain(parent) // whole, or the caller's token would be dead
	for _, above := range chain {
		if err := c.checkRedelegation(above, t); err != nil {
			return err
		}
	}
	return nil
}

// checkRedelegation holds a new trust to one that it hangs on.
func (c *Core) checkRedelegation(above, t *identity.Trust) error {
	switch {
	case above.RedelegationCount < 1 || above.RedelegationCount > c.Settings.MaxRedelegation:
		return identity.Forbiddenf("Remaining redelegation depth of %d out of allowed range of [0..%d]", above.RedelegationCount, c.Settings.MaxRedelegation)
	case t.RemainingUses != identity.UnlimitedUses:
		return identity.Forbiddenf("Field \"remaining_uses\" must not be set in order to redelegate a trust")
	case !above.ExpiresAt.IsZero() && (t.ExpiresAt.IsZero() || t.ExpiresAt.After(above.ExpiresAt)):
		return identity.Forbiddenf("Requested expiration time is more than redelegated trust can provide")
	case slices.ContainsFunc(t.Roles, func(r identity.RoleID) bool { return !slices.Contains(above.Roles, r) }):
		return identity.Forbiddenf("Some of requested roles are not in redelegated trust")
	case t.Impersonation && !above.Impersonation:
		return identity.Forbiddenf("Impersonation is not allowed because redelegated trust does not specify impersonation. Redelegated trust id: %s", above.ID)
	case t.ProjectID != above.ProjectID && t.ProjectID != "":
		return identity.Forbiddenf("A redelegated trust is for the project of the one it is made with")
	}
	return nil
}
