//go:build interop

package interop

import (
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/gophercloud/gophercloud/v2"
	"github.com/gophercloud/gophercloud/v2/openstack/identity/v3/projects"
	"github.com/gophercloud/gophercloud/v2/openstack/identity/v3/roles"
	"github.com/gophercloud/gophercloud/v2/openstack/identity/v3/users"
)

// hostileName is data everywhere: whoever runs it makes a file. It has no braces, which openstack itself fills in (Python's
// format) wherever it reads them.
const hostileName = `o'neil "$(touch canary)" ` + "`touch canary`" + ` $HOME \ 한국어`

// customer has what the portal gives: an application credential, all of its files and snippets, and those for the password.
type customer struct {
	directory string
	project   string
	secret    string
	page      string // that showed the secret
}

const customerPassword = "interop-Pass-4"

// newCustomer makes a user with a project, both with names that are hard to quote, and visits the portal as that user.
func newCustomer(t *testing.T, c *cloud) *customer {
	t.Helper()
	admin := c.identity(t, gophercloud.AuthOptions{Username: "admin", Password: adminPassword, DomainID: "default", TenantName: "admin"})
	project, err := projects.Create(t.Context(), admin, projects.CreateOpts{Name: hostileName, DomainID: "default"}).Extract()
	must(t, err)
	user, err := users.Create(t.Context(), admin, users.CreateOpts{Name: hostileName, DomainID: "default", Password: customerPassword}).Extract()
	must(t, err)
	pages, err := roles.List(admin, roles.ListOpts{Name: "member"}).AllPages(t.Context())
	must(t, err)
	found, err := roles.ExtractRoles(pages)
	must(t, err)
	must(t, roles.Assign(t.Context(), admin, found[0].ID, roles.AssignOpts{UserID: user.ID, ProjectID: project.ID}).Err)

	v := visit(t, c.url, hostileName, customerPassword)
	create := "/portal/access/application-credentials/create"
	page := v.post(create, "once", field(t, v.get(create), "once"), "name", hostileName, "expiry", "never")
	k := &customer{directory: t.TempDir(), project: project.ID, secret: element(t, page, "credential-secret"), page: page}
	for _, kind := range []string{"openrc", "clouds", "clouds_public", "secure", "terraform", "tfvars", "cloud_conf", "json"} {
		if !strings.Contains(page, `name="kind" value="`+kind+`"`) {
			t.Errorf("the page does not offer %s", kind)
		}
		k.keep(t, v, kind, v.request(http.MethodPost, "/portal/access/application-credentials/download", "id", element(t, page, "credential-id"), "secret", k.secret, "kind", kind))
	}
	for _, kind := range []string{"openrc_v3", "openrc_v2"} {
		k.keep(t, v, kind, v.request(http.MethodGet, "/portal/access/openrc/"+kind))
	}
	return k
}

// keep saves a file in a directory of its kind.
func (k *customer) keep(t *testing.T, v *visitor, kind string, r *http.Request) {
	t.Helper()
	must(t, os.Mkdir(filepath.Join(k.directory, kind), 0o700))
	v.save(filepath.Join(k.directory, kind), r)
}

// shell runs commands in a directory, with nothing but what a new shell has.
func (k *customer) shell(t *testing.T, directory, commands string, env ...string) string {
	t.Helper()
	cmd := exec.Command("bash", "-euo", "pipefail", "-c", commands)
	cmd.Dir = filepath.Join(k.directory, directory)
	cmd.Env = append([]string{"PATH=/usr/bin:/bin", "HOME=" + t.TempDir(), "PYTHONWARNINGS=ignore"}, env...)
	return output(t, cmd)
}

// TestHandouts gives each file and each snippet of the portal to the program that it is for.
func TestHandouts(t *testing.T) {
	t.Parallel()
	c := startCloud(t)
	k := newCustomer(t, c)
	const project = "openstack token issue -f value -c project_id"
	left := "export OS_USERNAME=left OS_PROJECT_NAME=over OS_CLOUD=none; "
	ci := "o-neil-touch-canary-touch-canary-HOME"
	for kind, commands := range map[string]string{
		"openrc":     left + ". ./app-cred-" + ci + "-openrc.sh; " + project,
		"clouds":     "openstack --os-cloud " + ci + " token issue -f value -c project_id",
		"secure":     "cp ../clouds_public/clouds-public.yaml clouds.yaml; openstack --os-cloud " + ci + " token issue -f value -c project_id",
		"openrc_v3":  left + ". ./" + ci + "-openrc.sh <<<" + customerPassword + "; " + project,
		"openrc_v2":  left + ". ./" + ci + "-openrc-v2.sh <<<" + customerPassword + "; " + project,
		"terraform":  "cp ../tfvars/* .; " + readers(t) + " terraform .",
		"cloud_conf": readers(t) + " cloud.conf cloud.conf",
		"json": `jq '{auth: {identity: {methods: ["application_credential"], application_credential: {id: .application_credential_id, secret: .application_credential_secret}}}}' *.json |
			curl -sS --fail -H 'Content-Type: application/json' -d @- "$(jq -r .auth_url *.json)/auth/tokens" | jq -r .token.project.id`,
	} {
		t.Run(kind, func(t *testing.T) {
			t.Parallel()
			if got := strings.TrimSpace(k.shell(t, kind, commands)); got != k.project {
				t.Errorf("it leads to the project %q, want %s", got, k.project)
			}
			k.nothingRan(t, kind)
		})
	}
	t.Run("snippets", func(t *testing.T) { testSnippets(t, k) })
}

// readers builds the program of testdata/readers, and returns where it is.
func readers(t *testing.T) string {
	t.Helper()
	binary := filepath.Join(t.TempDir(), "readers")
	build := exec.Command("go", "build", "-o", binary, ".")
	build.Dir = "testdata/readers"
	output(t, build)
	return binary
}

// nothingRan fails when a name was taken for a command.
func (k *customer) nothingRan(t *testing.T, directory string) {
	t.Helper()
	if _, err := os.Stat(filepath.Join(k.directory, directory, "canary")); err == nil {
		t.Error("a name was run as a command")
	}
}

// testSnippets runs the programs that the page of the secret shows, in a shell that has the line to export the secret.
func testSnippets(t *testing.T, k *customer) {
	export := element(t, k.page, "export")
	repository, err := filepath.Abs("../..")
	must(t, err)
	path, err := exec.LookPath("go")
	must(t, err)
	for kind, s := range map[string]struct{ file, command string }{
		"curl":   {"identity.sh", "bash identity.sh | jq -r '.catalog[].type'"},
		"python": {"identity.py", "/usr/bin/python3 identity.py"},
		"go":     {"identity.go", "file=$PWD/identity.go; cd " + repository + "; " + path + " run $file"},
		"java":   {"Identity.java", "java Identity.java | jq -r '.catalog[].type'"},
		"php":    {"identity.php", "php identity.php"},
		"node":   {"identity.mjs", "node identity.mjs"},
	} {
		t.Run(kind, func(t *testing.T) {
			t.Parallel()
			text := element(t, k.page, "snippet-"+kind)
			if strings.Contains(text, k.secret) {
				t.Fatal("the snippet holds the secret")
			}
			directory := filepath.Join(k.directory, "snippet", kind)
			must(t, os.MkdirAll(directory, 0o700))
			must(t, os.WriteFile(filepath.Join(directory, s.file), []byte(text), 0o600))
			got := k.shell(t, "snippet/"+kind, export+"; "+s.command, goEnvironment()...)
			if !strings.Contains("\n"+got, "\nidentity") {
				t.Errorf("it does not list the services:\n%s", got)
			}
		})
	}
}

// goEnvironment is where Go keeps what it has built already.
func goEnvironment() (env []string) {
	for _, name := range []string{"GOCACHE", "GOMODCACHE", "GOPATH", "GOROOT", "GOFLAGS", "GOPROXY"} {
		if value, err := exec.Command("go", "env", name).Output(); err == nil {
			env = append(env, name+"="+strings.TrimSpace(string(value)))
		}
	}
	return env
}
