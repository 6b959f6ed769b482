package password

import (
	"crypto/pbkdf2"
	"crypto/sha512"
	"crypto/subtle"

	"golang.org/x/crypto/scrypt"
)

const (
	scryptDigest = 32 // bytes
	maxScryptLog = 21
	maxScryptR   = 128
	maxScryptP   = 16
	maxScryptMix = 2 << 20 // N times r times p; Keystone's default is a quarter of it

	pbkdf2Digest = sha512.Size
	maxPBKDF2    = 4_000_000 // rounds; Keystone's default is 25,000
)

// scryptHash is $scrypt$ln=16,r=8,p=1$salt$digest, both in base64 without padding.
type scryptHash struct {
	logN, r, p   int
	salt, digest []byte
}

// pbkdf2SHA512 is $pbkdf2-sha512$25000$salt$digest, both in base64 without padding and usually with '.' for '+'.
type pbkdf2SHA512 struct {
	rounds       int
	salt, digest []byte
}

// parseScrypt reads the fields after the name.
func parseScrypt(fields []string) (form, error) {
	if len(fields) != 3 {
		return nil, unusable("malformed scrypt")
	}
	values, ok := parameters(fields[0], "ln", "r", "p")
	salt, saltOK := unbase64(fields[1])
	digest, digestOK := unbase64(fields[2])
	if !ok || !saltOK || !digestOK || len(digest) != scryptDigest {
		return nil, unusable("malformed scrypt")
	}
	logN, r, p := values[0], values[1], values[2]
	if logN < 1 || logN > maxScryptLog || r < 1 || r > maxScryptR || p < 1 || p > maxScryptP {
		return nil, unusable("scrypt with impossible costs")
	}
	if r<<logN > maxMemoryBytes/128 || r*p<<logN > maxScryptMix {
		return nil, unusable("scrypt that costs too much")
	}
	return scryptHash{logN: int(logN), r: int(r), p: int(p), salt: salt, digest: digest}, nil
}

func (s scryptHash) matches(secret string) bool {
	got, err := scrypt.Key([]byte(secret), s.salt, 1<<s.logN, s.r, s.p, scryptDigest)
	return err == nil && subtle.ConstantTimeCompare(got, s.digest) == 1
}

// parsePBKDF2 reads the fields after the name.
func parsePBKDF2(fields []string) (form, error) {
	if len(fields) != 3 {
		return nil, unusable("malformed pbkdf2_sha512")
	}
	rounds, ok := decimal(fields[0])
	salt, saltOK := unbase64(fields[1])
	digest, digestOK := unbase64(fields[2])
	if !ok || !saltOK || !digestOK || len(digest) != pbkdf2Digest {
		return nil, unusable("malformed pbkdf2_sha512")
	}
	if rounds < 1 || rounds > maxPBKDF2 {
		return nil, unusable("pbkdf2_sha512 rounds outside 1 to 4000000")
	}
	return pbkdf2SHA512{rounds: int(rounds), salt: salt, digest: digest}, nil
}

func (p pbkdf2SHA512) matches(secret string) bool {
	got, err := pbkdf2.Key(sha512.New, secret, p.salt, p.rounds, pbkdf2Digest)
	return err == nil && subtle.ConstantTimeCompare(got, p.digest) == 1
}
