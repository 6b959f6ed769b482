package policy

import (
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

var (
	anyCheck = rapid.SampledFrom([]string{
		"@", "!", "role:admin", "role:Reader", "role:%(target.role.name)s", "system_scope:all", "is_admin:1",
		"user_id:%(user_id)s", "domain_id:%(target.user.domain_id)s", "project_id:%(target.project.id)s",
		"token.domain.id:%(target.domain.id)s", "domain_id:None", "None:%(target.role.domain_id)s",
		"'admin':%(target.role.name)s", "user_id:a",
	})
	anyText   = rapid.SampledFrom([]string{"a", "b", "admin", "reader"})
	anyCaller = rapid.Custom(func(t *rapid.T) *Caller {
		maybe := rapid.OneOf(rapid.Just(""), anyText)
		return &Caller{
			UserID: maybe.Draw(t, "user"), ProjectID: maybe.Draw(t, "project"), DomainID: maybe.Draw(t, "domain"),
			SystemScope: rapid.SampledFrom([]string{"", "all"}).Draw(t, "system"),
			Roles:       rapid.SliceOfN(rapid.SampledFrom([]string{"ADMIN", "admin", "reader"}), 0, 2).Draw(t, "roles"),
			IsAdmin:     rapid.Bool().Draw(t, "is_admin"),
			Scope:       rapid.SampledFrom([]Scope{Unscoped, System, Domain, Project}).Draw(t, "scope"),
		}
	})
	anyTarget = rapid.Custom(func(t *rapid.T) Target {
		var target Target
		for _, name := range []string{"user_id", "target.user.domain_id", "target.project.id", "target.domain.id",
			"target.role.name", "target.role.domain_id"} {
			switch rapid.IntRange(0, 2).Draw(t, name) {
			case 0: // absent
			case 1:
				target = append(target, Attr{Name: name, Null: true})
			case 2:
				target = append(target, Attr{Name: name, Value: anyText.Draw(t, name)})
			}
		}
		return target
	})
)

func anyExpr(depth int) *rapid.Generator[*expr] {
	return rapid.Custom(func(t *rapid.T) *expr {
		kind := rapid.SampledFrom([]op{opCompare, opNot, opAnd, opOr}).Draw(t, "op")
		if depth == 0 || kind == opCompare {
			e, err := parse(anyCheck.Draw(t, "check"))
			if err != nil {
				t.Fatal(err)
			}
			return e
		}
		n := 1
		if kind != opNot {
			n = rapid.IntRange(2, 3).Draw(t, "n")
		}
		return &expr{op: kind, args: rapid.SliceOfN(anyExpr(depth-1), n, n).Draw(t, "args")}
	})
}

// "and" is the minimum, "or" the maximum and "not" the reverse of no < unknown < yes.
func TestTruthTables(t *testing.T) {
	const n, u, y = "!", "user_id:%(user_id)s", "@" // user_id is absent
	for _, c := range []struct {
		text string
		want verdict
	}{
		{n, no}, {u, unknown}, {y, yes},
		{"not " + n, yes}, {"not " + u, unknown}, {"not " + y, no},

		{n + " and " + n, no}, {n + " and " + u, no}, {n + " and " + y, no},
		{u + " and " + n, no}, {u + " and " + u, unknown}, {u + " and " + y, unknown},
		{y + " and " + n, no}, {y + " and " + u, unknown}, {y + " and " + y, yes},

		{n + " or " + n, no}, {n + " or " + u, unknown}, {n + " or " + y, yes},
		{u + " or " + n, unknown}, {u + " or " + u, unknown}, {u + " or " + y, yes},
		{y + " or " + n, yes}, {y + " or " + u, yes}, {y + " or " + y, yes},
	} {
		if got := evalText(t, c.text, &Caller{UserID: "me"}, nil); got != c.want {
			t.Errorf("%s is %v, want %v", c.text, got, c.want)
		}
	}
}

func evalText(t *testing.T, text string, c *Caller, target Target) verdict {
	t.Helper()
	e, err := parse(text)
	if err != nil {
		t.Fatal(err)
	}
	return e.eval(c, target)
}

// A comparison over every state of both sides: text, null, absent. Absent equals nothing, not even None,
// and null beside null is no ownership (Launchpad 2138295).
func TestComparison(t *testing.T) {
	const attr = "target.project.domain_id"
	targets := []Target{nil, {{Name: attr, Null: true}}, {{Name: attr, Value: ""}}, {{Name: attr, Value: "D1"}}, {{Name: attr, Value: "D2"}}}
	for _, c := range []struct {
		text   string
		domain string
		want   [5]verdict // absent, null, "", D1, D2
	}{
		{"domain_id:%(target.project.domain_id)s", "D1", [5]verdict{unknown, no, no, yes, no}},
		{"domain_id:%(target.project.domain_id)s", "", [5]verdict{unknown, unknown, no, no, no}},
		{"None:%(target.project.domain_id)s", "D1", [5]verdict{unknown, yes, no, no, no}},
		{"not None:%(target.project.domain_id)s", "D1", [5]verdict{unknown, no, yes, yes, yes}},
		{"'D1':%(target.project.domain_id)s", "", [5]verdict{unknown, no, no, yes, no}},
		{"'':%(target.project.domain_id)s", "", [5]verdict{unknown, no, yes, no, no}},
		{"domain_id:None", "D1", [5]verdict{}},
		{"domain_id:None", "", [5]verdict{yes, yes, yes, yes, yes}},
		{"domain_id:D1", "D1", [5]verdict{yes, yes, yes, yes, yes}},
		{"domain_id:D1", "", [5]verdict{}},
	} {
		for i, target := range targets {
			if got := evalText(t, c.text, &Caller{DomainID: c.domain}, target); got != c.want[i] {
				t.Errorf("%s with domain %q on %v: %v, want %v", c.text, c.domain, target, got, c.want[i])
			}
		}
	}
}

// A text that spells a null is not a null.
func TestNoneIsNotAName(t *testing.T) {
	spelled := Target{{Name: "target.role.domain_id", Value: "None"}}
	if got := evalText(t, "None:%(target.role.domain_id)s", &Caller{}, spelled); got != no {
		t.Errorf("a domain called None counts as null: %v", got)
	}
	null := Target{{Name: "target.role.domain_id", Null: true}}
	if got := evalText(t, "domain_id:%(target.role.domain_id)s", &Caller{DomainID: "None"}, null); got != no {
		t.Errorf("null counts as a domain called None: %v", got)
	}
}

func TestEveryCallerAttributeReadsItsFact(t *testing.T) {
	c := &Caller{UserID: "u", UserDomainID: "ud", ProjectID: "p", ProjectDomainID: "pd", DomainID: "d", SystemScope: "all"}
	for name, want := range map[string]string{
		"user_id": "u", "token.user.id": "u", "user_domain_id": "ud", "token.user.domain.id": "ud",
		"project_id": "p", "token.project.id": "p", "project_domain_id": "pd", "token.project.domain.id": "pd",
		"domain_id": "d", "token.domain.id": "d", "system_scope": "all", "is_admin": "False",
	} {
		if got := evalText(t, name+":"+want, c, nil); got != yes {
			t.Errorf("%s is not %q", name, want)
		}
		if got := evalText(t, name+":"+want, &Caller{IsAdmin: true}, nil); got != no {
			t.Errorf("%s is %q of an empty caller", name, want)
		}
	}
}

func TestIsAdminTakesBothSpellings(t *testing.T) {
	for _, text := range []string{"is_admin:1", "is_admin:True", "is_admin:true", "not is_admin:0", "not is_admin:False"} {
		if evalText(t, text, &Caller{IsAdmin: true}, nil) != yes || evalText(t, text, &Caller{}, nil) != no {
			t.Errorf("%s does not tell the bootstrap context from others", text)
		}
	}
}

// Role names ignore the case of ASCII letters, and no other letter folds into them.
func TestRoleNames(t *testing.T) {
	for role, want := range map[string]verdict{
		"service": yes, "Service": yes, "SERVICE": yes, "services": no, "": no,
		"\u017fervice": no, // LATIN SMALL LETTER LONG S folds to s in Unicode
	} {
		if got := evalText(t, "role:sErvice", &Caller{Roles: []string{"x", role}}, nil); got != want {
			t.Errorf("role %q: %v, want %v", role, got, want)
		}
	}
	same := Target{{Name: "target.role.name", Value: "Member"}}
	if got := evalText(t, "role:%(target.role.name)s", &Caller{Roles: []string{"member"}}, same); got != yes {
		t.Errorf("the caller's own role: %v", got)
	}
	if got := evalText(t, "role:%(target.role.name)s", &Caller{Roles: []string{""}}, Target{{Name: "target.role.name", Null: true}}); got != no {
		t.Errorf("a null role name: %v", got)
	}
}

// Nothing is allowed here that oslo.policy denies.
func TestNeverWiderThanOslo(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		e := anyExpr(4).Draw(t, "expr")
		c, target := anyCaller.Draw(t, "caller"), anyTarget.Draw(t, "target")
		if e.eval(c, target) == yes && !oslo(e, c, target) {
			t.Fatalf("%s is yes here and false in oslo.policy", e)
		}
	})
}

// oslo is oslo.policy's way: two truth values, None is the text "None", an absent attribute makes its
// check false.
func oslo(e *expr, c *Caller, target Target) bool {
	switch e.op {
	case opAlways:
		return true
	case opNot:
		return !oslo(e.args[0], c, target)
	case opAnd:
		return !slices.ContainsFunc(e.args, func(a *expr) bool { return !oslo(a, c, target) })
	case opOr:
		return slices.ContainsFunc(e.args, func(a *expr) bool { return oslo(a, c, target) })
	case opRole:
		want, ok := osloText(e.right.value(c, target))
		return ok && slices.ContainsFunc(c.Roles, func(r string) bool { return strings.ToLower(r) == strings.ToLower(want) }) //nolint:gocritic,staticcheck // this is how oslo.policy compares
	case opCompare:
		l, lok := osloText(e.left.value(c, target))
		r, rok := osloText(e.right.value(c, target))
		return lok && rok && l == r
	}
	return false
}

func osloText(v value) (text string, ok bool) {
	if v.null {
		return "None", true
	}
	return v.text, !v.absent
}
