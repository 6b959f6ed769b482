package ec2

import (
	"encoding/base64"
	"errors"
	"maps"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/go-json-experiment/json"
)

// minted is what botocore has signed; testdata/mint.py says how.
type minted struct {
	At       time.Time `json:"at"`
	Requests []struct {
		Name    string        `json:"name"`
		Secret  string        `json:"secret"`
		Request signedRequest `json:"request"`
	} `json:"requests"`
	Strings []struct {
		Name      string `json:"name"`
		Secret    string `json:"secret"`
		Token     string `json:"token"`
		Signature string `json:"signature"`
	} `json:"strings"`
}

type signedRequest struct {
	Access    string            `json:"access"`
	Signature string            `json:"signature"`
	Verb      string            `json:"verb"`
	Host      string            `json:"host"`
	Path      string            `json:"path"`
	Params    map[string]string `json:"params"`
	Headers   map[string]string `json:"headers"`
	BodyHash  string            `json:"body_hash"`
}

// request is a copy that a test may change.
func (s *signedRequest) request() *Request {
	r := Request(*s)
	r.Params, r.Headers = maps.Clone(s.Params), maps.Clone(s.Headers)
	return &r
}

func vectors(t testing.TB) *minted {
	t.Helper()
	text, err := os.ReadFile("testdata/botocore.json")
	if err != nil {
		t.Fatal(err)
	}
	var m minted
	if err := json.Unmarshal(text, &m); err != nil {
		t.Fatal(err)
	}
	if len(m.Requests) < 9 || len(m.Strings) < 7 {
		t.Fatalf("%d requests and %d strings", len(m.Requests), len(m.Strings))
	}
	return &m
}

var rules = Rules{Skew: 15 * time.Minute, MaxAge: 7 * 24 * time.Hour}

func TestWhatBotocoreSignsIsVerified(t *testing.T) {
	m := vectors(t)
	for _, v := range m.Requests {
		if err := v.Request.request().Verify(v.Secret, m.At, rules); err != nil {
			t.Errorf("%s: %v", v.Name, err)
		}
		if err := v.Request.request().Verify(v.Secret[1:], m.At, rules); err == nil {
			t.Errorf("%s: another secret is as good", v.Name)
		}
	}
	for _, v := range m.Strings {
		for _, token := range []string{v.Token, strings.TrimRight(v.Token, "="), strings.NewReplacer("+", "-", "/", "_").Replace(v.Token), strings.NewReplacer("-", "+", "_", "/").Replace(v.Token)} {
			r := &S3Request{v.Signature, token}
			if err := r.Verify(v.Secret, m.At, rules); err != nil {
				t.Errorf("%s: %v", v.Name, err)
			}
			if err := r.Verify("x"+v.Secret, m.At, rules); err == nil {
				t.Errorf("%s: another secret is as good", v.Name)
			}
		}
	}
}

// CVE-2020-12692: a signature is good for a while, before and after its time. Presigned S3 URLs
// live longer; their gateway knows how long.
func TestCVE_2020_12692_ASignatureIsGoodAroundItsTime(t *testing.T) {
	m := vectors(t)
	for off, good := range map[time.Duration]bool{0: true, 15 * time.Minute: true, -15 * time.Minute: true,
		15*time.Minute + time.Second: false, -15*time.Minute - time.Second: false, 8 * 24 * time.Hour: false, -24 * 365 * time.Hour: false} {
		for _, v := range m.Requests {
			if err := v.Request.request().Verify(v.Secret, m.At.Add(off), rules); (err == nil) != good {
				t.Errorf("%s, %v later: %v", v.Name, off, err)
			}
		}
	}
	for _, v := range m.Strings {
		text, _ := decode(v.Token)
		v4, ends := strings.HasPrefix(text, "AWS4"), strings.HasSuffix(v.Name, "presigned")
		for off, good := range map[time.Duration]bool{0: true, 15 * time.Minute: true, -15 * time.Minute: true, -16 * time.Minute: ends,
			time.Hour + 14*time.Minute: v4 || ends, time.Hour + 16*time.Minute: v4, 7 * 24 * time.Hour: v4, 7*24*time.Hour + time.Second: false} {
			if err := (&S3Request{v.Signature, v.Token}).Verify(v.Secret, m.At.Add(off), rules); (err == nil) != good {
				t.Errorf("%s, %v later: %v", v.Name, off, err)
			}
		}
	}
}

// A presigned request ends when its signer said.
func TestAPresignedRequestEndsWhenItSays(t *testing.T) {
	m := vectors(t)
	r := m.Requests[6].Request.request()
	sign := func(expires string) error {
		r.Params["X-Amz-Expires"] = expires
		delete(r.Params, "X-Amz-Signature")
		r.Signature = signature4(t, r, m.Requests[6].Secret)
		return r.Verify(m.Requests[6].Secret, m.At.Add(time.Minute), rules)
	}
	for expires, want := range map[string]error{"60": nil, "59": errTime, "604800": nil, "99999999999": nil, "0": errForm, "-1": errForm, "x": errForm} {
		if err := sign(expires); !errors.Is(err, want) {
			t.Errorf("%s seconds: %v, want %v", expires, err, want)
		}
	}
}

// signature4 is a good signature of a request that says all but it.
func signature4(t testing.TB, r *Request, secret string) string {
	t.Helper()
	headers, _ := lower(r.Headers)
	c, err := r.claim(headers)
	if err != nil {
		t.Fatal(err)
	}
	_, text, _ := strings.Cut(c.credential, "/")
	scope, _ := parseScope(text)
	signature, ok := r.signature4(secret, c, scope, canonicalQuery(r.Params, "X-Amz-Signature"), headers)
	if !ok {
		t.Fatal("the request cannot be signed")
	}
	return signature
}

func TestASignatureWithoutATimeIsRefused(t *testing.T) {
	m := vectors(t)
	for _, v := range m.Requests {
		r := v.Request.request()
		delete(r.Params, "Timestamp")
		delete(r.Params, "X-Amz-Date")
		delete(r.Headers, "X-Amz-Date")
		if err := r.Verify(v.Secret, m.At, rules); !errors.Is(err, errUndated) {
			t.Errorf("%s: %v", v.Name, err)
		}
	}
	const secret = "s"
	for text, want := range map[string]error{
		"GET\n\n\n\n/bucket": errUndated,
		"GET\n\n\n\nx-amz-date:Fri, 02 Jan 2026 03:04:05 GMT\n/b":   nil,
		"GET\n\n\n\nx-amz-date:20260102T030405Z\n/b":                nil,
		"GET\n\n\n\nx-amz-date:Fri, 02 Jan 2026 04:04:05 +0100\n/b": nil,
		"GET\n\n\nFri, 02 Jan 2026 05:04:05 GMT\n/b":                errTime,
		"GET\n\n\nyesterday\n/b":                                    errForm,
		"eyJleHBpcmF0aW9uIjoiMjAzMC0wMS0wMVQwMDowMDowMFoifQ==":      errUndated,
		"": errUndated,
		"AWS4-HMAC-SHA256\n\n20260102/r/s3/aws4_request\n" + someHash: errUndated,
	} {
		r := &S3Request{sum1(secret, text), base64.StdEncoding.EncodeToString([]byte(text))}
		if err := r.Verify(secret, m.At, rules); !errors.Is(err, want) {
			t.Errorf("%q: %v, want %v", text, err, want)
		}
	}
}

const someHash = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"

// Keystone takes version 2 without a time: an operator whose clients need that can have it.
func TestVersion2WithoutATimeIsForOperatorsToAllow(t *testing.T) {
	m := vectors(t)
	r := Request{Access: "a", Verb: "PUT", Host: "h", Path: "/", Params: map[string]string{"SignatureVersion": "2"}}
	r.Signature = base64.StdEncoding.EncodeToString(sum256([]byte("s"), "PUT\nh\n/\nSignatureMethod=HmacSHA256&SignatureVersion=2"))
	if err := r.Verify("s", m.At, rules); !errors.Is(err, errUndated) {
		t.Errorf("%v", err)
	}
	undated := rules
	undated.Undated = true
	if err := r.Verify("s", m.At, undated); err != nil {
		t.Errorf("allowed: %v", err)
	}
	r.Params["Timestamp"] = "2020-01-01T00:00:00Z"
	if err := r.Verify("s", m.At, undated); !errors.Is(err, errTime) {
		t.Errorf("an old time, where none is needed: %v", err)
	}
}

// Versions 0 and 1 put texts together without borders: they are off unless asked for.
func TestOldVersionsAreOffByDefault(t *testing.T) {
	m := vectors(t)
	old := rules
	old.Old = true
	for version, text := range map[string]string{"0": "List2026-01-02T03:04:05Z", "1": "ActionListAWSAccessKeyIdaSignatureVersion1Timestamp2026-01-02T03:04:05Z"} {
		r := Request{Access: "a", Signature: sum1("s", text), Params: map[string]string{"Action": "List", "AWSAccessKeyId": "a", "SignatureVersion": version,
			"Timestamp": "2026-01-02T03:04:05Z"}}
		if err := r.Verify("s", m.At, rules); !errors.Is(err, errVersion) {
			t.Errorf("version %s by default: %v", version, err)
		}
		if err := r.Verify("s", m.At, old); err != nil {
			t.Errorf("version %s: %v", version, err)
		}
		if err := r.Verify("s", m.At.Add(time.Hour), old); !errors.Is(err, errTime) {
			t.Errorf("version %s an hour later: %v", version, err)
		}
		r.Params["Action"] = "Drop"
		if err := r.Verify("s", m.At, old); !errors.Is(err, errSignature) {
			t.Errorf("version %s of another action: %v", version, err)
		}
	}
}
