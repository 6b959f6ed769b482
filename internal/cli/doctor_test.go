package cli

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"encoding/base64"
	"encoding/pem"
	"fmt"
	"math/big"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/go-json-experiment/json"

	"github.com/lintel-id/lintel/internal/config"
	"github.com/lintel-id/lintel/internal/identity"
	"github.com/lintel-id/lintel/internal/server/servertest"
	"github.com/lintel-id/lintel/internal/store"
)

// clinic is a running cloud and the configuration that doctor is given of it.
type clinic struct {
	*servertest.Env
	t      *testing.T
	key    string // of the environment; "" gives none
	keys   string // lines of [keys]
	server string // lines of [server]
	rest   string
	now    func() time.Time
}

func newClinic(t *testing.T) *clinic {
	c := &clinic{t: t, server: "listen = \"127.0.0.1:0\"\n", now: time.Now}
	c.Env = servertest.Start(t, servertest.Options{Config: func(cfg *config.Config) {
		raw, err := cfg.Keys.MasterKey()
		if err != nil {
			t.Fatal(err)
		}
		c.key = base64.StdEncoding.EncodeToString(raw[:])
	}})
	return c
}

func (c *clinic) file(name, text string) string {
	c.t.Helper()
	path := filepath.Join(c.t.TempDir(), name)
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		c.t.Fatal(err)
	}
	return path
}

// update changes rows behind the API's back.
func (c *clinic) update(f func(tx *store.Tx) error) {
	c.t.Helper()
	if _, err := c.Core.Store.Update(c.t.Context(), f); err != nil {
		c.t.Fatal(err)
	}
}

func (c *clinic) env(name string) (string, bool) {
	return c.key, name == "LINTEL_MASTER_KEY" && c.key != ""
}

// examine returns the findings and everything that is printed of them.
func (c *clinic) examine() (findings []finding, printed string) {
	c.t.Helper()
	path := c.file("lintel.toml", "[server]\n"+c.server+"[database]\nurl = \"sqlite://"+c.Database+"\"\n[keys]\n"+c.keys+c.rest)
	var out strings.Builder
	p := Process{Out: &out, Err: &out, Env: c.env}
	cfg, err := config.Load(path, c.env)
	if err != nil {
		if err := (doctorCmd{configFlag: configFlag{Config: path}, JSON: true}).Run(p); err == nil {
			c.t.Error("a configuration that cannot be read is no failure")
		}
		if err := json.Unmarshal([]byte(out.String()), &findings); err != nil {
			c.t.Fatal(err)
		}
		return findings, out.String()
	}
	d := doctor{config: cfg, now: c.now}
	if err := d.examine(c.t.Context()); err != nil {
		c.t.Fatal(err)
	}
	if err := d.print(p, false); err != nil {
		c.t.Fatal(err)
	}
	return d.findings, out.String()
}

// TestDoctorFindsNothingWrongWithAHealthyCloud, beside its running server.
func TestDoctorFindsNothingWrongWithAHealthyCloud(t *testing.T) {
	c := newClinic(t)
	findings, printed := c.examine()
	for _, f := range findings {
		if f.Result != resultOK || f.Do != "" {
			t.Errorf("%+v", f)
		}
	}
	if len(findings) < 12 {
		t.Errorf("it looks at %d things only:\n%s", len(findings), printed)
	}
	if strings.Contains(printed, c.key) {
		t.Error("it prints the master key")
	}
}

// TestDoctorFinds what is broken, says what to do about it, and prints no secret.
func TestDoctorFinds(t *testing.T) {
	for _, test := range []struct {
		name, check, result, words string
		breaks                     func(c *clinic)
	}{
		{"a key that is unknown", "configuration", resultFail, "listn: unknown key", func(c *clinic) { c.server = "listn = \"x\"\n" }},
		{"a slip in the policy", "policy", resultFail, "identity:get_usr", func(c *clinic) {
			c.rest = "[policy]\nfile = \"" + c.file("policy.yaml", `"identity:get_usr": "@"`) + "\"\n"
		}},
		{"no master key", "master key", resultFail, "no master key", func(c *clinic) { c.key = "" }},
		{"a master key that others can read", "master key", resultFail, "chmod 0600", openMasterKey},
		{"another master key", "keys", resultFail, "does not open with this master key", func(c *clinic) { c.key = base64.StdEncoding.EncodeToString(make([]byte, 32)) }},
		{"a key that was not rotated", "keys", resultWarn, "longer than rotation_interval", func(c *clinic) { c.now = in(9 * 24 * time.Hour) }},
		{"a key that was not rotated for long", "keys", resultFail, "more than twice", func(c *clinic) { c.now = in(20 * 24 * time.Hour) }},
		{"a clock that is off", "clock", resultWarn, "differs", func(c *clinic) { c.now = in(5 * time.Second) }},
		{"a clock that is far off", "clock", resultFail, "differs", func(c *clinic) { c.now = in(-time.Minute) }},
		{"no database", "database", resultFail, "no such file", func(c *clinic) { c.Database += ".none" }},
		{"a database that was never migrated", "database", resultFail, "version 0", func(c *clinic) { c.Database = c.file("empty.db", "") }},
		{"a file that is no database", "database", resultFail, "not a database", func(c *clinic) { c.Database = c.file("text.db", strings.Repeat("text ", 1000)) }},
		{"a database that others can read", "database file", resultFail, "others than the owner", func(c *clinic) { c.must(os.Chmod(c.Database, 0o644)) }},
		{"nobody to administrate", "administrators", resultFail, "no enabled user", disableAdmin},
		{"a field that is unknown", "catalog", resultFail, "$(tenat_id)s", func(c *clinic) { c.endpoint("nova", "http://127.0.0.1/$(tenat_id)s") }},
		{"a field that is never filled in", "catalog", resultFail, "never filled in", func(c *clinic) { c.endpoint("nova", "http://127.0.0.1:$(public_port)s/") }},
		{"an address that is none", "catalog", resultFail, "is no http or https address", func(c *clinic) { c.endpoint("nova", "nova:8774") }},
		{"an address without TLS", "catalog", resultWarn, "in the clear", func(c *clinic) { c.endpoint("nova", "http://192.0.2.1/") }},
		{"a host that is not there", "catalog", resultWarn, "cannot be found", func(c *clinic) { c.endpoint("nova", "https://nowhere.invalid/") }},
		{"an identity endpoint that is something else", "identity endpoint", resultFail, "without a list of versions", elsewhere},
		{"an identity endpoint where nothing answers", "identity endpoint", resultWarn, "does not answer", func(c *clinic) { c.endpoint("identity", "http://"+c.closed()+"/v3") }},
		{"no identity endpoint", "identity endpoint", resultFail, "no public one", withoutIdentity},
		{"an address that something else has", "listening address", resultFail, "in use", func(c *clinic) { c.server = "listen = \"" + c.taken() + "\"\n" }},
		{"an address of another machine", "listening address", resultFail, "192.0.2.1", func(c *clinic) { c.server = "listen = \"192.0.2.1:5000\"\ninsecure_http = true\n" }},
		{"a certificate without its key", "certificate", resultFail, "private key", func(c *clinic) { c.tls(c.pair(time.Hour, "a"), c.pair(time.Hour, "a")) }},
		{"a certificate that has expired", "certificate", resultFail, "it expired", func(c *clinic) { c.certificate(-time.Minute, "") }},
		{"a certificate that will expire", "certificate", resultWarn, "it expires", func(c *clinic) { c.certificate(24*time.Hour, "") }},
		{"a certificate for another name", "certificate", resultFail, "other.example", func(c *clinic) { c.certificate(90*24*time.Hour, "https://other.example") }},
		{"a certificate key that others can read", "certificate", resultWarn, "every local user can read", openCertificateKey},
	} {
		t.Run(test.name, func(t *testing.T) {
			c := newClinic(t)
			test.breaks(c)
			findings, printed := c.examine()
			found := false
			for _, f := range findings {
				if f.Check == test.check && f.Result == test.result && strings.Contains(f.Detail, test.words) {
					found = true
					if f.Do == "" {
						t.Errorf("what to do is not said: %+v", f)
					}
				}
			}
			if !found {
				t.Errorf("not found:\n%s", printed)
			}
			if c.key != "" && strings.Contains(printed, c.key) {
				t.Error("it prints the master key")
			}
		})
	}
}

func in(d time.Duration) func() time.Time { return func() time.Time { return time.Now().Add(d) } }

func (c *clinic) must(err error) {
	c.t.Helper()
	if err != nil {
		c.t.Fatal(err)
	}
}

func openMasterKey(c *clinic) {
	file := c.file("master.key", c.key)
	c.must(os.Chmod(file, 0o644))
	c.keys, c.key = "master_key_file = \""+file+"\"\n", ""
}

func disableAdmin(c *clinic) {
	c.update(func(tx *store.Tx) error {
		u := *c.Core.Live.Current().User(c.Admin.User)
		u.Enabled = false
		return tx.UpdateUser(c.t.Context(), &u)
	})
}

// endpoint adds a public endpoint of a service.
func (c *clinic) endpoint(kind, address string) {
	c.update(func(tx *store.Tx) error {
		if err := tx.InsertService(c.t.Context(), &identity.Service{ID: "broken", Type: kind, Enabled: true}); err != nil {
			return err
		}
		return tx.InsertEndpoint(c.t.Context(), &identity.Endpoint{ID: "broken", ServiceID: "broken", Interface: identity.PublicInterface, URL: address, Enabled: true})
	})
}

func elsewhere(c *clinic) {
	page := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { fmt.Fprint(w, "<html>welcome</html>") }))
	c.t.Cleanup(page.Close)
	c.endpoint("identity", page.URL+"/v3")
}

func withoutIdentity(c *clinic) {
	c.update(func(tx *store.Tx) error {
		all, err := tx.ListEndpoints(c.t.Context(), identity.EndpointFilter{})
		for _, e := range all {
			if err == nil {
				err = tx.DeleteEndpoint(c.t.Context(), e.ID)
			}
		}
		return err
	})
}

// taken is an address at which something listens that does not speak HTTP.
func (c *clinic) taken() string {
	l, err := new(net.ListenConfig).Listen(context.Background(), "tcp", "127.0.0.1:0")
	c.must(err)
	go func() {
		for {
			conn, err := l.Accept()
			if err != nil {
				return
			}
			_ = conn.Close()
		}
	}()
	c.t.Cleanup(func() { _ = l.Close() })
	return l.Addr().String()
}

// closed is an address at which nothing listens.
func (c *clinic) closed() string {
	l, err := new(net.ListenConfig).Listen(context.Background(), "tcp", "127.0.0.1:0")
	c.must(err)
	c.must(l.Close())
	return l.Addr().String()
}

// pair is the PEM files of a certificate for a name and of its key.
func (c *clinic) pair(life time.Duration, name string) [2]string {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	c.must(err)
	template := &x509.Certificate{SerialNumber: big.NewInt(1), NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(life), DNSNames: []string{name}}
	der, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	c.must(err)
	private, err := x509.MarshalPKCS8PrivateKey(key)
	c.must(err)
	return [2]string{c.file("cert.pem", string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der}))),
		c.file("key.pem", string(pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: private})))}
}

func (c *clinic) tls(cert, key [2]string) {
	c.server += "tls_cert = \"" + cert[0] + "\"\ntls_key = \"" + key[1] + "\"\n"
}

func (c *clinic) certificate(life time.Duration, public string) {
	pair := c.pair(life, "id.example")
	c.tls(pair, pair)
	if public != "" {
		c.server += "public_endpoint = \"" + public + "\"\n"
	}
}

func openCertificateKey(c *clinic) {
	pair := c.pair(90*24*time.Hour, "id.example")
	c.must(os.Chmod(pair[1], 0o644))
	c.tls(pair, pair)
}

// TestDoctorJudgesWhatTheDatabaseSays, also where no database here says so.
func TestDoctorJudgesWhatTheDatabaseSays(t *testing.T) {
	fine := func() *store.PostgresState {
		return &store.PostgresState{Version: "15.1", Used: 10, Limit: 97, Settings: map[string]string{"fsync": "on", "full_page_writes": "on", "synchronous_commit": "on",
			"synchronous_standby_names": ""}}
	}
	healthy := doctor{}
	healthy.postgres(fine(), 10)
	pooled := fine() // with default_query_exec_mode=exec
	pooled.Shared = true
	healthy.postgres(pooled, 10)
	healthy.disk(1<<30, 1<<20)
	healthy.sqlite(&store.SQLiteState{Mode: 0o600, Free: 1 << 40, JournalMode: "wal", Synchronous: 2, Checked: true})
	for _, f := range healthy.findings {
		if f.Result != resultOK {
			t.Errorf("%+v", f)
		}
	}
	postgres := func(change func(x *store.PostgresState)) func(d *doctor) {
		return func(d *doctor) {
			x := fine()
			change(x)
			d.postgres(x, 10)
		}
	}
	for words, test := range map[string]struct {
		result string
		judge  func(d *doctor)
	}{
		"fsync is off":              {resultFail, postgres(func(x *store.PostgresState) { x.Settings["fsync"] = "off" })},
		"full_page_writes is off":   {resultWarn, postgres(func(x *store.PostgresState) { x.Settings["full_page_writes"] = "off" })},
		"synchronous_commit is off": {resultFail, postgres(func(x *store.PostgresState) { x.Settings["synchronous_commit"] = "off" })},
		"synchronous_commit is loca": {resultWarn, postgres(func(x *store.PostgresState) {
			x.Settings["synchronous_commit"], x.Settings["synchronous_standby_names"] = "local", "a"
		})},
		"this is a standby":      {resultFail, postgres(func(x *store.PostgresState) { x.Standby = true })},
		"shares sessions":        {resultFail, postgres(func(x *store.PostgresState) { x.Shared, x.Prepares = true, true })},
		"max_connections":        {resultFail, postgres(func(x *store.PostgresState) { x.Limit = 5 })},
		"connections are in use": {resultWarn, postgres(func(x *store.PostgresState) { x.Used = 95 })},
		"50 MiB are free":        {resultFail, func(d *doctor) { d.disk(50<<20, 1) }},
		"200 MiB are free":       {resultWarn, func(d *doctor) { d.disk(200<<20, 300<<20) }},
		"journal mode delete": {resultFail, func(d *doctor) {
			d.sqlite(&store.SQLiteState{Mode: 0o600, Free: 1 << 40, JournalMode: "delete", Synchronous: 2})
		}},
		"row 1 missing": {resultFail, func(d *doctor) {
			d.sqlite(&store.SQLiteState{Mode: 0o600, Free: 1 << 40, JournalMode: "wal", Synchronous: 2, Checked: true, Fault: "row 1 missing"})
		}},
		"too many to read": {resultNone, func(d *doctor) {
			d.sqlite(&store.SQLiteState{Mode: 0o600, Free: 1 << 40, JournalMode: "wal", Synchronous: 2, Size: 2 << 30})
		}},
	} {
		var d doctor
		test.judge(&d)
		found := false
		for _, f := range d.findings {
			found = found || f.Result == test.result && strings.Contains(f.Detail, words) && f.Do != ""
		}
		if !found {
			t.Errorf("%q is not found: %+v", words, d.findings)
		}
	}
}
