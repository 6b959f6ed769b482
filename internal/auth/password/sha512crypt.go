package password

import (
	"bytes"
	"crypto/sha512"
	"crypto/subtle"
	"strings"
)

const (
	crypt64 = "./0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"

	sha512CryptSalt    = 16   // longest, in characters
	sha512CryptDigest  = 86   // characters
	sha512CryptDefault = 5000 // rounds when the hash does not say
	minSHA512Crypt     = 1000
	maxSHA512Crypt     = 2_000_000 // rounds; passlib's default is 656,000
	maxSHA512Secret    = 512       // bytes
)

// sha512Crypt is $6$rounds=656000$salt$digest or $6$salt$digest, the form of crypt(3), Keystone's default before Pike.
// The algorithm is U. Drepper's "Unix crypt using SHA-256 and SHA-512", 2007.
type sha512Crypt struct {
	rounds int
	salt   string
	digest string
}

// parseSHA512Crypt reads the fields after the name.
func parseSHA512Crypt(fields []string) (form, error) {
	rounds := uint64(sha512CryptDefault)
	if len(fields) == 3 {
		values, ok := parameters(fields[0], "rounds")
		if !ok || values[0] < minSHA512Crypt || values[0] > maxSHA512Crypt {
			return nil, unusable("sha512_crypt rounds outside 1000 to 2000000")
		}
		rounds, fields = values[0], fields[1:]
	}
	if len(fields) != 2 || len(fields[0]) > sha512CryptSalt || len(fields[1]) != sha512CryptDigest ||
		!onlyCrypt64(fields[0]+fields[1]) {
		return nil, unusable("malformed sha512_crypt")
	}
	return sha512Crypt{rounds: int(rounds), salt: fields[0], digest: fields[1]}, nil
}

// matches refuses a secret beyond 512 bytes after the work for its head: each round reads the whole secret, so a long one
// would hold a worker for many seconds.
func (s sha512Crypt) matches(secret string) bool {
	head := secret[:min(len(secret), maxSHA512Secret)]
	got := encodeSHA512Crypt(s.derive([]byte(head)))
	return subtle.ConstantTimeCompare([]byte(got), []byte(s.digest)) == 1 && len(secret) <= maxSHA512Secret
}

func (s sha512Crypt) derive(secret []byte) [sha512.Size]byte {
	salt := []byte(s.salt)
	sum := s.start(secret, salt)

	// The rounds do not mix the secret and the salt themselves but strings of the same lengths made from them.
	secretLike := stretch(sha512.Sum512(bytes.Repeat(secret, len(secret))), len(secret))
	saltLike := stretch(sha512.Sum512(bytes.Repeat(salt, 16+int(sum[0]))), len(salt))

	h := sha512.New()
	for round := range s.rounds {
		h.Reset()
		first, last := sum[:], secretLike
		if round%2 == 1 {
			first, last = secretLike, sum[:]
		}
		h.Write(first) // a hash.Hash never returns an error
		if round%3 != 0 {
			h.Write(saltLike)
		}
		if round%7 != 0 {
			h.Write(secretLike)
		}
		h.Write(last)
		h.Sum(sum[:0])
	}
	return sum
}

// start returns the sum that enters the first round.
func (sha512Crypt) start(secret, salt []byte) [sha512.Size]byte {
	between := sha512.Sum512(bytes.Join([][]byte{secret, salt, secret}, nil))
	h := sha512.New()
	h.Write(secret)
	h.Write(salt)
	h.Write(stretch(between, len(secret)))
	for bits := len(secret); bits > 0; bits /= 2 {
		if bits%2 == 1 {
			h.Write(between[:])
		} else {
			h.Write(secret)
		}
	}
	return [sha512.Size]byte(h.Sum(nil))
}

// stretch repeats sum up to size bytes.
func stretch(sum [sha512.Size]byte, size int) []byte {
	return bytes.Repeat(sum[:], size/sha512.Size+1)[:size]
}

// encodeSHA512Crypt writes sum in crypt(3)'s base 64: three bytes, 21 apart and rotating, make four characters, the low six
// bits first; the last byte makes two.
func encodeSHA512Crypt(sum [sha512.Size]byte) string {
	var text strings.Builder
	emit := func(bits uint32, characters int) {
		for range characters {
			text.WriteByte(crypt64[bits%64])
			bits /= 64
		}
	}
	a, b, c := 0, 21, 42
	for range 21 {
		emit(uint32(sum[a])<<16|uint32(sum[b])<<8|uint32(sum[c]), 4)
		a, b, c = b+1, c+1, a+1
	}
	emit(uint32(sum[sha512.Size-1]), 2)
	return text.String()
}

// onlyCrypt64 reports whether text is in the alphabet that crypt(3) and bcrypt share.
func onlyCrypt64(text string) bool { return strings.Trim(text, crypt64) == "" }
