package identity

import "net/netip"

// Authorization is a live token together with what the model says of it at one revision:
// who it is for, where it holds and which roles it carries. All pointers are into the model
// and must not be written through.
type Authorization struct {
	Token         *Token
	User          *User // of an impersonating trust the trustor, while Token names the trustee
	UserDomain    *Project
	Project       *Project // of a project-scoped token; may be a domain acting as one
	ProjectDomain *Project // its domain
	Domain        *Project // of a domain-scoped token
	Roles         []RoleRef

	ApplicationCredential *ApplicationCredential // of a token got with one
	Trust                 *Trust                 // of a token scoped to one
	AccessToken           *AccessToken           // of a token got with one
}

// Delegation says through what somebody acts for a user.
type Delegation uint8

const (
	NotDelegated Delegation = iota
	ByRestrictedCredential
	ByUnrestrictedCredential
	ByTrust
	ByEC2
	ByOAuth1
)

// String names a delegation for people.
func (d Delegation) String() string {
	switch d {
	case NotDelegated:
		return "none"
	case ByRestrictedCredential:
		return "restricted application credential"
	case ByUnrestrictedCredential:
		return "unrestricted application credential"
	case ByTrust:
		return "trust"
	case ByEC2:
		return "EC2 key"
	case ByOAuth1:
		return "OAuth1 access token"
	}
	return "unknown"
}

// Delegation returns through what the token acts. An EC2 key's token stays one whatever else
// it says.
func (a *Authorization) Delegation() Delegation {
	switch t := a.Token; {
	case t.HasMethod(MethodEC2) || len(t.Methods) == 0: // older Keystones lose the name of this one
		return ByEC2
	case t.TrustID != "":
		return ByTrust
	case t.AccessTokenID != "":
		return ByOAuth1
	case a.ApplicationCredential == nil:
		return NotDelegated
	case a.ApplicationCredential.Unrestricted:
		return ByUnrestrictedCredential
	default:
		return ByRestrictedCredential
	}
}

// Caller is who asks for a verb. The zero Caller is nobody.
type Caller struct {
	*Authorization            // nil for nobody
	Local          bool       // the operator at the command line, who needs no token
	RequestID      string     // of the request, for the log and the audit
	Address        netip.Addr // of the client
	Client         string     // the program, as it names itself
}

// Known says whether somebody asks at all.
func (c Caller) Known() bool { return c.Authorization != nil || c.Local }
