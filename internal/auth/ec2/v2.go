package ec2

import (
	"cmp"
	"encoding/base64"
	"strings"
	"time"

	"github.com/lintel-id/lintel/internal/auth/percent"
)

const sha256Method = "HmacSHA256"

// verify2 checks a request of version 2. The only method is HmacSHA256, which Keystone signs as a parameter whether the
// client sent it or not.
func (r *Request) verify2(secret string, now time.Time, rules Rules) error {
	params := map[string]string{"SignatureMethod": sha256Method}
	for name, value := range r.Params {
		params[name] = value
	}
	if params["SignatureMethod"] != sha256Method {
		return errVersion
	}
	if err := r.checkParams(now, rules, rules.Undated); err != nil {
		return err
	}
	names := sortedNames(params, strings.Compare)
	for i, name := range names {
		names[i] = percent.Encode(name) + "=" + percent.Encode(params[name])
	}
	query := strings.Join(names, "&")
	for _, host := range hosts(r.Host) {
		text := r.Verb + "\n" + host + "\n" + r.Path + "\n" + query
		if same(r.Signature, base64.StdEncoding.EncodeToString(sum256([]byte(secret), text))) == nil {
			return nil
		}
	}
	return errSignature
}

// verifyOld checks a request of version 0 or 1. They put texts together without anything between them, so that other
// parameters can have the same signature: nobody should accept them any more.
func (r *Request) verifyOld(version, secret string, now time.Time, rules Rules) error {
	if err := r.checkParams(now, rules, false); err != nil {
		return err
	}
	text := r.Params["Action"] + r.Params["Timestamp"]
	if version == "1" {
		var b strings.Builder
		for _, name := range sortedNames(r.Params, func(a, b string) int {
			return cmp.Or(strings.Compare(strings.ToLower(a), strings.ToLower(b)), strings.Compare(a, b))
		}) {
			b.WriteString(name + r.Params[name])
		}
		text = b.String()
	}
	return same(r.Signature, sum1(secret, text))
}

// checkParams checks what the parameters of the versions before 4 say: the time, and, where they are there, the access
// key and the signature, which must be those outside.
func (r *Request) checkParams(now time.Time, rules Rules, undated bool) error {
	access, hasAccess := r.Params["AWSAccessKeyId"]
	signature, hasSignature := r.Params["Signature"]
	if hasAccess && access != r.Access || hasSignature && signature != r.Signature {
		return errForm
	}
	text, dated := r.Params["Timestamp"]
	if !dated && undated {
		return nil
	}
	if text == "" {
		return errUndated
	}
	at, err := time.Parse(time.RFC3339, text)
	if err != nil {
		if at, err = time.Parse("2006-01-02T15:04:05", text); err != nil {
			return errForm
		}
	}
	return near(at, now, rules.Skew, rules.Skew)
}
