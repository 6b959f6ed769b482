package identity

import (
	"crypto/sha256"
	"encoding/hex"
	"time"
)

// CredentialEC2 is the type of AWS-style key pairs.
const CredentialEC2 = "ec2"

// Credential is a secret that the server must be able to read again: an EC2 key, a TOTP seed.
// The blob is sealed; only core opens it.
type Credential struct {
	ID        CredentialID // of an EC2 key: EC2CredentialID(access)
	UserID    UserID
	ProjectID ProjectID // "" for none
	Type      string
	Sealed    []byte // the blob under the credential key ring
	KeyID     string // which key sealed it
	Extra     Extra
	Access    string // of an EC2 key: the access key, in clear for look-ups
	// Delegation the credential was made through; fixed for its life (CVE-2020-12691).
	ApplicationCredentialID ApplicationCredentialID
	TrustID                 TrustID
	CreatedAt               time.Time
}

// EC2CredentialID is the id of the credential of an access key, as Keystone derives it.
func EC2CredentialID(access string) CredentialID {
	sum := sha256.Sum256([]byte(access))
	return CredentialID(hex.EncodeToString(sum[:]))
}
