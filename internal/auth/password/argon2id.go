package password

import (
	"crypto/subtle"
	"encoding/base64"
	"errors"
	"fmt"

	"golang.org/x/crypto/argon2"
)

const (
	argonSalt = 16 // bytes of salt in new hashes
	argonTag  = 32 // bytes of result in new hashes

	minArgonSalt = 8  // RFC 9106, section 3.1
	minArgonTag  = 16 // shorter ones are legal and guessable
	maxArgonTag  = 64

	minMemoryPerLane = 8       // KiB, RFC 9106, section 3.1
	maxArgonWork     = 2 << 20 // KiB times passes
)

// argonCosts are the parameters m (KiB), t and p of RFC 9106.
type argonCosts struct {
	memory  uint32
	time    uint32
	threads uint8
}

// argon2id is a hash in PHC form: $argon2id$v=19$m=19456,t=2,p=1$salt$tag, both in base64 without padding.
type argon2id struct {
	costs     argonCosts
	salt, tag []byte
}

func (c argonCosts) check() error {
	switch {
	case c.time < 1 || c.threads < 1 || c.memory < minMemoryPerLane*uint32(c.threads):
		return errors.New("argon2id needs a pass, a lane and 8 KiB for each lane")
	case c.memory > maxMemoryBytes/1024 || uint64(c.memory)*uint64(c.time) > maxArgonWork:
		return errors.New("argon2id with this much memory or this many passes costs too much")
	}
	return nil
}

func (c argonCosts) derive(secret string, salt []byte, size int) []byte {
	return argon2.IDKey([]byte(secret), salt, c.time, c.memory, c.threads, uint32(size))
}

// parseArgon2id reads the fields after the name.
func parseArgon2id(fields []string) (form, error) {
	if len(fields) != 4 || fields[0] != fmt.Sprintf("v=%d", argon2.Version) {
		return nil, unusable("malformed argon2id")
	}
	values, ok := parameters(fields[1], "m", "t", "p")
	salt, saltOK := unbase64(fields[2])
	tag, tagOK := unbase64(fields[3])
	if !ok || !saltOK || !tagOK || len(salt) < minArgonSalt || len(tag) < minArgonTag || len(tag) > maxArgonTag {
		return nil, unusable("malformed argon2id")
	}
	if values[2] > 255 {
		return nil, unusable("argon2id with too many lanes")
	}
	costs := argonCosts{memory: uint32(values[0]), time: uint32(values[1]), threads: uint8(values[2])}
	if err := costs.check(); err != nil {
		return nil, unusable(err.Error())
	}
	return argon2id{costs: costs, salt: salt, tag: tag}, nil
}

func (a argon2id) encode() string {
	b64 := base64.RawStdEncoding.EncodeToString
	return fmt.Sprintf("$argon2id$v=%d$m=%d,t=%d,p=%d$%s$%s",
		argon2.Version, a.costs.memory, a.costs.time, a.costs.threads, b64(a.salt), b64(a.tag))
}

func (a argon2id) matches(secret string) bool {
	return subtle.ConstantTimeCompare(a.costs.derive(secret, a.salt, len(a.tag)), a.tag) == 1
}
