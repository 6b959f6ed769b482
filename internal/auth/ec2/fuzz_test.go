package ec2

import (
	"encoding/hex"
	"testing"

	"github.com/go-json-experiment/json"
)

func hexOf(b []byte) string { return hex.EncodeToString(b) }

// Whatever a service sends, nothing panics, and what somebody without the secret sends is refused.
func FuzzRequest(f *testing.F) {
	m := vectors(f)
	for _, v := range m.Requests {
		text, err := json.Marshal(v.Request)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(text)
	}
	all := rules
	all.Old, all.Undated = true, true
	f.Fuzz(func(t *testing.T, text []byte) {
		var s signedRequest
		if json.Unmarshal(text, &s) != nil {
			return
		}
		if s.request().Verify("a secret that nobody has", m.At, all) == nil {
			t.Errorf("%s is good", text)
		}
	})
}

func FuzzStringToSign(f *testing.F) {
	m := vectors(f)
	for _, v := range m.Strings {
		f.Add(v.Token, v.Signature)
	}
	f.Fuzz(func(t *testing.T, token, signature string) {
		if (&S3Request{signature, token}).Verify("a secret that nobody has", m.At, rules) == nil {
			t.Errorf("%s of %s is good", signature, token)
		}
	})
}
