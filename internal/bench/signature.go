package bench

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"net/http"
	"strings"
	"time"
)

// keyPair is an EC2 key.
type keyPair struct {
	Access string `json:"access"`
	Secret string `json:"secret"`
}

// createKey makes an EC2 key of a user for a project.
func (c *client) createKey(ctx context.Context, user, token, project string) (keyPair, error) {
	var answer struct {
		Key keyPair `json:"credential"`
	}
	path := "/v3/users/" + user + "/credentials/OS-EC2"
	_, err := c.call(ctx, http.MethodPost, path, token, object{"tenant_id": project}, &answer, http.StatusCreated)
	if err == nil && answer.Key.Access == "" {
		err = fmt.Errorf("POST %s: the answer has no access key", path)
	}
	return answer.Key, err
}

// signatureBody is what an S3 gateway asks about a request: a string to sign of AWS Signature
// Version 4, signed just now.
func (c *cloud) signatureBody() object {
	now := time.Now().UTC()
	at, day := now.Format("20060102T150405Z"), now.Format("20060102")
	hash := sha256.Sum256([]byte("a request"))
	text := strings.Join([]string{"AWS4-HMAC-SHA256", at, day + "/RegionOne/s3/aws4_request", hex.EncodeToString(hash[:])}, "\n")
	key := []byte("AWS4" + c.key.Secret)
	for _, part := range [...]string{day, "RegionOne", "s3", "aws4_request"} {
		key = sum(key, part)
	}
	return object{"credentials": object{"access": c.key.Access, "token": base64.URLEncoding.EncodeToString([]byte(text)),
		"signature": hex.EncodeToString(sum(key, text))}}
}

func sum(key []byte, text string) []byte {
	m := hmac.New(sha256.New, key)
	m.Write([]byte(text))
	return m.Sum(nil)
}
