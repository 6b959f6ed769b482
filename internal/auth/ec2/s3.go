package ec2

import (
	"encoding/base64"
	"encoding/hex"
	"strconv"
	"strings"
	"time"
)

// S3Request is what an S3 gateway asks about: the string that the client had to sign, which it made itself.
type S3Request struct {
	Signature string
	Token     string // the string to sign in base64, of either alphabet, with or without padding
}

// Verify says why the string to sign is not signed with the secret, or is not of this time; nil when all is well. A
// string to sign does not tell a presigned URL from other requests, so that it may be as old as such a URL can be: the
// gateway knows when that ends.
func (r *S3Request) Verify(secret string, now time.Time, rules Rules) error {
	if r.Signature == "" {
		return errNone
	}
	text, ok := decode(r.Token)
	switch {
	case !ok:
		return errForm
	case strings.HasPrefix(text, "AWS4"):
		return r.verify4(text, secret, now, rules)
	}
	if err := check2(text, now, rules); err != nil {
		return err
	}
	return same(r.Signature, sum1(secret, text))
}

// decode reads base64 of either alphabet. Line ends, which Go's decoder skips, are refused.
func decode(token string) (string, bool) {
	digits := strings.TrimRight(token, "=")
	if padding := len(token) - len(digits); padding > 2 || padding > 0 && len(token)%4 != 0 || strings.ContainsAny(digits, "\r\n") {
		return "", false
	}
	alphabet := base64.RawURLEncoding
	if strings.ContainsAny(digits, "+/") {
		alphabet = base64.RawStdEncoding
	}
	text, err := alphabet.Strict().DecodeString(digits)
	return string(text), err == nil
}

// verify4 checks a string to sign of version 4: algorithm, time, scope and the hash of the request.
func (r *S3Request) verify4(text, secret string, now time.Time, rules Rules) error {
	lines := strings.Split(text, "\n")
	if len(lines) != 4 || lines[0] != algorithm4 {
		return errForm
	}
	scope, ok := parseScope(lines[2])
	hash, err := hex.DecodeString(lines[3])
	if !ok || err != nil || len(hash) != 32 {
		return errForm
	}
	switch scope.service {
	case "s3", "iam", "sts":
	default:
		return errForm
	}
	at, err := scope.time(lines[1])
	if err != nil {
		return err
	}
	if err := near(at, now, max(rules.MaxAge, rules.Skew), rules.Skew); err != nil {
		return err
	}
	return same(r.Signature, hex.EncodeToString(sum256(scope.key(secret), text)))
}

// The times that clients write in the header Date or x-amz-date.
var dateLayouts = [...]string{"Mon, 02 Jan 2006 15:04:05 GMT", time.RFC1123Z, layout4, time.RFC3339}

// check2 checks the time of a string to sign of version 2: its fourth line is the header Date, empty when there is an
// x-amz-date, or, of a presigned URL, the second since 1970 at which it ends.
func check2(text string, now time.Time, rules Rules) error {
	lines := strings.Split(text, "\n")
	if len(lines) < 5 {
		return errUndated
	}
	date := lines[3]
	if date == "" {
		for _, line := range lines[4:] {
			if value, ok := strings.CutPrefix(line, "x-amz-date:"); ok {
				date = value
			}
		}
	}
	if date == "" {
		return errUndated
	}
	if ends, err := strconv.ParseInt(date, 10, 64); err == nil {
		if now.Add(-rules.Skew).After(time.Unix(ends, 0)) {
			return errTime
		}
		return nil
	}
	for _, layout := range dateLayouts {
		if at, err := time.Parse(layout, date); err == nil {
			return near(at, now, rules.Skew, rules.Skew)
		}
	}
	return errForm
}
