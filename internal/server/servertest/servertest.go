// Package servertest starts a whole server for a test: real SQLite, real HTTP, a bootstrapped
// cloud. It refuses to fake anything.
package servertest

import (
	"bytes"
	"context"
	"crypto/rand"
	"encoding/base64"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/go-json-experiment/json"

	"github.com/lintel-id/lintel/internal/config"
	"github.com/lintel-id/lintel/internal/core"
	"github.com/lintel-id/lintel/internal/identity"
	"github.com/lintel-id/lintel/internal/server"
	"github.com/lintel-id/lintel/internal/telemetry"
)

// AdminPassword is the administrator's: user and project admin of the domain default.
const AdminPassword = "servertest-Pass-1"

// Options change the server; the zero value is the default configuration with cheap hashes.
type Options struct {
	Config func(*config.Config)
	Now    func() time.Time // nil: the real clock

	Database string // URL; "": a SQLite file of its own
	Beside   *Env   // another node of its database, instead of a cloud of its own
	Deaf     bool   // it learns what others wrote only when a request makes it ask
}

// Env is a running server.
type Env struct {
	URL      string // without path
	Handler  http.Handler
	Core     *core.Core
	Database string // the SQLite file

	DatabaseURL string
	ConfigText  string
	MasterKey   string // base64
	Admin       core.Bootstrapped

	t        testing.TB
	log      *syncBuffer
	contract func() *contract
}

// Start runs a server until the test ends.
func Start(t testing.TB, o Options) *Env {
	t.Helper()
	dir := t.TempDir()
	env := &Env{t: t, log: &syncBuffer{}, Database: filepath.Join(dir, "lintel.db"), MasterKey: newKey()}
	if o.Database == "" {
		o.Database = "sqlite://" + env.Database
		must(t, writeFile(env.Database, migrated(t)))
	}
	env.ConfigText = "[database]\nurl = \"" + o.Database + "\"\n"
	env.DatabaseURL = o.Database
	if o.Beside != nil {
		env.ConfigText, env.MasterKey, env.DatabaseURL = o.Beside.ConfigText, o.Beside.MasterKey, o.Beside.DatabaseURL
	}
	cfg := env.loadConfig(dir)
	cfg.Password.MemoryKiB, cfg.Password.Time = 64, 1 // the cost is tested elsewhere
	if o.Config != nil {
		o.Config(cfg)
	}
	log, err := telemetry.Logger("json", "debug", env.log)
	must(t, err)
	ctx, cancel := context.WithCancel(context.Background())
	env.Core, err = server.OpenCore(ctx, cfg, server.CoreOptions{Server: true, Migrate: true, Log: log.Logger, Now: o.Now})
	must(t, err)
	must(t, env.Core.EnsureKeys(ctx))
	env.Handler = server.NewHandler(cfg, env.Core, log.Logger, telemetry.NewMetrics("test"))
	ts := httptest.NewServer(env.Handler)
	env.URL = ts.URL
	env.contract = sync.OnceValue(env.readDocument)
	if o.Beside == nil {
		env.Admin, err = env.Core.Bootstrap(ctx, core.Bootstrap{Username: "admin", Password: identity.NewSecret(AdminPassword), Project: "admin", Role: "admin",
			Service: "keystone", Region: "RegionOne", PublicURL: ts.URL + "/v3"})
		must(t, err)
	} else {
		env.Admin = o.Beside.Admin
	}
	var tasks sync.WaitGroup
	if !o.Deaf {
		tasks.Go(func() { env.Core.Live.Run(ctx) })
		tasks.Go(func() { env.Core.Node.Listen(ctx, env.Core.Live.Kick) })
	}
	t.Cleanup(func() {
		ts.Close()
		cancel()
		tasks.Wait()
		must(t, env.Core.Node.Leave(context.Background()))
		must(t, env.Core.Store.Close())
		must(t, log.Close())
	})
	return env
}

var schema struct {
	sync.Mutex
	file string
}

// migrated is the file of a database that has all tables and no row. Migrating takes longer than most tests.
func migrated(t testing.TB) string {
	t.Helper()
	schema.Lock()
	defer schema.Unlock()
	if schema.file == "" {
		dir := t.TempDir()
		path := filepath.Join(dir, "empty.db")
		first := &Env{t: t, MasterKey: newKey(), ConfigText: "[database]\nurl = \"sqlite://" + path + "\"\n"}
		c, err := server.OpenCore(t.Context(), first.loadConfig(dir), server.CoreOptions{Migrate: true, Log: slog.New(slog.DiscardHandler)})
		must(t, err)
		must(t, c.Store.Close())
		file, err := os.ReadFile(path)
		must(t, err)
		schema.file = string(file)
	}
	return schema.file
}

func newKey() string {
	var raw [32]byte
	rand.Read(raw[:])
	return base64.StdEncoding.EncodeToString(raw[:])
}

func (e *Env) loadConfig(dir string) *config.Config {
	path := filepath.Join(dir, "lintel.toml")
	must(e.t, writeFile(path, e.ConfigText))
	cfg, err := config.Load(path, func(name string) (string, bool) { return e.MasterKey, name == "LINTEL_MASTER_KEY" })
	must(e.t, err)
	return cfg
}

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// Log returns what the server has logged so far.
func (e *Env) Log() string { return e.log.String() }

// Logged says whether the server logs text; its log is written with a delay of at most 200 ms.
func (e *Env) Logged(text string) bool {
	deadline, look := time.After(5*time.Second), time.NewTicker(10*time.Millisecond)
	defer look.Stop()
	for !strings.Contains(e.Log(), text) {
		select {
		case <-deadline:
			return false
		case <-look.C:
		}
	}
	return true
}

// Response is an answer, read to its end.
type Response struct {
	Status int
	Header http.Header
	Body   []byte

	t testing.TB
}

// Do sends a request. A body that is not nil is sent as JSON: text and bytes as they are,
// everything else encoded. header holds pairs of names and values.
func (e *Env) Do(method, path, token string, body any, header ...string) *Response {
	e.t.Helper()
	var rd io.Reader
	switch b := body.(type) {
	case nil:
	case string:
		rd = strings.NewReader(b)
	case []byte:
		rd = bytes.NewReader(b)
	default:
		text, err := json.Marshal(b)
		must(e.t, err)
		rd = bytes.NewReader(text)
	}
	req, err := http.NewRequest(method, e.URL+path, rd)
	must(e.t, err)
	if body != nil {
		req.Header.Set("Content-Type", "application/json")
	}
	if token != "" {
		req.Header.Set("X-Auth-Token", token)
	}
	for i := 0; i+1 < len(header); i += 2 {
		req.Header.Set(header[i], header[i+1])
	}
	resp, err := http.DefaultClient.Do(req)
	must(e.t, err)
	defer resp.Body.Close()
	text, err := io.ReadAll(resp.Body)
	must(e.t, err)
	res := &Response{Status: resp.StatusCode, Header: resp.Header, Body: text, t: e.t}
	if err := e.contract().check(req, res); err != nil {
		e.t.Errorf("%s %s is not what /openapi.json says: %v\n%s", method, path, err, text)
	}
	return res
}

// readDocument asks the server for its description.
func (e *Env) readDocument() *contract {
	resp, err := http.Get(e.URL + documentPath)
	must(e.t, err)
	defer resp.Body.Close()
	text, err := io.ReadAll(resp.Body)
	must(e.t, err)
	c, err := readContract(text)
	must(e.t, err)
	return c
}

// Want fails the test unless the status is this one.
func (r *Response) Want(status int) *Response {
	r.t.Helper()
	if r.Status != status {
		r.t.Fatalf("status %d, want %d: %s", r.Status, status, r.Body)
	}
	return r
}

// Get returns the value at a path of names and list indexes, as in "user.id" or "users.0.name";
// nil where there is none.
func (r *Response) Get(path string) any {
	r.t.Helper()
	var v any
	if err := json.Unmarshal(r.Body, &v); err != nil {
		r.t.Fatalf("not JSON: %v: %s", err, r.Body)
	}
	return dig(v, path)
}

// Text is Get of a string.
func (r *Response) Text(path string) string {
	r.t.Helper()
	s, ok := r.Get(path).(string)
	if !ok {
		r.t.Fatalf("no string at %s: %s", path, r.Body)
	}
	return s
}

// Login returns a token for a request body of POST /v3/auth/tokens.
func (e *Env) Login(body any) string {
	e.t.Helper()
	return e.Do("POST", "/v3/auth/tokens", "", body).Want(http.StatusCreated).Header.Get("X-Subject-Token")
}

// AdminToken returns a fresh token of the administrator on the project admin.
func (e *Env) AdminToken() string {
	e.t.Helper()
	return e.Login(PasswordAuth(string(e.Admin.User), AdminPassword, Project(string(e.Admin.Project))))
}

// SystemToken returns a fresh token of the administrator on the system.
func (e *Env) SystemToken() string {
	e.t.Helper()
	return e.Login(PasswordAuth(string(e.Admin.User), AdminPassword, map[string]any{"system": map[string]any{"all": true}}))
}

// PasswordAuth is the body of a login by user id; a nil scope names none.
func PasswordAuth(userID, password string, scope any) map[string]any {
	auth := map[string]any{"identity": map[string]any{"methods": []string{"password"},
		"password": map[string]any{"user": map[string]any{"id": userID, "password": password}}}}
	if scope != nil {
		auth["scope"] = scope
	}
	return map[string]any{"auth": auth}
}

// Project is the scope of a project.
func Project(id string) map[string]any {
	return map[string]any{"project": map[string]any{"id": id}}
}

// Domain is the scope of a domain.
func Domain(id string) map[string]any { return map[string]any{"domain": map[string]any{"id": id}} }

// Create posts a resource as the administrator and returns its id: Create("/v3/users", "user", ...).
func (e *Env) Create(path, noun string, body map[string]any) string {
	e.t.Helper()
	return e.Do("POST", path, e.AdminToken(), map[string]any{noun: body}).Want(http.StatusCreated).Text(noun + ".id")
}
