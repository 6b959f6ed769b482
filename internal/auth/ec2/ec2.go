// Package ec2 verifies the signatures of AWS requests.
//
// It owns the string that each version signs: version 4 of a request that a service took apart, with the signature in
// a header or in the query (presigned); the older versions 2, 1 and 0; and the string to sign that an S3 gateway made
// itself (versions 4 and 2). It owns the time a signature is good for, too: only times that are signed count.
//
// It refuses requests that can be read in two ways, signatures without a time, and the versions 0 and 1 unless it is
// told otherwise. Whose the secret is, and what a good signature is good for, is the caller's business.
//
// Sources: the AWS documentation of Signature Version 4 and 2, and of S3's REST authentication; what a service sends is
// Keystone's (keystone/api/ec2tokens.py and s3tokens.py).
package ec2

import (
	"crypto/hmac"
	"crypto/sha1" //nolint:gosec // the protocol's; an HMAC does not need its collision resistance
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"strings"
	"time"
)

// Rules are what the operator lets pass.
type Rules struct {
	Skew    time.Duration // how far a signature's time may be from now, either way
	MaxAge  time.Duration // how old a string to sign of S3 may be, where that is longer: it does not say that a URL was presigned
	Old     bool          // versions 0 and 1 are accepted
	Undated bool          // version 2 without a Timestamp is accepted
}

// Request is a signed request as a service took it apart.
type Request struct {
	Access    string // the access key
	Signature string
	Verb      string
	Host      string // with the port, if the client named one
	Path      string
	Params    map[string]string // of the query, and of a form in the body
	Headers   map[string]string
	BodyHash  string // version 4: the SHA-256 of the body in hex, or the word that was signed in its place
}

// The errors say why a signature is refused. They never hold a part of the request.
var (
	errNone      = errors.New("ec2: there is no signature")
	errForm      = errors.New("ec2: the signed request cannot be read")
	errVersion   = errors.New("ec2: the signature's version is not accepted")
	errUndated   = errors.New("ec2: the signature has no time")
	errTime      = errors.New("ec2: the signature's time is too far from now")
	errSignature = errors.New("ec2: wrong signature")
)

// Verify says why the request is not signed with the secret, at about this time; nil when it is.
func (r *Request) Verify(secret string, now time.Time, rules Rules) error {
	if r.Signature == "" {
		return errNone
	}
	if !plain(r.Verb, r.Host, r.Path, r.BodyHash) {
		return errForm
	}
	switch version := r.Params["SignatureVersion"]; version {
	case "2":
		return r.verify2(secret, now, rules)
	case "0", "1":
		if !rules.Old {
			return errVersion
		}
		return r.verifyOld(version, secret, now, rules)
	}
	return r.verify4(secret, now, rules)
}

// hosts are what the client can have signed as its host: some leave the port out.
func hosts(host string) []string {
	name, port, found := cutLast(host, ":")
	if !found || port == "" || strings.Trim(port, "0123456789") != "" {
		return []string{host}
	}
	return []string{host, name}
}

func cutLast(s, sep string) (before, after string, found bool) {
	if i := strings.LastIndex(s, sep); i >= 0 {
		return s[:i], s[i+len(sep):], true
	}
	return s, "", false
}

// plain says whether no text has control characters, which could move the borders between the lines that are signed.
func plain(texts ...string) bool {
	for _, text := range texts {
		if strings.ContainsFunc(text, func(r rune) bool { return r < ' ' || r == 0x7f }) {
			return false
		}
	}
	return true
}

// near says whether a time is within the window.
func near(at, now time.Time, before, after time.Duration) error {
	if at.Before(now.Add(-before)) || at.After(now.Add(after)) {
		return errTime
	}
	return nil
}

// same compares in constant time.
func same(signature, want string) error {
	if !hmac.Equal([]byte(signature), []byte(want)) {
		return errSignature
	}
	return nil
}

func sum256(key []byte, text string) []byte {
	m := hmac.New(sha256.New, key)
	m.Write([]byte(text))
	return m.Sum(nil)
}

// sum1 is the signature of the versions before 2, and of S3's version 2.
func sum1(secret, text string) string {
	m := hmac.New(sha1.New, []byte(secret))
	m.Write([]byte(text))
	return base64.StdEncoding.EncodeToString(m.Sum(nil))
}
