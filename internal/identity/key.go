package identity

import "time"

// KeyPurpose says what a key of the ring is for.
type KeyPurpose string

const (
	TokenKeys      KeyPurpose = "token"      // Fernet keys
	CredentialKeys KeyPurpose = "credential" // AES-256-GCM keys of credential blobs
	SecretKeys     KeyPurpose = "secret"     // HMAC keys of generated secrets
)

// KeyState is a key's place in its ring.
type KeyState string

const (
	KeyStaged    KeyState = "staged"    // opens; becomes primary at the next rotation
	KeyPrimary   KeyState = "primary"   // seals and opens
	KeySecondary KeyState = "secondary" // opens what it sealed while it was primary
)

// SealedKey is a key as the database has it: sealed by the master key.
type SealedKey struct {
	ID        string
	Purpose   KeyPurpose
	State     KeyState
	Sealed    []byte
	CreatedAt time.Time
	PrimaryAt time.Time // when it became primary; zero if it has not
	RetiredAt time.Time // when it stopped being primary; zero if it has not
}
