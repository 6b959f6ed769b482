package v3_test

import (
	"database/sql"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/go-json-experiment/json"

	"github.com/lintel-id/lintel/internal/config"
	"github.com/lintel-id/lintel/internal/server/servertest"
	"github.com/lintel-id/lintel/internal/token/fernet"
)

// operation is one method of one path, as the server itself describes it in /openapi.json.
type operation struct {
	method, path string
	params       []string // of the path, in its order
	open         bool     // no token is asked for
	wrap         string   // "user" where the body is {"user": {...}}
	members      map[string]schema
	required     []string // of members
	hasBody      bool
}

// schema is as much of a JSON schema as the matrix needs.
type schema struct {
	Type       any               `json:"type"`
	Ref        string            `json:"$ref"`
	Properties map[string]schema `json:"properties"`
	Required   []string          `json:"required"`
}

func (o *operation) name() string { return o.method + " " + o.path }

// matrix is a cloud with a clock that a test moves, and what its server says of itself.
type matrix struct {
	*cloud
	now        *time.Time
	operations []*operation
	rows       *sql.DB    // a second connection, to see whether anything was written
	key        fernet.Key // of a Keystone whose tokens the server accepts
	n          int        // of the names made so far
}

func startMatrix(t *testing.T) *matrix {
	now := time.Now()
	m := &matrix{now: &now, key: fernet.NewKey()}
	keys := t.TempDir()
	if err := os.WriteFile(filepath.Join(keys, "1"), []byte(m.key.Encode()), 0o600); err != nil {
		t.Fatal(err)
	}
	m.cloud = startCloud(t, servertest.Options{Now: func() time.Time { return now }, Config: func(cfg *config.Config) {
		cfg.Keys.KeystoneKeyDirectory = keys
		enableAll(cfg)
	}})
	m.operations = m.read()
	var err error
	if m.rows, err = sql.Open("sqlite", "file:"+m.Database); err != nil {
		t.Fatal(err)
	}
	m.rows.SetMaxOpenConns(1)
	t.Cleanup(func() { _ = m.rows.Close() })
	return m
}

// version changes with every commit of the server's.
func (m *matrix) version() (v int64) {
	m.t.Helper()
	if err := m.rows.QueryRow("PRAGMA data_version").Scan(&v); err != nil {
		m.t.Fatal(err)
	}
	return v
}

// read makes operations of /openapi.json: those of the v3 API and of Lintel's own.
func (m *matrix) read() (list []*operation) {
	type content map[string]struct {
		Schema schema `json:"schema"`
	}
	var document struct {
		Paths map[string]map[string]struct {
			Security []any `json:"security"`
			Body     struct {
				Content content `json:"content"`
			} `json:"requestBody"`
		} `json:"paths"`
		Components struct {
			Schemas map[string]schema `json:"schemas"`
		} `json:"components"`
	}
	if err := json.Unmarshal(m.Do("GET", "/openapi.json", "", nil).Want(200).Body, &document); err != nil {
		m.t.Fatal(err)
	}
	for _, path := range slices.Sorted(maps.Keys(document.Paths)) {
		if !strings.HasPrefix(path, "/v3/") && !strings.HasPrefix(path, "/lintel/") {
			continue
		}
		for method, described := range document.Paths[path] {
			o := &operation{method: strings.ToUpper(method), path: path, open: described.Security == nil}
			for part := range strings.SplitSeq(path, "/") {
				if name, ok := strings.CutPrefix(part, "{"); ok {
					o.params = append(o.params, strings.TrimSuffix(name, "}"))
				}
			}
			if body, ok := described.Body.Content["application/json"]; ok {
				o.describe(body.Schema, document.Components.Schemas)
			}
			list = append(list, o)
		}
	}
	slices.SortFunc(list, func(a, b *operation) int { return strings.Compare(a.path+a.method, b.path+b.method) })
	if len(list) < 200 {
		m.t.Fatalf("the server describes only %d operations", len(list))
	}
	return list
}

func (o *operation) describe(body schema, named map[string]schema) {
	o.hasBody = true
	resolve := func(s schema) schema {
		if name, ok := strings.CutPrefix(s.Ref, "#/components/schemas/"); ok {
			return named[name]
		}
		return s
	}
	body = resolve(body)
	if len(body.Properties) == 1 && slices.Equal(body.Required, slices.Collect(maps.Keys(body.Properties))) {
		for name, inner := range body.Properties {
			if resolved := resolve(inner); resolved.is("object") {
				o.wrap, body = name, resolved
			}
		}
	}
	o.members, o.required = body.Properties, body.Required
	for name, s := range o.members {
		if s.Ref != "" {
			o.members[name] = schema{Type: "object"}
		}
	}
}

// call is an operation with everything it needs to succeed.
type call struct {
	*operation
	ids  map[string]string // of its path's parameters
	body map[string]any    // what is under wrap
}

func (c *call) url() string {
	url := c.path
	for name, id := range c.ids {
		url = strings.ReplaceAll(url, "{"+name+"}", id)
	}
	return url
}

func (c *call) wrapped(body any) any {
	switch {
	case !c.hasBody:
		return nil
	case c.wrap != "":
		return map[string]any{c.wrap: body}
	}
	return body
}

// with is a copy of the call with another id for one parameter.
func (c *call) with(param, id string) *call {
	other := *c
	other.ids = maps.Clone(c.ids)
	other.ids[param] = id
	return &other
}

// send does the call with a token, and holds what must hold of every answer: it is no failure
// of the server's, a refusal has Keystone's form and leaves the database as it was.
func (m *matrix) send(what string, c *call, token string, body any, header ...string) *servertest.Response {
	m.t.Helper()
	before := m.version()
	res := m.Do(c.method, c.url(), token, body, append(m.headers(c.operation), header...)...)
	at := fmt.Sprintf("%s: %s", c.name(), what)
	if res.Status >= 500 {
		m.t.Errorf("%s: status %d: %s", at, res.Status, res.Body)
	}
	if res.Status >= 400 {
		if m.version() != before {
			m.t.Errorf("%s: status %d, but something was written", at, res.Status)
		}
		m.wantKeystoneForm(at, c, res)
	}
	return res
}

func (m *matrix) wantKeystoneForm(at string, c *call, res *servertest.Response) {
	m.t.Helper()
	if c.method == "HEAD" {
		return
	}
	if c.path == "/v3/OS-OAUTH2/token" {
		if res.Text("error") == "" {
			m.t.Errorf("%s: not RFC 6749's form of an error: %s", at, res.Body)
		}
		return
	}
	code, ok := res.Get("error.code").(float64)
	if !ok || int(code) != res.Status || res.Text("error.title") == "" || res.Text("error.message") == "" {
		m.t.Errorf("%s: not Keystone's form of an error: %d %s", at, res.Status, res.Body)
	}
}

// wants reports a status that is none of those wanted.
func (m *matrix) wants(what string, c *call, res *servertest.Response, statuses ...int) {
	m.t.Helper()
	if !slices.Contains(statuses, res.Status) {
		m.t.Errorf("%s: %s: status %d, want one of %v: %s", c.name(), what, res.Status, statuses, res.Body)
	}
}
