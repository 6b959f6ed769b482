package identity

import "time"

// UseKind is a kind of things whose last use is remembered.
type UseKind string

// What is used to prove who somebody is, and has no password's life of its own; and an API that
// an operator may want to switch off.
const (
	UseEC2Key                UseKind = "ec2"                    // by the id of its credential
	UseApplicationCredential UseKind = "application_credential" // by its id
	UseV2                    UseKind = "v2"                     // of the v2.0 API, by the id of the user
	UsePortalSession         UseKind = "portal_session"         // by its id
	UsePassword              UseKind = "password"               // of activity alone: no last use is kept
)

// Use is what was used.
type Use struct {
	Kind UseKind
	ID   string
}

// LastUse is when something was last used.
type LastUse struct {
	Use
	At time.Time // microseconds, UTC
}
