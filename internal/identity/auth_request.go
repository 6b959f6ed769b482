package identity

import "net/netip"

// DomainRef names a domain by id or by name.
type DomainRef struct {
	ID   DomainID
	Name string
}

// UserRef names a user by id, or by name in a domain.
type UserRef struct {
	ID     UserID
	Name   string
	Domain DomainRef
}

// ScopeKind is what an authentication request asks to be scoped to.
type ScopeKind uint8

const (
	ScopeDefault ScopeKind = iota // nothing said: the default project, or what the method implies
	ScopeNone                     // explicitly unscoped
	ScopeProject
	ScopeDomain
	ScopeSystem
	ScopeTrust
)

// ScopeRequest is the scope an authentication request asks for.
type ScopeRequest struct {
	Kind        ScopeKind
	ProjectID   ProjectID
	ProjectName string    // in Domain
	Domain      DomainRef // of the project's name, or the scope itself
	TrustID     TrustID
}

// AuthRequest asks for a token. Each method that is named must be proved, and all must prove
// the same user.
type AuthRequest struct {
	Methods               []string
	Password              *PasswordProof
	Token                 Secret // of method token: the token to exchange
	TOTP                  *TOTPProof
	ApplicationCredential *ApplicationCredentialProof
	OAuth1                *SignedRequest
	Receipt               Secret // of what was proved before; empty for none
	Scope                 ScopeRequest
	Address               netip.Addr // of the client
	Client                string     // the program, as it names itself
	V2                    bool       // through the v2.0 API: its lifetime, and its ways to name a user
	Portal                bool       // through the portal: the login password, and an e-mail address is as good as a name
}

// PasswordProof is a user and a password.
type PasswordProof struct {
	User     UserRef
	Password Secret
}

// TOTPProof is a user and the passcode of an authenticator.
type TOTPProof struct {
	User     UserRef
	Passcode Secret
}

// ApplicationCredentialProof is an application credential, by id or by user and name, and its secret.
type ApplicationCredentialProof struct {
	ID     ApplicationCredentialID
	Name   string
	User   UserRef
	Secret Secret
}

// SignedRequest is a request as the client that signed it sees it (OAuth 1.0, RFC 5849).
type SignedRequest struct {
	Method        string
	URL           string // scheme, host and path, without query
	Query         string // as sent
	Form          string // the body of a form; "" for every other body
	Authorization string // the header
	Address       netip.Addr
}

// CertificateProof is a user and a client certificate that the user has the key of.
type CertificateProof struct {
	UserID      UserID
	Certificate []byte // DER
	Address     netip.Addr
}

// EC2Proof is a request that a client has signed with an EC2 key, as a service took it apart
// (AWS signatures of versions 4 and 2).
type EC2Proof struct {
	Access    string
	Signature string
	Verb      string
	Host      string
	Path      string
	Params    map[string]string // of the query, and of a form in the body
	Headers   map[string]string
	BodyHash  string
}

// S3Proof is the signature of a request to an S3 gateway.
type S3Proof struct {
	Access    string
	Signature string
	Token     string // the string that was signed, in base64
}
