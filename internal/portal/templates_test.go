package portal

import (
	"bytes"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/lintel-id/lintel/internal/identity"
	"github.com/lintel-id/lintel/internal/portal/handout"
)

// sample is the struct of a template, filled and empty.
type sample struct{ filled, empty any }

// samples holds one of each template, an area at a time.
func samples(p page) map[string]sample {
	all := map[string]sample{}
	for _, area := range []map[string]sample{sessionSamples(p), activitySamples(p), credentialSamples(p), adminSamples(p), keySamples(p), cloudSamples(p), passwordSamples(p), welcomeSamples(p), guideSamples(p)} {
		maps.Copy(all, area)
	}
	return all
}

var (
	sampleTime   = moment{time.Date(2026, 11, 22, 7, 31, 0, 0, time.UTC)}
	sampleValues = handout.Values{Name: "ci", ID: "0123456789abcdef0123456789abcdef", Base: "https://id.example", Region: "R1", ProjectID: "p1", User: "ada", DomainID: "default"}
	sampleChoice = projectChoice{ID: "p1", Name: "demo", Description: "d", Current: true}
)

func sessionSamples(p page) map[string]sample {
	return map[string]sample{
		"sign_in":  {&signInPage{p, "ada", "acme", Root, "no", true}, &signInPage{}},
		"passcode": {&passcodePage{p, passcode, "ada", "sealed", Root, "no"}, &passcodePage{}},
		"confirm":  {&confirmPage{p, "ada", Root, "no"}, &confirmPage{}},
		"sessions": {&sessionsPage{p, []sessionView{{"i", "Firefox on Linux", "192.0.2.1", sampleTime, sampleTime, true}, {"j", "Safari", "", sampleTime, sampleTime, false}}}, &sessionsPage{}},
		"again":    {&p, &page{}},
		"error":    {&errorPage{p, 404, "gone", "req-1"}, &errorPage{}},
		"projects": {&projectsPage{p, "q", []projectChoice{sampleChoice, {ID: "p2", Name: "other"}}, 2, true, Root, true}, &projectsPage{}},
	}
}

func credentialSamples(p page) map[string]sample {
	kind := (*Handler)(nil).applicationCredential()
	v := credentialView{ID: "0123456789abcdef0123456789abcdef", Name: "ci", Description: "a\nb", Project: "demo", ProjectID: "p1", Roles: []string{"member", "reader"},
		Unrestricted: true, Rules: []identity.AccessRule{{Service: "image", Method: "GET", Path: "/v2/images"}}, Created: sampleTime, Expires: sampleTime, Used: sampleTime, Status: statusExpiring}
	wrong := formErrors{{"name", "wrong name"}, {"description", "wrong description"}, {"expiry", "wrong expiry"}, {"expires_at", "wrong time"}, {"rules", "wrong rule"},
		{"rules_json", "wrong JSON"}, {"", "all wrong"}}
	return map[string]sample{
		"application_credentials": {&credentialsPage{page: p, Credentials: []*credentialView{&v}, Query: credentialQuery{Search: "q", Status: statusActive, Unused: "30", Sort: "used", Down: true, Page: 2},
			Statuses: kind.statuses, Columns: credentialQuery{kind: kind, Sort: "used", Down: true}.columns(), Choices: []projectChoice{sampleChoice, sampleChoice}, Found: 60, Total: 60, Limit: 60, First: 26, Last: 50, Pages: 3,
			Previous: "/portal?a", NextPage: "/portal?b"}, &credentialsPage{}},
		"application_credential": {&credentialPage{p, v, handout.Ask, snippets(sampleValues)}, &credentialPage{}},
		"application_credential_create": {&createPage{page: p, Name: "ci", Description: "d", Expiry: "custom", ExpiresAt: "2030-01-01T00:00", Roles: []roleChoice{{"member", true}},
			Rules: []ruleInput{{"image", "GET", "/v2", 1}}, RulesJSON: "[]", Unrestricted: true, Once: "x", Services: []string{"image"}, Methods: []string{"GET"}, Presets: []string{"30"}, Errors: wrong}, &createPage{}},
		"application_credential_delete": {&deletePage{p, []credentialView{v}, true, "ci", "cj", formErrors{{"confirm", "wrong word"}}}, &deletePage{}},
		"secret":                        {&secretPage{p, v, "s3cr3t", "https://id.example/v3", "R1", offers(handout.ApplicationCredential(), sampleValues), ". ./x", handout.Export("s3cr3t"), snippets(sampleValues)}, &secretPage{}},
	}
}

// samplePage is the frame of a page of somebody who has signed in.
func samplePage(h *Handler, language string) page {
	return page{Title: "Title", Brand: "Brand", Language: language, Theme: "dark", Path: Root, Menu: menu(applicationCredentials, true, false), User: "ada", Domain: "Default", Project: "demo",
		Projects: []projectChoice{{ID: "p1", Name: "demo", Current: true}}, More: true, Notice: "done", Left: 870, texts: h.messages[language], assets: h.assets}
}

func TestEveryTemplateShowsAFilledAndAnEmptyPage(t *testing.T) {
	h := New(Options{})
	for _, language := range languages {
		all := samples(samplePage(h, language))
		for name, tmpl := range h.pages {
			sample, ok := all[name]
			if !ok {
				t.Fatalf("templates/%s.html has no sample", name)
			}
			for kind, view := range map[string]any{"filled": sample.filled, "empty": sample.empty} {
				var b bytes.Buffer
				if err := tmpl.ExecuteTemplate(&b, "layout", view); err != nil {
					t.Errorf("%s, %s, %s: %v", name, kind, language, err)
				}
				if kind == "filled" && (strings.Contains(b.String(), "ZgotmplZ") || !strings.Contains(b.String(), "</html>")) {
					t.Errorf("%s, %s: html/template did not understand it, or it is cut", name, language)
				}
			}
		}
		if len(all) != len(h.pages) {
			t.Errorf("%d samples, %d templates", len(all), len(h.pages))
		}
	}
}

// What the policy of contents would refuse must not be in a template in the first place.
func TestNoTemplateHoldsInlineScriptOrStyle(t *testing.T) {
	inline := regexp.MustCompile(`(?i)<style|\sstyle=|\son[a-z]+=|javascript:|<script[^>]*>[^<]`)
	for name, text := range sources(t, "templates") {
		if found := inline.FindString(text); found != "" {
			t.Errorf("%s holds %q", name, found)
		}
	}
}

func sources(t *testing.T, dir string) map[string]string {
	t.Helper()
	all := map[string]string{}
	entries, err := files.ReadDir(dir)
	if err != nil || len(entries) == 0 {
		t.Fatal(err, len(entries))
	}
	for _, e := range entries {
		text, err := files.ReadFile(dir + "/" + e.Name())
		if err != nil {
			t.Fatal(err)
		}
		all[e.Name()] = string(text)
	}
	return all
}

// goSources are the package's own files.
func goSources(t *testing.T) map[string]string {
	t.Helper()
	names, err := filepath.Glob("*.go")
	if err != nil {
		t.Fatal(err)
	}
	all := map[string]string{}
	for _, name := range names {
		if strings.HasSuffix(name, "_test.go") {
			continue
		}
		text, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		all[name] = string(text)
	}
	return all
}

var placeholder = regexp.MustCompile(`\{\d\}`)

func TestBothLanguagesHaveTheSameTextsWithTheSamePlaceholders(t *testing.T) {
	all := readMessages()
	first := all[languages[0]]
	for _, language := range languages[1:] {
		for key, text := range first {
			other, ok := all[language][key]
			if !ok || strings.TrimSpace(other) == "" {
				t.Errorf("%s has no text for %s", language, key)
				continue
			}
			want, got := placeholder.FindAllString(text, -1), placeholder.FindAllString(other, -1)
			slices.Sort(want)
			slices.Sort(got)
			if !slices.Equal(want, got) {
				t.Errorf("%s: %s has the placeholders %v, in %s %v", key, languages[0], want, language, got)
			}
		}
		for key := range all[language] {
			if _, ok := first[key]; !ok {
				t.Errorf("%s alone has %s", language, key)
			}
		}
	}
}

// computedKeys begin the keys that a template or a handler puts together.
var computedKeys = []string{"column.", "status.", "unused.", "file.", "snippet.", "notice.", "error.", "menu.", "catalog.interface.", "catalog.url.", "limits.model.", "activity.kind.", "reason.", "password.", "guide."}

func TestEveryTextIsUsedAndEveryUsedTextIsThere(t *testing.T) {
	texts := readMessages()[languages[0]]
	used := map[string]bool{}
	inTemplate, inCode := regexp.MustCompile(`\.(T|N) "([a-z0-9_.]+)"`), regexp.MustCompile(`(?:\.(T|N|text|count)\(|h\.page\(r, )"([a-z0-9_.]+)"`)
	all := sources(t, "templates")
	for name, text := range goSources(t) {
		all[name] = text
	}
	for name, text := range all {
		expression := inTemplate
		if strings.HasSuffix(name, ".go") {
			expression = inCode
		}
		for _, m := range expression.FindAllStringSubmatch(text, -1) {
			keys := []string{m[2]}
			if m[1] == "N" || m[1] == "count" {
				keys = []string{m[2] + ".one", m[2] + ".many"}
			}
			for _, key := range keys {
				used[key] = true
				if !texts.has(key) && !strings.HasSuffix(m[2], ".") {
					t.Errorf("%s uses %s, which is no text", name, key)
				}
			}
		}
	}
	for key := range texts {
		if !used[key] && !slices.ContainsFunc(computedKeys, func(p string) bool { return strings.HasPrefix(key, p) }) {
			t.Errorf("nobody uses %s", key)
		}
	}
}

func TestTheMenusTextsAreThere(t *testing.T) {
	texts := readMessages()[languages[0]]
	for _, g := range menu(applicationCredentials+"/x", true, false) {
		for _, i := range append(g.Items, menuItem{Key: g.Key}) {
			if !texts.has(i.Key) {
				t.Errorf("no text for %s", i.Key)
			}
		}
		if g.Key == "menu.access" && !g.Items[0].Current {
			t.Error("below a page the menu does not show it")
		}
	}
}

func TestATextsPlaceholdersAreFilledOnce(t *testing.T) {
	c := catalogue{"x": "{0} and {1}", "n.one": "{0} thing", "n.many": "{0} things"}
	for want, got := range map[string]string{"{1} and b": c.text("x", "{1}", "b"), "1 thing": c.count("n", 1), "0 things": c.count("n", 0), "none": c.text("none")} {
		if got != want {
			t.Errorf("got %q, want %q", got, want)
		}
	}
}

func TestTheLanguageIsTheOneThatTheBrowserWantsMost(t *testing.T) {
	for header, want := range map[string]string{"": "en", "ko": "ko", "ko-KR,ko;q=0.9,en-US;q=0.8": "ko", "en;q=0.9, ko;q=0.3": "en", "fr, ko;q=0.1": "ko", "de": "en",
		"ko;q=0": "en", "ko;q=x": "en", "EN-gb;q=0.5,KO;q=0.6": "ko", strings.Repeat(",", 99): "en"} {
		if got := preferred(header); got != want {
			t.Errorf("%q gives %s, want %s", header, got, want)
		}
	}
}

func TestOnlyPagesOfThePortalAreReturnedTo(t *testing.T) {
	const list = applicationCredentials
	for text, want := range map[string]string{Root: Root, list: list, list + "?q=a%20b&page=2": list + "?q=a%20b&page=2", "": Root, "/": Root, "/v3": Root, "/portalx": Root,
		"//evil.example/portal/": Root, "https://evil.example/portal/": Root, "/portal//evil": Root, "/portal/../v3": Root, "/portal/\\evil": Root, "\\portal/": Root,
		"/portal/\r\nX: y": Root, "/portal/ x": Root, "javascript:alert(1)": Root, signIn: Root, signIn + "/passcode": Root, "/portal/%zz": Root, "/portal/#x": Root, "portal/": Root} {
		if got := safeNext(text); got != want {
			t.Errorf("%q leads to %q, want %q", text, got, want)
		}
	}
	if got := anyNext(signIn + "?next=//evil.example"); got != signIn+"?next="+"%2Fportal" {
		t.Errorf("a sign-in with an evil next leads to %q", got)
	}
}

func FuzzSafeNext(f *testing.F) {
	for _, seed := range []string{Root, applicationCredentials + "?q=1", "//evil.example", "/portal/\\x", "/portal/%2e%2e/v3", "http:/portal/"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		got := safeNext(text)
		if got != Root && !strings.HasPrefix(got, Root+"/") && !strings.HasPrefix(got, Root+"?") || strings.ContainsAny(got, "\\\r\n") || strings.Contains(got, "//") && !strings.Contains(got, "?") {
			t.Errorf("%q leads to %q", text, got)
		}
	})
}

func TestAnAssetsPathIsItsChecksum(t *testing.T) {
	all := readAssets()
	for name, limit := range map[string]int{"portal.css": 24 << 10, "portal.js": 6 << 10, "icon.svg": 1 << 10} {
		a := all[name]
		if a == nil || a.kind == "" || !regexp.MustCompile(`^/portal/static/[a-z]+\.[0-9a-f]{16}\.[a-z]+$`).MatchString(a.path) || len(a.body) > limit {
			t.Errorf("%s: %s", name, fmt.Sprint(a != nil))
		}
	}
}
