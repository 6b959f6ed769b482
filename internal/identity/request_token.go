package identity

import (
	"slices"
	"time"
)

// RequestToken is a consumer's wish to act in a project (OS-OAUTH1). A user who may do so grants
// it some roles, and the consumer exchanges it, once, for an access token.
type RequestToken struct {
	ID           RequestTokenID
	ConsumerID   ConsumerID
	ProjectID    ProjectID
	UserID       UserID   // who authorised it; "" for nobody yet
	Roles        []RoleID // authorised, in order of id
	VerifierHash string   // of what the user hands to the consumer; "" until authorised
	Sealed       []byte   // the secret under the credential key ring
	KeyID        string   // which key sealed it
	ExpiresAt    time.Time
}

// Expired says whether the token has ended by time.
func (t *RequestToken) Expired(now time.Time) bool { return ended(t.ExpiresAt, now) }

// ended says whether a time has come; the zero time never does.
func ended(at, now time.Time) bool { return !at.IsZero() && !now.Before(at) }

// CheckRoleRefs refuses roles to grant that are none, or that have neither an id nor a name or
// both.
func CheckRoleRefs(refs []RoleRef) error {
	if len(refs) == 0 {
		return Invalidf("Invalid input for field 'roles': at least one role is needed.")
	}
	if slices.ContainsFunc(refs, func(r RoleRef) bool { return (r.ID == "") == (r.Name == "") }) {
		return Invalidf("Invalid input for field 'roles': a role needs an id or a name, and not both.")
	}
	return nil
}
