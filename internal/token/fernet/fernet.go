// Package fernet seals and opens Fernet tokens as Keystone writes them.
//
// It owns the Fernet specification (https://github.com/fernet/spec), version 0x80, and nothing else: the key, the
// sealed text and the order in which the text is checked. A token is
//
//	0x80 | seconds, 8 bytes big-endian | IV, 16 | AES-128-CBC with PKCS #7 padding | HMAC-SHA256, 32
//
// in urlsafe base64. Like Keystone, it writes the text without the trailing '='.
//
// It refuses every spelling of a token but that one, and it refuses to judge: what the payload means, how old a
// token may be, whether its time lies in the future and where keys are kept are the caller's business.
package fernet

import (
	"bytes"
	"crypto/cipher"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"errors"
	"slices"
	"strings"
	"time"
)

const (
	// MaxToken is the length, in characters, of the longest token that Open reads.
	MaxToken = 4096
	// MaxPayload is the length, in bytes, of the longest payload that fits into MaxToken.
	MaxPayload = 3007

	version    = 0x80
	blockSize  = 16
	timeAt     = 1
	ivAt       = timeAt + 8
	cipherAt   = ivAt + blockSize
	macSize    = sha256.Size
	overhead   = cipherAt + macSize
	maxSeconds = 253402300799 // end of the year 9999, the last one that RFC 3339 and Keystone can write
)

// ErrInvalid is the only error of Open. It does not say what was wrong, because the sender of a forged token is
// the one who would like to know.
var ErrInvalid = errors.New("fernet: invalid token")

// Ring is the set of keys that open tokens. Its order is the order of the attempts.
type Ring []Key

// Seal appends to dst the token that holds payload, issued at the whole second of at.
// A payload longer than MaxPayload, or a time before 1970 or after 9999, makes a token that Open refuses.
func (k Key) Seal(dst, payload []byte, at time.Time) []byte {
	var iv [blockSize]byte
	rand.Read(iv[:]) // never fails: crypto/rand ends the process instead
	return k.seal(dst, payload, at, iv)
}

// seal is Seal with a given IV.
func (k Key) seal(dst, payload []byte, at time.Time, iv [blockSize]byte) []byte {
	padding := blockSize - len(payload)%blockSize
	raw := make([]byte, 0, overhead+len(payload)+padding)
	raw = append(raw, version)
	raw = binary.BigEndian.AppendUint64(raw, uint64(at.Unix()))
	raw = append(raw, iv[:]...)
	raw = append(raw, payload...)
	raw = append(raw, bytes.Repeat([]byte{byte(padding)}, padding)...)
	cipher.NewCBCEncrypter(k.state().block, iv[:]).CryptBlocks(raw[cipherAt:], raw[cipherAt:])
	raw = k.sign(raw, raw)
	return base64.RawURLEncoding.AppendEncode(dst, raw)
}

// Open appends to dst the payload of token and returns it with the time it was issued, in UTC and whole seconds, and
// the index of the key that sealed it. The only error is ErrInvalid; with it payload is nil and keyIndex is -1.
//
// Each key is tried until one fits. Nothing inside the token is read before its HMAC was found good. The spare room of dst
// serves as scratch space. The issued time is authentic but not judged.
func (r Ring) Open(dst []byte, token string) (payload []byte, issued time.Time, keyIndex int, err error) {
	dst, raw, ok := decode(dst, token)
	if !ok {
		return nil, time.Time{}, -1, ErrInvalid
	}
	message, tag := raw[:len(raw)-macSize], raw[len(raw)-macSize:]
	keyIndex = slices.IndexFunc(r, func(k Key) bool { return k.signed(message, tag) })
	if keyIndex < 0 {
		return nil, time.Time{}, -1, ErrInvalid
	}
	seconds := binary.BigEndian.Uint64(message[timeAt:])
	if message[0] != version || seconds > maxSeconds {
		return nil, time.Time{}, -1, ErrInvalid
	}
	plain := message[cipherAt:]
	cipher.NewCBCDecrypter(r[keyIndex].state().block, message[ivAt:cipherAt]).CryptBlocks(plain, plain)
	plain, ok = unpad(plain)
	if !ok {
		return nil, time.Time{}, -1, ErrInvalid
	}
	return append(dst, plain...), time.Unix(int64(seconds), 0).UTC(), keyIndex, nil
}

// decode decodes token into the spare room of dst, which it grows when needed. It accepts the one canonical text of a
// byte string that has the length of a token.
func decode(dst []byte, token string) (grown, raw []byte, ok bool) {
	size := base64.RawURLEncoding.DecodedLen(len(token))
	if len(token) > MaxToken || size < overhead+blockSize || (size-overhead)%blockSize != 0 {
		return nil, nil, false
	}
	// Strict refuses left-over bits but still skips line ends.
	if strings.ContainsAny(token, "\r\n") {
		return nil, nil, false
	}
	grown = slices.Grow(dst, size)
	raw = grown[len(dst) : len(dst)+size]
	n, err := base64.RawURLEncoding.Strict().Decode(raw, []byte(token))
	return grown, raw, err == nil && n == size
}

// unpad removes PKCS #7 padding (RFC 5652, section 6.3). It need not run in constant time: the HMAC was good, so
// the plain text comes from a holder of the key.
func unpad(plain []byte) ([]byte, bool) {
	n := int(plain[len(plain)-1])
	if n < 1 || n > blockSize {
		return nil, false
	}
	end := len(plain) - n
	for _, b := range plain[end:] {
		if int(b) != n {
			return nil, false
		}
	}
	return plain[:end], true
}
