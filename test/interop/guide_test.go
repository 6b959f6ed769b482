//go:build interop

package interop

import (
	"html"
	"io"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// reader is somebody who reads the guide of the portal, and types what it shows.
type reader struct {
	page string
	home string
	env  []string
}

// read signs demo in and opens the guide.
func read(t *testing.T, c *cloud) reader {
	t.Helper()
	jar, err := cookiejar.New(nil)
	must(t, err)
	browser := &http.Client{Jar: jar}
	page := func(resp *http.Response, err error) string {
		must(t, err)
		defer resp.Body.Close()
		text, err := io.ReadAll(resp.Body)
		must(t, err)
		return string(text)
	}
	page(browser.PostForm(c.url+"/portal/sign-in", url.Values{"user": {c.demo["DEMO_USER"]}, "password": {c.demo["DEMO_PASSWORD"]}}))
	home := t.TempDir()
	return reader{page(browser.Get(c.url + "/portal/guide")), home, []string{"PATH=" + os.Getenv("PATH"), "HOME=" + home, "PYTHONWARNINGS=ignore"}}
}

// types runs the commands of a kind in a shell, which reads input, with the places filled in. It returns what they print.
func (r reader) types(t *testing.T, kind, input string, places ...string) string {
	t.Helper()
	m := regexp.MustCompile(`(?s)<pre id="guide_` + kind + `"[^>]*>(.*?)</pre>`).FindStringSubmatch(r.page)
	if m == nil {
		t.Fatalf("the guide has no commands %s: %.2000s", kind, r.page)
	}
	script := filepath.Join(r.home, kind+".sh")
	must(t, os.WriteFile(script, []byte("set -e\n"+strings.NewReplacer(places...).Replace(html.UnescapeString(m[1]))), 0o600))
	cmd := exec.Command("bash", script)
	cmd.Dir, cmd.Env, cmd.Stdin = r.home, r.env, strings.NewReader(input+"\n")
	return output(t, cmd)
}

// TestGuide types each command of the portal's guide as it stands there. What is not typed here is: "install", which would
// load packages from elsewhere; "openrc" and "aws", whose files and keys other tests give to the same programs.
func TestGuide(t *testing.T) {
	t.Parallel()
	c := startCloud(t)
	r := read(t, c)

	answer := r.types(t, "credential", c.demo["AC_SECRET"], "YOUR_CREDENTIAL_ID", c.demo["AC_ID"])
	token := regexp.MustCompile(`(?i)x-subject-token: (\S+)`).FindStringSubmatch(answer)
	if token == nil {
		t.Fatalf("no token: %s", answer)
	}
	if catalog := r.types(t, "use", "", "YOUR_TOKEN", token[1]); !strings.Contains(catalog, `"catalog"`) {
		t.Errorf("with the token there is no catalog: %s", catalog)
	}
	if answer := r.types(t, "revoke", "", "YOUR_TOKEN", token[1]); !strings.Contains(answer, " 204 ") {
		t.Errorf("the token is not revoked: %s", answer)
	}
	if answer := r.types(t, "use", "", "YOUR_TOKEN", token[1]); !strings.Contains(answer, `"code":401`) {
		t.Errorf("a revoked token gets %s", answer)
	}
	if answer := r.types(t, "v2", c.demo["DEMO_PASSWORD"]); !strings.Contains(answer, `"serviceCatalog"`) || !strings.Contains(answer, c.demo["DEMO_PROJECT_ID"]) {
		t.Errorf("v2.0 answers %s", answer)
	}

	downloads := filepath.Join(r.home, "Downloads")
	must(t, os.Mkdir(downloads, 0o700))
	config, err := os.ReadFile(c.demo["OS_CLIENT_CONFIG_FILE"])
	must(t, err)
	must(t, os.WriteFile(filepath.Join(downloads, "clouds.yaml"), config, 0o644))
	if out := r.types(t, "clouds", "", "YOUR_CREDENTIAL_NAME", "dev-demo"); !strings.Contains(out, c.demo["DEMO_PROJECT_ID"]) || !strings.Contains(out, "identity") {
		t.Errorf("openstack prints %s", out)
	}
}
