package v2_test

import (
	"context"
	"crypto/hmac"
	"crypto/sha1"
	"crypto/sha256"
	"encoding/base64"
	"net/http"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/lintel-id/lintel/internal/identity"
	"github.com/lintel-id/lintel/internal/server/servertest"
)

// signedBodies are what a service and an S3 gateway ask about a key's requests of now.
func signedBodies(access, secret string) map[string]map[string]any {
	now := time.Now().UTC()
	text := "GET\n\n\n" + now.Format(http.TimeFormat) + "\n/bucket"
	s3 := hmac.New(sha1.New, []byte(secret))
	s3.Write([]byte(text))
	stamp := now.Format(time.RFC3339)
	ec2 := hmac.New(sha256.New, []byte(secret))
	ec2.Write([]byte("GET\nec2.example.com\n/\nSignatureMethod=HmacSHA256&SignatureVersion=2&Timestamp=" + strings.ReplaceAll(stamp, ":", "%3A")))
	return map[string]map[string]any{
		"/v2.0/s3tokens": {"access": access, "token": base64.StdEncoding.EncodeToString([]byte(text)), "signature": base64.StdEncoding.EncodeToString(s3.Sum(nil))},
		"/v2.0/ec2tokens": {"access": access, "verb": "GET", "host": "ec2.example.com", "path": "/", "signature": base64.StdEncoding.EncodeToString(ec2.Sum(nil)),
			"params": map[string]any{"SignatureVersion": "2", "SignatureMethod": "HmacSHA256", "Timestamp": stamp}},
	}
}

// The routes of v2.0 answer as v3's, in v2.0's words; of a gateway's the token's id is empty.
func TestSignaturesAreAnsweredInTheWordsOfV2(t *testing.T) {
	c := start(t, servertest.Options{})
	key, err := c.Core.CreateEC2Key(context.Background(), operator, c.user, c.tenant)
	c.must(err)
	member := c.login(auth(c.tenant, "user", userPassword)).Want(200).Text("access.token.id")
	swift := c.newUser(identity.UserSpec{Name: "swift"})
	c.grant(swift, c.tenant, "service")
	service := c.login(auth(c.tenant, "swift", userPassword)).Want(200).Text("access.token.id")
	for path, proof := range signedBodies(key.Access, key.Secret.Reveal()) {
		for _, name := range []string{"credentials", "credential", "ec2Credentials"} {
			r := c.Do("POST", path, service, map[string]any{name: proof}).Want(200)
			if r.Get("access.token.tenant.id") != string(c.tenant) || r.Get("access.user.id") != string(c.user) || r.Get("access.user.roles.0.name") != "member" {
				t.Errorf("%s: %s", path, r.Body)
			}
			token := r.Text("access.token.id")
			if path == "/v2.0/s3tokens" {
				if token != "" {
					t.Error("a gateway gets a token")
				}
			} else {
				c.Do("GET", "/v2.0/tokens/"+token, c.AdminToken(), nil).Want(200)
			}
		}
		good := map[string]any{"credentials": proof}
		c.Do("POST", path, "", good).Want(401)
		c.Do("POST", path, member, good).Want(403)
		c.Do("GET", path, service, nil).Want(405)
		c.Do("POST", path, service, map[string]any{}).Want(400)
		proof["signature"] = "forged"
		c.Do("POST", path, service, good).Want(401)
		proof["access"] = "unknown"
		c.Do("POST", path, service, good).Want(404)
	}
}

// accessed_at of a key is the time of the last signature that was verified with it, be it for an
// S3 gateway or another service, by v3 or v2.0, and stays so when it is written down. A signature
// that was refused, and reading the key, are no use of it.
func TestAccessedAtIsTheLastVerifiedSignature(t *testing.T) {
	begun := time.Now().UTC().Truncate(time.Second)
	var minutes atomic.Int64
	now := func() time.Time { return begun.Add(time.Duration(minutes.Load()) * time.Minute) }
	c := start(t, servertest.Options{Now: now})
	key, err := c.Core.CreateEC2Key(context.Background(), operator, c.user, c.tenant)
	c.must(err)
	service := c.AdminToken()
	path := "/v2.0/users/" + string(c.user) + "/credentials/OS-EC2"
	accessed := func(want any) {
		t.Helper()
		one := c.Do("GET", path+"/"+key.Access, service, nil).Want(200).Get("credential.accessed_at")
		all := c.Do("GET", path, service, nil).Want(200).Get("credentials.0.accessed_at")
		if one != want || all != want {
			t.Errorf("accessed at %v, in the list %v, want %v", one, all, want)
		}
	}
	accessed(nil)
	for _, route := range []string{"/v2.0/s3tokens", "/v3/s3tokens", "/v2.0/ec2tokens", "/v3/ec2tokens"} {
		minutes.Add(1)
		proof := signedBodies(key.Access, key.Secret.Reveal())["/v2.0"+route[strings.LastIndex(route, "/"):]]
		c.Do("POST", route, service, object{"credentials": proof}).Want(200)
		used := identity.FormatTime(now())
		accessed(used)
		minutes.Add(1)
		proof["signature"] = "forged"
		c.Do("POST", route, service, object{"credentials": proof}).Want(401)
		accessed(used)
		c.must(c.Core.WriteUses(context.Background()))
		accessed(used)
	}
}
