// Package test guards the house: the import table of ARCHITECTURE.md and the few rules of form
// that a compiler does not know. It refuses to test behaviour.
package test

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os/exec"
	"slices"
	"strings"
	"testing"
)

const module = "github.com/lintel-id/lintel/"

// goPackage is what `go list -json` says of a package. Tests may import what they like, but
// for SQL drivers and the like.
type goPackage struct {
	ImportPath   string
	Imports      []string
	TestImports  []string
	XTestImports []string
}

func TestImportTable(t *testing.T) {
	packages := listPackages(t)
	if len(packages) < 10 {
		t.Fatalf("go list found %d packages of ours: the table was not tried", len(packages))
	}
	for _, complaint := range checkImports(packages) {
		t.Error(complaint)
	}
}

func listPackages(t *testing.T) (packages []goPackage) {
	t.Helper()
	cmd := exec.Command("go", "list", "-json=ImportPath,Imports,TestImports,XTestImports", "./...")
	cmd.Dir = ".."
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("go list: %v", err)
	}
	d := json.NewDecoder(strings.NewReader(string(out)))
	for {
		var p goPackage
		if err := d.Decode(&p); errors.Is(err, io.EOF) {
			return packages
		} else if err != nil {
			t.Fatal(err)
		}
		packages = append(packages, p)
	}
}

// room is a row of the table. A path that ends in /... means everything below it as well. Of
// several rows that match a package the one with its own name counts, then the longest.
type room struct {
	path  string
	may   []string // ours; a package may always import what lies below itself
	never []string // of the standard library
	why   string
}

var floor2 = []string{"internal/auth/...", "internal/token/...", "internal/snapshot/...", "internal/cluster", "internal/store", "internal/audit"}

var floor1 = []string{"internal/identity", "internal/policy", "internal/config", "internal/telemetry", "internal/ratelimit", "internal/systemd"}

var table = []room{
	{path: "cmd/lintel", may: []string{"internal/cli"}, why: "main only calls the command line"},
	{path: "internal/cli/...", may: []string{"internal/server", "internal/core", "internal/store", "internal/config", "internal/identity", "internal/policy", "internal/telemetry", "internal/bench"},
		why: "a command builds a server, the verbs or the rules and calls them"},
	{path: "internal/cli/catalogs", may: []string{"internal/identity"}, why: "it reads catalogs from text"},
	{path: "internal/server/...", may: slices.Concat([]string{"internal/api/...", "internal/portal", "internal/core"}, floor2, floor1), why: "it is the one place of wiring, below the command line"},
	{path: "internal/server/servertest", may: slices.Concat([]string{"internal/server", "internal/core"}, floor1), why: "it starts the server that everybody gets"},
	{path: "internal/api/...", may: []string{"internal/core", "internal/identity", "internal/api"}, never: []string{"database/sql"}, why: "a face may not reach round the verbs, nor into another face"},
	{path: "internal/portal", may: []string{"internal/core", "internal/identity", "internal/api"}, never: []string{"database/sql"}, why: "a face may not reach round the verbs"},
	{path: "internal/portal/handout", why: "text from values: it knows no page and no rule"},
	{path: "internal/core", may: slices.Concat(floor2, floor1), never: []string{"net/http", "html/template"}, why: "a verb does not know who asked"},
	{path: "internal/store/...", may: []string{"internal/identity", "internal/store"}, never: []string{"net/http"}, why: "rows only: no rule, no permission"},
	{path: "internal/audit", may: []string{"internal/identity"}, never: []string{"net/http"}, why: "rows only: no rule, no permission"},
	{path: "internal/snapshot/...", may: []string{"internal/identity"}, never: []string{"database/sql"}, why: "it takes a Source, so that tests feed it by hand"},
	{path: "internal/cluster", may: []string{"internal/identity"}, never: []string{"database/sql"}, why: "it takes a Registry, so that tests feed it by hand"},
	{path: "internal/auth", may: []string{"internal/identity"}, why: "it talks to the outside and answers in nouns"},
	{path: "internal/auth/...", may: []string{"internal/identity"}, why: "it talks to the outside and answers in nouns"},
	{path: "internal/auth/password", why: "a pure check over given secrets"},
	{path: "internal/auth/ec2", may: []string{"internal/auth/percent"}, why: "a pure check over given secrets"},
	{path: "internal/auth/percent", why: "an encoding and nothing else"},
	{path: "internal/auth/totp", why: "a pure check over given secrets"},
	{path: "internal/auth/oauth1", may: []string{"internal/auth/percent"}, why: "a pure check over given secrets"},
	{path: "internal/token", may: []string{"internal/identity"}, why: "bytes and payload only, no look-ups"},
	{path: "internal/token/...", why: "a spec, not a product"},
	{path: "internal/identity", never: []string{"net/http", "database/sql"}, why: "the glossary depends on nothing"},
	{path: "internal/policy", why: "a language over attributes"},
	{path: "internal/ratelimit", why: "a tool"},
	{path: "internal/config", why: "a tool"},
	{path: "internal/telemetry", why: "a tool"},
	{path: "internal/systemd", why: "a tool"},
	{path: "internal/bench", why: "a client like any other: it knows the API, not the server"},
	{path: "test/...", may: []string{"internal/server/servertest", "test/rig/..."}, why: "it looks at the program from outside"},
	{path: "test/rig/...", may: []string{"test/rig/..."}, why: "it runs processes and speaks HTTP: it knows the program only as a file"},
}

// lodgers are libraries with one room each, so that a swap touches that room alone. Here tests
// count as well.
var lodgers = []struct{ library, room string }{
	{"modernc.org/sqlite", "internal/store"},
	{"github.com/jackc/pgx", "internal/store"},
	{"github.com/pressly/goose", "internal/store"},
	{"github.com/go-ldap/ldap", "internal/auth/ldap"},
	{"github.com/coreos/go-oidc", "internal/auth/oidc"},
	{"github.com/alecthomas/kong", "internal/cli"},
	{"github.com/prometheus", "internal/telemetry"},
	{"github.com/dlclark/regexp2", "internal/config"},
	{"github.com/anishathalye/porcupine", "test/prove/history"},
}

// checkImports returns a sentence for each import that the table forbids.
func checkImports(packages []goPackage) (complaints []string) {
	for _, p := range packages {
		path := strings.TrimPrefix(p.ImportPath, module)
		row := roomOf(path)
		if row == nil {
			complaints = append(complaints, fmt.Sprintf("%s has no row in the import table: say in test/arch_test.go what it may import, and why", path))
			continue
		}
		for _, imported := range p.Imports {
			if !row.allows(path, imported) {
				complaints = append(complaints, fmt.Sprintf("%s may not import %s: %s", path, strings.TrimPrefix(imported, module), row.why))
			}
		}
		for _, imported := range slices.Compact(slices.Sorted(slices.Values(slices.Concat(p.Imports, p.TestImports, p.XTestImports)))) {
			for _, l := range lodgers {
				if below(l.library, imported) && !below(l.room, path) {
					complaints = append(complaints, fmt.Sprintf("%s may not import %s: it lives in %s, so that a swap touches one room", path, imported, l.room))
				}
			}
		}
	}
	return complaints
}

func roomOf(path string) (row *room) {
	for i := range table {
		r := &table[i]
		if r.path == path {
			return r
		}
		if matches(r.path, path) && (row == nil || len(r.path) > len(row.path)) {
			row = r
		}
	}
	return row
}

func (r *room) allows(path, imported string) bool {
	ours, isOurs := strings.CutPrefix(imported, module)
	if !isOurs {
		return !slices.Contains(r.never, imported)
	}
	return below(path, ours) || slices.ContainsFunc(r.may, func(may string) bool { return matches(may, ours) })
}

// matches compares a package with a path of the table.
func matches(pattern, path string) bool {
	if parent, all := strings.CutSuffix(pattern, "/..."); all {
		return below(parent, path)
	}
	return pattern == path
}

// below says whether path is parent or lies below it.
func below(parent, path string) bool {
	return path == parent || strings.HasPrefix(path, parent+"/")
}

// A guard that cannot fail guards nothing.
func TestImportTableRefuses(t *testing.T) {
	for _, c := range []struct{ name, pkg, imports, complaint string }{
		{"a face that reads rows", "internal/api/v3", module + "internal/store", "internal/api/v3 may not import internal/store: a face may not reach round the verbs"},
		{"a face that uses another", "internal/api/v3", module + "internal/api/v2", "internal/api/v3 may not import internal/api/v2: a face may not reach round the verbs"},
		{"a face with the metrics", "internal/api", module + "internal/telemetry", "internal/api may not import internal/telemetry"},
		{"a verb that knows HTTP", "internal/core", "net/http", "internal/core may not import net/http: a verb does not know who asked"},
		{"a verb that knows a face", "internal/core", module + "internal/api", "internal/core may not import internal/api"},
		{"rows with rules", "internal/store", module + "internal/policy", "internal/store may not import internal/policy: rows only"},
		{"a model with SQL", "internal/snapshot", "database/sql", "internal/snapshot may not import database/sql: it takes a Source"},
		{"a spec that knows the product", "internal/token/fernet", module + "internal/identity", "internal/token/fernet may not import internal/identity: a spec"},
		{"a noun with I/O", "internal/identity", "net/http", "the glossary depends on nothing"},
		{"a driver outside of its room", "internal/core", "github.com/jackc/pgx/v5", "it lives in internal/store"},
		{"a package nobody planned", "internal/extra", "fmt", "internal/extra has no row in the import table"},
		{"a server that knows the commands", "internal/server", module + "internal/cli", "internal/server may not import internal/cli"},
	} {
		t.Run(c.name, func(t *testing.T) {
			got := checkImports([]goPackage{{ImportPath: module + c.pkg, Imports: []string{"strings", c.imports}}})
			if len(got) != 1 || !strings.Contains(got[0], c.complaint) {
				t.Errorf("complaints %q, want one with %q", got, c.complaint)
			}
		})
	}
	allowed := []goPackage{{ImportPath: module + "internal/core", Imports: []string{"context", module + "internal/store", module + "internal/token/fernet"}},
		{ImportPath: module + "internal/token", Imports: []string{module + "internal/token/fernet", module + "internal/identity"}}}
	if got := checkImports(allowed); got != nil {
		t.Errorf("complaints about imports that the table allows: %q", got)
	}
}
