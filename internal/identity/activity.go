package identity

import (
	"net/netip"
	"time"
)

// PortalSession is what is known of somebody's session in the portal.
type PortalSession struct {
	ID        AuditID // of the sign-in's token: its chain
	UserID    UserID
	Began     time.Time  // with the sign-in
	IssuedAt  time.Time  // its token, with the latest proof
	ExpiresAt time.Time  // its token
	Seen      time.Time  // its last request, give or take a minute; zero for none since IssuedAt
	Address   netip.Addr // of the client at the latest proof
	Client    string     // its program, as it names itself
}

// Deed is somebody's proof, or failure to prove, that it is a user.
type Deed struct {
	UserID     UserID
	Kind       UseKind
	Credential string // its id; "" for a password
	Reason     string // why it failed, a text of the code; "" when it did not
	Address    netip.Addr
	Client     string // the program, as it names itself
}

// Activity is how often a deed was done on a day.
type Activity struct {
	Deed
	Count int64
	Last  time.Time // on that day (UTC); microseconds
}
