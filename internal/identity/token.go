package identity

import (
	"crypto/rand"
	"encoding/base64"
	"encoding/binary"
	"slices"
	"time"
)

// Token is what a token says, and nothing that must be looked up. At most one of ProjectID,
// DomainID and System is set; none is an unscoped token.
type Token struct {
	UserID    UserID
	Methods   []string // "password", "token", ...; sorted by the method table
	ProjectID ProjectID
	DomainID  DomainID
	System    bool

	ApplicationCredentialID ApplicationCredentialID
	TrustID                 TrustID
	AccessTokenID           AccessTokenID // OAuth1
	GroupIDs                []GroupID
	IdentityProviderID      string
	ProtocolID              string
	Thumbprint              string // of the OAuth2 mTLS client certificate

	AuditIDs  []AuditID // its own, then that of the first token of its chain
	IssuedAt  time.Time // whole seconds
	ExpiresAt time.Time
}

// HasMethod says whether m is one of the ways the token was got.
func (t *Token) HasMethod(m string) bool { return slices.Contains(t.Methods, m) }

// Authentication methods, in Keystone's words.
const (
	MethodPassword              = "password"
	MethodToken                 = "token"
	MethodApplicationCredential = "application_credential"
	MethodTOTP                  = "totp"
	MethodOAuth1                = "oauth1"
	MethodOAuth2                = "oauth2_credential"
	MethodEC2                   = "ec2credential"
)

// AuditID names one token without being it. On the wire it is Keystone's: 16 bytes, written
// as 22 characters. Those that Lintel makes carry the revision they were minted at:
//
//	0      5             15      16
//	| rev  | 80 random bits | check |
//
// so that a revocation can tell earlier tokens from later ones without comparing clocks. The
// check byte tells our ids from the 16 random bytes of a Keystone's.
type AuditID [16]byte

// NewAuditID makes the audit id of a token minted at revision rev (below 2^40).
func NewAuditID(rev int64) AuditID {
	var a AuditID
	var b [8]byte
	binary.BigEndian.PutUint64(b[:], uint64(rev))
	copy(a[:5], b[3:])
	rand.Read(a[5:15]) // never fails: crypto/rand ends the program instead
	a[15] = a.check()
	return a
}

// Rev returns the revision the token was minted at; ok is false for an id of a Keystone's.
// One in 256 of those is taken for ours, but then with a random revision of 40 bits, which
// MintedAfter refuses to believe.
func (a AuditID) Rev() (rev int64, ok bool) {
	if a[15] != a.check() {
		return 0, false
	}
	return int64(a[0])<<32 | int64(binary.BigEndian.Uint32(a[1:5])), true
}

// check is CRC-8 (polynomial 0x07) over the other bytes.
func (a AuditID) check() byte {
	var c byte
	for _, b := range a[:15] {
		c ^= b
		for range 8 {
			if c&0x80 != 0 {
				c = c<<1 ^ 0x07
			} else {
				c <<= 1
			}
		}
	}
	return c
}

// String is the id as tokens show it: 22 characters of base64url.
func (a AuditID) String() string { return base64.RawURLEncoding.EncodeToString(a[:]) }

// ParseAuditID reads what String wrote.
func ParseAuditID(s string) (a AuditID, ok bool) {
	b, err := base64.RawURLEncoding.Strict().DecodeString(s)
	if err != nil || len(b) != len(a) {
		return a, false
	}
	return AuditID(b), true
}
