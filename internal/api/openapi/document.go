package openapi

import (
	"fmt"
	"maps"
	"reflect"
	"runtime"
	"strconv"
	"strings"
	"unicode"

	"github.com/go-json-experiment/json"

	"github.com/lintel-id/lintel/internal/api"
)

// object is a JSON object.
type object = map[string]any

// Document returns the OpenAPI 3.1 document of the routes, as JSON with sorted members.
func Document(title, version string, routes []api.Route) ([]byte, error) {
	s := &schemas{types: map[string]reflect.Type{}, defined: object{}}
	paths := object{}
	for i := range routes {
		method, path, _ := strings.Cut(routes[i].Pattern, " ")
		path = strings.TrimSuffix(path, "{$}")
		item, _ := paths[path].(object)
		if item == nil {
			item = object{}
			paths[path] = item
		}
		op, err := s.operation(path, &routes[i])
		if err != nil {
			return nil, fmt.Errorf("openapi: %s: %w", routes[i].Pattern, err)
		}
		item[strings.ToLower(method)] = op
	}
	s.defined["Error"] = errorSchema()
	return json.Marshal(object{
		"openapi": "3.1.0",
		"info":    object{"title": title, "version": version},
		"paths":   paths,
		"components": object{
			"schemas":         s.defined,
			"securitySchemes": object{"token": object{"type": "apiKey", "in": "header", "name": "X-Auth-Token"}},
			"responses": object{"Error": object{"description": "The request was refused.",
				"content": content(api.JSON, ref("Error"))}},
		},
	}, json.Deterministic(true))
}

// errorSchema is Keystone's form of an error.
func errorSchema() object {
	text := object{"type": "string"}
	inner := object{"type": "object", "required": []string{"code", "title", "message"},
		"properties": object{"code": object{"type": "integer"}, "title": text, "message": text}}
	return object{"type": "object", "required": []string{"error"}, "properties": object{"error": inner}}
}

func (s *schemas) operation(path string, route *api.Route) (object, error) {
	op := object{"summary": summary(route.Handle), "operationId": operationID(route.Pattern)}
	if params := parameters(path, route); len(params) > 0 {
		op["parameters"] = params
	}
	if !route.Login {
		op["security"] = []object{{"token": []string{}}}
	}
	if route.In.Type != nil {
		body, err := s.shape(&route.In)
		if err != nil {
			return nil, err
		}
		op["requestBody"] = object{"required": true, "content": content(route.In.Media, body)}
	}
	responses := object{"default": ref2("responses", "Error")}
	for _, out := range append([]api.Shape{route.Out}, route.Also...) {
		if err := s.addAnswer(responses, &out); err != nil {
			return nil, err
		}
	}
	op["responses"] = responses
	return op, nil
}

// addAnswer adds an answer to those of an operation: another body for a status that is there,
// or another status.
func (s *schemas) addAnswer(responses object, out *api.Shape) error {
	code, answer := "204", object{"description": "Done; there is nothing to say."}
	if out.Code != 0 {
		code, answer = strconv.Itoa(out.Code), object{"description": "Done."}
	}
	if known, ok := responses[code].(object); ok {
		answer = known
	}
	responses[code] = answer
	if out.Type == nil {
		return nil
	}
	body, err := s.shape(out)
	if err != nil {
		return err
	}
	bodies, _ := answer["content"].(object)
	if bodies == nil {
		bodies = object{}
	}
	maps.Copy(bodies, content(out.Media, body))
	answer["content"] = bodies
	return nil
}

// shape is the schema of a whole body.
func (s *schemas) shape(shape *api.Shape) (object, error) {
	body, err := s.of(reflect.TypeOf(shape.Type))
	if err != nil || shape.Name == "" {
		return body, err
	}
	members, required := object{shape.Name: body}, []string{shape.Name}
	if shape.List {
		links, err := s.of(reflect.TypeFor[api.ListLinks]())
		if err != nil {
			return nil, err
		}
		members = object{shape.Name: object{"type": "array", "items": body}, "links": links, "truncated": object{"type": "boolean"}}
		required = append(required, "links")
	}
	return object{"type": "object", "properties": members, "required": required}, nil
}

func content(media string, schema object) object {
	if media == "" {
		media = api.JSON
	}
	return object{media: object{"schema": schema}}
}

func parameters(path string, route *api.Route) (list []object) {
	text := object{"type": "string"}
	for part := range strings.SplitSeq(path, "/") {
		if name, ok := strings.CutPrefix(part, "{"); ok {
			list = append(list, object{"name": strings.TrimSuffix(name, "}"), "in": "path", "required": true, "schema": text})
		}
	}
	for _, name := range route.Query {
		list = append(list, object{"name": name, "in": "query", "schema": text})
	}
	for _, name := range route.Headers {
		list = append(list, object{"name": name, "in": "header", "schema": text})
	}
	return list
}

// summary is the name of a route's handler as words: "create region" of createRegion.
func summary(h api.HandlerFunc) string {
	name := runtime.FuncForPC(reflect.ValueOf(h).Pointer()).Name()
	name = strings.TrimSuffix(name[strings.LastIndexByte(name, '.')+1:], "-fm")
	var b strings.Builder
	for i, r := range name {
		if unicode.IsUpper(r) && (i == 0 || !unicode.IsUpper(rune(name[i-1]))) {
			b.WriteByte(' ')
		}
		b.WriteRune(unicode.ToLower(r))
	}
	return b.String()
}

// operationID is a route's pattern as one word: getV3UsersByUserId of "GET /v3/users/{user_id}".
func operationID(pattern string) string {
	method, path, _ := strings.Cut(pattern, " ")
	var b strings.Builder
	b.WriteString(strings.ToLower(method))
	word := func(r rune) bool { return !unicode.IsLetter(r) && !unicode.IsDigit(r) }
	for part := range strings.SplitSeq(path, "/") {
		if strings.HasPrefix(part, "{") && part != "{$}" {
			b.WriteString("By")
		}
		for w := range strings.FieldsFuncSeq(part, word) {
			b.WriteString(strings.ToUpper(w[:1]) + w[1:])
		}
	}
	return b.String()
}
