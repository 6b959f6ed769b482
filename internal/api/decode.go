package api

import (
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"

	"github.com/lintel-id/lintel/internal/identity"
)

// maxDepth is how deep a body may nest; the deepest that means anything has eight levels.
const maxDepth = 32

// patchFields lets bodies be decoded straight into the fields of patches.
var patchFields = json.WithUnmarshalers(json.JoinUnmarshalers(
	optField[string](), optField[bool](), optField[int64](), optField[[]string](), optField[[][]string](), optField[identity.Secret](),
	optField[identity.UserID](), optField[identity.CredentialID](), optField[identity.DomainID](), optField[identity.ProjectID](), optField[identity.RegionID](),
	optField[identity.ServiceID](), optField[identity.Interface](),
))

func optField[T any]() *json.Unmarshalers {
	return json.UnmarshalFromFunc(func(d *jsontext.Decoder, o *identity.Opt[T]) error {
		*o = identity.Opt[T]{Set: true, Null: d.PeekKind() == 'n'}
		return json.UnmarshalDecode(d, &o.Value)
	})
}

// Decode reads the request's body, one JSON object, into v. Member names match exactly, stand
// once, and are valid UTF-8; what v does not name is ignored.
func Decode(r *Request, v any) error {
	body, err := readBody(r)
	if err != nil {
		return err
	}
	return unmarshal(body, v)
}

// DecodeMember reads the object under one name of the body: {"user": {...}}.
func DecodeMember(r *Request, name string, v any) error {
	var members map[string]jsontext.Value
	if err := Decode(r, &members); err != nil {
		return err
	}
	member, ok := members[name]
	switch {
	case !ok:
		return identity.Invalidf("Invalid input: '%s' is a required property.", name)
	case member.Kind() != '{':
		return identity.Invalidf("Invalid input for field '%s': it is not an object.", name)
	}
	return unmarshal(member, v)
}

func readBody(r *Request) ([]byte, error) {
	if media := r.media(); media != "" && media != JSON {
		return nil, identity.Invalidf("Expecting to find application/json in Content-Type header. The server could not comply with the request since it is either malformed or otherwise incorrect.")
	}
	body, err := readAll(r)
	switch {
	case err != nil:
		return nil, err
	case len(body) == 0:
		return nil, identity.Invalidf("Expecting to find valid JSON in request body.")
	case tooDeep(body):
		return nil, identity.Invalidf("Malformed JSON in request body: nested deeper than %d levels.", maxDepth)
	}
	return body, nil
}

func readAll(r *Request) ([]byte, error) {
	body, err := io.ReadAll(r.Body)
	if IsTooLarge(err) {
		return nil, &identity.Error{Kind: identity.TooLarge, Message: "Request is too large.", Err: err}
	}
	if err != nil {
		e := identity.Invalidf("The request body could not be read.")
		e.Err = err
		return nil, e
	}
	return body, nil
}

// tooDeep counts brackets outside of strings.
func tooDeep(body []byte) bool {
	depth, text, escaped := 0, false, false
	for _, b := range body {
		switch {
		case escaped:
			escaped = false
		case text && b == '\\':
			escaped = true
		case b == '"':
			text = !text
		case text:
		case b == '{' || b == '[':
			if depth++; depth > maxDepth {
				return true
			}
		case b == '}' || b == ']':
			depth--
		}
	}
	return false
}

// unmarshal decodes body and says in plain words what is wrong with it, never quoting values.
func unmarshal(body []byte, v any) error {
	err := json.Unmarshal(body, v, patchFields)
	if err == nil {
		return nil
	}
	var invalid *identity.Error
	if errors.As(err, &invalid) {
		return invalid
	}
	var wrong *json.SemanticError
	if errors.As(err, &wrong) {
		return identity.Invalidf("Invalid input for field '%s': %s is not what is expected here.", field(wrong.JSONPointer), kindName(wrong.JSONKind))
	}
	var bad *jsontext.SyntacticError
	if errors.As(err, &bad) {
		what := "it is not valid JSON"
		switch {
		case errors.Is(err, jsontext.ErrDuplicateName):
			what = "a member name stands twice"
		case strings.Contains(bad.Err.Error(), "UTF-8"):
			what = "it is not valid UTF-8"
		}
		return identity.Invalidf("Malformed JSON in request body: %s (at byte %d).", what, bad.ByteOffset)
	}
	return identity.Invalidf("Malformed JSON in request body.")
}

func field(p jsontext.Pointer) string {
	s := strings.TrimPrefix(string(p), "/")
	if s == "" {
		return "body"
	}
	return s
}

func kindName(k jsontext.Kind) string {
	switch k {
	case 'n':
		return "null"
	case 't', 'f':
		return "a boolean"
	case '"':
		return "a string"
	case '0':
		return "a number"
	case '{':
		return "an object"
	case '[':
		return "an array"
	}
	return fmt.Sprintf("a value of kind %s", k)
}

// DecodeValue reads a part of a body that was left as text; at is its path, for the error.
func DecodeValue(part jsontext.Value, at string, v any) error {
	err := unmarshal(part, v)
	var invalid *identity.Error
	if errors.As(err, &invalid) {
		return identity.Invalidf("%s (in %s)", invalid.Message, at)
	}
	return err
}
