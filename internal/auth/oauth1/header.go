// Package oauth1 is the signed request of OAuth 1.0 (RFC 5849) with HMAC-SHA1: reading its
// Authorization header, and checking its signature.
//
// It owns what is signed, and how. It refuses to know anybody: secrets are given to it, and
// whether a nonce was seen before or a timestamp is too old is for whoever asks. It is strict
// where two readings would be two requests: every parameter stands once and in one spelling,
// protocol parameters stand in the header alone, and what cannot be read is an error.
package oauth1

import (
	"encoding/base64"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/lintel-id/lintel/internal/auth/percent"
)

// Header is a read Authorization header. Token, Callback and Verifier are "" where the header
// has none.
type Header struct {
	ConsumerKey string
	Token       string
	Callback    string
	Verifier    string
	Nonce       string
	Timestamp   time.Time // whole seconds

	params    []Param // all but the realm and the signature, which are not signed
	signature []byte
}

// Param is a parameter of a request, decoded.
type Param struct{ Name, Value string }

const (
	maxNonce  = 128 // characters
	maxParams = 32
)

// Parse reads the value of an Authorization header (RFC 5849, section 3.5.1). Its errors say
// which parameter is wrong and never quote a value.
func Parse(header string) (*Header, error) {
	scheme, rest, _ := strings.Cut(header, " ")
	if !strings.EqualFold(scheme, "OAuth") {
		return nil, errors.New("the scheme is not OAuth")
	}
	h := &Header{}
	seen := map[string]bool{}
	signature := ""
	for i := 0; rest != "" || i == 0; i++ {
		var p Param
		var err error
		if p, rest, err = parseParam(strings.TrimLeft(rest, " ")); err != nil {
			return nil, err
		}
		if seen[p.Name] || i == maxParams {
			return nil, fmt.Errorf("%s stands twice, or there are too many parameters", p.Name)
		}
		seen[p.Name] = true
		switch p.Name {
		case "realm":
		case "oauth_signature":
			signature = p.Value
		default:
			h.params = append(h.params, p)
		}
	}
	if err := h.read(signature); err != nil {
		return nil, err
	}
	return h, nil
}

// parseParam reads name="value", and the comma behind it if there is one. What follows a comma
// must be another parameter.
func parseParam(text string) (p Param, rest string, err error) {
	name, after, ok := strings.Cut(text, `="`)
	if !ok || name != "realm" && !protocolName(name) {
		return p, "", errors.New("it is not a list of oauth_...=\"value\"")
	}
	raw, rest, ok := strings.Cut(after, `"`)
	if !ok {
		return p, "", fmt.Errorf("the value of %s is not closed", name)
	}
	if name != "realm" { // a quoted text; the others are percent-encoded
		if p.Value, ok = unescape(raw); !ok || percent.Encode(p.Value) != raw {
			return p, "", fmt.Errorf("the value of %s is not percent-encoded as it must be", name)
		}
	}
	p.Name = name
	rest, comma := strings.CutPrefix(strings.TrimLeft(rest, " "), ",")
	if rest != "" && !comma || comma && strings.TrimLeft(rest, " ") == "" {
		return p, "", fmt.Errorf("behind %s stands no comma, or nothing behind the comma", name)
	}
	return p, rest, nil
}

// protocolName says whether a parameter is one of the protocol's.
func protocolName(name string) bool {
	rest, ok := strings.CutPrefix(name, "oauth_")
	return ok && rest != "" && strings.Trim(rest, "abcdefghijklmnopqrstuvwxyz_") == ""
}

// read takes the parameters that mean something out of the list.
func (h *Header) read(signature string) (err error) {
	for _, p := range h.params {
		if err := h.take(p); err != nil {
			return err
		}
	}
	for _, needed := range [...]string{"oauth_consumer_key", "oauth_nonce", "oauth_timestamp", "oauth_signature_method"} {
		if !slices.ContainsFunc(h.params, func(p Param) bool { return p.Name == needed && p.Value != "" }) {
			return fmt.Errorf("%s is missing", needed)
		}
	}
	if len(h.Nonce) > maxNonce || strings.ContainsFunc(h.Nonce, func(r rune) bool { return r <= ' ' || r >= 0x7f }) {
		return fmt.Errorf("oauth_nonce is not of at most %d visible ASCII characters", maxNonce)
	}
	if h.signature, err = base64.StdEncoding.Strict().DecodeString(signature); err != nil || len(h.signature) != signatureSize {
		return errors.New("oauth_signature is missing or is not the base64 of an HMAC-SHA1")
	}
	return nil
}

// take notes what one parameter says. Those it does not know are signed and mean nothing.
func (h *Header) take(p Param) (err error) {
	switch p.Name {
	case "oauth_consumer_key":
		h.ConsumerKey = p.Value
	case "oauth_token":
		h.Token = p.Value
	case "oauth_callback":
		h.Callback = p.Value
	case "oauth_verifier":
		h.Verifier = p.Value
	case "oauth_nonce":
		h.Nonce = p.Value
	case "oauth_timestamp":
		h.Timestamp, err = parseTimestamp(p.Value)
	case "oauth_signature_method":
		if p.Value != "HMAC-SHA1" {
			err = errors.New("oauth_signature_method is not HMAC-SHA1")
		}
	case "oauth_version":
		if p.Value != "1.0" {
			err = errors.New("oauth_version is not 1.0")
		}
	}
	return err
}

// parseTimestamp reads seconds since 1970, a positive number in its shortest form.
func parseTimestamp(text string) (time.Time, error) {
	n, err := strconv.ParseInt(text, 10, 64)
	if err != nil || n <= 0 || n > 1<<40 || strconv.FormatInt(n, 10) != text {
		return time.Time{}, errors.New("oauth_timestamp is not a number of seconds since 1970")
	}
	return time.Unix(n, 0).UTC(), nil
}
