//go:build interop

// Package interop runs real clients against a real process: what people have installed must
// work unchanged. It needs the Debian packages that .ci/run names, and fails where one is missing.
package interop

import (
	"bufio"
	"bytes"
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
)

const adminPassword = "interop-Pass-1"

func TestClients(t *testing.T) {
	t.Parallel() // with TestSwift: what takes long is the start of clients
	c := startCloud(t)
	t.Run("curl", func(t *testing.T) { testCurl(t, c) })
	t.Run("openstack", func(t *testing.T) { testOpenStack(t, c) })
	t.Run("openstacksdk and keystoneauth", func(t *testing.T) {
		c.python(t, "sdk.py", c.demoEnv...)
		c.python(t, "v2password.py", c.demoEnv...)
	})
	t.Run("keystoneclient with trusts, OAuth and two factors", func(t *testing.T) { c.python(t, "delegation.py", c.demoEnv...) })
	t.Run("keystonemiddleware", func(t *testing.T) { c.python(t, "middleware.py", c.demoEnv...) })
	t.Run("gophercloud", func(t *testing.T) { testGophercloud(t, c) })
	t.Run("aws", func(t *testing.T) { testAWS(t, c) })
}

// cloud is a running `lintel dev`.
type cloud struct {
	url     string
	demoEnv []string          // what env.sh sets, and ADMIN_PASSWORD
	demo    map[string]string // the same by name
}

// startCloud builds the program and runs it until the end of the test, when it must end well.
func startCloud(t *testing.T, options ...string) *cloud {
	t.Helper()
	binary := filepath.Join(t.TempDir(), "lintel")
	build := exec.Command("go", "build", "-o", binary, "./cmd/lintel")
	build.Dir = "../.."
	build.Env = append(os.Environ(), "CGO_ENABLED=0")
	output(t, build)

	cmd := exec.Command(binary, append([]string{"dev", "--json", "--ephemeral", "--listen", "127.0.0.1:0"}, options...)...)
	cmd.Env = append(os.Environ(), "OS_BOOTSTRAP_PASSWORD="+adminPassword)
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	stdout, err := cmd.StdoutPipe()
	must(t, err)
	must(t, cmd.Start())
	t.Cleanup(func() {
		must(t, cmd.Process.Signal(syscall.SIGTERM))
		if err := cmd.Wait(); err != nil {
			t.Errorf("lintel dev ended with %v\n%s", err, stderr.Bytes())
		}
	})
	line, err := bufio.NewReader(stdout).ReadBytes('\n')
	if err != nil {
		t.Fatalf("lintel dev printed no banner: %v\n%s", err, stderr.Bytes())
	}
	var banner struct {
		URL   string `json:"url"`
		Files struct {
			EnvSH string `json:"env_sh"`
		} `json:"files"`
	}
	must(t, json.Unmarshal(line, &banner))
	c := &cloud{url: banner.URL, demo: map[string]string{}}
	c.readEnv(t, banner.Files.EnvSH)
	return c
}

// readEnv takes what a shell has after reading the file, as the banner tells people to do.
func (c *cloud) readEnv(t *testing.T, file string) {
	t.Helper()
	cmd := exec.Command("bash", "-c", `set -eu; . "$1"; env -0`, "bash", file)
	cmd.Env = []string{"PATH=/usr/bin:/bin", "HOME=" + t.TempDir()}
	c.demoEnv = []string{"ADMIN_PASSWORD=" + adminPassword}
	for _, line := range strings.Split(output(t, cmd), "\x00") {
		if name, value, ok := strings.Cut(line, "="); ok && name != "_" {
			c.demoEnv = append(c.demoEnv, line)
			c.demo[name] = value
		}
	}
	for _, name := range []string{"KS", "AC_ID", "AC_SECRET", "DEMO_USER_ID", "DEMO_PASSWORD", "DEMO_PROJECT_ID"} {
		if c.demo[name] == "" {
			t.Fatalf("%s does not set %s", file, name)
		}
	}
}

// python runs a program of testdata with Debian's Python, where the clients are installed.
func (c *cloud) python(t *testing.T, file string, env ...string) {
	t.Helper()
	cmd := exec.Command("/usr/bin/python3", "-W", "ignore", filepath.Join("testdata", file))
	cmd.Env = env
	t.Log(output(t, cmd))
}

// output runs a command that must succeed, and returns its standard output.
func output(t *testing.T, cmd *exec.Cmd) string {
	t.Helper()
	var stdout, stderr bytes.Buffer
	cmd.Stdout, cmd.Stderr = &stdout, &stderr
	if err := cmd.Run(); err != nil {
		t.Fatalf("%s: %v\n%s%s", strings.Join(cmd.Args, " "), err, stdout.Bytes(), stderr.Bytes())
	}
	return stdout.String()
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}
