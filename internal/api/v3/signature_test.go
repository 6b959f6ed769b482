package v3_test

import (
	"context"
	"crypto/hmac"
	"crypto/sha1"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"hash"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	v4 "github.com/aws/aws-sdk-go-v2/aws/signer/v4"

	"github.com/lintel-id/lintel/internal/identity"
	"github.com/lintel-id/lintel/internal/server/servertest"
)

const (
	ec2Tokens = "/v3/ec2tokens"
	s3Tokens  = "/v3/s3tokens"
	emptyHash = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
)

// pair of an EC2 key, as its client has it.
type keyPair struct{ access, secret string }

func mac(h func() hash.Hash, key []byte, text string) []byte {
	m := hmac.New(h, key)
	m.Write([]byte(text))
	return m.Sum(nil)
}

// s3 is what a gateway asks about a request signed at a time, as Swift does: version 4.
func (k keyPair) s3(at time.Time) body {
	day, region := at.UTC().Format("20060102"), "SiouxFalls"
	text := "AWS4-HMAC-SHA256\n" + at.UTC().Format("20060102T150405Z") + "\n" + day + "/" + region + "/s3/aws4_request\n" + emptyHash
	key := []byte("AWS4" + k.secret)
	for _, part := range []string{day, region, "s3", "aws4_request"} {
		key = mac(sha256.New, key, part)
	}
	return body{"credentials": body{"access": k.access, "token": base64.URLEncoding.EncodeToString([]byte(text)),
		"signature": hex.EncodeToString(mac(sha256.New, key, text))}}
}

// s3v2 is the same of version 2.
func (k keyPair) s3v2(date string) body {
	text := "GET\n\n\n" + date + "\n/bucket/\u00e9"
	return body{"credentials": body{"access": k.access, "token": base64.StdEncoding.EncodeToString([]byte(text)),
		"signature": base64.StdEncoding.EncodeToString(mac(sha1.New, []byte(k.secret), text))}}
}

// ec2 is what a service asks about a request that the AWS SDK signed at a time.
func (k keyPair) ec2(t testing.TB, at time.Time) body {
	t.Helper()
	req, err := http.NewRequestWithContext(context.Background(), "GET", "https://ec2.example.com:8788/?Action=DescribeInstances&Filter.1.Name=a%20b", nil)
	if err != nil {
		t.Fatal(err)
	}
	credentials := aws.Credentials{AccessKeyID: k.access, SecretAccessKey: k.secret}
	if err := v4.NewSigner().SignHTTP(context.Background(), credentials, req, emptyHash, "ec2", "RegionOne", at); err != nil {
		t.Fatal(err)
	}
	authorization := req.Header.Get("Authorization")
	_, signature, _ := strings.Cut(authorization, "Signature=")
	return body{"ec2Credentials": body{"access": k.access, "signature": signature, "host": req.Host, "verb": "GET", "path": "/", "body_hash": emptyHash,
		"params":  body{"Action": "DescribeInstances", "Filter.1.Name": "a b"},
		"headers": body{"Host": req.Host, "X-Amz-Date": req.Header.Get("X-Amz-Date"), "Authorization": authorization}}}
}

// ec2v2 is the same of version 2, with a time as it is given.
func (k keyPair) ec2v2(timestamp string) body {
	text := "PUT\ncfn.example.com\n/v1/signal\nAWSAccessKeyId=" + k.access + "&SignatureMethod=HmacSHA256&SignatureVersion=2&Timestamp=" +
		strings.ReplaceAll(timestamp, ":", "%3A")
	return body{"credential": body{"access": k.access, "host": "cfn.example.com:8000", "verb": "PUT", "path": "/v1/signal",
		"signature": base64.StdEncoding.EncodeToString(mac(sha256.New, []byte(k.secret), text)),
		"params":    body{"AWSAccessKeyId": k.access, "SignatureMethod": "HmacSHA256", "SignatureVersion": "2", "Timestamp": timestamp}}}
}

// gate is a cloud with a gateway that asks about signatures, and ann, a member of the project
// web with an EC2 key for it.
type gate struct {
	*cloud
	clock    *clock
	gateway  string // a token of the role service
	ann, web string
	token    string // ann's, on web
	key      keyPair
}

func startGate(t *testing.T, o servertest.Options) *gate {
	k := &clock{}
	o.Now = k.now
	g := &gate{cloud: startCloud(t, o), clock: k}
	services, swift := g.project("service", "default"), g.user("swift", "default")
	g.put("projects", services, "users", swift, "roles", g.role("service"))
	g.gateway = g.login(swift, servertest.Project(services))
	g.web, g.ann = g.project("web", "default"), g.user("ann", "default")
	g.put("projects", g.web, "users", g.ann, "roles", g.role("member"))
	g.token = g.login(g.ann, servertest.Project(g.web))
	g.key = g.newKey(g.ann, g.token, g.web)
	return g
}

func (g *gate) newKey(user, token, project string) keyPair {
	g.t.Helper()
	r := g.Do("POST", "/v3/users/"+user+"/credentials/OS-EC2", token, body{"tenant_id": project}).Want(201)
	return keyPair{r.Text("credential.access"), r.Text("credential.secret")}
}

func (g *gate) credential(k keyPair) string {
	return "/v3/credentials/" + string(identity.EC2CredentialID(k.access))
}

// s3 asks about a key's signature of now.
func (g *gate) s3(k keyPair) *servertest.Response {
	g.t.Helper()
	return g.Do("POST", s3Tokens, g.gateway, k.s3(g.clock.now()))
}

func (g *gate) ec2(k keyPair) *servertest.Response {
	g.t.Helper()
	return g.Do("POST", ec2Tokens, g.gateway, k.ec2(g.t, g.clock.now()))
}

// works says that both routes take a key.
func (g *gate) works(k keyPair) {
	g.t.Helper()
	g.s3(k).Want(200)
	g.ec2(k).Want(200)
}

// refuses says that neither route takes a key, and with which status.
func (g *gate) refuses(why string, k keyPair, status int) {
	g.t.Helper()
	for _, r := range []*servertest.Response{g.s3(k), g.ec2(k)} {
		if r.Status != status {
			g.t.Errorf("%s: %d, want %d: %s", why, r.Status, status, r.Body)
		}
	}
}
