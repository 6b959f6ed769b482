package ec2

import (
	"context"
	"encoding/base64"
	"errors"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	v4 "github.com/aws/aws-sdk-go-v2/aws/signer/v4"
	"pgregory.net/rapid"
)

const testSecret = "0123456789abcdef0123456789abcdef"

// signed draws a request that the signer of the AWS SDK has signed, in a header or presigned.
func signed(t *rapid.T) (*Request, time.Time) {
	text := rapid.StringMatching(`[ -~éü☃]{0,20}`)
	verb := rapid.SampledFrom([]string{"GET", "PUT", "DELETE", "HEAD", "POST"}).Draw(t, "verb")
	service := rapid.SampledFrom([]string{"s3", "ec2", "iam", "sts", "cloudformation"}).Draw(t, "service")
	region := rapid.StringMatching(`[A-Za-z][A-Za-z0-9-]{0,12}`).Draw(t, "region")
	at := time.Unix(rapid.Int64Range(1_000_000_000, 4_000_000_000).Draw(t, "at"), 0).UTC()
	query := url.Values{}
	for name, value := range rapid.MapOfN(rapid.StringMatching(`[ -~é]{1,8}`), text, 0, 5).Draw(t, "query") {
		query.Set(name, value)
	}
	u := &url.URL{Scheme: "https", Host: rapid.SampledFrom([]string{"s3.example.com", "10.0.0.1:8080", "[::1]:8788"}).Draw(t, "host"),
		Path: "/" + rapid.StringMatching(`[a-zA-Z0-9._~/-]{0,20}`).Draw(t, "path"), RawQuery: query.Encode()}
	req, err := http.NewRequestWithContext(context.Background(), verb, u.String(), nil)
	if err != nil {
		t.Fatal(err)
	}
	for name, value := range rapid.MapOfN(rapid.StringMatching(`X-Amz-Meta-[A-Za-z]{1,8}`), rapid.StringMatching(`[!-~]{1,8}( {1,2}[!-~]{1,8})?`), 0, 3).Draw(t, "headers") {
		req.Header.Set(name, value)
	}
	body := rapid.SampledFrom([]string{someHash, "UNSIGNED-PAYLOAD", "STREAMING-UNSIGNED-PAYLOAD-TRAILER"}).Draw(t, "body")
	signer := v4.NewSigner(func(o *v4.SignerOptions) { o.DisableURIPathEscaping = true })
	credentials := aws.Credentials{AccessKeyID: "an-access-key", SecretAccessKey: testSecret}
	r := &Request{Access: credentials.AccessKeyID, Verb: verb, BodyHash: body}
	if rapid.Bool().Draw(t, "presigned") {
		text, more, err := signer.PresignHTTP(context.Background(), credentials, req, body, service, region, at)
		if err != nil {
			t.Fatal(err)
		}
		req.URL, _ = url.Parse(text)
		maps.Copy(req.Header, more)
	} else if err := signer.SignHTTP(context.Background(), credentials, req, body, service, region, at); err != nil {
		t.Fatal(err)
	}
	r.Host, r.Path, r.Params, r.Headers = req.URL.Host, req.URL.EscapedPath(), map[string]string{}, map[string]string{"Host": req.URL.Host}
	for name, values := range req.URL.Query() {
		r.Params[name] = values[0]
	}
	for name := range req.Header {
		r.Headers[name] = req.Header.Get(name)
	}
	_, inHeader, _ := strings.Cut(r.Headers["Authorization"], "Signature=")
	r.Signature = r.Params["X-Amz-Signature"] + inHeader
	return r, at
}

// spoil changes one byte of a text into another one that is not white, so that it means
// something else, in letters of either case.
func spoil(t *rapid.T, text string) string {
	if text == "" {
		return "x"
	}
	b := []byte(text)
	i := rapid.IntRange(0, len(b)-1).Draw(t, "byte")
	b[i] = rapid.ByteRange('!', '~').Filter(func(c byte) bool { return !strings.EqualFold(string(c), string(b[i])) }).Draw(t, "other")
	return string(b)
}

// spoiled is a copy of the request with one byte changed of what is signed, or of the signature.
func spoiled(t *rapid.T, r *Request) *Request {
	out := *r
	out.Params, out.Headers = maps.Clone(r.Params), maps.Clone(r.Headers)
	texts := []*string{&out.Access, &out.Signature, &out.Verb, &out.Path, &out.BodyHash}
	i := rapid.IntRange(0, len(texts)+1).Draw(t, "part")
	if i < len(texts) {
		*texts[i] = spoil(t, *texts[i])
		return &out
	}
	members := out.Headers
	if i == len(texts) && len(r.Params) > 0 {
		members = out.Params
	}
	name := rapid.SampledFrom(slices.Sorted(maps.Keys(members))).Draw(t, "member")
	value := members[name]
	if rapid.Bool().Draw(t, "name") {
		delete(members, name)
		name = spoil(t, name)
	} else {
		value = spoil(t, value)
	}
	members[name] = value
	return &out
}

func TestWhatTheAWSSDKSignsIsVerifiedAndNoChangedByte(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		r, at := signed(t)
		if err := r.Verify(testSecret, at, rules); err != nil {
			t.Fatalf("%+v: %v", r, err)
		}
		if r.Verify(spoil(t, testSecret), at, rules) == nil {
			t.Fatal("another secret is as good")
		}
		if other := spoiled(t, r); unsignedHost(r, other) {
			return
		} else if err := other.Verify(testSecret, at, rules); err == nil {
			t.Fatalf("%+v is as good as\n%+v", other, r)
		}
	})
}

// unsignedHost says that the change left no header Host: then the host that the service names
// counts, which is the same.
func unsignedHost(r, other *Request) bool {
	_, there := other.Headers["Host"]
	return !there && r.Host == r.Headers["Host"]
}

func TestNoChangedByteOfAStringToSignIsVerified(t *testing.T) {
	m := vectors(t)
	rapid.Check(t, func(t *rapid.T) {
		v := rapid.SampledFrom(m.Strings).Draw(t, "vector")
		text, _ := decode(v.Token)
		r := S3Request{v.Signature, v.Token}
		if rapid.Bool().Draw(t, "signature") {
			r.Signature = spoil(t, r.Signature)
		} else {
			r.Token = base64.URLEncoding.EncodeToString([]byte(spoil(t, text)))
		}
		if r.Verify(v.Secret, m.At, rules) == nil {
			t.Fatalf("%+v is as good as %+v", r, v)
		}
	})
}

// Version 2 has the same promise.
func TestNoChangedByteOfAVersion2RequestIsVerified(t *testing.T) {
	m := vectors(t)
	rapid.Check(t, func(t *rapid.T) {
		v := rapid.SampledFrom(m.Requests[7:9]).Draw(t, "vector")
		r := v.Request.request()
		name := rapid.SampledFrom(slices.Sorted(maps.Keys(r.Params))).Draw(t, "param")
		fields := []*string{&r.Access, &r.Signature, &r.Verb, &r.Host, &r.Path}
		if i := rapid.IntRange(0, len(fields)+1).Draw(t, "part"); i < len(fields) {
			*fields[i] = spoil(t, *fields[i])
		} else if value := r.Params[name]; i == len(fields) {
			r.Params[name] = spoil(t, value)
		} else {
			delete(r.Params, name)
			r.Params[spoil(t, name)] = value
		}
		if r.Verify(v.Secret, m.At, rules) == nil {
			t.Fatalf("%+v is as good as %+v", r, v.Request)
		}
	})
}

func TestARequestThatCanBeReadInTwoWaysIsRefused(t *testing.T) {
	m := vectors(t)
	for name, change := range map[string]func(*Request){
		"a header twice":         func(r *Request) { r.Headers["x-amz-date"] = r.Headers["X-Amz-Date"] },
		"a line end in the path": func(r *Request) { r.Path += "\n" },
		"a line end in the verb": func(r *Request) { r.Verb = "GET\n/" },
		"a line end in a header": func(r *Request) { r.Headers["X"] = "a\nb" },
		"two credentials":        func(r *Request) { r.Headers["Authorization"] += ", Credential=x" },
		"something else":         func(r *Request) { r.Headers["Authorization"] += ", Extra=x" },
		"no body hash":           func(r *Request) { r.BodyHash = "" },
		"another access key":     func(r *Request) { r.Access = "other" },
		"headers out of order": func(r *Request) {
			r.Headers["Authorization"] = strings.Replace(r.Headers["Authorization"], "host;x-amz-date", "x-amz-date;host", 1)
		},
		"a header that is not there": func(r *Request) {
			r.Headers["Authorization"] = strings.Replace(r.Headers["Authorization"], "host;", "host;range;", 1)
		},
		"a host that is not signed": func(r *Request) {
			r.Headers["Authorization"] = strings.Replace(r.Headers["Authorization"], "host;", "", 1)
		},
		"a scope of another day": func(r *Request) { r.Headers["X-Amz-Date"] = "20260101T235959Z" },
		"a scope that does not end well": func(r *Request) {
			r.Headers["Authorization"] = strings.Replace(r.Headers["Authorization"], "aws4_request", "aws5_request", 1)
		},
	} {
		r := m.Requests[0].Request.request()
		change(r)
		if err := r.Verify(m.Requests[0].Secret, m.At, rules); !errors.Is(err, errForm) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if err := (&Request{Signature: "x"}).Verify("s", m.At, rules); !errors.Is(err, errVersion) {
		t.Errorf("no version: %v", err)
	}
	if err := (&Request{}).Verify("s", m.At, rules); !errors.Is(err, errNone) {
		t.Errorf("no signature: %v", err)
	}
	if err := (&S3Request{}).Verify("s", m.At, rules); !errors.Is(err, errNone) {
		t.Errorf("no signature: %v", err)
	}
}

// The gateway's other services, other scopes and half a line are no string to sign.
func TestStringsToSignOfVersion4AreReadStrictly(t *testing.T) {
	m := vectors(t)
	for text, want := range map[string]error{
		"AWS4-HMAC-SHA256\n20260102T030405Z\n20260102/r/s3/aws4_request\n" + someHash:        nil,
		"AWS4-HMAC-SHA256\n20260102T030405Z\n20260102/r/ec2/aws4_request\n" + someHash:       errForm,
		"AWS4-HMAC-SHA256\n20260102T030405Z\n20260102/r/s3/other\n" + someHash:               errForm,
		"AWS4-HMAC-SHA256\n20260102T030405Z\n20260102//s3/aws4_request\n" + someHash:         errForm,
		"AWS4-HMAC-SHA256\n20260102T030405Z\n20260102/a/r/s3/aws4_request\n" + someHash:      errForm,
		"AWS4-HMAC-SHA256\n20260103T030405Z\n20260102/r/s3/aws4_request\n" + someHash:        errForm,
		"AWS4-HMAC-SHA256\n20260102T030405Z\n20260102/r/s3/aws4_request\n" + someHash + "\n": errForm,
		"AWS4-HMAC-SHA256\n20260102T030405Z\n20260102/r/s3/aws4_request\n" + someHash[2:]:    errForm,
		"AWS4-HMAC-SHA512\n20260102T030405Z\n20260102/r/s3/aws4_request\n" + someHash:        errForm,
		"AWS4": errForm,
	} {
		s, _ := parseScope("20260102/r/s3/aws4_request")
		signature := hexOf(sum256(s.key(testSecret), text))
		if err := (&S3Request{signature, base64.StdEncoding.EncodeToString([]byte(text))}).Verify(testSecret, m.At, rules); !errors.Is(err, want) {
			t.Errorf("%q: %v, want %v", text, err, want)
		}
	}
	for _, token := range []string{"!", "AAA=A", "AB", "QUJD\nREVG", "QUJDRA=", "====", "QQ==="} {
		if err := (&S3Request{"x", token}).Verify(testSecret, m.At, rules); !errors.Is(err, errForm) {
			t.Errorf("base64 %q: %v", token, err)
		}
	}
}
