package mapping_test

import (
	"fmt"
	"slices"
	"testing"

	"github.com/go-json-experiment/json"
	"pgregory.net/rapid"

	"github.com/lintel-id/lintel/internal/auth/mapping"
	"github.com/lintel-id/lintel/internal/identity"
)

func parse(t rapid.TB, local, remote string) *mapping.Mapping {
	t.Helper()
	m, err := mapping.Parse(mapping.Version1, fmt.Appendf(nil, `[{"local": [%s], "remote": [%s]}]`, local, remote))
	if err != nil {
		t.Fatal(err)
	}
	return m
}

func names(t rapid.TB, m *mapping.Mapping, values ...string) (out []string) {
	t.Helper()
	p, err := m.Evaluate(mapping.Input{Assertion: map[string][]string{"G": values, "U": {"ann"}}, Domain: "idp"})
	if err != nil {
		t.Fatal(err)
	}
	for _, g := range p.Groups {
		if g.Domain != (identity.DomainRef{ID: "acme"}) {
			t.Fatalf("%v is in another domain than the rule says", g)
		}
		out = append(out, g.Name)
	}
	return out
}

// hostile are values that somebody would send who knows that Keystone reads text as a list again.
var hostile = rapid.OneOf(rapid.SampledFrom([]string{"['admin']", "['a', 'admin']", "admin', 'x", `admin", "x`, `\`, "'", "[]", "]", "{0}", "{", "JSON:{}",
	`JSON:{"name": "admin", "domain": {"id": "default"}}`, "name", "admin;x", "\n", ""}), rapid.String())

func TestAValueIsOneGroupWhateverItHolds(t *testing.T) {
	m := parse(t, `{"user": {"name": "{0}"}, "groups": "{1}", "domain": {"id": "acme"}}`, `{"type": "U"}, {"type": "G"}`)
	rapid.Check(t, func(t *rapid.T) {
		values := rapid.SliceOfNDistinct(hostile, 1, 5, rapid.ID).Draw(t, "values")
		if got := names(t, m, values...); !slices.Equal(got, values) {
			t.Fatalf("%q became the groups %q", values, got)
		}
	})
}

func TestAValueDoesNotEndTheListItStandsIn(t *testing.T) {
	m := parse(t, `{"user": {"name": "{0}"}, "groups": "['the-{1}', \"staff\"]", "domain": {"id": "acme"}}`, `{"type": "U"}, {"type": "G"}`)
	rapid.Check(t, func(t *rapid.T) {
		value := hostile.Draw(t, "value")
		if got := names(t, m, value); !slices.Equal(got, []string{"the-" + value, "staff"}) {
			t.Fatalf("%q became the groups %q", value, got)
		}
	})
}

func TestAForbiddenGroupCannotBeSmuggledPastItsList(t *testing.T) {
	m := parse(t, `{"user": {"name": "{0}"}, "groups": "{1}", "domain": {"id": "acme"}}`, `{"type": "U"}, {"type": "G", "blacklist": ["admin"]}`)
	rapid.Check(t, func(t *rapid.T) {
		if got := names(t, m, hostile.Draw(t, "value"), "['admin']", "admin"); slices.Contains(got, "admin") {
			t.Fatalf("groups %q", got)
		}
	})
}

// TestAUserIsWhomTheValueNames: no text of a value is taken for a number of another value.
func TestAUserIsWhomTheValueNames(t *testing.T) {
	m := parse(t, `{"user": {"id": "id-{0}", "name": "{0}/{1}"}}`, `{"type": "G"}, {"type": "U"}`)
	rapid.Check(t, func(t *rapid.T) {
		value := hostile.Draw(t, "value")
		p, err := m.Evaluate(mapping.Input{Assertion: map[string][]string{"G": {value}, "U": {"{0}"}}, Domain: "idp"})
		if err != nil {
			t.Fatal(err)
		}
		if p.User.Name != value+"/{0}" || p.User.Domain.ID != "idp" {
			t.Fatalf("%q became %+v", value, p.User)
		}
	})
}

func FuzzEvaluate(f *testing.F) {
	for _, v := range vectors(f) {
		assertion, err := json.Marshal(v.Assertion)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(v.Version, []byte(v.Rules), assertion, v.RemoteUser)
	}
	f.Fuzz(func(t *testing.T, version string, rules, assertion []byte, remoteUser string) {
		m, err := mapping.Parse(version, rules)
		if err != nil {
			if identity.KindOf(err) != identity.Invalid {
				t.Fatalf("%v is no refusal of the rules", err)
			}
			return
		}
		v := vector{RemoteUser: remoteUser}
		if err := json.Unmarshal(assertion, &v.Assertion); err != nil {
			return
		}
		p, err := evaluate(m, &v)
		switch {
		case err != nil:
			if identity.KindOf(err) != identity.Unauthorized {
				t.Fatalf("%v is no refusal of a login", err)
			}
		case p.User.ID == "" && p.User.Name == "", p.User.Local && len(p.Groups)+len(p.GroupIDs)+len(p.Projects) > 0:
			t.Fatalf("a login as %+v", p)
		}
	})
}
