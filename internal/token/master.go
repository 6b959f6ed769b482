package token

import (
	"crypto/cipher"
	"crypto/rand"
	"log/slog"
)

const redacted = "[redacted]"

// MasterKey seals the keys of the ring, so that the database alone is of no use to a thief. It is kept outside the
// database: a file, or a systemd credential.
//
// Package config reads it. The zero MasterKey is of no use and panics. It never
// prints its bytes, cannot be compared with ==, is cheap to copy and safe for concurrent use.
type MasterKey struct {
	_    [0]func()
	aead cipher.AEAD
}

// NewMasterKey returns a fresh random key.
func NewMasterKey() MasterKey { return MasterKeyFromBytes(randomKey()) }

// MasterKeyFromBytes returns the key made of these bytes.
func MasterKeyFromBytes(raw [keySize]byte) MasterKey {
	return MasterKey{aead: newAEAD(raw)}
}

// Seal returns nonce, AES-256-GCM of plain and tag: 28 bytes more than plain. Only Open with the same purpose and id
// opens it.
func (m MasterKey) Seal(purpose, id string, plain []byte) []byte {
	return m.aead.Seal(nil, nil, plain, bind(purpose, id))
}

// Open returns what Seal sealed. Its one error says nothing about the cause: another master key, purpose or id, or
// altered bytes.
func (m MasterKey) Open(purpose, id string, sealed []byte) ([]byte, error) {
	return open(m.aead, sealed, bind(purpose, id))
}

// String, GoString, LogValue and MarshalText keep the key out of logs, errors and answers.
func (MasterKey) String() string               { return redacted }
func (MasterKey) GoString() string             { return redacted }
func (MasterKey) LogValue() slog.Value         { return slog.StringValue(redacted) }
func (MasterKey) MarshalText() ([]byte, error) { return []byte(redacted), nil }

func randomKey() (raw [keySize]byte) {
	rand.Read(raw[:]) // never fails: crypto/rand ends the program instead
	return raw
}
