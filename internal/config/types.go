package config

import (
	"errors"
	"fmt"
	"net/url"
	"strings"
	"time"

	"github.com/pelletier/go-toml/v2"
)

const redacted = "[redacted]"

// Duration is a time span written as Go writes it: "24h", "1h30m", "200ms". A bare number is refused, because its unit
// would be a guess. The empty string is zero, which Validate allows only where zero means something.
type Duration struct {
	time.Duration `toml:"-"`
}

// UnmarshalText reads the span.
func (d *Duration) UnmarshalText(text []byte) error {
	if len(text) == 0 {
		d.Duration = 0
		return nil
	}
	span, err := time.ParseDuration(string(text))
	if err != nil {
		return fmt.Errorf("%q is not a duration such as \"24h\" or \"90s\"", text)
	}
	d.Duration = span
	return nil
}

// MarshalText writes the span so that UnmarshalText reads the same one.
func (d Duration) MarshalText() ([]byte, error) {
	return []byte(d.Duration.String()), nil
}

// DatabaseURL is a data source. It may hold a password, so every text form but Reveal is redacted.
type DatabaseURL struct {
	raw string
}

// ParseDatabaseURL accepts sqlite:///path and postgres://user:password@host/name (also postgresql://). The error never
// repeats the text.
func ParseDatabaseURL(raw string) (DatabaseURL, error) {
	u, err := url.Parse(raw)
	if err != nil {
		// The cause quotes its input, and with it the password.
		return DatabaseURL{}, errors.New("is not a URL")
	}
	switch u.Scheme {
	case "sqlite":
		if u.Host != "" || u.User != nil || u.Path == "" || u.Path == "/" {
			return DatabaseURL{}, errors.New("needs a path: sqlite:///var/lib/lintel/lintel.db")
		}
	case "postgres", "postgresql":
		if u.Path == "" || u.Path == "/" {
			return DatabaseURL{}, errors.New("needs a database name: postgres://user:password@host/name")
		}
	default:
		return DatabaseURL{}, errors.New("must begin with sqlite:// or postgres://")
	}
	return DatabaseURL{raw}, nil
}

// Reveal returns the URL with its password. Pass it to the driver and to nothing else.
func (u DatabaseURL) Reveal() string { return u.raw }

// Driver is "sqlite" or "postgres".
func (u DatabaseURL) Driver() string {
	if strings.HasPrefix(u.raw, "sqlite:") {
		return "sqlite"
	}
	return "postgres"
}

// HasPassword reports whether the URL carries a secret.
func (u DatabaseURL) HasPassword() bool {
	parsed, err := url.Parse(u.raw)
	if err != nil {
		return true
	}
	_, set := parsed.User.Password()
	return set || parsed.Query().Has("password") || parsed.Query().Has("sslpassword")
}

// String is the URL without password and without query.
func (u DatabaseURL) String() string {
	parsed, err := url.Parse(u.raw)
	if err != nil {
		return redacted
	}
	parsed.RawQuery, parsed.Fragment = "", ""
	if _, set := parsed.User.Password(); set {
		parsed.User = url.UserPassword(parsed.User.Username(), "redacted")
	}
	return parsed.String()
}

// GoString redacts %#v.
func (u DatabaseURL) GoString() string { return u.String() }

// MarshalText redacts JSON, TOML and slog.
func (u DatabaseURL) MarshalText() ([]byte, error) { return []byte(u.String()), nil }

// UnmarshalText reads what ParseDatabaseURL accepts.
func (u *DatabaseURL) UnmarshalText(text []byte) error {
	parsed, err := ParseDatabaseURL(string(text))
	if err != nil {
		return err
	}
	*u = parsed
	return nil
}

// String is the effective configuration as TOML, secrets redacted.
func (c *Config) String() string {
	text, err := toml.Marshal(c)
	if err != nil {
		return "config: cannot be printed"
	}
	return string(text)
}
