package cli

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/alecthomas/kong"

	"github.com/lintel-id/lintel/internal/bench"
)

const testClouds = `clouds:
  one:
    auth_type: password
    auth: {auth_url: "http://127.0.0.1:5000/v3", username: admin, password: 's3cret', project_name: admin, user_domain_id: 0}
    cacert: /ca.pem
    region_name: RegionOne
    verify: true
  remote:
    auth: {auth_url: "https://keystone.example.org", username: admin, password: 's3cret'}
`

func environment(pairs ...string) func(string) (string, bool) {
	return func(name string) (string, bool) {
		for i := 0; i < len(pairs); i += 2 {
			if pairs[i] == name {
				return pairs[i+1], true
			}
		}
		return "", false
	}
}

func cloudsFile(t *testing.T, text string) func(string) (string, bool) {
	path := filepath.Join(t.TempDir(), "clouds.yaml")
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return environment("OS_CLIENT_CONFIG_FILE", path, "OS_PASSWORD", "not this one")
}

func TestBenchReadsCredentialsOfACloudOrOfTheEnvironment(t *testing.T) {
	cloud, err := credentialValues(cloudsFile(t, testClouds), "one")
	if err != nil {
		t.Fatal(err)
	}
	for name, want := range map[string]string{"auth_url": "http://127.0.0.1:5000/v3", "password": "s3cret", "user_domain_id": "0", "cacert": "/ca.pem", "user_id": ""} {
		if got := cloud(name); got != want {
			t.Errorf("%s of the cloud is %q, want %q", name, got, want)
		}
	}
	env, err := credentialValues(environment("OS_USERNAME", "admin", "OS_APPLICATION_CREDENTIAL_ID", "7"), "")
	if err != nil {
		t.Fatal(err)
	}
	if env("username") != "admin" || env("application_credential_id") != "7" || env("password") != "" {
		t.Errorf("of the environment: %q, %q, %q", env("username"), env("application_credential_id"), env("password"))
	}
}

func TestBenchNamesNoSecretOfACloudsFileThatItCannotRead(t *testing.T) {
	for _, text := range []string{"clouds: {one: {auth: {password: [s3cret]}}}", "clouds: s3cret", "s3cret: [", testClouds} {
		_, err := credentialValues(cloudsFile(t, text), "two")
		if err == nil || strings.Contains(err.Error(), "s3cret") {
			t.Errorf("%q: %v", text, err)
		}
	}
}

func TestBenchRefusesServersOfOtherMachines(t *testing.T) {
	env := cloudsFile(t, testClouds)
	for _, b := range []benchCmd{{Cloud: "remote"}, {Cloud: "one", URL: "http://192.0.2.1:5000"}, {Cloud: "one", Vs: "http://192.0.2.1:5000"}} {
		if err := b.Run(Process{Env: env, Out: new(strings.Builder)}); !errors.Is(err, bench.ErrRemote) {
			t.Errorf("%+v: %v", b, err)
		}
	}
}

// All users of a machine can read the arguments of its processes.
func TestBenchTakesNoSecretOnTheCommandLine(t *testing.T) {
	var b benchCmd
	parser, err := kong.New(&b, kong.Name("bench"))
	if err != nil {
		t.Fatal(err)
	}
	for _, flag := range parser.Model.Flags {
		for _, word := range []string{"password", "secret"} {
			if strings.Contains(flag.Name, word) {
				t.Errorf("there is a flag --%s", flag.Name)
			}
		}
	}
	for _, argument := range []string{"--password=x", "--secret=x"} {
		if _, err := parser.Parse([]string{argument}); err == nil {
			t.Errorf("%s is accepted", argument)
		}
	}
}
