package mapping_test

import (
	"bytes"
	"cmp"
	"os"
	"slices"
	"testing"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
	gocmp "github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/lintel-id/lintel/internal/auth/mapping"
	"github.com/lintel-id/lintel/internal/identity"
)

// vector is a line of testdata/vectors.jsonl.
type vector struct {
	What       string            `json:"what"`
	Version    string            `json:"version"`
	Rules      jsontext.Value    `json:"rules"`
	Assertion  map[string]string `json:"assertion"`
	RemoteUser string            `json:"remote_user"`
	Want       *want             `json:"want"`
	OK         *bool             `json:"ok"` // of a vector that asks only whether the schema takes the rules
}

// want is what Keystone makes of a mapping.
type want struct {
	User struct {
		ID     string  `json:"id"`
		Name   string  `json:"name"`
		Email  string  `json:"email"`
		Type   string  `json:"type"`
		Domain *domain `json:"domain"`
	} `json:"user"`
	GroupIDs []identity.GroupID `json:"group_ids"`
	Groups   []struct {
		Name   string `json:"name"`
		Domain domain `json:"domain"`
	} `json:"groups"`
	Projects []struct {
		Name   string `json:"name"`
		Domain domain `json:"domain"`
		Roles  []struct {
			Name string `json:"name"`
		} `json:"roles"`
	} `json:"projects"`
}

type domain struct {
	ID   identity.DomainID `json:"id"`
	Name string            `json:"name"`
}

func vectors(t testing.TB) (all []vector) {
	t.Helper()
	text, err := os.ReadFile("testdata/vectors.jsonl")
	if err != nil {
		t.Fatal(err)
	}
	for line := range bytes.Lines(text) {
		var v vector
		if err := json.Unmarshal(line, &v); err != nil {
			t.Fatal(err)
		}
		all = append(all, v)
	}
	if len(all) < 200 {
		t.Fatalf("%d vectors", len(all))
	}
	return all
}

// properties are what Keystone found in our terms.
func (w *want) properties(version string) *mapping.Properties {
	p := &mapping.Properties{User: mapping.User{Local: w.User.Type == "local", ID: w.User.ID, Name: w.User.Name, Email: w.User.Email}, GroupIDs: w.GroupIDs}
	if w.User.Domain != nil {
		p.User.Domain = identity.DomainRef(*w.User.Domain)
	}
	for _, g := range w.Groups {
		p.Groups = append(p.Groups, mapping.Group{Name: g.Name, Domain: identity.DomainRef(g.Domain)})
	}
	for _, g := range w.Projects {
		x := mapping.Project{Name: g.Name, Domain: identity.DomainRef(g.Domain)}
		for _, r := range g.Roles {
			x.Roles = append(x.Roles, r.Name)
		}
		p.Projects = append(p.Projects, x)
	}
	p.SyncProjects = version == mapping.Version3 && !p.User.Local
	return p
}

// found looks domains up as the minting script does, and sorts what has no order in Keystone.
func found(p *mapping.Properties) *mapping.Properties {
	look := func(d *identity.DomainRef) {
		if d.ID == "" && d.Name != "" {
			*d = identity.DomainRef{ID: identity.DomainID("id-of-" + d.Name)}
		}
	}
	if !p.User.Local {
		look(&p.User.Domain)
	}
	for i := range p.Projects {
		look(&p.Projects[i].Domain)
	}
	slices.Sort(p.GroupIDs)
	slices.SortFunc(p.Groups, func(a, b mapping.Group) int { return cmp.Compare(a.Name, b.Name) })
	return p
}

func evaluate(m *mapping.Mapping, v *vector) (*mapping.Properties, error) {
	in := mapping.Input{Assertion: map[string][]string{}, RemoteUser: v.RemoteUser, Domain: "idp-domain"}
	for name, text := range v.Assertion {
		in.Assertion[name] = mapping.Values(text)
	}
	return m.Evaluate(in)
}

func TestAMappingMakesWhatKeystoneMakesOfIt(t *testing.T) {
	for _, v := range vectors(t) {
		if v.OK != nil {
			continue
		}
		t.Run(v.What, func(t *testing.T) {
			m, err := mapping.Parse(v.Version, v.Rules)
			if err != nil {
				t.Fatal(err)
			}
			got, err := evaluate(m, &v)
			if v.Want == nil {
				if identity.KindOf(err) != identity.Unauthorized {
					t.Fatalf("got %+v, %v; Keystone refuses the login", got, err)
				}
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			if diff := gocmp.Diff(v.Want.properties(v.Version), found(got), cmpopts.EquateEmpty()); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestRulesAreTakenOrRefusedAsByKeystonesSchema(t *testing.T) {
	for _, v := range vectors(t) {
		if v.OK == nil {
			continue
		}
		_, err := mapping.Parse(v.Version, v.Rules)
		if want := identity.Invalid; (err == nil) != *v.OK || err != nil && identity.KindOf(err) != want {
			t.Errorf("%s of version %s: %v; Keystone takes it: %t", v.Rules, v.Version, err, *v.OK)
		}
	}
}

func TestWhatCanOnlyFailAtALoginIsRefusedWhenItIsWritten(t *testing.T) {
	rules := func(name, test string) string {
		text, err := json.Marshal(name)
		if err != nil {
			t.Fatal(err)
		}
		return `[{"local": [{"user": {"name": ` + string(text) + `}}], "remote": [{"type": "U"` + test + `}]}]`
	}
	for _, text := range []string{
		rules("{", ""), rules("}", ""), rules("a{0", ""), rules("{0}}", ""), rules("{name}", ""), rules("{0}{}", ""), rules("{}{0}", ""), rules("{99999}", ""), rules("{-1}", ""),
		rules("{0.__class__}", ""), rules("{0[0]}", ""), rules("{0!r}", ""), rules("{0:>99999999}", ""), rules("{{0}", ""),
		rules("x", `, "whitelist": ["("], "regex": true`), rules("x", `, "whitelist": ["(?=a)"], "regex": true`), rules("x", `, "any_one_of": ["(a)\\1"], "regex": true`),
		rules("x", `, "any_one_of": ["a{,3}"], "regex": true`), rules("x", `, "any_one_of": [5]`),
		`[{"local": [{"projects_json": "x"}], "remote": [{"type": "U"}]}]`, `[{"local": [], "remote": [{"type": "U", "type": "V"}]}]`, "[", "", "null",
	} {
		if _, err := mapping.Parse(mapping.Version3, []byte(text)); identity.KindOf(err) != identity.Invalid {
			t.Errorf("%s: %v", text, err)
		}
	}
	for _, version := range []string{"", "4.0", "1", "1.0 "} {
		if _, err := mapping.Parse(version, []byte(rules("x", ""))); identity.KindOf(err) != identity.Invalid {
			t.Errorf("version %q: %v", version, err)
		}
	}
}

func TestARefusalSaysWhereInTheRulesItIs(t *testing.T) {
	for text, want := range map[string]string{
		`[{"local": [{"user": {"nam": "x"}}], "remote": [{"type": "U"}]}]`:  "Invalid input for field 'rules/0/local/0/user/nam': there is no such property.",
		`[{"local": [{"user": {"name": 5}}], "remote": [{"type": "U"}]}]`:   "Invalid input for field 'rules/0/local/0/user/name': it is not of the type that is expected.",
		`[{"local": [{"user": {"name": "{"}}], "remote": [{"type": "U"}]}]`: "Invalid input for field 'rules/0/local/0/user/name': a single '{' stands in the text; write it twice.",
		`[{"local": []}]`: "Invalid input for field 'rules/0': 'remote' is a required property.",
	} {
		_, err := mapping.Parse(mapping.Version1, []byte(text))
		if err == nil || err.Error() != want {
			t.Errorf("%s: %v, want %s", text, err, want)
		}
	}
}
