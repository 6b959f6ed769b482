package policy

import (
	"reflect"
	"slices"
	"testing"
)

func TestUnknownActionIsDenied(t *testing.T) {
	e := defaults(t)
	root := &Caller{IsAdmin: true, Scope: System, SystemScope: "all", Roles: []string{"admin"}}
	for _, action := range []string{"", "identity:get_usr", "get_user", "admin_required", "default"} {
		if d := e.Check(action, root, nil); d.Allowed || d.Reason != UnknownAction || d.Rule != action {
			t.Errorf("%q: %+v", action, d)
		}
	}
}

func TestNoCallerIsDenied(t *testing.T) {
	e := defaults(t)
	for _, r := range e.Rules() {
		if isAction(r.Name) && e.Check(r.Name, nil, nil).Allowed {
			t.Errorf("%s is open to nobody in particular", r.Name)
		}
	}
}

// The bootstrap context has no token and no role, and administers.
func TestBootstrapContextIsAdmin(t *testing.T) {
	if d := defaults(t).Check("identity:create_domain", &Caller{IsAdmin: true}, nil); !d.Allowed {
		t.Error(d.Reason)
	}
}

// enforce_scope = false drops the scope lists and nothing else.
func TestWithoutScopes(t *testing.T) {
	strict := defaults(t)
	loose := strict.WithoutScopes()
	admin := &Caller{Scope: Domain, DomainID: "D1", Roles: []string{"admin"}}
	reader := &Caller{Scope: Domain, DomainID: "D1", Roles: []string{"reader"}}
	if d := strict.Check("identity:create_domain", admin, nil); d.Allowed || d.Reason != WrongScope {
		t.Errorf("strict: %+v", d)
	}
	if d := loose.Check("identity:create_domain", admin, nil); !d.Allowed {
		t.Errorf("loose: %+v", d)
	}
	if d := loose.Check("identity:create_domain", reader, nil); d.Allowed || d.Reason != RuleDenies {
		t.Errorf("loose, reader: %+v", d)
	}
}

// CVE-2026-42999: what a rule knows of the target is the Target and nothing beside it. The first mention
// of an attribute counts, so that a later one cannot replace a fact from the store.
func TestTargetComesFromTargetOnly(t *testing.T) {
	e := defaults(t)
	me := &Caller{UserID: "me", Scope: Project, ProjectID: "P1", Roles: []string{"member"}}
	stored := Attr{Name: "target.credential.user_id", Value: "you"}
	claimed := Attr{Name: "target.credential.user_id", Value: "me"}
	if e.Check("identity:update_credential", me, Target{stored, claimed}).Allowed {
		t.Error("a second value replaced the stored owner")
	}
	for _, other := range []string{"user_id", "credential.user_id", "target.user.id", "Target.Credential.User_ID"} {
		if e.Check("identity:update_credential", me, Target{{Name: other, Value: "me"}}).Allowed {
			t.Errorf("%s stood in for the owner", other)
		}
	}
	if !e.Check("identity:update_credential", me, Target{claimed}).Allowed {
		t.Error("the owner was denied")
	}
}

// The Caller and the Attr hold plain texts: there is no map, no interface and no pointer through which a
// decoded body could reach a rule.
func TestInputsArePlainFacts(t *testing.T) {
	for _, typ := range []reflect.Type{reflect.TypeFor[Caller](), reflect.TypeFor[Attr]()} {
		for i := range typ.NumField() {
			f := typ.Field(i)
			if f.Type.Kind() == reflect.Slice && f.Type.Elem().Kind() == reflect.String {
				continue
			}
			if k := f.Type.Kind(); k != reflect.String && k != reflect.Bool && k != reflect.Uint8 {
				t.Errorf("%s.%s is a %s", typ.Name(), f.Name, k)
			}
		}
	}
}

// Launchpad 2138295: a manager without a domain in the token does not own what has no domain, in any of
// the actions a manager has.
func TestNoDomainDoesNotOwnNoDomain(t *testing.T) {
	e := defaults(t)
	manager := &Caller{UserID: "me", Scope: Project, ProjectID: "P1", Roles: []string{"manager", "member", "reader"}}
	var root Target
	for name := range targetAttributes() {
		root = append(root, Attr{Name: name, Null: true})
	}
	open := map[string]bool{ // to every valid token
		"identity:get_auth_catalog": true, "identity:get_auth_projects": true, "identity:get_auth_domains": true,
		"identity:get_auth_system": true, "identity:list_projects_for_user": true, "identity:list_domains_for_user": true,
		"identity:get_security_compliance_domain_config": true, "identity:get_limit_model": true,
		"identity:list_limits": true, "identity:get_region": true, "identity:list_regions": true,
		"identity:get_registered_limit": true, "identity:list_registered_limits": true,
	}
	for _, r := range e.Rules() {
		if !isAction(r.Name) {
			continue
		}
		for what, target := range map[string]Target{"null": root, "absent": nil} {
			if got := e.Check(r.Name, manager, target).Allowed; got != open[r.Name] {
				t.Errorf("%s on %s attributes: allowed %v", r.Name, what, got)
			}
		}
	}
}

func hotCaller() *Caller {
	return &Caller{UserID: "me", UserDomainID: "D1", Scope: Project, ProjectID: "P1", Roles: []string{"Member", "reader"}}
}

// The hot path does not allocate, whoever asks and whatever the verdict.
func TestCheckDoesNotAllocate(t *testing.T) {
	e, c := defaults(t), hotCaller()
	for action, target := range map[string]Target{
		"identity:validate_token": {{Name: "target.token.user_id", Value: "me"}},
		"identity:get_user":       {{Name: "target.user.id", Value: "me"}, {Name: "target.user.domain_id", Value: "D1"}},
		"identity:create_grant":   {{Name: "target.user.domain_id", Null: true}},
	} {
		if n := testing.AllocsPerRun(100, func() { e.Check(action, c, target) }); n != 0 {
			t.Errorf("%s allocates %v times", action, n)
		}
	}
}

func BenchmarkCheck(b *testing.B) {
	e, c := defaults(b), hotCaller()
	target := Target{{Name: "target.token.user_id", Value: "me"}}
	b.ReportAllocs()
	for b.Loop() {
		e.Check("identity:validate_token", c, target)
	}
}

// A change of a rule reaches every action that refers to it, also by way of other rules, and no other.
func TestUsedByFollowsReferences(t *testing.T) {
	e := with(t, "site_admin: role:boss\nowner: rule:site_admin")
	for name, want := range map[string][]string{
		"token_subject":      {"identity:validate_token", "identity:check_token", "identity:revoke_token"},
		"identity:get_trust": {"identity:get_trust"},
		"nobody":             {},
	} {
		if got := e.UsedBy(name); !slices.Equal(got, want) {
			t.Errorf("UsedBy(%s) = %q, want %q", name, got, want)
		}
	}
	if got := e.UsedBy("site_admin"); !slices.Equal(got, e.UsedBy("owner")) || len(got) == 0 {
		t.Errorf("site_admin is used by %q", got)
	}
	if r, ok := e.Rule("owner"); !ok || r.Expression != "rule:site_admin" || !r.Overridden || r.Line != 2 {
		t.Errorf("owner is %+v", r)
	}
	if _, ok := e.Rule("nobody"); ok {
		t.Error("there is a rule of nobody")
	}
}
