package servertest

import (
	"bytes"
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"sync"

	"github.com/santhosh-tekuri/jsonschema/v6"
)

// contract is the server's own description of itself: every answer that a test gets is held
// against it.
type contract struct {
	operations *http.ServeMux // knows the documented patterns and nothing else
	compiler   *jsonschema.Compiler
	document   map[string]any

	mu      sync.Mutex
	schemas map[string]*jsonschema.Schema
}

// documentPath is where the description is.
const documentPath = "/openapi.json"

// contracts are kept by the document's text: most servers have the same.
var contracts sync.Map

func readContract(text []byte) (*contract, error) {
	if c, ok := contracts.Load(string(text)); ok {
		return c.(*contract), nil
	}
	document, err := jsonschema.UnmarshalJSON(bytes.NewReader(text))
	if err != nil {
		return nil, err
	}
	c := &contract{operations: http.NewServeMux(), compiler: jsonschema.NewCompiler(), document: document.(map[string]any), schemas: map[string]*jsonschema.Schema{}}
	if err := c.compiler.AddResource("openapi.json", document); err != nil {
		return nil, err
	}
	for path, item := range c.document["paths"].(map[string]any) {
		for method := range item.(map[string]any) {
			pattern := strings.ToUpper(method) + " " + path
			if path == "/" {
				pattern += "{$}"
			}
			c.operations.Handle(pattern, http.NotFoundHandler())
		}
	}
	contracts.Store(string(text), c)
	return c, nil
}

// check says how an answer that is no refusal differs from what is documented.
func (c *contract) check(r *http.Request, res *Response) error {
	if res.Status >= 400 || r.URL.Path == documentPath {
		return nil
	}
	clean := r.Clone(r.Context())
	clean.URL.Path = "/" + strings.Trim(r.URL.Path, "/")
	_, pattern := c.operations.Handler(clean)
	if pattern == "" {
		return fmt.Errorf("it is not documented")
	}
	method, path, _ := strings.Cut(pattern, " ")
	path = strings.TrimSuffix(path, "{$}")
	operation := c.document["paths"].(map[string]any)[path].(map[string]any)[strings.ToLower(method)].(map[string]any)
	answer, ok := operation["responses"].(map[string]any)[strconv.Itoa(res.Status)].(map[string]any)
	if !ok {
		return fmt.Errorf("the status %d is not documented", res.Status)
	}
	content, ok := answer["content"].(map[string]any)
	if !ok && len(res.Body) > 0 {
		return fmt.Errorf("a body is not documented")
	}
	media := res.Header.Get("Content-Type")
	if r.Method == http.MethodHead || len(res.Body) == 0 && !ok {
		return nil
	}
	if content[media] == nil {
		return fmt.Errorf("the media type %q is not documented", media)
	}
	if !strings.Contains(media, "json") {
		return nil
	}
	return c.checkBody(path, strings.ToLower(method), res, media)
}

func (c *contract) checkBody(path, method string, res *Response, media string) error {
	escape := strings.NewReplacer("~", "~0", "/", "~1")
	at := fmt.Sprintf("openapi.json#/paths/%s/%s/responses/%d/content/%s/schema", escape.Replace(path), method, res.Status, escape.Replace(media))
	c.mu.Lock()
	schema := c.schemas[at]
	if schema == nil {
		var err error
		if schema, err = c.compiler.Compile(at); err != nil {
			c.mu.Unlock()
			return err
		}
		c.schemas[at] = schema
	}
	c.mu.Unlock()
	body, err := jsonschema.UnmarshalJSON(bytes.NewReader(res.Body))
	if err != nil {
		return err
	}
	return schema.Validate(body)
}
