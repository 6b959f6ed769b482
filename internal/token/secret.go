package token

import (
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"strings"

	"github.com/lintel-id/lintel/internal/identity"
)

const (
	secretSize   = 64
	secretScheme = "$hmac-sha256$"
)

// GenerateSecret returns 64 random bytes in urlsafe base64 without padding: 86 characters, as Keystone generates the
// secrets of application credentials. 512 bits need no slow hash; see HashSecret.
func GenerateSecret() identity.Secret {
	var raw [secretSize]byte
	rand.Read(raw[:]) // never fails: crypto/rand ends the program instead
	return identity.SecretOf(raw[:])
}

// MAC returns HMAC-SHA256 (RFC 2104) of secret and the id of the primary secret key, which keyed it. It protects
// secrets that nobody could guess, and those only: use package password for what a human chose.
func (r *Ring) MAC(secret string) (keyID string, sum [sha256.Size]byte) {
	return r.secret, mac(r.secrets[r.secret], secret)
}

// CheckMAC says, in constant time, whether sum is the MAC of secret. It is false for a key that the ring has not.
func (r *Ring) CheckMAC(keyID, secret string, sum [sha256.Size]byte) bool {
	key, ok := r.secrets[keyID]
	if !ok {
		return false
	}
	want := mac(key, secret)
	return hmac.Equal(want[:], sum[:])
}

// HashSecret returns the text under which a MAC is stored: $hmac-sha256$<key id>$<base64 without padding>.
func (r *Ring) HashSecret(secret string) string {
	keyID, sum := r.MAC(secret)
	return secretScheme + keyID + "$" + base64.RawStdEncoding.EncodeToString(sum[:])
}

// VerifySecret says whether HashSecret wrote hash for secret. known is false when this ring cannot tell: the hash is
// of another scheme, or keyed by a key that is not here.
func (r *Ring) VerifySecret(hash, secret string) (ok, known bool) {
	rest, isMAC := strings.CutPrefix(hash, secretScheme)
	keyID, encoded, _ := strings.Cut(rest, "$")
	sum, err := base64.RawStdEncoding.Strict().DecodeString(encoded)
	// Strict still skips line ends; the length finds those.
	if !isMAC || err != nil || len(sum) != sha256.Size || len(encoded) != base64.RawStdEncoding.EncodedLen(sha256.Size) {
		return false, false
	}
	if _, known = r.secrets[keyID]; !known {
		return false, false
	}
	return r.CheckMAC(keyID, secret, [sha256.Size]byte(sum)), true
}

func mac(key *[keySize]byte, secret string) (sum [sha256.Size]byte) {
	h := hmac.New(sha256.New, key[:])
	h.Write([]byte(secret)) // a hash.Hash never returns an error
	h.Sum(sum[:0])
	return sum
}
