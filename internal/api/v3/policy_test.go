package v3_test

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/lintel-id/lintel/internal/server/servertest"
)

func TestAPolicyLivesFromPostToDelete(t *testing.T) {
	c := startCloud(t, servertest.Options{})
	made := c.Do("POST", "/v3/policies", c.admin, `{"policy": {"type": "application/json", "blob": "{\n\t\"a\": \"\u2603\"}\r\n", "site": "north", "id": "mine"}}`).Want(201)
	id := made.Text("policy.id")
	want := body{"id": id, "type": "application/json", "blob": "{\n\t\"a\": \"\u2603\"}\r\n", "site": "north", "links": body{"self": c.URL + "/v3/policies/" + id}}
	if diff := cmp.Diff(want, made.Get("policy")); diff != "" {
		t.Error(diff)
	}
	if diff := cmp.Diff(want, c.Do("GET", "/v3/policies/"+id, c.admin, nil).Want(200).Get("policy")); diff != "" {
		t.Error(diff)
	}
	changed := c.Do("PATCH", "/v3/policies/"+id, c.admin, `{"policy": {"blob": "", "site": null, "by": "me"}}`).Want(200)
	want = body{"id": id, "type": "application/json", "blob": "", "by": "me", "links": body{"self": c.URL + "/v3/policies/" + id}}
	if diff := cmp.Diff(want, changed.Get("policy")); diff != "" {
		t.Error(diff)
	}
	c.Do("PATCH", "/v3/policies/"+id, c.admin, `{"policy": {"id": "other"}}`).Want(400)
	c.del("policies", id)
	for _, method := range []string{"GET", "PATCH", "DELETE"} {
		var in any
		if method == "PATCH" {
			in = `{"policy": {"blob": "x"}}`
		}
		got := c.Do(method, "/v3/policies/"+id, c.admin, in).Want(404)
		if got.Text("error.message") != "Could not find policy: "+id+"." {
			t.Errorf("%s: %s", method, got.Body)
		}
	}
}

func TestAPolicyNeedsATypeAndATextThatCanBeKept(t *testing.T) {
	c := startCloud(t, servertest.Options{})
	for _, in := range []string{`{"type": "t"}`, `{"blob": "b"}`, `{"type": "t", "blob": null}`, `{"type": null, "blob": "b"}`, `{"type": "t", "blob": {}}`, `{"type": 5, "blob": "b"}`,
		`{"type": "` + strings.Repeat("t", 256) + `", "blob": "b"}`, `{"type": "t", "blob": "a\u0000b"}`} {
		c.Do("POST", "/v3/policies", c.admin, `{"policy": `+in+`}`).Want(400)
	}
	id := c.post("/v3/policies", "policy", body{"type": "t", "blob": "b"})
	for _, in := range []string{`{"blob": null}`, `{"type": null}`, `{"blob": "\u0000"}`, `{"blob": 5}`} {
		c.Do("PATCH", "/v3/policies/"+id, c.admin, `{"policy": `+in+`}`).Want(400)
	}
}

func TestPoliciesAreListedByTheirType(t *testing.T) {
	c := startCloud(t, servertest.Options{})
	ids := map[string]string{}
	for _, kind := range []string{"text/plain", "application/json", "application/yaml"} {
		ids[kind] = c.post("/v3/policies", "policy", body{"type": kind, "blob": "x"})
	}
	for query, want := range map[string]int{"": 3, "?type=text/plain": 1, "?type=text": 0, "?type__startswith=application": 2, "?type__icontains=JSON": 1, "?blob=nothing": 3} {
		got := c.Do("GET", "/v3/policies"+query, c.admin, nil).Want(200)
		if n := len(got.Get("policies").([]any)); n != want {
			t.Errorf("%d policies for %q, want %d", n, query, want)
		}
	}
}

func TestOnlyAdministratorsChangePoliciesAndSystemReadersReadThem(t *testing.T) {
	c := startCloud(t, servertest.Options{})
	id := c.post("/v3/policies", "policy", body{"type": "t", "blob": "b"})
	member := memberToken(t, c.Env)
	auditor := c.user("auditor", "default")
	c.put("system", "users", auditor, "roles", c.role("reader"))
	reader := c.login(auditor, map[string]any{"system": map[string]any{"all": true}})
	for _, path := range []string{"/v3/policies", "/v3/policies/" + id, "/v3/policies/" + id + "/OS-ENDPOINT-POLICY/endpoints"} {
		c.Do("GET", path, "", nil).Want(401)
		c.Do("GET", path, member, nil).Want(403)
		c.Do("GET", path, reader, nil).Want(200)
	}
	for _, token := range []string{member, reader} {
		c.Do("POST", "/v3/policies", token, `{"policy": {"type": "t", "blob": "b"}}`).Want(403)
		c.Do("PATCH", "/v3/policies/"+id, token, `{"policy": {"type": "u"}}`).Want(403)
		c.Do("DELETE", "/v3/policies/"+id, token, nil).Want(403)
		c.Do("DELETE", "/v3/policies/missing", token, nil).Want(403)
		c.Do("POST", "/v3/policies", token, `{"policy": {}}`).Want(400)
	}
}
