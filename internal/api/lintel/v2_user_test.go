package lintel_test

import (
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/lintel-id/lintel/internal/identity"
	"github.com/lintel-id/lintel/internal/server/servertest"
)

// An administrator learns who still uses v2.0: who got a token there, and whoever sent a request
// with one; on any node, the latest first. Nobody is there who uses v3 alone.
func TestWhoStillUsesV2(t *testing.T) {
	a := start(t)
	other := a.Create("/v3/users", "user", map[string]any{"name": "other"})
	a.member()
	listed := func() (names []string) {
		t.Helper()
		for _, u := range a.Do("GET", "/lintel/v1/v2-users", a.AdminToken(), nil).Want(200).Get("v2_users").([]any) {
			names = append(names, u.(map[string]any)["name"].(string))
		}
		return names
	}
	if got := listed(); got != nil {
		t.Errorf("nobody has used v2.0, and yet %v have", got)
	}
	a.v2("wrong-Pass-1").Want(401)
	if got := listed(); got != nil {
		t.Errorf("a wrong password counts for %v", got)
	}
	a.v2(apiPassword).Want(200)
	elsewhere := identity.LastUse{Use: identity.Use{Kind: identity.UseV2, ID: other}, At: a.Core.Now().Add(-time.Hour)}
	if err := a.Core.Store.NoteUses(t.Context(), []identity.LastUse{elsewhere}); err != nil { // as another node does
		t.Fatal(err)
	}
	want := map[string]any{"user_id": a.user, "name": "u", "domain_id": separate, "last_used_at": "2026-04-29T03:32:28.000000Z"}
	if diff := cmp.Diff(want, a.Do("GET", "/lintel/v1/v2-users", a.AdminToken(), nil).Want(200).Get("v2_users.0")); diff != "" {
		t.Error(diff)
	}
	a.Do("GET", "/admin/v2.0/tenants", a.AdminToken(), nil).Want(200)
	if got := listed(); len(got) != 3 || got[2] != "other" { // the other two at the same time
		t.Errorf("%v", got)
	}
	a.Do("DELETE", "/v3/users/"+a.user, a.AdminToken(), nil).Want(204)
	if diff := cmp.Diff([]string{"admin", "other"}, listed()); diff != "" {
		t.Error(diff)
	}
}

func TestWhoUsesV2IsTheAdministratorsToKnow(t *testing.T) {
	a := start(t)
	a.Do("GET", "/lintel/v1/v2-users", "", nil).Want(401)
	a.Do("GET", "/lintel/v1/v2-users", a.member(), nil).Want(403)
	a.Do("GET", "/lintel/v1/v2-users", a.SystemToken(), nil).Want(200)
}

// A request of v2.0 is logged with its user, who got a token or sent one, and with the program.
func TestTheLogTellsWhichProgramUsesV2(t *testing.T) {
	a := start(t)
	a.Do("POST", "/v2.0/tokens", "", map[string]any{"auth": map[string]any{"passwordCredentials": map[string]any{"userId": string(a.Admin.User), "password": servertest.AdminPassword}}},
		"User-Agent", "python-cinderclient").Want(200)
	a.Do("GET", "/v2.0/tenants", a.AdminToken(), nil, "User-Agent", "old-script "+strings.Repeat("x", 1000)).Want(200)
	for _, text := range []string{`"user_agent":"python-cinderclient","user_id":"` + string(a.Admin.User) + `"`, `"user_agent":"old-script ` + strings.Repeat("x", 128-11) + `"`} {
		if !a.Logged(text) {
			t.Errorf("the log does not tell %s", text)
		}
	}
}
