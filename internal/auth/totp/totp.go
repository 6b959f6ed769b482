// Package totp checks the passcodes of authenticators.
//
// It owns RFC 6238 as Keystone uses it: HMAC-SHA-1, steps of 30 seconds since 1970, six digits (RFC 4226), and the
// text of a secret: base32 (RFC 4648).
//
// It refuses secrets that nobody should use, and it refuses to remember: whose secret it is, which step was taken
// before, and how often somebody may guess is the caller's business.
package totp

import (
	"crypto/hmac"
	"crypto/sha1" //nolint:gosec // RFC 6238 as every authenticator has it; HMAC does not need SHA-1's collision resistance
	"crypto/subtle"
	"encoding/base32"
	"encoding/binary"
	"errors"
	"log/slog"
	"strings"
	"time"
)

const (
	// Period is how long a passcode is the current one.
	Period = 30 * time.Second
	// Digits is the length of a passcode.
	Digits = 6

	modulus = 1_000_000

	minSecret = 16   // bytes: RFC 4226, section 4, R6
	maxText   = 1024 // characters of a secret's text

	redacted = "[redacted]"
)

// ErrSecret is the error of Parse. It never holds a part of the secret.
var ErrSecret = errors.New("totp: a secret is 128 bits or more in base32")

// Secret is the key that an authenticator and the server share. The zero Secret is of no use and panics. It
// never prints its bytes and cannot be compared with ==.
type Secret struct {
	key func() []byte
}

// Parse reads the text of a secret: base32 in upper or lower case, with or without the padding, and with blanks
// between groups, as authenticators show it.
func Parse(text string) (Secret, error) {
	if len(text) > maxText {
		return Secret{}, ErrSecret
	}
	compact := strings.Map(func(r rune) rune {
		switch {
		case r == ' ':
			return -1
		case 'a' <= r && r <= 'z':
			return r - 'a' + 'A'
		}
		return r
	}, text)
	digits := strings.TrimRight(compact, "=")
	if padding := len(compact) - len(digits); padding > 0 && (padding > 6 || len(compact)%8 != 0) {
		return Secret{}, ErrSecret
	}
	// The decoder skips line ends; nobody writes them in a secret.
	if strings.ContainsAny(digits, "\r\n") {
		return Secret{}, ErrSecret
	}
	encoding := base32.StdEncoding.WithPadding(base32.NoPadding)
	key, err := encoding.DecodeString(digits)
	// The decoder drops a last digit that cannot stand there.
	if err != nil || len(key) < minSecret || encoding.EncodedLen(len(key)) != len(digits) {
		return Secret{}, ErrSecret
	}
	return Secret{key: func() []byte { return key }}, nil
}

// Step is the number of a time step: the counter T of RFC 6238.
func Step(at time.Time) int64 { return at.Unix() / int64(Period/time.Second) }

// Passcode returns the six digits of a step.
func (s Secret) Passcode(step int64) string {
	digits := s.digits(step)
	return string(digits[:])
}

// Verify returns the step whose passcode it is: the current one at a time, or one of the earlier ones. The answer
// takes the same time whichever of them it is, and if it is none.
func (s Secret) Verify(passcode string, at time.Time, earlier int) (step int64, ok bool) {
	now, found, age := Step(at), 0, 0
	for back := range earlier + 1 {
		digits := s.digits(now - int64(back))
		same := subtle.ConstantTimeCompare(digits[:], []byte(passcode))
		age = subtle.ConstantTimeSelect(same&^found, back, age)
		found |= same
	}
	return now - int64(age), found == 1
}

// digits is the HOTP value of RFC 4226, section 5.3.
func (s Secret) digits(step int64) (digits [Digits]byte) {
	h := hmac.New(sha1.New, s.key())
	var counter [8]byte
	binary.BigEndian.PutUint64(counter[:], uint64(step))
	h.Write(counter[:]) // a hash.Hash never returns an error
	sum := h.Sum(nil)
	at := sum[len(sum)-1] & 0xf
	value := binary.BigEndian.Uint32(sum[at:]) & 0x7fffffff % modulus
	for i := Digits - 1; i >= 0; i-- {
		digits[i] = byte('0' + value%10)
		value /= 10
	}
	return digits
}

// String, GoString and LogValue keep the secret out of logs and errors.
func (Secret) String() string       { return redacted }
func (Secret) GoString() string     { return redacted }
func (Secret) LogValue() slog.Value { return slog.StringValue(redacted) }
