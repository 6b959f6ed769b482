package ec2

import (
	"cmp"
	"crypto/sha256"
	"encoding/hex"
	"slices"
	"strconv"
	"strings"
	"time"
)

const (
	algorithm4 = "AWS4-HMAC-SHA256"
	layout4    = "20060102T150405Z"
	terminator = "aws4_request"
)

// claim is what a version 4 request says of its signature, in the header Authorization or in the query.
type claim struct {
	credential    string // access key and scope
	signedHeaders string
	signature     string // "" when it stands outside of the request only
	date          string
	expires       string // of a presigned request
}

// verify4 checks a request of version 4. The parameters of a POST can stand in its body, which has its hash: then they
// are not signed as a query, and a service does not say where they stood.
func (r *Request) verify4(secret string, now time.Time, rules Rules) error {
	headers, ok := lower(r.Headers)
	if !ok {
		return errForm
	}
	c, err := r.claim(headers)
	if err != nil {
		return err
	}
	access, text, _ := strings.Cut(c.credential, "/")
	scope, ok := parseScope(text)
	if !ok || access != r.Access || c.signature != "" && c.signature != r.Signature {
		return errForm
	}
	at, err := scope.time(c.date)
	if err != nil {
		return err
	}
	life := rules.Skew
	if c.expires != "" {
		seconds, err := strconv.Atoi(c.expires)
		if err != nil || seconds < 1 {
			return errForm
		}
		life = min(life, time.Duration(min(seconds, maxPresigned))*time.Second)
	}
	if err := near(at, now, life, rules.Skew); err != nil {
		return err
	}
	host := headers["host"]
	if host == "" {
		host = r.Host
	}
	queries := []string{canonicalQuery(r.Params, "X-Amz-Signature")}
	if r.Verb == "POST" {
		queries = append(queries, "")
	}
	for _, headers["host"] = range hosts(host) {
		for _, query := range queries {
			want, ok := r.signature4(secret, c, scope, query, headers)
			if !ok {
				return errForm
			}
			if same(r.Signature, want) == nil {
				return nil
			}
		}
	}
	return errSignature
}

// maxPresigned is how many seconds AWS lets a presigned request live.
const maxPresigned = 7 * 24 * 60 * 60

// signature4 is the right signature; ok is false when a header that is signed is not there.
func (r *Request) signature4(secret string, c claim, scope scope, query string, headers map[string]string) (signature string, ok bool) {
	signed, ok := canonicalHeaders(c.signedHeaders, headers)
	if !ok || r.BodyHash == "" {
		return "", false
	}
	hash := sha256.Sum256([]byte(strings.Join([]string{r.Verb, cmp.Or(r.Path, "/"), query, signed, c.signedHeaders, r.BodyHash}, "\n")))
	text := strings.Join([]string{algorithm4, c.date, scope.text, hex.EncodeToString(hash[:])}, "\n")
	return hex.EncodeToString(sum256(scope.key(secret), text)), true
}

// claim finds what the request says of its signature.
func (r *Request) claim(headers map[string]string) (c claim, err error) {
	if text, ok := strings.CutPrefix(headers["authorization"], algorithm4); ok {
		c, ok = parseAuthorization(text)
		if !ok {
			return c, errForm
		}
		c.date = headers["x-amz-date"]
		return c, nil
	}
	if r.Params["X-Amz-Algorithm"] != algorithm4 {
		return c, errVersion
	}
	return claim{credential: r.Params["X-Amz-Credential"], signedHeaders: r.Params["X-Amz-SignedHeaders"], signature: r.Params["X-Amz-Signature"],
		date: r.Params["X-Amz-Date"], expires: r.Params["X-Amz-Expires"]}, nil
}

// parseAuthorization reads what stands behind the algorithm: three members, each once.
func parseAuthorization(text string) (c claim, ok bool) {
	members := map[string]*string{"Credential": &c.credential, "SignedHeaders": &c.signedHeaders, "Signature": &c.signature}
	if !strings.HasPrefix(text, " ") {
		return c, false
	}
	for part := range strings.SplitSeq(text, ",") {
		name, value, _ := strings.Cut(strings.TrimSpace(part), "=")
		member := members[name]
		if member == nil || value == "" {
			return c, false
		}
		*member = value
		delete(members, name)
	}
	return c, len(members) == 0
}

// scope is what the key of a version 4 signature is for: "20260102/region/service/aws4_request".
type scope struct {
	text                  string
	date, region, service string
}

func parseScope(text string) (s scope, ok bool) {
	parts := strings.Split(text, "/")
	if len(parts) != 4 || parts[3] != terminator || slices.Contains(parts, "") || !plain(text) {
		return s, false
	}
	return scope{text, parts[0], parts[1], parts[2]}, true
}

// time reads the time of a signature, which must be of the scope's day.
func (s scope) time(text string) (time.Time, error) {
	if text == "" {
		return time.Time{}, errUndated
	}
	at, err := time.Parse(layout4, text)
	if err != nil || at.Format(layout4) != text || at.Format("20060102") != s.date {
		return time.Time{}, errForm
	}
	return at, nil
}

func (s scope) key(secret string) []byte {
	key := []byte("AWS4" + secret)
	for _, part := range [...]string{s.date, s.region, s.service, terminator} {
		key = sum256(key, part)
	}
	return key
}
