package password

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"fmt"
	"strconv"
	"strings"

	"golang.org/x/crypto/bcrypt"
)

const (
	bcryptLength = 60
	bcryptSalt   = 22 // characters
	bcryptDigest = 31 // characters
	bcryptFull   = 72 // bytes of a secret that bcrypt mixes in
	bcryptOld    = 54 // bytes that some Keystone releases cut to before
	minCost      = 4
	maxCost      = 15 // eight times the work of Keystone's default, 12
)

// bcryptHash is $2b$12$, 22 characters of salt and 31 of digest; also with 2a and 2y, which differ in no secret that
// Keystone could hash.
type bcryptHash string

// bcryptSHA256 is bcrypt over the base64 of a SHA-256, so that every byte of a secret counts. passlib and Keystone write
// $bcrypt-sha256$v=2,t=2b,r=12$salt$digest, where the SHA-256 is an HMAC with the text of the salt as its key;
// passlib before 1.7.3 wrote $bcrypt-sha256$2b,12$salt$digest, without the HMAC.
type bcryptSHA256 struct {
	inner bcryptHash
	key   string // of the HMAC, empty in the old version
}

func parseBcrypt(hash string) (form, error) {
	b := bcryptHash(hash)
	if err := b.check(); err != nil {
		return nil, err
	}
	return b, nil
}

// check reports whether the text after the name is well formed and cheap enough to run.
func (b bcryptHash) check() error {
	hash := string(b)
	if len(hash) != bcryptLength || hash[6] != '$' || !onlyCrypt64(hash[7:]) {
		return unusable("malformed bcrypt")
	}
	cost, err := strconv.ParseUint(hash[4:6], 10, 8)
	if err != nil || cost < minCost || cost > maxCost {
		return unusable("bcrypt cost outside 04 to 15")
	}
	return nil
}

// matches tries the secret as modern Keystone cuts it, then as older releases did. A secret with a NUL is refused after the
// work: bcrypt repeats its key with a NUL between, so "a" and "a\x00a" hash alike.
func (b bcryptHash) matches(secret string) bool {
	ok := b.matchesCut(secret, bcryptFull)
	if !ok && len(secret) > bcryptOld {
		ok = b.matchesCut(secret, bcryptOld)
	}
	return ok && !strings.Contains(secret, "\x00")
}

func (b bcryptHash) matchesCut(secret string, size int) bool {
	return bcrypt.CompareHashAndPassword([]byte(b), []byte(secret[:min(len(secret), size)])) == nil
}

// parseBcryptSHA256 reads the fields after the name.
func parseBcryptSHA256(fields []string) (form, error) {
	if len(fields) != 3 || len(fields[1]) != bcryptSalt || len(fields[2]) != bcryptDigest {
		return nil, unusable("malformed bcrypt_sha256")
	}
	settings, key := fields[0], ""
	if rest, ok := strings.CutPrefix(settings, "v=2,t=2b,r="); ok {
		settings, key = "2b,"+rest, fields[1]
	}
	kind, rounds, _ := strings.Cut(settings, ",")
	cost, ok := decimal(rounds)
	if !ok || kind != "2a" && kind != "2b" {
		return nil, unusable("malformed bcrypt_sha256")
	}
	inner := bcryptHash(fmt.Sprintf("$%s$%02d$%s%s", kind, cost, fields[1], fields[2]))
	if err := inner.check(); err != nil {
		return nil, err
	}
	return bcryptSHA256{inner: inner, key: key}, nil
}

func (b bcryptSHA256) matches(secret string) bool {
	sum := sha256.Sum256([]byte(secret))
	digest := sum[:]
	if b.key != "" {
		mac := hmac.New(sha256.New, []byte(b.key))
		mac.Write([]byte(secret)) // a hash.Hash never returns an error
		digest = mac.Sum(nil)
	}
	return b.inner.matches(base64.StdEncoding.EncodeToString(digest))
}
