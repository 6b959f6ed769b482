package oauth1

import (
	"cmp"
	"crypto/hmac"
	"crypto/sha1" //nolint:gosec // the protocol's; an HMAC does not need its collision resistance
	"encoding/base64"
	"errors"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/lintel-id/lintel/internal/auth/percent"
)

const signatureSize = sha1.Size

// Request is what is signed besides the header, as the client sees it.
type Request struct {
	Method string
	URL    string // scheme, host and path as sent, without query: "https://id.example.com/v3/auth/tokens"
	Query  string // as sent, without "?"
	Form   string // the body of an application/x-www-form-urlencoded request; "" for every other body
}

// Verify says, in constant time, whether the header's signature is that of the request under
// the two secrets. A request without a token is signed with the empty token secret.
func (h *Header) Verify(r *Request, consumerSecret, tokenSecret string) bool {
	base, err := BaseString(r, h.params)
	return err == nil && hmac.Equal(h.signature, mac(base, consumerSecret, tokenSecret))
}

// Signature is the value of oauth_signature before it is percent-encoded (section 3.4.2).
func Signature(base, consumerSecret, tokenSecret string) string {
	return base64.StdEncoding.EncodeToString(mac(base, consumerSecret, tokenSecret))
}

func mac(base, consumerSecret, tokenSecret string) []byte {
	m := hmac.New(sha1.New, []byte(percent.Encode(consumerSecret)+"&"+percent.Encode(tokenSecret)))
	m.Write([]byte(base))
	return m.Sum(nil)
}

// BaseString is the text that is signed (RFC 5849, section 3.4.1): of the request with the
// protocol's parameters, which must not hold the signature. It fails for a URL that is not
// absolute, for a query or form that cannot be read, and for one with protocol parameters.
func BaseString(r *Request, protocol []Param) (string, error) {
	uri, err := baseURI(r.URL)
	if err != nil {
		return "", err
	}
	all := slices.Clone(protocol)
	for _, text := range [...]string{r.Query, r.Form} {
		if all, err = appendForm(all, text); err != nil {
			return "", err
		}
	}
	for i, p := range all {
		all[i] = Param{percent.Encode(p.Name), percent.Encode(p.Value)}
	}
	slices.SortFunc(all, func(a, b Param) int { return cmp.Or(cmp.Compare(a.Name, b.Name), cmp.Compare(a.Value, b.Value)) })
	var params strings.Builder
	for i, p := range all {
		if i > 0 {
			params.WriteByte('&')
		}
		params.WriteString(p.Name + "=" + p.Value)
	}
	return strings.ToUpper(percent.Encode(r.Method)) + "&" + percent.Encode(uri) + "&" + percent.Encode(params.String()), nil
}

// baseURI is the URL with scheme and host in small letters and without the scheme's own port
// (section 3.4.1.2). The path stays as it was sent.
func baseURI(url string) (string, error) {
	scheme, rest, ok := strings.Cut(url, "://")
	scheme = strings.ToLower(scheme)
	host, path, _ := strings.Cut(rest, "/")
	host = strings.ToLower(host)
	switch scheme {
	case "http":
		host = strings.TrimSuffix(host, ":80")
	case "https":
		host = strings.TrimSuffix(host, ":443")
	default:
		ok = false
	}
	if !ok || host == "" || strings.ContainsAny(rest, "?#") {
		return "", errors.New("oauth1: the URL is not scheme, host and path")
	}
	return scheme + "://" + host + "/" + path, nil
}

// appendForm appends the parameters of a query or a form (section 3.4.1.3.1).
func appendForm(all []Param, text string) ([]Param, error) {
	if text == "" {
		return all, nil
	}
	for pair := range strings.SplitSeq(text, "&") {
		name, value, _ := strings.Cut(strings.ReplaceAll(pair, "+", " "), "=")
		name, nameOK := unescape(name)
		value, valueOK := unescape(value)
		if !nameOK || !valueOK || pair == "" {
			return nil, errors.New("oauth1: the query or the form cannot be read")
		}
		if strings.HasPrefix(name, "oauth_") {
			return nil, errors.New("oauth1: a protocol parameter stands outside of the header")
		}
		all = append(all, Param{name, value})
	}
	return all, nil
}

// unescape reads percent-encoded UTF-8.
func unescape(text string) (string, bool) {
	out := make([]byte, 0, len(text))
	for i := 0; i < len(text); i++ {
		if text[i] != '%' {
			out = append(out, text[i])
			continue
		}
		if i+2 >= len(text) {
			return "", false
		}
		high, low := unhex(text[i+1]), unhex(text[i+2])
		if high < 0 || low < 0 {
			return "", false
		}
		out = append(out, byte(high<<4|low))
		i += 2
	}
	return string(out), utf8.Valid(out)
}

// unhex is the value of a hexadecimal digit, or -1.
func unhex(c byte) int {
	switch {
	case '0' <= c && c <= '9':
		return int(c - '0')
	case 'a' <= c && c <= 'f':
		return int(c-'a') + 10
	case 'A' <= c && c <= 'F':
		return int(c-'A') + 10
	}
	return -1
}
