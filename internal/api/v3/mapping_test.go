package v3_test

import (
	"net/http"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/lintel-id/lintel/internal/server/servertest"
)

const plainMapping = `{"mapping": {"rules": [{"local": [{"user": {"name": "{0}"}}], "remote": [{"type": "UserName"}]}]}}`

func TestAMappingLivesFromPutToDelete(t *testing.T) {
	env := servertest.Start(t, servertest.Options{})
	admin := env.AdminToken()
	path := federation + "mappings/m"
	made := env.Do("PUT", path, admin, plainMapping).Want(http.StatusCreated)
	rules := []any{body{"local": []any{body{"user": body{"name": "{0}"}}}, "remote": []any{body{"type": "UserName"}}}}
	want := body{"id": "m", "rules": rules, "schema_version": "1.0", "links": body{"self": env.URL + path}}
	if diff := cmp.Diff(want, made.Get("mapping")); diff != "" {
		t.Error(diff)
	}
	if diff := cmp.Diff(want, env.Do("GET", path, admin, nil).Want(http.StatusOK).Get("mapping")); diff != "" {
		t.Error(diff)
	}
	if diff := cmp.Diff([]any{want}, env.Do("GET", federation+"mappings", admin, nil).Want(http.StatusOK).Get("mappings")); diff != "" {
		t.Error(diff)
	}
	changed := env.Do("PATCH", path, admin, `{"mapping": {"schema_version": "3.0", "rules": [{"local": [{"projects_json": "{0}"}], "remote": [{"type": "P"}]}]}}`).Want(http.StatusOK)
	if changed.Text("mapping.schema_version") != "3.0" || changed.Text("mapping.rules.0.local.0.projects_json") != "{0}" {
		t.Errorf("%s", changed.Body)
	}
	// A change that names no version keeps it.
	if got := env.Do("PATCH", path, admin, plainMapping).Want(http.StatusOK).Text("mapping.schema_version"); got != "3.0" {
		t.Error(got)
	}
	env.Do("PUT", path, admin, plainMapping).Want(http.StatusConflict)
	env.Do("DELETE", path, admin, nil).Want(http.StatusNoContent)
	for _, method := range []string{"GET", "DELETE"} {
		if text := env.Do(method, path, admin, nil).Want(http.StatusNotFound).Text("error.message"); text != "Could not find mapping: m." {
			t.Error(text)
		}
	}
	env.Do("PATCH", path, admin, plainMapping).Want(http.StatusNotFound)
}

func TestAMappingThatCannotBeReadIsRefused(t *testing.T) {
	env := servertest.Start(t, servertest.Options{})
	admin := env.AdminToken()
	env.Do("PUT", federation+"mappings/m", admin, plainMapping).Want(http.StatusCreated)
	for _, text := range []string{`{}`, `{"mapping": {}}`, `{"mapping": {"rules": []}}`, `{"mapping": {"rules": {}}}`, `{"mapping": {"rules": null}}`,
		`{"mapping": {"rules": [{"local": [], "remote": []}]}}`,
		`{"mapping": {"rules": [{"local": [{"user": {"name": "{0"}}], "remote": [{"type": "U"}]}]}}`,
		`{"mapping": {"rules": [{"local": [{"usr": {}}], "remote": [{"type": "U"}]}]}}`,
		`{"mapping": {"rules": [{"local": [{"projects_json": "{0}"}], "remote": [{"type": "U"}]}]}}`,
		`{"mapping": {"rules": [{"local": [], "remote": [{"type": "U", "any_one_of": ["("], "regex": true}]}]}}`,
		`{"mapping": {"schema_version": "9.0", "rules": [{"local": [], "remote": [{"type": "U"}]}]}}`,
		`{"mapping": {"schema_version": 1.0, "rules": [{"local": [], "remote": [{"type": "U"}]}]}}`} {
		env.Do("PUT", federation+"mappings/n", admin, text).Want(http.StatusBadRequest)
		env.Do("PATCH", federation+"mappings/m", admin, text).Want(http.StatusBadRequest)
	}
	if got := inOrder(env.Do("GET", federation+"mappings", admin, nil), "mappings"); got != "m" {
		t.Error(got)
	}
}
