package lintel_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/lintel-id/lintel/internal/config"
	"github.com/lintel-id/lintel/internal/core"
	"github.com/lintel-id/lintel/internal/identity"
	"github.com/lintel-id/lintel/internal/server/servertest"
)

const (
	separate      = "separate-domain"
	loginPassword = "login-Pass-1"
	apiPassword   = "api-Pass-1"
)

// account is a user in a domain whose API password is apart from the login password.
type account struct {
	*servertest.Env
	user    string
	project string
}

func start(t *testing.T, rules ...func(*config.SecurityCompliance)) account {
	t.Helper()
	now := time.Date(2026, 4, 29, 3, 32, 28, 0, time.UTC) // stopped: everything happens in one second
	env := servertest.Start(t, servertest.Options{Now: func() time.Time { return now },
		Config: func(cfg *config.Config) {
			cfg.Identity.SeparatePasswordDomains = []string{separate}
			for _, r := range rules {
				r(&cfg.SecurityCompliance)
			}
		}})
	ctx, operator := context.Background(), identity.Caller{Local: true}
	_, err := env.Core.CreateDomain(ctx, operator, identity.ProjectSpec{ID: separate, Name: "separate", Enabled: true, IsDomain: true})
	if err != nil {
		t.Fatal(err)
	}
	a := account{Env: env}
	a.project = env.Create("/v3/projects", "project", map[string]any{"name": "p", "domain_id": separate})
	a.user = env.Create("/v3/users", "user", map[string]any{"name": "u", "domain_id": separate, "password": loginPassword})
	roles, err := env.Core.Roles(ctx, operator, identity.RoleFilter{Name: identity.RoleMember})
	if err != nil || len(roles) != 1 {
		t.Fatal(len(roles), err)
	}
	err = env.Core.GrantRole(ctx, operator, identity.Assignment{Actor: identity.Actor{User: identity.UserID(a.user)},
		Target: identity.Target{Project: identity.ProjectID(a.project)}, Role: roles[0].ID})
	if err != nil {
		t.Fatal(err)
	}
	return a
}

func (a account) set(token, password string) *servertest.Response {
	return a.Do("PUT", "/lintel/v1/users/"+a.user+"/api-password", token, map[string]any{"password": password})
}

func (a account) v3(password string) *servertest.Response {
	return a.Do("POST", "/v3/auth/tokens", "", servertest.PasswordAuth(a.user, password, servertest.Project(a.project)))
}

func (a account) v2(password string) *servertest.Response {
	return a.Do("POST", "/v2.0/tokens", "", map[string]any{"auth": map[string]any{"tenantId": a.project,
		"passwordCredentials": map[string]any{"username": "u", "password": password}}})
}

// valid says whether a service would accept the token.
func (a account) valid(token string) bool {
	return a.Do("GET", "/v3/auth/tokens", a.AdminToken(), nil, "X-Subject-Token", token).Status == 200
}

// In a domain in separate mode the APIs take the API password alone: none until one is set.
func TestAPIsTakeTheAPIPassword(t *testing.T) {
	a := start(t)
	for _, p := range []string{loginPassword, apiPassword, ""} {
		a.v2(p).Want(401)
		a.v3(p).Want(401)
	}
	a.set(a.AdminToken(), apiPassword).Want(204)
	a.v2(apiPassword).Want(200)
	a.v3(apiPassword).Want(201)
	a.v2(loginPassword).Want(401)
	a.v3(loginPassword).Want(401)
}

// The API password cannot be changed to the one in use. A change ends the tokens got with the
// old one; a token got with the new one in the same second lives.
func TestChangeOfTheAPIPassword(t *testing.T) {
	a := start(t)
	admin := a.AdminToken()
	a.set(admin, apiPassword).Want(204)
	old := []string{a.v2(apiPassword).Want(200).Text("access.token.id"), a.v3(apiPassword).Want(201).Header.Get("X-Subject-Token")}
	a.set(admin, apiPassword).Want(400)
	if !a.valid(old[0]) {
		t.Error("a change that was refused ended a token")
	}
	a.set(admin, "api-Pass-2").Want(204)
	a.v2(apiPassword).Want(401)
	for _, token := range old {
		if a.valid(token) {
			t.Error("a token of the old API password lives on")
		}
	}
	if !a.valid(a.v2("api-Pass-2").Want(200).Text("access.token.id")) {
		t.Error("a token of the new API password, got in the same second, is dead")
	}
	a.set(admin, apiPassword).Want(204) // the first again
}

// The APIs never take the login password, whoever changes it. Its change ends the user's tokens
// all the same, and the API password stays.
func TestLoginPasswordIsApart(t *testing.T) {
	a := start(t)
	a.set(a.AdminToken(), apiPassword).Want(204)
	token := a.v2(apiPassword).Want(200).Text("access.token.id")
	a.Do("PATCH", "/v3/users/"+a.user, a.AdminToken(), map[string]any{"user": map[string]any{"password": "login-Pass-2"}}).Want(200)
	if a.valid(token) {
		t.Error("a token of before a new login password is good")
	}
	a.v2("login-Pass-2").Want(401)
	if !a.valid(a.v2(apiPassword).Want(200).Text("access.token.id")) {
		t.Error("a token of after the new login password, in the same second, is dead")
	}
}

// Whoever knows the login password changes it, and sets the API password, the first one too.
func TestTheLoginPasswordProvesTheChangeOfBoth(t *testing.T) {
	a := start(t)
	ctx, nobody, user := t.Context(), identity.Caller{}, identity.UserID(a.user)
	login := func(original, fresh string) error {
		return a.Core.ChangeLoginPassword(ctx, nobody, user, identity.NewSecret(original), identity.NewSecret(fresh))
	}
	api := func(original, fresh string) error {
		return a.Core.ChangeAPIPassword(ctx, nobody, user, identity.NewSecret(original), identity.NewSecret(fresh))
	}
	want := func(what string, err error, kind identity.Kind, cause error) {
		t.Helper()
		if identity.KindOf(err) != kind || cause != nil && !errors.Is(err, cause) {
			t.Errorf("%s: %v", what, err)
		}
	}
	done := func(what string, err error) {
		t.Helper()
		if err != nil {
			t.Fatalf("%s: %v", what, err)
		}
	}
	want("a wrong login password", api("wrong", apiPassword), identity.Unauthorized, nil)
	done("the first API password", api(loginPassword, apiPassword))
	token := a.v2(apiPassword).Want(200).Text("access.token.id")
	want("the API password as the proof", api(apiPassword, "api-Pass-2"), identity.Unauthorized, nil)
	want("the API password in use", api(loginPassword, apiPassword), identity.Invalid, core.ErrPasswordUsed)
	want("none", api(loginPassword, ""), identity.Invalid, nil)
	if !a.valid(token) {
		t.Error("a change that was refused ended a token")
	}
	done("another API password", api(loginPassword, "api-Pass-2"))
	if a.valid(token) {
		t.Error("a token of the old API password lives on")
	}
	want("the login password in use", login(loginPassword, loginPassword), identity.Invalid, core.ErrPasswordUsed)
	want("the API password for the login password", login("api-Pass-2", "login-Pass-2"), identity.Unauthorized, nil)
	token = a.v2("api-Pass-2").Want(200).Text("access.token.id")
	done("another login password", login(loginPassword, "login-Pass-2"))
	if a.valid(token) {
		t.Error("a token of before the new login password lives on")
	}
	a.v2("api-Pass-2").Want(200)
	want("a user of a domain with one password", a.Core.ChangeAPIPassword(ctx, nobody, a.Admin.User, identity.NewSecret(servertest.AdminPassword), identity.NewSecret("x")), identity.Invalid, nil)
	want("nobody", a.Core.ChangeAPIPassword(ctx, nobody, "missing", identity.NewSecret("x"), identity.NewSecret("y")), identity.Unauthorized, nil)
}

// An expired login password proves nothing but its own change.
func TestAnExpiredLoginPasswordMustBeChangedFirst(t *testing.T) {
	a := start(t, func(s *config.SecurityCompliance) { s.ChangePasswordUponFirstUse = true })
	ctx, nobody, user := t.Context(), identity.Caller{}, identity.UserID(a.user)
	var expired *core.ExpiredPassword
	err := a.Core.ChangeAPIPassword(ctx, nobody, user, identity.NewSecret(loginPassword), identity.NewSecret(apiPassword))
	if !errors.As(err, &expired) || identity.KindOf(err) != identity.Unauthorized {
		t.Fatal(err)
	}
	if err := a.Core.ChangeLoginPassword(ctx, nobody, user, identity.NewSecret(loginPassword), identity.NewSecret("login-Pass-2")); err != nil {
		t.Fatal(err)
	}
	if err := a.Core.ChangeAPIPassword(ctx, nobody, user, identity.NewSecret("login-Pass-2"), identity.NewSecret(apiPassword)); err != nil {
		t.Fatal(err)
	}
	a.v2(apiPassword).Want(200)
}

// POST /v3/users/{user_id}/password changes the API password, by whoever knows it.
func TestSelfServiceChangesTheAPIPassword(t *testing.T) {
	a := start(t)
	a.set(a.AdminToken(), apiPassword).Want(204)
	change := func(original string) *servertest.Response {
		return a.Do("POST", "/v3/users/"+a.user+"/password", "", map[string]any{"user": map[string]any{"original_password": original, "password": "api-Pass-2"}})
	}
	change(loginPassword).Want(401)
	change(apiPassword).Want(204)
	a.v2("api-Pass-2").Want(200)
	a.v2(apiPassword).Want(401)
}

// Only who may change the user may set its API password, only where there is one apart, and
// never to nothing.
func TestWhoMaySetAnAPIPassword(t *testing.T) {
	a := start(t)
	admin := a.AdminToken()
	a.set("", apiPassword).Want(401)
	a.set(admin, apiPassword).Want(204)
	own := a.v2(apiPassword).Want(200).Text("access.token.id")
	a.set(own, "api-Pass-2").Want(403)
	a.set(admin, "").Want(400)
	a.Do("PUT", "/lintel/v1/users/"+a.user+"/api-password", admin, `{}`).Want(400)
	a.Do("PUT", "/lintel/v1/users/missing/api-password", admin, `{"password": "p"}`).Want(404)
	a.Do("PUT", "/lintel/v1/users/"+string(a.Admin.User)+"/api-password", admin, `{"password": "p"}`).Want(400) // of the default domain
	a.v2(apiPassword).Want(200)
}

// The operator's rules hold for the API password as for the login password: its form whoever
// sets it, its history and age for the user's own changes, and a change upon first use.
func TestRulesHoldForTheAPIPassword(t *testing.T) {
	a := start(t, func(s *config.SecurityCompliance) {
		if err := s.PasswordRegex.UnmarshalText([]byte(`(?=.*\d)`)); err != nil {
			t.Fatal(err)
		}
		s.UniqueLastPasswordCount, s.MinimumPasswordAge, s.ChangePasswordUponFirstUse = 2, 1, true
	})
	admin := a.AdminToken()
	change := func(original, password string) *servertest.Response {
		return a.Do("POST", "/v3/users/"+a.user+"/password", "", map[string]any{"user": map[string]any{"original_password": original, "password": password}})
	}
	a.set(admin, "no digit").Want(400)
	a.set(admin, apiPassword).Want(204)
	a.v2(apiPassword).Want(401) // to be changed first
	change(apiPassword, "no digit").Want(400)
	change(apiPassword, "api-Pass-2").Want(204)
	a.v2("api-Pass-2").Want(200)
	change("api-Pass-2", "api-Pass-3").Want(400) // too young
	a.set(admin, "api-Pass-3").Want(204)
	change("api-Pass-3", "api-Pass-2").Want(400)  // one of the last two
	change("api-Pass-3", loginPassword).Want(204) // of which the login password is none
}
