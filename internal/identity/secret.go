package identity

import (
	"crypto/subtle"
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
