package identity

import "time"

// AccessToken lets a consumer act for a user in a project with some of the user's roles
// (OS-OAUTH1).
type AccessToken struct {
	ID         AccessTokenID
	ConsumerID ConsumerID
	UserID     UserID
	ProjectID  ProjectID
	Roles      []RoleID // in order of id
	Sealed     []byte   // the secret under the credential key ring
	KeyID      string   // which key sealed it
	ExpiresAt  time.Time
}

// Expired says whether the token has ended by time.
func (t *AccessToken) Expired(now time.Time) bool { return ended(t.ExpiresAt, now) }
