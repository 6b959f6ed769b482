package fernet

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"hash"
	"log/slog"
	"sync"
)

const (
	keySize  = 32
	halfSize = keySize / 2
	keyText  = 44 // characters of keySize bytes in padded base64

	redacted = "[redacted]"
)

var errKey = errors.New("fernet: a key is 32 bytes in canonical urlsafe base64, 44 characters")

// Key is one Fernet key: 16 bytes that sign, then 16 bytes that encrypt.
// Make it with NewKey, ParseKey or KeyFromBytes; the zero Key is of no use and panics.
// A Key never prints its bytes, cannot be compared with ==, is cheap to copy and safe for concurrent use.
type Key struct {
	// A closure, because fmt walks through unexported fields and pointers (%s on a struct around the key), but not
	// through a function.
	state func() *state
}

// state is what a key needs on each call, made once.
type state struct {
	raw   [keySize]byte
	block cipher.Block
	macs  sync.Pool // of *mac
}

// mac is an HMAC with room for its result, so that a check allocates nothing.
type mac struct {
	hash.Hash
	sum [sha256.Size]byte
}

// NewKey returns a fresh random key.
func NewKey() Key {
	var raw [keySize]byte
	rand.Read(raw[:]) // never fails: crypto/rand ends the process instead
	return KeyFromBytes(raw)
}

// ParseKey reads the text of a key file: 44 characters of padded urlsafe base64, nothing around them.
// A second spelling of the same bytes is an error. The error never holds the text.
func ParseKey(text string) (Key, error) {
	if len(text) != keyText {
		return Key{}, errKey
	}
	decoded, err := base64.URLEncoding.Strict().DecodeString(text)
	if err != nil || len(decoded) != keySize {
		return Key{}, errKey
	}
	return KeyFromBytes([keySize]byte(decoded)), nil
}

// KeyFromBytes returns the key made of these bytes: 16 to sign, 16 to encrypt.
func KeyFromBytes(raw [keySize]byte) Key {
	block, err := aes.NewCipher(raw[halfSize:])
	if err != nil {
		panic(err) // aes refuses only lengths other than 16, 24 and 32
	}
	s := &state{raw: raw, block: block}
	s.macs.New = func() any { return &mac{Hash: hmac.New(sha256.New, s.raw[:halfSize])} }
	return Key{state: func() *state { return s }}
}

// Bytes returns the secret itself: 16 bytes that sign, then 16 that encrypt.
func (k Key) Bytes() [keySize]byte { return k.state().raw }

// Encode returns the text of a key file, which ParseKey reads. It is as secret as the key.
func (k Key) Encode() string { return base64.URLEncoding.EncodeToString(k.state().raw[:]) }

// String returns a fixed text, so that a key cannot be printed by accident.
func (Key) String() string { return redacted }

// GoString returns a fixed text, for %#v.
func (Key) GoString() string { return redacted }

// LogValue returns a fixed text, for slog.
func (Key) LogValue() slog.Value { return slog.StringValue(redacted) }

// sign appends the HMAC-SHA256 of message to dst.
func (k Key) sign(dst, message []byte) []byte {
	macs := &k.state().macs
	m := macs.Get().(*mac)
	defer macs.Put(m)
	return append(dst, m.over(message)...)
}

// signed reports, in constant time, whether tag is the HMAC-SHA256 of message.
func (k Key) signed(message, tag []byte) bool {
	macs := &k.state().macs
	m := macs.Get().(*mac)
	defer macs.Put(m)
	return hmac.Equal(m.over(message), tag)
}

// over returns the HMAC of message, good until the next call.
func (m *mac) over(message []byte) []byte {
	m.Reset()
	m.Write(message) // a hash.Hash never returns an error
	return m.Sum(m.sum[:0])
}
