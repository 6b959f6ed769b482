package v3_test

import (
	"net/http"
	"regexp"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	v3 "github.com/lintel-id/lintel/internal/api/v3"
	"github.com/lintel-id/lintel/internal/server/servertest"
)

const relations = "https://docs.openstack.org/api/openstack-identity/3/"

// index asks for the index of the API.
func index(t *testing.T, env *servertest.Env, path string) body {
	t.Helper()
	answer := env.Do("GET", path, "", nil, "Accept", "application/json-home").Want(http.StatusOK)
	if media := answer.Header.Get("Content-Type"); media != "application/json-home" {
		t.Errorf("%s is answered as %s", path, media)
	}
	return answer.Get("resources").(body)
}

func TestTheIndexNamesResourcesByTheirRelations(t *testing.T) {
	env := servertest.Start(t, servertest.Options{})
	below, whole := index(t, env, "/v3"), index(t, env, "/")
	param := relations + "param/"
	for name, want := range map[string]body{
		"rel/users":         {"href": "/users"},
		"rel/implied_role":  {"href-template": "/roles/{prior_role_id}/implies/{implied_role_id}", "href-vars": body{"prior_role_id": param + "role_id", "implied_role_id": param + "role_id"}},
		"rel/project_tags":  {"href-template": "/projects/{project_id}/tags/{value}", "href-vars": body{"project_id": param + "project_id", "value": param + "tag_value"}},
		"rel/limit":         {"href-template": "/limits/{limit_id}", "href-vars": body{"limit_id": param + "limit_id"}, "hints": body{"status": "experimental"}},
		"rel/limit_model":   {"href": "/limits/model", "hints": body{"status": "experimental"}},
		"rel/auth_projects": {"href": "/auth/projects"},
		"rel/domain_config_default_option": {"href-template": "/domains/config/{group}/{option}/default",
			"href-vars": body{"group": param + "config_group", "option": param + "config_option"}},
		"ext/OS-TRUST/1.0/rel/trust_role": {"href-template": "/OS-TRUST/trusts/{trust_id}/roles/{role_id}",
			"href-vars": body{"trust_id": relations + "ext/OS-TRUST/1.0/param/trust_id", "role_id": param + "role_id"}},
		"ext/OS-EC2/1.0/rel/user_credential": {"href-template": "/users/{user_id}/credentials/OS-EC2/{credential_id}",
			"href-vars": body{"user_id": param + "user_id", "credential_id": param + "credential_id"}},
		"ext/OS-FEDERATION/1.0/rel/projects": {"href": "/auth/projects"},
		"ext/OS-REVOKE/1.0/rel/events":       {"href": "/OS-REVOKE/events"},
	} {
		if diff := cmp.Diff(any(want), below[relations+name]); diff != "" {
			t.Errorf("%s: %s", name, diff)
		}
		for _, key := range []string{"href", "href-template"} {
			if path, ok := want[key].(string); ok {
				want[key] = "/v3" + path
			}
		}
		if diff := cmp.Diff(any(want), whole[relations+name]); diff != "" {
			t.Errorf("%s at the root: %s", name, diff)
		}
	}
	if len(below) != len(whole) {
		t.Errorf("%d resources below /v3, %d at the root", len(below), len(whole))
	}
}

// Whoever does not ask for the index more than for JSON gets the versions.
func TestTheIndexIsForThoseWhoAskForIt(t *testing.T) {
	env := servertest.Start(t, servertest.Options{})
	for accept, want := range map[string]bool{"": false, "*/*": false, "application/json": false, "application/*": false, "application/json-home": true,
		"APPLICATION/JSON-HOME": true, "application/json, application/json-home": false, "application/json-home, application/json;q=0.5": true,
		"application/json-home;q=0.4, application/json;q=0.5": false, "application/json-home, */*;q=0.1": true, "application/json-home;q=0": false,
		"application/json-home;q=x": false, "text/plain": false, "application/json-home;q=0.5, */*": false} {
		for path, plain := range map[string]int{"/v3": http.StatusOK, "/": http.StatusMultipleChoices} {
			answer := env.Do("GET", path, "", nil, "Accept", accept)
			if got := answer.Header.Get("Content-Type") == "application/json-home"; got != want {
				t.Errorf("%s with Accept %q: the index is %v, want %v", path, accept, got, want)
			} else if !got && answer.Status != plain {
				t.Errorf("%s with Accept %q: status %d", path, accept, answer.Status)
			}
		}
	}
}

var variable = regexp.MustCompile(`\{[a-z_]+\}`)

// notServed are Keystone's relations without a resource here, and why.
func notServed() map[string]string {
	const login = "logging in through an identity provider is a later issue"
	return map[string]string{
		"ext/OS-FEDERATION/1.0/rel/identity_provider_protocol_auth": login, "ext/OS-FEDERATION/1.0/rel/identity_providers_websso": login,
		"ext/OS-FEDERATION/1.0/rel/websso": login, "ext/OS-FEDERATION/1.0/rel/saml2": login, "ext/OS-FEDERATION/1.0/rel/ecp": login,
		"ext/OS-FEDERATION/1.0/rel/metadata": login,
	}
}

func TestEveryRelationHasAResourceAndEveryPathARelation(t *testing.T) {
	env := servertest.Start(t, servertest.Options{})
	home := index(t, env, "/v3")
	paths := map[string]bool{}
	for _, resource := range home {
		r := resource.(body)
		path, _ := r["href"].(string)
		if template, ok := r["href-template"].(string); ok {
			path = template
		}
		paths[variable.ReplaceAllString(path, "{}")] = true
	}
	for name, why := range notServed() {
		if home[relations+name] != nil {
			t.Errorf("%s is served although it is said that %s", name, why)
		}
	}
	if got, want := len(home)+len(notServed()), 120; got != want { // Keystone's, counted
		t.Errorf("%d relations are served or excused, want %d", got, want)
	}
	group := regexp.MustCompile(`^/domains/config/[a-z_]+(/|$)`)
	for _, route := range (&v3.Handler{}).Routes() {
		_, path, _ := strings.Cut(route.Pattern, " ")
		path = variable.ReplaceAllString(strings.TrimPrefix(path, "/v3"), "{}")
		if path != "/domains/config/default" {
			path = group.ReplaceAllString(path, "/domains/config/{}$1")
		}
		switch path {
		case "/{$}", "": // the index itself
		case "/projects/{}/tags": // shares its relation with one tag's path
		case "/OS-FEDERATION/projects", "/OS-FEDERATION/domains": // old paths: their relations lead to the new ones
		default:
			if !paths[path] {
				t.Errorf("%s has no relation", route.Pattern)
			}
		}
	}
}
