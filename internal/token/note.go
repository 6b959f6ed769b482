package token

import (
	"crypto/cipher"
	"crypto/hkdf"
	"crypto/hmac"
	"crypto/sha256"
	"crypto/sha512"
	"encoding/base64"

	"github.com/lintel-id/lintel/internal/identity"
)

// A note is what a browser is given to bring back: only we can read and write it.

// noteKey derives from a token key the one that seals notes (HKDF, RFC 5869). It rotates with the token key, and a note
// is never taken for a token or a receipt.
func noteKey(tokenKey [keySize]byte) cipher.AEAD {
	raw, err := hkdf.Key(sha256.New, tokenKey[:], nil, "lintel note", keySize)
	if err != nil {
		panic(err) // hkdf refuses only lengths above 255 hashes, and short keys where FIPS 140 is enforced
	}
	return newAEAD([keySize]byte(raw))
}

// SealNote returns a note in urlsafe base64 without padding. It opens for the same use only.
func (r *Ring) SealNote(use string, plain []byte) string {
	return base64.RawURLEncoding.EncodeToString(r.notes[0].Seal(nil, nil, plain, bind("note", use)))
}

// OpenNote reads a note that any of our token keys sealed for this use. Its one error says nothing about the cause.
func (r *Ring) OpenNote(use, text string) ([]byte, error) {
	sealed, err := base64.RawURLEncoding.Strict().DecodeString(text)
	if err != nil || base64.RawURLEncoding.EncodedLen(len(sealed)) != len(text) { // Strict still skips line ends
		return nil, errSealed
	}
	for _, key := range r.notes {
		if plain, err := open(key, sealed, bind("note", use)); err == nil {
			return plain, nil
		}
	}
	return nil, errSealed
}

// DeriveSecret returns a secret in the form of GenerateSecret that the same parts always give: HMAC-SHA512 of them under
// the primary secret key. Without the key nobody can tell it from a random one.
func (r *Ring) DeriveSecret(parts ...string) identity.Secret {
	h := hmac.New(sha512.New, r.secrets[r.secret][:])
	h.Write(bind(append([]string{"derived secret"}, parts...)...)) // a hash.Hash never returns an error
	return identity.SecretOf(h.Sum(nil))
}
