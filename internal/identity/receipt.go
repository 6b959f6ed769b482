package identity

import "time"

// Receipt says that a user has proved some methods, but not yet enough of them for the
// multi-factor rules. It is no token: it opens no door, and is shown together with the rest.
type Receipt struct {
	UserID    UserID
	Methods   []string // sorted by the method table
	AuditID   AuditID  // carries the revision it was minted at
	IssuedAt  time.Time
	ExpiresAt time.Time // both in whole seconds
}
