package identity

import (
	"slices"
	"time"
)

// Trust lets its trustee act with some roles of its trustor in one project (OS-TRUST). It never
// changes; only its uses are counted down.
type Trust struct {
	ID                TrustID
	TrustorID         UserID
	TrusteeID         UserID
	ProjectID         ProjectID // "" for none: such a trust gives no token
	Impersonation     bool      // its tokens are the trustor's; otherwise the trustee's
	Roles             []RoleID  // in order of id; one that was deleted stays, and the trust gives nothing more
	ExpiresAt         time.Time // zero for never
	RemainingUses     int       // tokens that can still be got; UnlimitedUses for any number
	RedelegationCount int       // how long a chain of trusts may hang on this one
	RedelegatedFrom   TrustID   // the trust it was made with; "" for none
	Extra             Extra
}

// UnlimitedUses is the RemainingUses of a trust that does not count.
const UnlimitedUses = -1

// Expired says whether the trust has ended by time.
func (t *Trust) Expired(now time.Time) bool { return !t.ExpiresAt.IsZero() && !now.Before(t.ExpiresAt) }

// Over says whether no token can be got with the trust any more. Those that were got for its
// last use live on.
func (t *Trust) Over(now time.Time) bool { return t.RemainingUses == 0 || t.Expired(now) }

// TrustSpec creates a trust.
type TrustSpec struct {
	TrustorID     UserID
	TrusteeID     UserID
	ProjectID     ProjectID
	Impersonation bool
	Roles         []RoleRef
	ExpiresAt     time.Time // zero: never or, redelegated, with the trust it is made with
	RemainingUses *int      // nil: any number

	AllowRedelegation bool
	RedelegationCount *int // nil: as long a chain as there may be
	Extra             Extra
}

// Validate refuses what no trust may have.
func (s *TrustSpec) Validate() error {
	switch {
	case s.TrustorID == "":
		return Invalidf("Invalid input: 'trustor_user_id' is a required property.")
	case s.TrusteeID == "":
		return Invalidf("Invalid input: 'trustee_user_id' is a required property.")
	case s.RemainingUses != nil && *s.RemainingUses < 1:
		return Invalidf("Invalid input for field 'remaining_uses': it is less than 1.")
	case s.RedelegationCount != nil && *s.RedelegationCount < 0:
		return Invalidf("Invalid input for field 'redelegation_count': it is less than 0.")
	case s.RemainingUses != nil && s.Redelegable():
		return Invalidf("remaining_uses must not be set if redelegation is allowed")
	}
	if slices.ContainsFunc(s.Roles, func(r RoleRef) bool { return (r.ID == "") == (r.Name == "") }) {
		return Invalidf("Invalid input for field 'roles': a role needs an id or a name, and not both.")
	}
	return nil
}

// Redelegable says whether the trust is to be one that others can be made with.
func (s *TrustSpec) Redelegable() bool {
	return s.AllowRedelegation && (s.RedelegationCount == nil || *s.RedelegationCount > 0)
}

// TrustFilter lists trusts. Empty fields do not filter.
type TrustFilter struct {
	TrustorID UserID
	TrusteeID UserID
}
