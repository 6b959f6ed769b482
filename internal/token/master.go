package token

import (
	"crypto/cipher"
	"crypto/rand"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"strings"
)

const redacted = "[redacted]"

var errMasterKey = errors.New("token: a master key is 44 characters, the base64 of 32 bytes")

// MasterKey seals the keys of the ring, so that the database alone is of no use to a thief. It is kept outside the
// database: a file, or a systemd credential.
//
// Make it with one of the four functions below; the zero MasterKey is of no use and panics. It never
// prints its bytes, cannot be compared with ==, is cheap to copy and safe for concurrent use.
type MasterKey struct {
	_     [0]func()
	state *masterState // behind a pointer, so that no fmt verb can reach the bytes
}

type masterState struct {
	raw  [keySize]byte
	aead cipher.AEAD
}

// NewMasterKey returns a fresh random key.
func NewMasterKey() MasterKey { return MasterKeyFromBytes(randomKey()) }

// MasterKeyFromBytes returns the key made of these bytes.
func MasterKeyFromBytes(raw [keySize]byte) MasterKey {
	return MasterKey{state: &masterState{raw: raw, aead: newAEAD(raw)}}
}

// ParseMasterKey reads what Encode wrote, and the same in the urlsafe alphabet, in its one canonical form. The error
// never holds the text.
func ParseMasterKey(text string) (MasterKey, error) {
	for _, alphabet := range []*base64.Encoding{base64.StdEncoding, base64.URLEncoding} {
		raw, err := alphabet.DecodeString(text)
		if err == nil && len(raw) == keySize && alphabet.EncodeToString(raw) == text {
			return MasterKeyFromBytes([keySize]byte(raw)), nil
		}
	}
	return MasterKey{}, errMasterKey
}

// LoadMasterKey reads a file that holds what Encode wrote and perhaps a line end. It refuses a file that the group or
// others can read, write or execute.
func LoadMasterKey(path string) (MasterKey, error) {
	file, err := os.Open(path)
	if err != nil {
		return MasterKey{}, fmt.Errorf("token: master key: %w", err)
	}
	defer file.Close()
	// The open file is asked, not the path, which could lead elsewhere by now.
	info, err := file.Stat()
	if err != nil {
		return MasterKey{}, fmt.Errorf("token: master key: %w", err)
	}
	if !info.Mode().IsRegular() || info.Mode().Perm()&0o077 != 0 {
		return MasterKey{}, fmt.Errorf("token: master key %s has mode %s: it must be a file that only its owner can open (chmod 600)", path, info.Mode())
	}
	text, err := io.ReadAll(io.LimitReader(file, 1024))
	if err != nil {
		return MasterKey{}, fmt.Errorf("token: master key: %w", err)
	}
	key, err := ParseMasterKey(strings.TrimSuffix(string(text), "\n"))
	if err != nil {
		return MasterKey{}, fmt.Errorf("%s: %w", path, err)
	}
	return key, nil
}

// Encode returns the base64 of the key, 44 characters, which ParseMasterKey and package config read. It is as secret
// as the key.
func (m MasterKey) Encode() string { return base64.StdEncoding.EncodeToString(m.state.raw[:]) }

// Seal returns nonce, AES-256-GCM of plain and tag: 28 bytes more than plain. Only Open with the same purpose and id
// opens it.
func (m MasterKey) Seal(purpose, id string, plain []byte) []byte {
	return m.state.aead.Seal(nil, nil, plain, bind(purpose, id))
}

// Open returns what Seal sealed. Its one error says nothing about the cause: another master key, purpose or id, or
// altered bytes.
func (m MasterKey) Open(purpose, id string, sealed []byte) ([]byte, error) {
	return open(m.state.aead, sealed, bind(purpose, id))
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
