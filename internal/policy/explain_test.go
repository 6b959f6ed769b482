package policy

import (
	"encoding/json"
	"os"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// The explanation shows each check with its verdict and the facts it compared.
func TestExplain(t *testing.T) {
	e := with(t, `"identity:get_user": "role:operator or not 'D9':%(target.user.domain_id)s and rule:owner"`)
	c := &Caller{UserID: "me", Scope: Domain, DomainID: "D1", Roles: []string{"manager", "reader"}}
	var got string
	for _, ask := range []struct {
		action string
		caller *Caller
		target Target
	}{
		{"identity:get_user", c, Target{{Name: "target.user.domain_id", Value: "D2"}}},
		{"identity:list_groups", c, Target{{Name: "target.group.domain_id", Value: "D1"}}},
		{"identity:list_role_assignments", &Caller{Scope: Project, Roles: []string{"reader"}}, Target{{Name: "target.domain_id", Null: true}}},
		{"identity:create_domain", c, nil},
		{"identity:list_regions", &Caller{}, nil},
		{"identity:get_auth_system", &Caller{Scope: System}, nil},
		{"identity:get_usr", c, nil},
		{"identity:get_user", nil, nil},
	} {
		got += e.Explain(ask.action, ask.caller, ask.target).String() + "\n"
	}
	got += e.WithoutScopes().Explain("identity:create_domain", c, nil).String()
	golden(t, "testdata/explain.txt", got)
}

func TestExplainIsJSON(t *testing.T) {
	e := defaults(t)
	c := &Caller{UserID: "me", Scope: Project, ProjectID: "P1"}
	text, err := json.MarshalIndent(e.Explain("identity:delete_trust", c, Target{{Name: "target.trust.trustor_user_id", Value: "me"}}), "", "  ")
	if err != nil {
		t.Fatal(err)
	}
	golden(t, "testdata/explain.json", string(text)+"\n")
}

// The explanation and the decision never differ.
func TestExplainAgreesWithCheck(t *testing.T) {
	e, p := defaults(t), readPersonas(t)
	for _, row := range p.rows {
		for _, name := range p.names {
			d := e.Check(row.action, p.callers[name], p.targets[row.target])
			x := e.Explain(row.action, p.callers[name], p.targets[row.target])
			says := x.Scope.OK && x.Rule.Verdict == "yes"
			if x.Allowed != d.Allowed || says != d.Allowed || x.Reason != d.Reason {
				t.Errorf("line %d, %s: decided %+v, explained %+v", row.line, name, d, x)
			}
		}
	}
}

func golden(t *testing.T, file, got string) {
	t.Helper()
	want, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), got); diff != "" {
		t.Errorf("%s differs (-want +got):\n%s", file, diff)
	}
}
