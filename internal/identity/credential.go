package identity

import (
	"crypto/sha256"
	"encoding/hex"
	"strings"
	"time"
)

// The types of credentials that the server itself knows what to do with.
const (
	CredentialEC2  = "ec2"  // an AWS-style key pair
	CredentialTOTP = "totp" // the seed of an authenticator, in base32
)

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
	AccessTokenID           AccessTokenID
	CreatedAt               time.Time
	Disabled                bool // an EC2 key that ended when its user lost the last role on the project
}

// EC2CredentialID is the id of the credential of an access key, as Keystone derives it.
func EC2CredentialID(access string) CredentialID {
	sum := sha256.Sum256([]byte(access))
	return CredentialID(hex.EncodeToString(sum[:]))
}

// CredentialSpec creates a credential. Of an EC2 key the blob is the text of a JSON object.
type CredentialSpec struct {
	UserID    UserID
	ProjectID ProjectID
	Type      string
	Blob      Secret
	Extra     Extra
}

// Validate refuses what no credential may have. A type that differs from ec2 only in case
// becomes ec2: nothing else may look like a key and not be one.
func (s *CredentialSpec) Validate() error {
	if strings.EqualFold(s.Type, CredentialEC2) {
		s.Type = CredentialEC2
	}
	if err := checkName("type", s.Type, 255); err != nil {
		return err
	}
	if s.UserID == "" {
		return Invalidf("Invalid input for field 'credential': 'user_id' is a required property.")
	}
	if s.Type == CredentialEC2 && s.ProjectID == "" {
		return Invalidf("Invalid input for field 'credential': 'project_id' is a required property.")
	}
	return nil
}

// CredentialPatch changes the blob of a credential. The other fields are what the client says
// they are: they never change.
type CredentialPatch struct {
	Blob      Secret
	UserID    Opt[UserID]
	ProjectID Opt[ProjectID]
	Type      Opt[string]
}

// CredentialFilter lists credentials. Empty fields do not filter.
type CredentialFilter struct {
	UserID UserID
	Type   string
}
