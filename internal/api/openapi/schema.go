package openapi

import (
	"fmt"
	"path"
	"reflect"
	"slices"
	"strings"
	"unicode"

	"github.com/go-json-experiment/json/jsontext"

	"github.com/lintel-id/lintel/internal/identity"
)

// schemas gathers a schema for each named type.
type schemas struct {
	types   map[string]reflect.Type // by name, so that two types never share one
	defined object
}

func ref(name string) object { return ref2("schemas", name) }

func ref2(kind, name string) object { return object{"$ref": "#/components/" + kind + "/" + name} }

var (
	secretType = reflect.TypeFor[identity.Secret]()
	valueType  = reflect.TypeFor[jsontext.Value]()
)

// of is the schema of a type as go-json-experiment encodes it.
func (s *schemas) of(t reflect.Type) (object, error) {
	switch {
	case t == secretType:
		return object{"type": "string", "format": "password"}, nil
	case t == valueType:
		return object{}, nil
	case t.Kind() == reflect.Struct && strings.HasPrefix(t.Name(), "Opt["):
		return s.nullable(t.Field(t.NumField() - 1).Type)
	}
	switch t.Kind() {
	case reflect.String:
		return object{"type": "string"}, nil
	case reflect.Bool:
		return object{"type": "boolean"}, nil
	case reflect.Int, reflect.Int32, reflect.Int64:
		return object{"type": "integer"}, nil
	case reflect.Interface:
		return object{}, nil
	case reflect.Pointer:
		return s.nullable(t.Elem())
	case reflect.Slice:
		items, err := s.of(t.Elem())
		return object{"type": "array", "items": items}, err
	case reflect.Map:
		values, err := s.of(t.Elem())
		return object{"type": "object", "additionalProperties": values}, err
	case reflect.Struct:
		return s.structure(t)
	default:
		return nil, fmt.Errorf("there is no schema of %s", t)
	}
}

func (s *schemas) nullable(t reflect.Type) (object, error) {
	inner, err := s.of(t)
	if err != nil || len(inner) == 0 {
		return inner, err
	}
	if name, ok := inner["type"].(string); ok {
		inner["type"] = []string{name, "null"}
		return inner, nil
	}
	return object{"oneOf": []object{inner, {"type": "null"}}}, nil
}

// structure defines a named struct once and refers to it.
func (s *schemas) structure(t reflect.Type) (object, error) {
	name := schemaName(t)
	if name == "" {
		return s.fields(t)
	}
	if have, ok := s.types[name]; ok {
		if have != t {
			return nil, fmt.Errorf("%s and %s would both be called %s", have, t, name)
		}
		return ref(name), nil
	}
	s.types[name] = t
	defined, err := s.fields(t)
	s.defined[name] = defined
	return ref(name), err
}

// schemaName is a type's name in the document: Region for regionOut, RegionRequest for regionIn,
// and V2Region for v2's, which has its own form of much that v3 has.
func schemaName(t reflect.Type) string {
	name := t.Name()
	if name == "" {
		return ""
	}
	if base, ok := strings.CutSuffix(name, "In"); ok {
		name = base + "Request"
	} else {
		name = strings.TrimSuffix(name, "Out")
	}
	name = string(unicode.ToUpper(rune(name[0]))) + name[1:]
	if path.Base(t.PkgPath()) == "v2" {
		name = "V2" + name
	}
	return name
}

// fields is the schema of a struct's members. What an answer always has is required; what a
// request must have says so in its tag: `required:"true"`.
func (s *schemas) fields(t reflect.Type) (object, error) {
	out := object{"type": "object"}
	request := isRequest(t)
	members, required, err := s.members(t, out, request)
	if err != nil {
		return nil, err
	}
	out["properties"] = members
	if len(required) > 0 {
		out["required"] = required
	}
	if _, open := out["additionalProperties"]; !open {
		out["additionalProperties"] = request // what a request has too much is ignored
	}
	return out, nil
}

// isRequest says whether a struct is decoded, not encoded: it is called so, or has no name, as
// only parts of requests have none.
func isRequest(t reflect.Type) bool { return t.Name() == "" || strings.HasSuffix(t.Name(), "In") }

func (s *schemas) members(t reflect.Type, of object, request bool) (members object, required []string, err error) {
	members = object{}
	for i := range t.NumField() {
		f := t.Field(i)
		options := strings.Split(f.Tag.Get("json"), ",")
		switch {
		case f.Anonymous && options[0] == "":
			inner, more, err := s.members(f.Type, of, request)
			if err != nil {
				return nil, nil, err
			}
			for name, schema := range inner {
				members[name] = schema
			}
			required = append(required, more...)
			continue
		case slices.Contains(options, "embed"):
			of["additionalProperties"] = true
			continue
		case options[0] == "" || options[0] == "-":
			continue
		}
		if members[options[0]], err = s.of(f.Type); err != nil {
			return nil, nil, fmt.Errorf("%s.%s: %w", t, f.Name, err)
		}
		always := !slices.Contains(options, "omitzero") && !slices.Contains(options, "omitempty")
		if f.Tag.Get("required") != "" || !request && always {
			required = append(required, options[0])
		}
	}
	return members, required, nil
}
