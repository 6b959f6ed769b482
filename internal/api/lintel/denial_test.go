package lintel_test

import (
	"net/http"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/lintel-id/lintel/internal/server/servertest"
)

const requestIDHeader = "X-Openstack-Request-Id"

// denied sends a request that must be refused with 403 and returns its id.
func (a account) denied(method, path, token string, body any) string {
	return a.Do(method, path, token, body).Want(http.StatusForbidden).Header.Get(requestIDHeader)
}

func (a account) member() string {
	a.set(a.AdminToken(), apiPassword).Want(204)
	return a.v3(apiPassword).Want(201).Header.Get("X-Subject-Token")
}

// An administrator learns of every 403 of policy, by its request id, who asked for what, the rule
// with its file and line, and what each part of it came to.
func TestADenialIsExplained(t *testing.T) {
	a := start(t)
	id := a.denied("DELETE", "/v3/users/"+a.user, a.member(), nil)
	got := a.Do("GET", "/lintel/v1/denials/"+id, a.AdminToken(), nil).Want(200)
	for path, want := range map[string]any{
		"denial.request_id":               id,
		"denial.at":                       "2026-04-29T03:32:28.000000Z",
		"denial.message":                  "You are not authorized to perform the requested action: identity:delete_user.",
		"denial.reason":                   "the rule denies it",
		"denial.action":                   "identity:delete_user",
		"denial.caller.user_id":           a.user,
		"denial.caller.user_domain_id":    separate,
		"denial.caller.scope":             "project",
		"denial.caller.scope_id":          a.project,
		"denial.caller.delegation":        "none",
		"denial.rule.expression":          "rule:admin_required or (role:manager and token.domain.id:%(target.user.domain_id)s)",
		"denial.rule.file":                "defaults.policy",
		"denial.rule.overridden":          false,
		"denial.explanation.allowed":      false,
		"denial.explanation.rule.check":   "or",
		"denial.explanation.rule.verdict": "no",
	} {
		if diff := cmp.Diff(want, got.Get(path)); diff != "" {
			t.Errorf("%s (-want +got):\n%s", path, diff)
		}
	}
	if diff := cmp.Diff([]any{"member", "reader"}, got.Get("denial.caller.roles")); diff != "" {
		t.Error(diff)
	}
	target := got.Get("denial.target").(map[string]any)
	if target["target.user.id"] != a.user || target["target.user.domain_id"] != separate {
		t.Errorf("the target is %v", target)
	}
}

// A delegation that ends before the rule is asked has its own reason and no explanation of a rule.
func TestADenialOfADelegationSaysSo(t *testing.T) {
	a := start(t)
	made := a.Do("POST", "/v3/users/"+a.user+"/application_credentials", a.member(), map[string]any{"application_credential": map[string]any{"name": "ci"}}).Want(201)
	token := a.Login(map[string]any{"auth": map[string]any{"identity": map[string]any{"methods": []string{"application_credential"},
		"application_credential": map[string]any{"id": made.Text("application_credential.id"), "secret": made.Text("application_credential.secret")}}}})
	id := a.denied("POST", "/v3/users/"+a.user+"/application_credentials", token, map[string]any{"application_credential": map[string]any{"name": "more"}})
	got := a.Do("GET", "/lintel/v1/denials/"+id, a.AdminToken(), nil).Want(200)
	if got.Text("denial.reason") != "a delegated token may not do this" || got.Text("denial.caller.delegation") != "restricted application credential" ||
		got.Text("denial.action") != "identity:create_application_credential" || got.Get("denial.explanation") != nil {
		t.Errorf("explained as %s", got.Body)
	}
}

// Denials are an administrator's: not the domain's people's, not even one's own. Nobody learns
// which ids there are.
func TestDenialsAreTheAdministrators(t *testing.T) {
	a := start(t)
	member := a.member()
	own := a.denied("GET", "/v3/users", member, nil)
	for _, id := range []string{own, "req-00000000-0000-4000-8000-000000000000"} {
		a.Do("GET", "/lintel/v1/denials/"+id, "", nil).Want(401)
		a.Do("GET", "/lintel/v1/denials/"+id, member, nil).Want(403)
	}
	a.Do("GET", "/lintel/v1/denials/"+own, a.SystemToken(), nil).Want(200)
	a.Do("GET", "/lintel/v1/denials/req-00000000-0000-4000-8000-000000000000", a.AdminToken(), nil).Want(404)
}

// A request that succeeds leaves no record, whatever policy refused on its way, and one that is
// refused for another reason than policy has that reason.
func TestOnlyRefusedRequestsAreRemembered(t *testing.T) {
	a := start(t)
	admin, member := a.AdminToken(), a.member()
	for _, ok := range []*servertest.Response{
		a.Do("GET", "/v3/users/"+a.user, member, nil).Want(200),
		a.Do("GET", "/v3/credentials", member, nil).Want(200),
		a.Do("GET", "/v3/users/missing", admin, nil).Want(404),
	} {
		a.Do("GET", "/lintel/v1/denials/"+ok.Header.Get(requestIDHeader), admin, nil).Want(404)
	}
	role := a.Create("/v3/roles", "role", map[string]any{"name": "stone", "options": map[string]any{"immutable": true}})
	id := a.denied("DELETE", "/v3/roles/"+role, admin, nil)
	got := a.Do("GET", "/lintel/v1/denials/"+id, admin, nil).Want(200)
	if got.Get("denial.action") != nil || got.Get("denial.rule") != nil || got.Text("denial.reason") != got.Text("denial.message") {
		t.Errorf("explained as %s", got.Body)
	}
}

// What is remembered holds no secret of the request.
func TestADenialHoldsNoSecret(t *testing.T) {
	a := start(t)
	member := a.member()
	const secret = "very-Secret-9"
	id := a.denied("PATCH", "/v3/users/"+string(a.Admin.User), member, map[string]any{"user": map[string]any{"password": secret}})
	got := a.Do("GET", "/lintel/v1/denials/"+id, a.AdminToken(), nil).Want(200)
	for _, text := range []string{secret, member} {
		if strings.Contains(string(got.Body), text) {
			t.Errorf("%q is in %s", text, got.Body)
		}
	}
}
