package policy

import (
	"errors"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

// What the language means is what it prints as, with no more parentheses than needed. The readings were
// compared with oslo.policy's parser.
func TestParse(t *testing.T) {
	for _, c := range []struct{ text, want string }{
		{"", "@"},
		{" \t\n", "@"},
		{"@", "@"},
		{"!", "!"},
		{"role:admin", "role:admin"},
		{"(role:admin)", "role:admin"},
		{"((role:admin ) )", "role:admin"},
		{"role:a or role:b and role:c", "role:a or role:b and role:c"},
		{"(role:a or role:b) and role:c", "(role:a or role:b) and role:c"},
		{"role:a and (role:b and role:c)", "role:a and role:b and role:c"},
		{"@ or ((role:r) or ((role:a) or (role:b)) and (role:c or role:d))",
			"@ or role:r or (role:a or role:b) and (role:c or role:d)"},
		{"not role:a and role:b or not (role:c or role:d)", "not role:a and role:b or not (role:c or role:d)"},
		{"NOT role:a AND Not not role:b", "not role:a and not not role:b"},
		{"user_id:%(target.user.id)s", "user_id:%(target.user.id)s"},
		{"(user_id:%(target.user.id)s)", "user_id:%(target.user.id)s"},
		{"'manager':%(target.role.name)s", "'manager':%(target.role.name)s"},
		{`"manager":%(target.role.name)s`, `"manager":%(target.role.name)s`},
		{"None:%(target.role.domain_id)s or True:%(user_id)s or -1:%(user_id)s",
			"None:%(target.role.domain_id)s or True:%(user_id)s or -1:%(user_id)s"},
		{"domain_id:None and is_admin:1 and is_admin:True", "domain_id:None and is_admin:1 and is_admin:True"},
		{"role:os:admin", "role:os:admin"},
		{"role:%(target.role.name)s", "role:%(target.role.name)s"},
	} {
		e, err := parse(c.text)
		if err != nil {
			t.Errorf("%q: %v", c.text, err)
			continue
		}
		if got := e.String(); got != c.want {
			t.Errorf("%q reads as %q, want %q", c.text, got, c.want)
		}
	}
}

// A text that is not the language is refused at the column where it stops being it.
func TestParseRefuses(t *testing.T) {
	for _, c := range []struct {
		text   string
		column int
		word   string // of the message
	}{
		{"role:a or", 10, "missing at the end"},
		{"role:a or or role:b", 11, `before "or"`},
		{"and role:a", 1, `before "and"`},
		{"role:a role:b", 8, "after the end"},
		{"(role:a", 1, "never closed"},
		{"role:a)", 7, "after the end"},
		{"()", 2, `before ")"`},
		{"not", 4, "missing at the end"},
		{"admin", 1, "want kind:value"},
		{"role:a or admin_required", 11, "want kind:value"},
		{"role:", 1, "compares with nothing"},
		{":x", 1, "nothing before the colon"},
		{"roles:admin", 1, "unknown caller attribute"},
		{"role:a and usr_id:%(user_id)s", 12, "unknown caller attribute"},
		{"user_id:%(target.usr.id)s", 1, "no verb supplies"},
		{"user_id:%(user_id)", 1, "want %(attribute)s"},
		{"user_id:%(user_id)s%(user_id)s", 1, "want %(attribute)s"},
		{"user_id:x%(user_id)s", 1, "want %(attribute)s"},
		{"user_id:%user_id", 1, "want %(attribute)s"},
		{"'a:%(user_id)s", 1, "quote is not closed"},
		{"':%(user_id)s", 1, "quote is not closed"},
		{"'a'b':%(user_id)s", 1, "a quote or a backslash"},
		{"is_admin:yes", 1, "want 1, 0"},
		{"is_admin:%(user_id)s", 1, "want 1, 0"},
		{"None:None", 1, "two constants"},
		{"True:True", 1, "two constants"},
		{"http://example.com/%(user_id)s", 1, "not supported"},
		{"role:a\u00a0or", 1, "white space inside"},
		{strings.Repeat("(", 200) + "@" + strings.Repeat(")", 200), 102, "nested deeper"},
		{strings.Repeat("not ", 200) + "@", 405, "nested deeper"},
		{strings.Repeat(" ", 40<<10), 1, "longer than"},
	} {
		_, err := parse(c.text)
		var fault *syntaxError
		switch {
		case !errors.As(err, &fault):
			t.Errorf("%.40q: %v, want a syntax error", c.text, err)
		case fault.column != c.column || !strings.Contains(fault.message, c.word):
			t.Errorf("%.40q: %v, want column %d and %q", c.text, err, c.column, c.word)
		}
	}
}

// The list form of policy.json: the outer list is "or", the inner lists "and".
func TestParseList(t *testing.T) {
	for _, c := range []struct {
		items [][]string
		want  string
	}{
		{nil, "@"},
		{[][]string{{}}, "!"},
		{[][]string{{"role:a"}}, "role:a"},
		{[][]string{{"role:a", "user_id:%(user_id)s"}, {}, {"role:b"}}, "role:a and user_id:%(user_id)s or role:b"},
		{[][]string{{"role:a"}, {"@"}}, "role:a or @"},
	} {
		e, err := parseList(c.items)
		if err != nil || e.String() != c.want {
			t.Errorf("%q reads as %v, %v, want %q", c.items, e, err, c.want)
		}
	}
	for _, items := range [][][]string{{{"role:a or role:b"}}, {{"not role:a"}}, {{""}}, {{"(role:a)"}, {"x"}}} {
		if e, err := parseList(items); err == nil {
			t.Errorf("%q reads as %v, want an error", items, e)
		}
	}
}

// Printing an expression and reading it again does not change what it decides.
func TestPrintedExpressionDecidesTheSame(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		e := anyExpr(4).Draw(t, "expr")
		again, err := parse(e.String())
		if err != nil {
			t.Fatalf("%q: %v", e, err)
		}
		if again.String() != e.String() {
			t.Fatalf("%q prints as %q the second time", e, again)
		}
		for range 5 {
			c, target := anyCaller.Draw(t, "caller"), anyTarget.Draw(t, "target")
			if a, b := e.eval(c, target), again.eval(c, target); a != b {
				t.Fatalf("%q: %v before, %v after", e, a, b)
			}
		}
	})
}

func FuzzParse(f *testing.F) {
	for _, text := range []string{"", "@", "!", "role:a or (not role:b and user_id:%(user_id)s)", "((", "None:%(user_id)s"} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		e, err := parse(text)
		if err != nil {
			return
		}
		again, err := parse(e.String())
		if err != nil || again.String() != e.String() {
			t.Errorf("%q prints as %q, which reads as %v, %v", text, e, again, err)
		}
	})
}
