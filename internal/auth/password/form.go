package password

import (
	"encoding/base64"
	"fmt"
	"strconv"
	"strings"
)

// The bounds below keep one verification under about ten seconds of one core and 256 MiB, whatever a database or an
// import holds. They leave room above everything Keystone writes by default.
const (
	maxHash        = 1024 // characters; Keystone's column holds 255
	maxMemoryBytes = 256 << 20
)

// form is one parsed hash.
type form interface {
	// matches reports, in constant time, whether secret is the one that was hashed. It takes as long as the stored
	// parameters say, whatever the answer.
	matches(secret string) bool
}

// parse reads a stored hash. It is quick for any text; a form it returns is safe to run.
func parse(hash string) (form, error) {
	if len(hash) > maxHash {
		return nil, unusable("longer than 1024 characters")
	}
	fields := strings.Split(hash, "$")
	if len(fields) < 2 || fields[0] != "" {
		return nil, unusable("not a modular crypt string")
	}
	switch fields[1] {
	case "argon2id":
		return parseArgon2id(fields[2:])
	case "2a", "2b", "2y":
		return parseBcrypt(hash)
	case "bcrypt-sha256":
		return parseBcryptSHA256(fields[2:])
	case "scrypt":
		return parseScrypt(fields[2:])
	case "pbkdf2-sha512":
		return parsePBKDF2(fields[2:])
	case "6":
		return parseSHA512Crypt(fields[2:])
	}
	return nil, unusable("unknown form")
}

// unusable returns the error for a stored hash. The reason must not hold any of it.
func unusable(reason string) error { return fmt.Errorf("%w: %s", ErrForm, reason) }

// parameters reads "a=1,b=2" for the names a and b, in this order.
func parameters(text string, names ...string) ([]uint64, bool) {
	parts := strings.Split(text, ",")
	if len(parts) != len(names) {
		return nil, false
	}
	values := make([]uint64, len(names))
	for i, part := range parts {
		name, value, _ := strings.Cut(part, "=")
		n, ok := decimal(value)
		if name != names[i] || !ok {
			return nil, false
		}
		values[i] = n
	}
	return values, true
}

// decimal reads a number below 2^32 in its one spelling: no sign, no leading zero.
func decimal(text string) (uint64, bool) {
	n, err := strconv.ParseUint(text, 10, 32)
	return n, err == nil && strconv.FormatUint(n, 10) == text
}

// unbase64 decodes standard base64 without padding. Like Keystone it reads '.' as '+', passlib's variant of the alphabet.
func unbase64(text string) ([]byte, bool) {
	if strings.ContainsAny(text, "\r\n") { // the decoder skips them
		return nil, false
	}
	b, err := base64.RawStdEncoding.Strict().DecodeString(strings.ReplaceAll(text, ".", "+"))
	return b, err == nil
}
