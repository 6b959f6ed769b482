package bench

import (
	"errors"
	"fmt"
	"strings"
	"testing"
)

func TestServersOfOtherMachinesAreRefused(t *testing.T) {
	for _, url := range []string{"http://example.org", "https://keystone.example.org:5000/v3", "http://10.0.0.1:5000", "http://[2001:db8::1]:5000",
		"http://127.0.0.1.example.org", "http://localhost.example.org", "http://0.0.0.0:5000"} {
		if _, err := NewTarget(url, false); !errors.Is(err, ErrRemote) {
			t.Errorf("%s: %v", url, err)
		}
		if target, err := NewTarget(url, true); err != nil || target.Local {
			t.Errorf("%s allowed: %+v, %v", url, target, err)
		}
	}
}

func TestServersOfThisMachineAreFoundByTheirURL(t *testing.T) {
	for url, want := range map[string]string{
		"http://127.0.0.1:5000":              "http://127.0.0.1:5000",
		"http://127.9.9.9:5000/v3/":          "http://127.9.9.9:5000",
		"http://[::1]:5000/v3":               "http://[::1]:5000",
		"http://localhost/identity/v3":       "http://localhost:80/identity",
		"https://localhost/identity/":        "https://localhost:443/identity",
		"http://127.0.0.1:5000/identity%20x": "http://127.0.0.1:5000/identity%20x",
	} {
		target, err := NewTarget(url, false)
		if err != nil || !target.Local || target.base() != want {
			t.Errorf("%s: %+v, %v", url, target, err)
		}
	}
}

func TestWhatIsNoServersURLIsRefused(t *testing.T) {
	for _, url := range []string{"", "127.0.0.1:5000", "ftp://localhost", "http://", "http://localhost/?a=b"} {
		if _, err := NewTarget(url, true); err == nil {
			t.Errorf("%q is accepted", url)
		}
	}
	_, err := NewTarget("http://admin:s3cret@localhost", false)
	if err == nil || strings.Contains(err.Error(), "s3cret") {
		t.Errorf("a password in a URL: %v", err)
	}
}

func TestCredentialsAreReadByTheirNamesInCloudsYAML(t *testing.T) {
	for _, c := range []struct {
		given map[string]string
		want  string
	}{
		{map[string]string{"username": "u", "password": "p", "project_name": "x", "project_domain_name": "d"},
			`{"auth":{"identity":{"methods":["password"],"password":{"user":{"domain":{"id":"default"},"name":"u","password":"p"}}},"scope":{"project":{"domain":{"name":"d"},"name":"x"}}}}`},
		{map[string]string{"user_id": "i", "password": "p", "system_scope": "all"},
			`{"auth":{"identity":{"methods":["password"],"password":{"user":{"id":"i","password":"p"}}},"scope":{"system":{"all":true}}}}`},
		{map[string]string{"user_id": "i", "password": "p", "domain_id": "d"},
			`{"auth":{"identity":{"methods":["password"],"password":{"user":{"id":"i","password":"p"}}},"scope":{"domain":{"id":"d"}}}}`},
		{map[string]string{"application_credential_id": "a", "application_credential_secret": "s"},
			`{"auth":{"identity":{"application_credential":{"id":"a","secret":"s"},"methods":["application_credential"]}}}`},
		{map[string]string{"application_credential_name": "n", "application_credential_secret": "s", "user_id": "i"},
			`{"auth":{"identity":{"application_credential":{"name":"n","secret":"s","user":{"id":"i"}},"methods":["application_credential"]}}}`},
	} {
		credentials, err := NewCredentials(func(name string) string { return c.given[name] })
		if err != nil {
			t.Fatal(err)
		}
		if got := string(credentials.body()); got != c.want {
			t.Errorf("%v:\n got %s\nwant %s", c.given, got, c.want)
		}
	}
	if _, err := NewCredentials(func(string) string { return "" }); err == nil {
		t.Error("no credentials are accepted")
	}
}

func TestCredentialsDoNotPrint(t *testing.T) {
	credentials, err := NewCredentials(func(name string) string { return "s3cret" })
	if err != nil {
		t.Fatal(err)
	}
	for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%x"} {
		if text := fmt.Sprintf(verb, Target{Credentials: credentials}); strings.Contains(text, "s3cret") || strings.Contains(text, "733363726574") {
			t.Errorf("%s prints %s", verb, text)
		}
	}
}
