package config

import (
	"encoding"
	"os"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/pelletier/go-toml/v2"
)

// leaves calls f with every setting of c.
func leaves(v reflect.Value, table string, f func(key string, setting reflect.Value)) {
	for i := range v.NumField() {
		field := v.Type().Field(i)
		if !field.IsExported() {
			continue
		}
		key := strings.TrimPrefix(table+"."+field.Tag.Get("toml"), ".")
		if _, isText := v.Field(i).Interface().(encoding.TextMarshaler); v.Field(i).Kind() == reflect.Struct && !isText {
			leaves(v.Field(i), key, f)
			continue
		}
		f(key, v.Field(i))
	}
}

// other gives a setting another value.
func other(t *testing.T, key string, v reflect.Value) {
	t.Helper()
	texts := map[reflect.Type]string{reflect.TypeFor[Duration](): "17s", reflect.TypeFor[DatabaseURL](): "postgres://u:other@h/d", reflect.TypeFor[Rate](): "17/1m",
		reflect.TypeFor[Pattern](): "other"}
	if text, ok := texts[v.Type()]; ok {
		if err := v.Addr().Interface().(encoding.TextUnmarshaler).UnmarshalText([]byte(text)); err != nil {
			t.Fatal(err)
		}
		return
	}
	switch v.Kind() {
	case reflect.String:
		v.SetString("other")
	case reflect.Bool:
		v.SetBool(!v.Bool())
	case reflect.Int, reflect.Int64:
		v.SetInt(v.Int() + 1)
	case reflect.Uint8, reflect.Uint32:
		v.SetUint(v.Uint() + 1)
	case reflect.Slice:
		v.Set(reflect.Append(v, reflect.New(v.Type().Elem()).Elem()))
	default:
		t.Fatalf("%s: this test knows no other %s", key, v.Type())
	}
}

func exampleLine(t *testing.T, key string) string {
	t.Helper()
	text, err := os.ReadFile(example)
	if err != nil {
		t.Fatal(err)
	}
	at, err := positions(text)
	if err != nil {
		t.Fatal(err)
	}
	return strings.Split(string(text), "\n")[at[key].Line-1]
}

// Each setting is taken up or named as one that needs a restart, and no other one is touched.
func TestEachSettingIsTakenUpOrNeedsARestart(t *testing.T) {
	var taken, kept []string
	leaves(reflect.ValueOf(Default()).Elem(), "", func(key string, _ reflect.Value) {
		before, next := Default(), Default()
		leaves(reflect.ValueOf(next).Elem(), "", func(k string, v reflect.Value) {
			if k == key {
				other(t, key, v)
			}
		})
		got, changed, fixed := before.Update(next)
		want, wantChanged, wantFixed := next, []string{key}, []string(nil)
		if len(fixed) > 0 {
			want, wantChanged, wantFixed = before, nil, []string{key}
			kept = append(kept, key)
		} else {
			taken = append(taken, key)
		}
		if !reflect.DeepEqual(got, want) || !slices.Equal(changed, wantChanged) || !slices.Equal(fixed, wantFixed) {
			t.Errorf("%s: changed %q, fixed %q", key, changed, fixed)
		}
	})
	if len(taken) < 40 || len(kept) < 20 {
		t.Errorf("taken up: %q\nneed a restart: %q", taken, kept)
	}
	for _, key := range slices.Concat(taken, kept) {
		if marked := strings.Contains(exampleLine(t, key), " # (restart) "); marked != slices.Contains(kept, key) {
			t.Errorf("the example marks %s as needing a restart: %v", key, marked)
		}
	}
	want := []string{"server.listen", "server.tls_cert", "server.tls_key", "server.metrics_listen", "server.drain", "server.insecure_http", "server.read_header_timeout",
		"server.read_timeout", "server.write_timeout", "server.idle_timeout", "server.max_header_bytes", "database.url", "database.max_connections",
		"cluster.name", "cluster.lease", "cluster.poll", "cluster.consistency", "cluster.outage_grace",
		"keys.master_key_file", "keys.keystone_key_directory", "keys.keystone_auth_methods", "log.format", "password.argon2_memory_kib", "password.argon2_time",
		"password.argon2_threads", "password.workers", "password.queue", "oauth2.client_ca"}
	if diff := cmp.Diff(want, kept); diff != "" {
		t.Errorf("what needs a restart (-documented +found):\n%s", diff)
	}
}

func TestTheSameSettingsChangeNothing(t *testing.T) {
	load := func() *Config {
		c := Default()
		if err := toml.Unmarshal([]byte("[security_compliance]\npassword_regex = \"^a+$\"\n[rate_limit]\naccount = \"5/1m\"\n[token]\npassword = \"1h\""), c); err != nil {
			t.Fatal(err)
		}
		return c
	}
	before := load()
	if !before.SecurityCompliance.PasswordRegex.Matches("aaa") || before.Token.Password.Duration != time.Hour {
		t.Fatal("the settings were not read")
	}
	if _, changed, fixed := before.Update(load()); changed != nil || fixed != nil {
		t.Errorf("changed %q, fixed %q", changed, fixed)
	}
}
