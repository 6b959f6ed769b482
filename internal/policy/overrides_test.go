package policy

import (
	"errors"
	"strings"
	"testing"
)

func with(t *testing.T, text string) *Engine {
	t.Helper()
	e, err := defaults(t).With([]byte(text), "policy.yaml")
	if err != nil {
		t.Fatal(err)
	}
	return e
}

func TestOverrideReplacesOneRule(t *testing.T) {
	e := with(t, `
# operators of the site
site_admin: "role:operator"
"identity:list_users": "rule:site_admin or rule:admin_required"
admin_required: role:root
`)
	operator := &Caller{Scope: Project, Roles: []string{"operator"}}
	admin := &Caller{Scope: Project, Roles: []string{"admin"}}
	root := &Caller{Scope: Project, Roles: []string{"root"}}
	for _, c := range []struct {
		action string
		caller *Caller
		want   bool
	}{
		{"identity:list_users", operator, true},
		{"identity:list_groups", operator, false},
		{"identity:list_users", admin, false},
		{"identity:list_users", root, true},
		{"identity:create_domain", root, true}, // through the replaced helper rule
	} {
		if got := e.Check(c.action, c.caller, nil).Allowed; got != c.want {
			t.Errorf("%s by %v: %v", c.action, c.caller.Roles, got)
		}
	}
	overridden := map[string]int{}
	for _, r := range e.Rules() {
		if r.Overridden {
			overridden[r.Name] = r.Line
		}
	}
	if len(overridden) != 3 || overridden["site_admin"] != 3 || overridden["identity:list_users"] != 4 {
		t.Errorf("overridden: %v", overridden)
	}
}

// The defaults stay as they were: two engines share nothing that changes.
func TestOverrideLeavesTheFirstEngineAlone(t *testing.T) {
	e := defaults(t)
	admin := &Caller{Scope: Project, Roles: []string{"admin"}}
	closed, err := e.With([]byte(`admin_required: "!"`), "policy.yaml")
	if err != nil {
		t.Fatal(err)
	}
	if !e.Check("identity:create_domain", admin, nil).Allowed || closed.Check("identity:create_domain", admin, nil).Allowed {
		t.Error("the override reached the engine it was made from")
	}
}

// An override keeps the scope types of the action, as in oslo.policy.
func TestOverrideKeepsScopes(t *testing.T) {
	e := with(t, `"identity:create_domain": "@"`)
	if d := e.Check("identity:create_domain", &Caller{Scope: Domain, DomainID: "D1"}, nil); d.Reason != WrongScope {
		t.Error(d.Reason)
	}
}

func TestJSONAndListFormAreRead(t *testing.T) {
	e := with(t, `{
	"default": [],
	"identity:list_users": [["role:a", "domain_id:%(target.domain_id)s"], "role:b"],
	"identity:list_groups": ""
}`)
	for _, r := range e.Rules() {
		if want := "role:a and domain_id:%(target.domain_id)s or role:b"; r.Name == "identity:list_users" && r.Expression != want {
			t.Errorf("%s reads as %s", r.Name, r.Expression)
		}
	}
	if !e.Check("identity:list_groups", &Caller{}, nil).Allowed {
		t.Error("the empty text does not allow")
	}
}

func TestEmptyFileOverridesNothing(t *testing.T) {
	for _, text := range []string{"", "# nothing\n", "---\n", "{}"} {
		for _, r := range with(t, text).Rules() {
			if r.Overridden {
				t.Errorf("%q overrides %s", text, r.Name)
			}
		}
	}
}

// A file with a slip in it is refused as a whole, with the file, the line and the rule.
func TestOverrideTypoRefusesToLoad(t *testing.T) {
	for _, c := range []struct {
		text, rule string
		line       int
		word       string
	}{
		{"\"identity:get_usr\": \"@\"", "identity:get_usr", 1, "no such action"},
		{"\n\nadmin_requird: \"role:x\"", "admin_requird", 3, "nothing refers to it"},
		{"compute:get: \"@\"", "compute:get", 1, "nothing refers to it"},
		{"identity:get_user: rule:nobody", "identity:get_user", 1, "refers to no rule"},
		{"identity:get_user: role:admin or", "identity:get_user", 1, "column 14: a check is missing"},
		{"identity:get_user: \"user_id:%(target.usr.id)s\"", "identity:get_user", 1, "target.usr.id"},
		{"identity:get_user: \"@\"\nidentity:get_user: \"!\"", "identity:get_user", 2, "written twice"},
		{"owner: rule:admin_or_owner", "owner", 1, "itself: owner -> admin_or_owner -> owner"},
		{"owner: rule:owner", "owner", 1, "refers to itself: owner -> owner"},
		{"identity:get_user:", "identity:get_user", 1, `"@" allows all`},
		{"identity:get_user: null", "identity:get_user", 1, `"@" allows all`},
		{"identity:get_user: !", "identity:get_user", 1, "in quotes"},
		{"identity:get_user: true", "identity:get_user", 1, "in quotes"},
		{"identity:get_user: {a: b}", "identity:get_user", 1, "in quotes"},
		{"identity:get_user: [[[a]]]", "identity:get_user", 1, "item 1"},
		{"identity:get_user: [role:a, null]", "identity:get_user", 1, "item 2"},
		{"identity:get_user: [\"role:a or role:b\"]", "identity:get_user", 1, "white space"},
		{"identity:get_user: @", "", 1, "cannot start any token"},
		{"a: b\nb: [\n  x: \"", "", 3, "found unexpected end of stream"},
		{"1: \"@\"", "", 1, "name of a rule"},
		{"- role:a", "", 1, "want an object"},
		{"role:admin", "", 1, "want an object"},
		{"{}\n---\n{}\n", "", 2, "one document"},
		{"x: &a role:b\nidentity:get_user: *a", "identity:get_user", 2, "in quotes"},
		{"identity:get_user: \"" + strings.Repeat(" ", 1<<20) + "\"", "", 1, "larger than"},
	} {
		_, err := defaults(t).With([]byte(c.text), "policy.yaml")
		var fault *LoadError
		if !errors.As(err, &fault) {
			t.Errorf("%.60q: %v, want a refusal", c.text, err)
			continue
		}
		inFile := fault.File == "policy.yaml" && fault.Line == c.line && fault.Rule == c.rule
		if !inFile || !strings.Contains(err.Error(), c.word) {
			t.Errorf("%.60q: %v, want line %d, rule %q and %q", c.text, err, c.line, c.rule, c.word)
		}
	}
}

func TestAllFaultsAreTold(t *testing.T) {
	_, err := defaults(t).With([]byte("identity:a: role\nidentity:b: rule\n"), "policy.yaml")
	want := "policy.yaml:1: identity:a: column 1: \"role\" is not a check: want kind:value\n" +
		"policy.yaml:2: identity:b: column 1: \"rule\" is not a check: want kind:value"
	if err == nil || err.Error() != want {
		t.Errorf("got:\n%v\nwant:\n%s", err, want)
	}
}

func FuzzWith(f *testing.F) {
	for _, text := range []string{
		"", "{}", "identity:get_user: '@'", "a: rule:b\nb: rule:a", `{"identity:get_user": [["role:a"], "role:b"]}`,
		"identity:get_user: *x", "owner: rule:owner", "--- !!map {}\n", "? [a]\n: b",
	} {
		f.Add([]byte(text))
	}
	e, err := Defaults()
	if err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		next, err := e.With(text, "policy.yaml")
		if err != nil {
			if next != nil {
				t.Error("an engine beside an error")
			}
			return
		}
		for _, r := range next.Rules() {
			next.Check(r.Name, &Caller{}, nil)
			next.Reads(r.Name)
		}
	})
}
