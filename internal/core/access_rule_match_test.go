package core

import (
	"regexp"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/lintel-id/lintel/internal/identity"
)

func TestAnAccessRulesPathCoversWhatItSays(t *testing.T) {
	for _, c := range []struct {
		pattern, path string
		want          bool
	}{
		{"/v3/users", "/v3/users", true},
		{"/v3/users", "/v3/users/a", false},
		{"/v3/users", "/v3/user", false},
		{"/v3/users", "/V3/users", false},
		{"/v3/users/*", "/v3/users/a", true},
		{"/v3/users/*", "/v3/users/", false},
		{"/v3/users/*", "/v3/users/a/b", false},
		{"/v3/*/a", "/v3/users/a", true},
		{"/v3/u*", "/v3/users", true},
		{"/v3/u*s", "/v3/us", false},
		{"/v3/users/{user_id}", "/v3/users/a", true},
		{"/v3/users/{user_id}", "/v3/users/a/projects", false},
		{"/v3/users/{user_id}/projects", "/v3/users/a/projects", true},
		{"/v3/users/{}", "/v3/users/a", true},
		{"/v3/**", "/v3/", true},
		{"/v3/**", "/v3/users/a/projects", true},
		{"/v3/**", "/v3", false},
		{"/v3/**/projects", "/v3/users/a/projects", true},
		{"/v3/**/projects", "/v3/users/a/project", false},
		{"**", "", true},
		{"**", "/anything/at/all", true},
		{"***", "", false},
		{"***", "/a", true},
		{"/v3.0", "/v3x0", false},
		{"/a{b", "/a{b", true},
		{"/a{b", "/axb", false},
		{"/a}", "/a}", true},
		{"/v3/(users|projects)", "/v3/users", false},
		{"/v3/users", "/v3/users\n", false},
		{"", "/", false},
	} {
		if got := pathMatches(c.pattern, c.path); got != c.want {
			t.Errorf("%q covers %q: %v, want %v", c.pattern, c.path, got, c.want)
		}
	}
}

// oracle is keystonemiddleware's way: a regular expression made of the pattern, but with all
// other characters standing for themselves.
func oracle(pattern string) *regexp.Regexp {
	var text strings.Builder
	for _, token := range regexp.MustCompile(`(?s)\{[^}]*\}|\*\*|\*|.`).FindAllString(pattern, -1) {
		switch {
		case token == "**":
			text.WriteString(`.*`)
		case token == "*" || len(token) > 1 && token[0] == '{':
			text.WriteString(`[^/]+`)
		default:
			text.WriteString(regexp.QuoteMeta(token))
		}
	}
	return regexp.MustCompile(`(?s)^` + text.String() + `$`)
}

func TestMatchingIsThatOfARegularExpression(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		pattern := rapid.StringOfN(rapid.SampledFrom([]rune("a./*{}*")), 0, 12, -1).Draw(t, "pattern")
		path := rapid.StringOfN(rapid.SampledFrom([]rune("a./{b")), 0, 12, -1).Draw(t, "path")
		if got, want := pathMatches(pattern, path), oracle(pattern).MatchString(path); got != want {
			t.Fatalf("%q covers %q: %v, want %v", pattern, path, got, want)
		}
	})
}

func FuzzPathMatches(f *testing.F) {
	f.Add("/v3/users/*", "/v3/users/a")
	f.Add("/v3/**/{id}", "/v3/users/a/b")
	f.Add("/**/**/**/**/x", "/a/a/a/a/a/a/a/a")
	f.Add("{a}{b}*{", "/a{")
	f.Fuzz(func(t *testing.T, pattern, path string) {
		literally := !strings.ContainsAny(pattern, "*{")
		if got := pathMatches(pattern, path); literally && got != (pattern == path) {
			t.Fatalf("%q covers %q: %v", pattern, path, got)
		}
		if !pathMatches("**", path) {
			t.Fatalf("** does not cover %q", path)
		}
	})
}

func TestOnlyRulesForThisServiceCountHere(t *testing.T) {
	caller := identity.Caller{Authorization: &identity.Authorization{ApplicationCredential: &identity.ApplicationCredential{AccessRules: []identity.AccessRule{
		{Service: "image", Method: "GET", Path: "/**"}, {Service: "identity", Method: "GET", Path: "/v3/users"}}}}}
	c := &Core{}
	if err := c.CheckAccessRules(caller, "GET", "/v3/users"); err != nil {
		t.Errorf("the rule's own request is refused: %v", err)
	}
	for _, request := range [][2]string{{"GET", "/v3/projects"}, {"POST", "/v3/users"}, {"HEAD", "/v3/users"}} {
		if err := c.CheckAccessRules(caller, request[0], request[1]); identity.KindOf(err) != identity.Forbidden {
			t.Errorf("%v: %v, want Forbidden", request, err)
		}
	}
}
