package server_test

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/lintel-id/lintel/internal/config"
	"github.com/lintel-id/lintel/internal/core"
	"github.com/lintel-id/lintel/internal/identity"
	"github.com/lintel-id/lintel/internal/server"
	"github.com/lintel-id/lintel/internal/telemetry"
)

const patience = 10 * time.Second

// process is a server with a configuration file and a service manager that listens.
type process struct {
	t       *testing.T
	dir     string
	base    string
	signals chan os.Signal
	hangups chan os.Signal
	states  *net.UnixConn
	log     *lockedBuffer
	ended   chan error
}

type lockedBuffer struct {
	mu   sync.Mutex
	text bytes.Buffer
}

func (b *lockedBuffer) Write(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.text.Write(p)
}

func (b *lockedBuffer) String() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.text.String()
}

// serve runs a bootstrapped server until the test ends.
func serve(t *testing.T, settings string) *process {
	t.Helper()
	p := &process{t: t, dir: t.TempDir(), signals: make(chan os.Signal, 2), hangups: make(chan os.Signal, 1), log: &lockedBuffer{}, ended: make(chan error, 1)}
	p.write("lintel.toml", settings)
	path := filepath.Join(p.dir, "notify")
	states, err := net.ListenUnixgram("unixgram", &net.UnixAddr{Name: path, Net: "unixgram"})
	must(t, err)
	p.states = states
	t.Setenv("NOTIFY_SOCKET", path)
	cfg, err := p.read()
	must(t, err)
	log, err := telemetry.Logger(cfg.Log.Format, cfg.Log.Level, p.log)
	must(t, err)
	base := make(chan string, 1)
	go func() {
		p.ended <- server.Run(context.Background(), server.Options{Config: cfg, Log: log, Migrate: true, Supervised: true,
			Signals: p.signals, Hangups: p.hangups, Reload: p.read, Hashing: []string{os.Args[0], "hash-passwords"}, Ready: func(b string) { base <- b },
			Setup: func(ctx context.Context, c *core.Core, base string) error {
				_, err := c.Bootstrap(ctx, core.Bootstrap{Username: "admin", Password: identity.NewSecret("reload-Pass-1"), Project: "admin", Role: "admin",
					Service: "keystone", Region: "RegionOne", PublicURL: base + "/v3"})
				return err
			}})
	}()
	t.Cleanup(func() {
		p.signals <- syscall.SIGTERM
		if err := <-p.ended; err != nil {
			t.Error(err)
		}
		p.await("STOPPING=1")
		must(t, log.Close())
		must(t, states.Close())
	})
	p.await("READY=1")
	p.base = <-base
	return p
}

// write makes a file of the server's directory. A configuration gets what every server here has.
func (p *process) write(name, text string) {
	p.t.Helper()
	if name == "lintel.toml" {
		text = fmt.Sprintf("password.argon2_memory_kib = 64\npassword.argon2_time = 1\ndatabase.url = \"sqlite://%s/lintel.db\"\n"+
			"server.listen = \"127.0.0.1:0\"\nserver.metrics_listen = \"\"\nserver.drain = \"0s\"\n%s\n", p.dir, text)
	}
	must(p.t, os.WriteFile(filepath.Join(p.dir, name), []byte(text), 0o600))
}

func (p *process) read() (*config.Config, error) {
	return config.Load(filepath.Join(p.dir, "lintel.toml"), func(name string) (string, bool) {
		return "MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIzNDU2Nzg5MDE=", name == "LINTEL_MASTER_KEY"
	})
}

// await reads what the server tells its manager until a message begins with a state, and returns that.
func (p *process) await(state string) string {
	p.t.Helper()
	must(p.t, p.states.SetReadDeadline(time.Now().Add(patience)))
	for {
		buffer := make([]byte, 4096)
		n, err := p.states.Read(buffer)
		if err != nil {
			p.t.Fatalf("the manager was not told %s: %v\n%s", state, err, p.log)
		}
		if strings.HasPrefix(string(buffer[:n])+"\n", state+"\n") {
			return string(buffer[:n])
		}
	}
}

// reload sends SIGHUP and returns the status that the server then has.
func (p *process) reload() string {
	p.t.Helper()
	p.hangups <- syscall.SIGHUP
	if text := p.await("RELOADING=1"); !strings.Contains(text, "\nMONOTONIC_USEC=") {
		p.t.Errorf("the manager was told %q", text)
	}
	return p.await("READY=1")
}

// logged waits for a line that holds all texts.
func (p *process) logged(texts ...string) {
	p.t.Helper()
	deadline := time.After(patience)
	for {
	lines:
		for line := range strings.Lines(p.log.String()) {
			for _, text := range texts {
				if !strings.Contains(line, text) {
					continue lines
				}
			}
			return
		}
		select {
		case <-deadline:
			p.t.Errorf("no line of the log has %q:\n%s", texts, p.log)
			return
		case <-time.After(10 * time.Millisecond):
		}
	}
}

func (p *process) do(method, path, token, body string) (*http.Response, []byte) {
	p.t.Helper()
	r, err := http.NewRequestWithContext(p.t.Context(), method, p.base+path, strings.NewReader(body))
	must(p.t, err)
	r.Header.Set("X-Auth-Token", token)
	r.Header.Set("Origin", "https://portal.example.com")
	r.Header.Set("Content-Type", "application/json")
	if body == "" {
		r.Header.Del("Content-Type")
	}
	if token == "" {
		r.Header.Del("X-Auth-Token")
	}
	res, err := http.DefaultClient.Do(r)
	must(p.t, err)
	text, err := io.ReadAll(res.Body)
	must(p.t, err)
	must(p.t, res.Body.Close())
	return res, text
}

const loginBody = `{"auth": {"identity": {"methods": ["password"], "password": {"user": {"name": "admin", "domain": {"id": "default"}, "password": "reload-Pass-1"}}},
	"scope": {"project": {"name": "admin", "domain": {"id": "default"}}}}}`

// login returns a token and its life.
func (p *process) login() (token string, life time.Duration) {
	p.t.Helper()
	res, text := p.do("POST", "/v3/auth/tokens", "", loginBody)
	var got struct {
		Token struct {
			Issued  time.Time `json:"issued_at"`
			Expires time.Time `json:"expires_at"`
		} `json:"token"`
	}
	if err := json.Unmarshal(text, &got); res.StatusCode != http.StatusCreated || err != nil {
		p.t.Fatalf("login: %d %s", res.StatusCode, text)
	}
	return res.Header.Get("X-Subject-Token"), got.Token.Expires.Sub(got.Token.Issued).Round(time.Minute)
}

func (p *process) status(path, token string) int {
	p.t.Helper()
	res, _ := p.do("GET", path, token, "")
	return res.StatusCode
}

// What can change at run time holds for all requests that begin after a reload; the rest is named as needing a restart.
func TestAReloadChangesWhatCanChange(t *testing.T) {
	p := serve(t, "log.access = false")
	token, life := p.login()
	origin := func() string {
		res, _ := p.do("GET", "/v3", "", "")
		return res.Header.Get("Access-Control-Allow-Origin")
	}
	if life != 4*time.Hour || p.status("/v3/regions", token) != 200 || p.status("/v2.0", "") != 200 || origin() != "" {
		t.Fatalf("before: life %s, regions %d, v2.0 %d, CORS %q", life, p.status("/v3/regions", token), p.status("/v2.0", ""), origin())
	}
	p.write("policy.yaml", `"identity:list_regions": "!"`)
	p.write("lintel.toml", `log.access = true
token.password = "1h"
api.v2 = false
api.cors.allowed_origins = ["https://portal.example.com"]
policy.file = "`+filepath.Join(p.dir, "policy.yaml")+`"
database.max_connections = 3
server.idle_timeout = "1s"
`)
	if status := p.reload(); strings.Contains(status, "not reloaded") {
		t.Fatal(status)
	}
	p.logged("the configuration was reloaded", "token.password", "policy.file")
	p.logged("need a restart", "database.max_connections", "server.idle_timeout")
	if _, life = p.login(); life != time.Hour {
		t.Errorf("a new token lives %s", life)
	}
	if got := p.status("/v3/regions", token); got != 403 {
		t.Errorf("the new policy is not in force: %d", got)
	}
	if got := p.status("/v2.0", ""); got != 404 {
		t.Errorf("v2.0 is still there: %d", got)
	}
	if got := origin(); got != "https://portal.example.com" {
		t.Errorf("CORS allows %q", got)
	}
	p.logged(`"msg":"request"`, "GET /v3/regions")
}

// A file that cannot be used changes nothing, and the log and the manager are told why.
func TestABadFileChangesNothing(t *testing.T) {
	p := serve(t, "")
	p.write("policy.yaml", `"identity:list_users": "rule:nowhere`)
	for _, c := range []struct{ settings, words string }{
		{"token.password = \"1h\"\nunknown = 1", "lintel.toml:8:1: unknown"},
		{"token.password = \"1h\"\ntoken.default = \"-1h\"", "token.default: must be one second or longer"},
		{"token.password = \"1h\"\n[", "lintel.toml:8"},
		{"token.password = \"1h\"\npolicy.file = \"" + filepath.Join(p.dir, "policy.yaml") + "\"", "policy.yaml:1"},
		{"token.password = \"1h\"\npolicy.file = \"/nowhere/policy.yaml\"", "/nowhere/policy.yaml"},
	} {
		p.write("lintel.toml", c.settings)
		if status := p.reload(); !strings.Contains(status, "not reloaded") || !strings.Contains(status, c.words) || strings.Count(status, "\n") != 1 {
			t.Errorf("%s: the manager was told %q, want %q", c.settings, status, c.words)
		}
		p.logged("the configuration was not reloaded", c.words)
		if _, life := p.login(); life != 4*time.Hour {
			t.Errorf("%s: a token lives %s", c.settings, life)
		}
	}
	p.write("lintel.toml", `token.password = "1h"`)
	p.reload()
	if _, life := p.login(); life != time.Hour {
		t.Errorf("after the repair a token lives %s", life)
	}
}

// Otherwise whoever guesses would only need to wait for a reload.
func TestAReloadForgetsNoTry(t *testing.T) {
	p := serve(t, `rate_limit.account = "3/1h"`)
	for range 3 {
		p.login()
	}
	try := func() int {
		res, _ := p.do("POST", "/v3/auth/tokens", "", loginBody)
		return res.StatusCode
	}
	if got := try(); got != 429 {
		t.Fatalf("the fourth try: %d", got)
	}
	p.write("lintel.toml", "rate_limit.account = \"3/1h\"\nrate_limit.address = \"100/1h\"")
	p.reload()
	if got := try(); got != 429 {
		t.Errorf("a try after another limit changed: %d", got)
	}
	p.write("lintel.toml", "rate_limit.account = \"30/1h\"")
	p.reload()
	if got := try(); got != 201 {
		t.Errorf("a try under a new limit: %d", got)
	}
}

// The manager hears often enough that the process lives, as long as it does, whatever the database does.
func TestTheWatchdogIsFed(t *testing.T) {
	t.Setenv("WATCHDOG_USEC", "40000")
	p := serve(t, "")
	p.await("WATCHDOG=1")
	p.await("WATCHDOG=1")
}
