package identity

import (
	"crypto/subtle"
	"encoding/base64"
	"log/slog"
)

const redacted = "[redacted]"

// Secret is a password or a credential's secret. It prints as [redacted] everywhere, cannot be
// compared with ==, and gives its text only to Reveal. The text is behind a function because
// fmt prints the unexported fields of a struct that holds a Secret without asking its methods.
type Secret struct {
	text func() string
}

// NewSecret wraps text.
func NewSecret(text string) Secret { return Secret{text: func() string { return text }} }

// SecretOf writes random bytes, one at least, in urlsafe base64 without padding. The text never begins with a dash,
// which the command lines it is pasted into would take for an option: for one text in 64 it changes a bit of raw.
func SecretOf(raw []byte) Secret {
	const dash = 62 // its place in the alphabet
	if raw[0]>>2 == dash {
		raw[0] ^= 0x80
	}
	return NewSecret(base64.RawURLEncoding.EncodeToString(raw))
}

// Reveal returns the text. Each call of it is a place to review.
func (s Secret) Reveal() string {
	if s.text == nil {
		return ""
	}
	return s.text()
}

// Empty says whether there is no secret at all.
func (s Secret) Empty() bool { return s.Reveal() == "" }

// Equal compares in constant time for equal lengths.
func (s Secret) Equal(o Secret) bool {
	return subtle.ConstantTimeCompare([]byte(s.Reveal()), []byte(o.Reveal())) == 1
}

// String, GoString, LogValue and MarshalText keep the text out of logs, errors and answers.
func (s Secret) String() string               { return redacted }
func (s Secret) GoString() string             { return redacted }
func (s Secret) LogValue() slog.Value         { return slog.StringValue(redacted) }
func (s Secret) MarshalText() ([]byte, error) { return []byte(redacted), nil }

// UnmarshalText lets a request body be decoded straight into a Secret.
func (s *Secret) UnmarshalText(b []byte) error {
	*s = NewSecret(string(b))
	return nil
}
