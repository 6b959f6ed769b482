package handout

import (
	"bytes"
	"go/parser"
	"go/scanner"
	"go/token"
	"os/exec"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"github.com/go-json-experiment/json"
	"github.com/google/go-cmp/cmp"
	"go.yaml.in/yaml/v3"
	"pgregory.net/rapid"
)

// canaries are values that break out where somebody forgets to quote.
var canaries = []string{"", "plain", "it's", `a"b`, `a\`, `\`, "`id`", "$(touch canary)", "${canary}", "%{canary}", "$${x}", "%%{x}", "%(canary)s", "a\nb: c", "a\r\nexport CANARY=1", "\x00", "\x1b[2J",
	"' ; touch canary ; '", `"; touch canary; "`, "'''", `"""`, "#c", ";c", "[x]", "=", ": ", "- ", "!!python/object:x", "&a *a", "<?php", "?>", "*/", "</script>", `\u0022+canary()+\u0022`, `\\u000a`,
	"\u0085", "\u2028x\u2029", "\ufeff", "\ufffe", "\uffff", "\u202e", "\U0001f511", "\U0010ffff", "한국어", "e\u0301", "\xff\xfe", "END", "$id", "{{.Secret}}", "..", "../../etc/passwd", "-rf", "~", strings.Repeat("x", 300)}

var benign = Values{Name: "ci", ID: "ID", Secret: "s3cr3t-value", Base: "https://id.example:5000", Region: "R1", User: "USER", DomainID: "DOMAIN", Project: "PROJECT", ProjectID: "PID", S3: "https://s3.example:8080", S3Region: "R2"}

// hostile draws values of which each may be anything.
func hostile(t *rapid.T) Values {
	text := func(label string) string {
		return rapid.OneOf(rapid.SampledFrom(canaries), rapid.String(), rapid.Custom(func(t *rapid.T) string {
			return string(rapid.SliceOf(rapid.Byte()).Draw(t, "bytes"))
		}), rapid.StringOf(rapid.RuneFrom([]rune("'\"\\`${}%()[]<>#;:=,*?!&|-\n\r\t\x00\u2028 au0")))).Draw(t, label)
	}
	return Values{Name: text("name"), ID: text("id"), Secret: text("secret"), Base: text("base"), Region: text("region"), User: text("user"), DomainID: text("domain"),
		Project: text("project"), ProjectID: text("project id"), S3: text("s3"), S3Region: text("s3 region")}
}

func TestNoValueBecomesAnythingElse(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) { checkHandouts(t, hostile(t)) })
	for _, c := range canaries {
		checkHandouts(t, Values{Name: c, ID: c, Secret: c, Base: c, Region: c, User: c, DomainID: c, Project: c, ProjectID: c, S3: c, S3Region: c})
	}
}

// Of each format's quotes nothing is left over, and those that this module can read are read as what was quoted.
func FuzzQuotes(f *testing.F) {
	for _, c := range canaries {
		f.Add(c)
	}
	f.Fuzz(func(t *testing.T, s string) {
		for name, left := range map[string]string{"shell": blankShell(shell(s)), "php": blankPHP(php(s))} {
			if left != "''" {
				t.Errorf("of %s is left %q", name, left)
			}
		}
		for name, quoted := range map[string]string{"escape": escape(s), "units": units(s), "java": java(s), "hcl": hcl(s)} {
			if left := blankQuoted(quoted); left != `""` {
				t.Errorf("of %s is left %q", name, left)
			}
		}
		if strings.ContainsAny(hcl(s), "$%") {
			t.Errorf("HCL has a template in %q", hcl(s))
		}
		valid := string([]rune(s))
		var fromYAML, fromJSON string
		if err := yaml.Unmarshal([]byte(escape(s)), &fromYAML); err != nil || fromYAML != valid {
			t.Errorf("YAML reads %q (%v)", fromYAML, err)
		}
		if err := json.Unmarshal([]byte(units(s)), &fromJSON); err != nil || fromJSON != valid {
			t.Errorf("JSON reads %q (%v)", fromJSON, err)
		}
		if got, err := strconv.Unquote(escape(s)); err != nil || got != valid {
			t.Errorf("Go reads %q (%v)", got, err)
		}
	})
}

type failer interface {
	Helper()
	Errorf(format string, args ...any)
}

// all is every handout by its kind.
func all() map[string]File {
	files := map[string]File{}
	for _, set := range []Set{ApplicationCredential(), Password(), EC2Key(), Snippets(), Guide()} {
		for _, f := range set {
			files[f.Kind] = f
		}
	}
	return files
}

func checkHandouts(t failer, v Values) {
	t.Helper()
	checked := 0
	for kind, f := range all() {
		if name := f.Name(v); !fileName.MatchString(name) || len(name) > 100 {
			t.Errorf("%s is called %q", kind, name)
		}
		// Where a value is missing, its line may be: the benign handout is that of the same values' presence.
		b := benign
		for _, p := range []struct {
			has string
			of  *string
		}{{v.Region, &b.Region}, {v.S3, &b.S3}, {v.S3Region, &b.S3Region}} {
			if p.has == "" {
				*p.of = ""
			}
		}
		b.Name = v.Alias() // it is in comments, and has been made harmless
		blank := blanks[kind]
		if blank == nil {
			checkINI(t, kind, f.Text(v), f.Text(benign))
			checked++
			continue
		}
		if got, want := blank(f.Text(v)), blank(f.Text(b)); got != want {
			t.Errorf("%s: a value has become more than a value: %s", kind, cmp.Diff(want, got))
		}
		checked++
	}
	if checked != len(all()) || checked < 22 {
		t.Errorf("%d handouts of %d", checked, len(all()))
	}
	checkReadBack(t, v)
}

// The blanks leave of a text what is not within quotes. They know each format's rules, and not how its quotes are made.
var (
	inDouble = regexp.MustCompile(`"(?:[^"\\\n\r\x{85}\x{2028}\x{2029}]|\\.)*"`)
	inSingle = regexp.MustCompile(`'(?:[^'\\]|\\[\\'])*'`)
	inShell  = regexp.MustCompile(`(?:'[^']*'(?:\\')?)+`)
)

var blanks = map[string]func(string) string{"openrc": blankShell, "openrc_v3": blankShell, "openrc_v2": blankShell, "ec2rc": blankShell, "curl": blankShell,
	"guide_install": blankShell, "guide_clouds": blankShell, "guide_credential": blankShell, "guide_openrc": blankShell, "guide_v2": blankShell, "guide_aws": blankShell,
	"guide_use": blankShell, "guide_revoke": blankShell,
	"python": blankQuoted, "java": blankQuoted, "node": blankQuoted, "terraform": blankQuoted, "tfvars": blankQuoted, "clouds": blankQuoted, "clouds_public": blankQuoted,
	"secure": blankQuoted, "json": blankQuoted, "mc": blankQuoted, "go": blankGo, "php": blankPHP}

// blankQuoted is for all that has double quotes with backslashes.
func blankQuoted(s string) string { return inDouble.ReplaceAllString(s, `""`) }
func blankPHP(s string) string    { return inSingle.ReplaceAllString(s, `''`) }
func blankShell(s string) string  { return inShell.ReplaceAllString(s, `''`) }

func blankGo(s string) string {
	var sc scanner.Scanner
	files, b := token.NewFileSet(), strings.Builder{}
	sc.Init(files.AddFile("", -1, len(s)), []byte(s), nil, 0)
	for {
		_, tok, literal := sc.Scan()
		switch tok {
		case token.EOF:
			return b.String()
		case token.STRING:
			literal = ""
		}
		b.WriteString(tok.String() + literal + " ")
	}
}

var (
	fileName = regexp.MustCompile(`^[A-Za-z0-9_][A-Za-z0-9._-]*$`)
	setting  = regexp.MustCompile(`^\s*([a-zA-Z_0-9-]+) ?= ?(.*)$`)
	section  = regexp.MustCompile(`^\[(profile )?[A-Za-z0-9_][A-Za-z0-9._-]*\]$`)
)

// An INI file has the lines that it always has, but for those whose values it cannot hold.
func checkINI(t failer, kind, text, benign string) {
	t.Helper()
	known := map[string]bool{}
	for line := range strings.Lines(benign) {
		if m := setting.FindStringSubmatch(strings.TrimRight(line, "\n")); m != nil {
			known[m[1]] = true
		}
	}
	for line := range strings.Lines(text) {
		line = strings.TrimSuffix(line, "\n")
		m := setting.FindStringSubmatch(line)
		switch {
		case line == "" || line[0] == '#' || section.MatchString(line):
		case len(m) != 3 || !known[m[1]]:
			t.Errorf("%s has the line %q", kind, line)
		default:
			if value := strings.Trim(m[2], `"`); value != "" && ini(value) == "" {
				t.Errorf("%s has the value %q", kind, line)
			}
		}
	}
}

// What parsers of this module read is compared with the values.
func checkReadBack(t failer, v Values) {
	t.Helper()
	valid := func(s string) string { return string([]rune(s)) }
	auth := map[string]any{"auth_url": valid(v.V3()), "application_credential_id": valid(v.ID)}
	cloud := map[string]any{"auth_type": "v3applicationcredential", "interface": "public", "identity_api_version": "3", "auth": auth}
	file := map[string]any{"name": valid(v.Name), "application_credential_id": valid(v.ID), "application_credential_secret": valid(v.Secret), "auth_url": valid(v.V3())}
	if v.Region != "" {
		cloud["region_name"], file["region_name"] = valid(v.Region), valid(v.Region)
	}
	clouds := map[string]any{"clouds": map[string]any{v.Alias(): cloud}}
	secret := map[string]any{"clouds": map[string]any{v.Alias(): map[string]any{"auth": map[string]any{"application_credential_secret": valid(v.Secret)}}}}
	read := func(kind string, unmarshal func([]byte, any) error, want map[string]any) {
		var got map[string]any
		if err := unmarshal([]byte(all()[kind].Text(v)), &got); err != nil || !cmp.Equal(want, got) {
			t.Errorf("%s: %v %s", kind, err, cmp.Diff(want, got))
		}
	}
	read("clouds_public", yaml.Unmarshal, clouds)
	read("secure", yaml.Unmarshal, secret)
	auth["application_credential_secret"] = valid(v.Secret)
	read("clouds", yaml.Unmarshal, clouds)
	fromJSON := func(b []byte, to any) error { return json.Unmarshal(b, to) }
	read("json", fromJSON, file)
	read("mc", fromJSON, map[string]any{"url": valid(v.S3), "accessKey": valid(v.ID), "secretKey": valid(v.Secret), "api": "s3v4", "path": "on"})
	if _, err := parser.ParseFile(token.NewFileSet(), "", all()["go"].Text(v), 0); err != nil {
		t.Errorf("the Go program: %v", err)
	}
}

// A shell reads all of them in one go.
func TestAShellReadsWhatWasQuoted(t *testing.T) {
	words := append([]string{}, canaries...)
	for i := range 200 {
		words = append(words, rapid.String().Example(i), string(rapid.SliceOf(rapid.Byte()).Example(i)))
	}
	var script, want bytes.Buffer
	for _, w := range words {
		script.WriteString("printf '%s\\0' " + shell(w) + "\n")
		want.WriteString(strings.ReplaceAll(w, "\x00", "") + "\x00")
	}
	for _, name := range []string{"bash", "sh"} {
		cmd := exec.Command(name)
		cmd.Stdin, cmd.Dir = bytes.NewReader(script.Bytes()), t.TempDir()
		got, err := cmd.Output()
		if err != nil || !bytes.Equal(got, want.Bytes()) {
			t.Errorf("%s: %v, %d bytes, want %d", name, err, len(got), want.Len())
		}
	}
}

func TestSnippetsHoldNoSecret(t *testing.T) {
	for _, f := range Snippets() {
		if strings.Contains(f.Text(benign), benign.Secret) || !strings.Contains(f.Text(benign), "OS_APPLICATION_CREDENTIAL_SECRET") {
			t.Errorf("%s:\n%s", f.Kind, f.Text(benign))
		}
	}
	for _, f := range append(Password(), ApplicationCredential()[2], ApplicationCredential()[4], EC2Key()[1]) {
		if strings.Contains(f.Text(benign), benign.Secret) {
			t.Errorf("%s holds a secret:\n%s", f.Kind, f.Text(benign))
		}
	}
}

func TestAnAliasIsANameForEveryTool(t *testing.T) {
	for name, want := range map[string]string{"ci": "ci", "it's $(a) name": "it-s-a-name", "": "credential", "한국어": "credential", "../x": "x", "-rf": "rf", "a.b_c-d": "a.b_c-d",
		strings.Repeat("x", 63) + "-y": strings.Repeat("x", 63)} {
		if got := (Values{Name: name}).Alias(); got != want {
			t.Errorf("%q is %q, want %q", name, got, want)
		}
	}
}
