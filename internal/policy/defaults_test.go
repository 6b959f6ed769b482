package policy

import (
	"os"
	"slices"
	"strings"
	"testing"
)

func defaults(t testing.TB) *Engine {
	t.Helper()
	e, err := Defaults()
	if err != nil {
		t.Fatal(err)
	}
	return e
}

// The defaults are all 203 rules of Keystone, 194 actions and 9 that serve in others, and those of Lintel's
// own API. Loading them proves that each parses and that each rule it refers to exists.
func TestDefaultsAreComplete(t *testing.T) {
	actions, helpers, ours := 0, 0, 0
	for _, r := range defaults(t).Rules() {
		if r.Overridden || r.File != "defaults.policy" || r.Line == 0 {
			t.Errorf("%s: overridden %v, from %s:%d", r.Name, r.Overridden, r.File, r.Line)
		}
		switch {
		case strings.HasPrefix(r.Name, "lintel:"):
			ours++
		case isAction(r.Name):
			actions++
		default:
			helpers++
		}
	}
	if actions != 194 || helpers != 9 || ours != 3 {
		t.Errorf("%d actions, %d helper rules and %d of our own, want 194, 9 and 3", actions, helpers, ours)
	}
}

// A slip in the embedded table is an error, never an open rule.
func TestTableRefuses(t *testing.T) {
	for text, want := range map[string]string{
		"sdp a\nsdp b @":  "t:1: a: no expression: write @ to allow all",
		"sdq a @":         "t:1: a: unknown scope 'q'",
		"# x\n\ns-- a (":  "t:3: a: column 2: a check is missing at the end",
		"s-- a @ or\n  b": "t:1: a: column 6: \"b\" is not a check: want kind:value",
	} {
		if _, err := parseTable(text, "t"); err == nil || err.Error() != want {
			t.Errorf("%q: %v, want %s", text, err, want)
		}
	}
}

// Each attribute a verb is told to supply is read by some default, or is the id or the name of a noun.
func TestEveryAttributeHasAReader(t *testing.T) {
	e := defaults(t)
	read := map[string]bool{}
	for _, r := range e.Rules() {
		for _, name := range e.Reads(r.Name) {
			read[name] = true
		}
	}
	for name, meaning := range targetAttributes() {
		isNoun := strings.HasSuffix(name, ".id") || strings.HasSuffix(name, ".name")
		if !read[name] && !isNoun {
			t.Errorf("%s is read by nothing", name)
		}
		if meaning == "" {
			t.Errorf("%s has no meaning", name)
		}
	}
}

func TestReadsFollowsReferences(t *testing.T) {
	e := defaults(t)
	for action, want := range map[string][]string{
		"identity:delete_application_credential": {"user_id"},
		"identity:get_role":                      {"target.role.name"},
		"identity:get_user":                      {"target.user.domain_id", "target.user.id"},
		"identity:list_regions":                  {},
		"identity:no_such":                       nil,
	} {
		if got := e.Reads(action); !slices.Equal(got, want) || (got == nil) != (want == nil) {
			t.Errorf("Reads(%s) = %q, want %q", action, got, want)
		}
	}
}

// personas is testdata/personas.txt, which explains itself.
type personas struct {
	names   []string
	callers map[string]*Caller
	targets map[string]Target
	rows    []personaRow
}

type personaRow struct {
	line           int
	action, target string
	want           []string
}

func readPersonas(t testing.TB) personas {
	t.Helper()
	text, err := os.ReadFile("testdata/personas.txt")
	if err != nil {
		t.Fatal(err)
	}
	p := personas{callers: map[string]*Caller{}, targets: map[string]Target{}}
	n := 0
	for line := range strings.Lines(string(text)) {
		n++
		f := strings.Fields(line)
		switch {
		case len(f) == 0 || f[0] == "#":
		case f[0] == "caller":
			p.callers[f[1]] = personaCaller(f[2], f[3])
		case f[0] == "target":
			p.targets[f[1]] = personaTarget(f[2:])
		case f[0] == "action":
			p.names = f[2:]
		default:
			p.rows = append(p.rows, personaRow{n, "identity:" + f[0], f[1], f[2:]})
		}
	}
	return p
}

func personaCaller(scope, roles string) *Caller {
	c := &Caller{UserID: "me", UserDomainID: "D1"}
	if roles != "-" {
		c.Roles = strings.Split(roles, ",")
	}
	switch scope {
	case "system":
		c.Scope, c.SystemScope = System, "all"
	case "domain":
		c.Scope, c.DomainID = Domain, "D1"
	case "project":
		c.Scope, c.ProjectID, c.ProjectDomainID = Project, "P1", "D1"
	}
	return c
}

func personaTarget(pairs []string) Target {
	var t Target
	for _, pair := range pairs {
		name, value, _ := strings.Cut(pair, "=")
		t = append(t, Attr{Name: name, Value: value, Null: value == "null"})
	}
	return t
}

// Each persona may do what section 11 of Keystone's contract says, and no more.
func TestPersonas(t *testing.T) {
	e, p := defaults(t), readPersonas(t)
	if len(p.rows) < 40 {
		t.Fatalf("%d rows read", len(p.rows))
	}
	for _, row := range p.rows {
		target, ok := p.targets[row.target]
		if row.target != "-" && !ok {
			t.Fatalf("line %d: no target %s", row.line, row.target)
		}
		if _, ok := e.rules[row.action]; !ok || len(row.want) != len(p.names) {
			t.Fatalf("line %d: %d verdicts for %d personas, or no such action", row.line, len(row.want), len(p.names))
		}
		for i, name := range p.names {
			got := "."
			switch d := e.Check(row.action, p.callers[name], target); {
			case d.Allowed:
				got = "y"
			case d.Reason == WrongScope:
				got = "s"
			}
			if got != row.want[i] {
				t.Errorf("line %d: %s on %s by %s: %s, want %s\n%s", row.line, row.action, row.target, name,
					got, row.want[i], e.Explain(row.action, p.callers[name], target))
			}
		}
	}
}
