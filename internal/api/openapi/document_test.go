package openapi_test

import (
	"net/http"
	"slices"
	"testing"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"

	"github.com/lintel-id/lintel/internal/api"
	"github.com/lintel-id/lintel/internal/api/openapi"
	"github.com/lintel-id/lintel/internal/identity"
)

type flowerOut struct {
	ID     identity.UserID `json:"id"`
	Color  *string         `json:"color"`
	Scent  string          `json:"scent,omitzero"`
	Extra  jsontext.Value  `json:",embed"`
	hidden int
}

type flowerIn struct {
	Color  identity.Opt[string] `json:"color" required:"true"`
	Secret identity.Secret      `json:"secret"`
}

func serveFlower(http.ResponseWriter, *api.Request) error { return nil }

func document(t *testing.T, routes ...api.Route) map[string]any {
	t.Helper()
	text, err := openapi.Document("Flowers", "1", routes)
	if err != nil {
		t.Fatal(err)
	}
	var d map[string]any
	if err := json.Unmarshal(text, &d); err != nil {
		t.Fatal(err)
	}
	return d
}

func at(t *testing.T, v any, path ...string) any {
	t.Helper()
	for _, p := range path {
		m, ok := v.(map[string]any)
		if !ok || m[p] == nil {
			t.Fatalf("there is no %q on the way %v in %v", p, path, v)
		}
		v = m[p]
	}
	return v
}

// What a type says is in the document, with what an answer always has and a request must have.
func TestTheDocumentIsMadeOfRoutesAndTypes(t *testing.T) {
	_ = flowerOut{hidden: 1}.hidden
	d := document(t, api.Route{Pattern: "PUT /flowers/{flower_id}", Handle: serveFlower, Query: []string{"season"},
		In: api.Body("flower", flowerIn{}), Out: api.Member(201, "flower", flowerOut{})})
	op := at(t, d, "paths", "/flowers/{flower_id}", "put")
	if id := at(t, op, "operationId"); id != "putFlowersByFlowerId" {
		t.Errorf("operationId %v", id)
	}
	if s := at(t, op, "summary"); s != "serve flower" {
		t.Errorf("summary %v", s)
	}
	if n := len(at(t, op, "parameters").([]any)); n != 2 {
		t.Errorf("%d parameters, want the path's and the query's", n)
	}
	at(t, op, "responses", "201", "content", "application/json", "schema", "properties", "flower")
	out := at(t, d, "components", "schemas", "Flower")
	if got := at(t, out, "required").([]any); !slices.Equal(got, []any{"id", "color"}) {
		t.Errorf("an answer always has %v", got)
	}
	if at(t, out, "additionalProperties") != true {
		t.Error("a type with extra attributes is closed")
	}
	in := at(t, d, "components", "schemas", "FlowerRequest")
	if got := at(t, in, "required").([]any); !slices.Equal(got, []any{"color"}) {
		t.Errorf("a request must have %v", got)
	}
	if got := at(t, in, "properties", "color", "type").([]any); !slices.Equal(got, []any{"string", "null"}) {
		t.Errorf("a member of a patch is %v", got)
	}
	if at(t, in, "properties", "secret", "format") != "password" {
		t.Error("a secret is not marked as one")
	}
}

// Two types of one name would make one of two answers undocumented: that is an error.
func TestTwoTypesCannotShareAName(t *testing.T) {
	type flowerOut struct {
		Other int `json:"other"`
	}
	_, err := openapi.Document("Flowers", "1", []api.Route{
		{Pattern: "GET /a", Handle: serveFlower, Out: api.Member(200, "a", flowerIn{})},
		{Pattern: "GET /b", Handle: serveFlower, Out: api.Member(200, "b", flowerOut{})},
		{Pattern: "GET /c", Handle: serveFlower, Out: api.Member(200, "c", outer())},
	})
	if err == nil {
		t.Fatal("two types called Flower were documented as one")
	}
}

func outer() any { return flowerOut{} }
