package config

import (
	"encoding"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"
)

const example = "../../docs/operate/lintel.example.toml"

func noEnv(string) (string, bool) { return "", false }

func file(t *testing.T, text string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "lintel.toml")
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

func TestTheExampleHoldsExactlyTheDefaults(t *testing.T) {
	got, err := Load(example, noEnv)
	if err != nil {
		t.Fatal(err)
	}
	if !reflect.DeepEqual(got, Default()) {
		t.Errorf("the example loads to\n%s\nthe defaults are\n%s", got, Default())
	}
}

func TestTheExampleNamesEveryKeyWithAComment(t *testing.T) {
	text, err := os.ReadFile(example)
	if err != nil {
		t.Fatal(err)
	}
	at, err := positions(text)
	if err != nil {
		t.Fatal(err)
	}
	lines := strings.Split(string(text), "\n")
	for _, key := range keys(reflect.TypeFor[Config](), "") {
		position, found := at[key]
		if !found {
			t.Errorf("%s is missing", key)
			continue
		}
		if !strings.Contains(lines[position.Line-1], " # ") {
			t.Errorf("line %d: %s has no comment", position.Line, key)
		}
	}
}

// keys lists the dotted name of every setting in the struct.
func keys(of reflect.Type, prefix string) []string {
	var all []string
	for i := range of.NumField() {
		field := of.Field(i)
		tag := field.Tag.Get("toml")
		section := field.Type.Kind() == reflect.Struct && field.Type.PkgPath() == of.PkgPath() &&
			!reflect.PointerTo(field.Type).Implements(reflect.TypeFor[encoding.TextUnmarshaler]())
		switch {
		case !field.IsExported():
		case section:
			all = append(all, keys(field.Type, prefix+tag+".")...)
		default:
			all = append(all, prefix+tag)
		}
	}
	return all
}

func TestTheDefaultsAreValidAndNeedNoFile(t *testing.T) {
	if err := Default().Validate(); err != nil {
		t.Error(err)
	}
	got, err := Load("", noEnv)
	if err != nil || !reflect.DeepEqual(got, Default()) {
		t.Errorf("Load without a file: %v, %v", got, err)
	}
}

func TestAnErrorNamesFileLineColumnAndKey(t *testing.T) {
	cases := map[string]struct{ text, want string }{
		"unknown key":         {"[server]\n  lisen = \"x\"", ":2:3: server.lisen: unknown key"},
		"unknown section":     {"\n[sever]\nlisten = \"x\"", ":2:2: sever: unknown key"},
		"key in wrong case":   {"[server]\nLISTEN = \"127.0.0.1:1\"", ":2:1: server.LISTEN: unknown key"},
		"wrong type":          {"[api]\nv2 = \"yes\"", ":2:6: api.v2: cannot decode TOML string"},
		"number for a span":   {"[server]\ndrain = 5", ":2:1: server.drain: \"5\" is not a duration"},
		"table for a span":    {"[server]\ndrain = {Duration = 5}", ":2:10: server.Duration: unknown key"},
		"span without unit":   {"[token]\npassword = \"3600\"", ":2:12: token.password: \"3600\" is not a duration"},
		"number too large":    {"[password]\nargon2_threads = 256", ":2:18: password.argon2_threads:"},
		"key given twice":     {"[log]\nlevel = \"info\"\nlevel = \"warn\"", ":3:1: level: key level is already defined"},
		"not TOML":            {"[server\n", ":1:8: "},
		"bad proxy":           {"[server]\ntrusted_proxies = [\"10.0.0.1\"]", ":2:20: server.trusted_proxies:"},
		"proxy with host":     {"[server]\ntrusted_proxies = [\"10.0.0.1/8\"]", ":2:1: server.trusted_proxies: 10.0.0.1/8 has bits outside its mask; write 10.0.0.0/8"},
		"open plain HTTP":     {"[server]\nlisten = \"0.0.0.0:5000\"", ":2:1: server.listen: 0.0.0.0:5000 is reachable from outside"},
		"plain HTTP, no host": {"[server]\nlisten = \":5000\"", ":2:1: server.listen: :5000 is reachable from outside"},
		"no port":             {"[server]\nlisten = \"127.0.0.1\"", ":2:1: server.listen: \"127.0.0.1\" is not host:port"},
		"half a key pair":     {"[server]\ntls_cert = \"c.pem\"", ":1:2: server.tls_key: must be set when server.tls_cert is"},
		"negative life":       {"[oauth1]\naccess_token_duration = \"-1s\"", ":2:1: oauth1.access_token_duration: must not be negative"},
		"request life":        {"[oauth1]\nrequest_token_duration = \"-1s\"", ":2:1: oauth1.request_token_duration: must not be negative"},
		"CA without TLS":      {"[oauth2]\nclient_ca = \"ca.pem\"", ":2:1: oauth2.client_ca: needs server.tls_cert"},
		"header of anybody":   {"[oauth2]\ncertificate_header = \"X-Cert\"", ":2:1: oauth2.certificate_header: needs server.trusted_proxies"},
		"no header name":      {"[server]\ntrusted_proxies = [\"10.0.0.0/8\"]\n[oauth2]\ncertificate_header = \"X_Cert\"", ":4:1: oauth2.certificate_header: \"X_Cert\" is not the name of a header"},
		"no mapping":          {"[oauth2]\ncert_dn_mapping_id = \"\"", ":2:1: oauth2.cert_dn_mapping_id: must not be empty"},
		"endpoint with query": {"[server]\npublic_endpoint = \"https://a/?b\"", ":2:1: server.public_endpoint:"},
		"too few keys":        {"[keys]\nmax_active_keys = 2", ":2:1: keys.max_active_keys: 2 is too few"},
		"method twice":        {"[keys]\nkeystone_auth_methods = [\"token\", \"token\"]", ":2:1: keys.keystone_auth_methods: names \"token\" twice"},
		"life of zero":        {"[token]\npassword = \"\"", ":2:1: token.password: must be one second or longer"},
		"password mode":       {"[identity]\npassword_mode = \"both\"", ":2:1: identity.password_mode: \"both\" is none of shared, separate"},
		"inline table":        {"[api]\ncors = {allowed_origins = [\"a\"]}", ":2:1: api.cors.allowed_origins: \"a\" is not an origin"},
		"log level":           {"[log]\nlevel = \"loud\"", ":2:1: log.level: \"loud\" is none of"},
		"number for a URL":    {"[server]\ndrain = \"1s\"\n\n[database]\nmax_connections = 1\nurl = 5 # x\n", ":6:1: database.url: must begin with"},
		"database scheme":     {"[database]\nurl = \"mysql://u:hunter2@h/d\"", ":2:7: database.url: must begin with"},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			path := file(t, c.text)
			_, err := Load(path, noEnv)
			if err == nil {
				t.Fatal("accepted")
			}
			if !strings.HasPrefix(err.Error(), path+c.want) {
				t.Errorf("the error is\n%s\nit should begin\n%s", err, path+c.want)
			}
			if strings.Contains(err.Error(), "hunter2") {
				t.Error("the error shows the password")
			}
		})
	}
}

func TestAllThatIsWrongIsReportedAtOnce(t *testing.T) {
	_, err := Load(file(t, "[log]\nlevel = \"loud\"\nformat = \"xml\"\n[api]\nmax_page = 0"), noEnv)
	many, ok := errors.AsType[interface {
		error
		Unwrap() []error
	}](err)
	if !ok || len(many.Unwrap()) != 3 {
		t.Errorf("want three errors, got: %v", err)
	}
}

func TestPlainHTTPNeedsLoopbackOrConsentOrACertificate(t *testing.T) {
	allowed := []string{
		"listen = \"[::1]:5000\"", "listen = \"localhost:5000\"", "listen = \"127.8.8.8:5000\"",
		"listen = \"0.0.0.0:5000\"\ninsecure_http = true",
		"listen = \"0.0.0.0:5000\"\ntls_cert = \"c\"\ntls_key = \"k\"",
	}
	for _, text := range allowed {
		if _, err := Load(file(t, "[server]\n"+text), noEnv); err != nil {
			t.Errorf("%s: %v", text, err)
		}
	}
}

func TestNoTokenOutlivesItsKey(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		c := Default()
		span := func(name string, least time.Duration) Duration {
			return Duration{time.Duration(rapid.Int64Range(int64(least), int64(2000*time.Hour)).Draw(t, name))}
		}
		c.Token.Password, c.Token.V2 = span("password", time.Second), span("v2", time.Second)
		c.Token.AllowExpiredWindow = span("window", 0)
		c.Keys.RotationInterval = span("interval", time.Minute)
		// A key seals until one rotation after it became primary and is dropped after the remaining keys had their turn.
		kept := time.Duration(c.MaxActiveKeys()-2) * c.Keys.RotationInterval.Duration
		if need := c.Token.Longest() + c.Token.AllowExpiredWindow.Duration; kept < need {
			t.Fatalf("%d keys keep a retired key for %s, a token needs it for %s", c.MaxActiveKeys(), kept, need)
		}
		c.Keys.MaxActive = c.NeededKeys() - 1
		if err := c.Validate(); err == nil || !strings.Contains(err.Error(), fmt.Sprintf("%d keys are needed", c.NeededKeys())) {
			t.Fatalf("one key too few: %v", err)
		}
		c.Keys.MaxActive = c.NeededKeys()
		if err := c.Validate(); err != nil {
			t.Fatal(err)
		}
	})
}

func TestTheNeededKeysAreThoseOfKeystonesFormula(t *testing.T) {
	for _, v := range []struct{ life, window, interval, want int }{
		{24, 0, 6, 6}, {24, 48, 24, 5}, {4, 48, 24, 5}, {25, 0, 6, 7}, {1, 0, 24, 3},
	} {
		hours := func(n int) Duration { return Duration{time.Duration(n) * time.Hour} }
		c := Default()
		c.Token = Token{Password: hours(v.life), AllowExpiredWindow: hours(v.window)}
		c.Keys.RotationInterval = hours(v.interval)
		if got := c.NeededKeys(); got != v.want {
			t.Errorf("%+v: %d", v, got)
		}
	}
}

func TestNoTextFormShowsTheDatabasePasswordOrTheMasterKey(t *testing.T) {
	const key = "c2VjcmV0LWNhbmFyeS1zZWNyZXQtY2FuYXJ5LTEyMzQ="
	path := file(t, "[database]\nurl = \"postgres://lintel:canary-pw@db/lintel?password=canary-query\"")
	c, err := Load(path, func(name string) (string, bool) { return key, name == "LINTEL_MASTER_KEY" })
	if err != nil {
		t.Fatal(err)
	}
	var log strings.Builder
	slog.New(slog.NewJSONHandler(&log, nil)).Info("x", "config", c, "url", c.Database.URL, "keys", c.Keys)
	slog.New(slog.NewTextHandler(&log, nil)).Info("x", "config", *c, "url", c.Database.URL, "keys", c.Keys)
	all := log.String() + c.String()
	for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q"} {
		all += fmt.Sprintf(verb, c) + fmt.Sprintf(verb, *c) + fmt.Sprintf(verb, c.Database) + fmt.Sprintf(verb, c.Keys)
	}
	for _, canary := range []string{"canary-pw", "canary-query", key} {
		if strings.Contains(all, canary) {
			t.Errorf("%s is shown", canary)
		}
	}
	if !strings.Contains(c.Database.URL.Reveal(), "canary-pw") {
		t.Error("Reveal lost the password the driver needs")
	}
}

func TestAWorldReadableFileWithTheDatabasePasswordIsRefused(t *testing.T) {
	path := file(t, "[database]\nurl = \"postgres://lintel:pw@db/lintel\"")
	for mode, refused := range map[os.FileMode]bool{0o644: true, 0o604: true, 0o640: false, 0o600: false} {
		if err := os.Chmod(path, mode); err != nil {
			t.Fatal(err)
		}
		if _, err := Load(path, noEnv); (err != nil) != refused {
			t.Errorf("mode %04o: %v", mode, err)
		}
	}
}

func FuzzLoad(f *testing.F) {
	text, err := os.ReadFile(example)
	if err != nil {
		f.Fatal(err)
	}
	f.Add(string(text))
	f.Add("[server]\ndrain = 5")
	f.Add("[api]\ncors.allowed_origins = [\"*\"]")
	f.Add("server = {listen = \"127.0.0.1:1\"}\n\"\" = 1")
	f.Fuzz(func(t *testing.T, text string) {
		c, err := Load(file(t, text), noEnv)
		if err == nil && c.Validate() != nil {
			t.Error("Load accepted what Validate refuses")
		}
	})
}
