package v3_test

import (
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/lintel-id/lintel/internal/server/servertest"
)

// tags are those of a project, as its administrator sees them.
func (c *cloud) tags(project string) any {
	c.t.Helper()
	return c.Do("GET", "/v3/projects/"+project+"/tags", c.admin, nil).Want(http.StatusOK).Get("tags")
}

func TestTheTagsOfAProjectAreReadReplacedAndRemoved(t *testing.T) {
	c := startCloud(t, servertest.Options{})
	id := c.project("web", "default")
	path := "/v3/projects/" + id + "/tags"
	say := func(answer *servertest.Response, want ...any) {
		t.Helper()
		if diff := cmp.Diff(append([]any{}, want...), answer.Want(http.StatusOK).Get("tags")); diff != "" || answer.Text("links.self") != c.URL+path {
			t.Errorf("%s: %s", answer.Body, diff)
		}
	}
	say(c.Do("GET", path, c.admin, nil))
	say(c.Do("PUT", path, c.admin, `{"tags": [" prod ", "blue", "Blue"]}`), "Blue", "blue", "prod")
	if diff := cmp.Diff(any([]any{"Blue", "blue", "prod"}), c.Do("GET", "/v3/projects/"+id, c.admin, nil).Get("project.tags")); diff != "" {
		t.Error(diff)
	}
	c.Do("PUT", path, c.admin, `{"tags": ["green"]}`).Want(http.StatusOK)
	if diff := cmp.Diff(any([]any{"green"}), c.tags(id)); diff != "" {
		t.Error(diff)
	}
	c.Do("DELETE", path, c.admin, nil).Want(http.StatusNoContent)
	if diff := cmp.Diff(any([]any{}), c.tags(id)); diff != "" {
		t.Error(diff)
	}
}

func TestATagIsAddedCheckedAndRemovedByItself(t *testing.T) {
	c := startCloud(t, servertest.Options{})
	id := c.project("web", "default")
	for _, tag := range []string{"blue", "two words", "Süd 100%?"} {
		path := "/v3/projects/" + id + "/tags/" + url.PathEscape(tag)
		c.Do("GET", path, c.admin, nil).Want(http.StatusNotFound)
		added := c.Do("PUT", path, c.admin, nil).Want(http.StatusCreated)
		if got, want := added.Header.Get("Location"), c.URL+"/v3/"+id+"/tags/"+url.PathEscape(tag); got != want || len(added.Body) != 0 {
			t.Errorf("the answer is at %s with the body %q, want %s and none", got, added.Body, want)
		}
		c.Do("PUT", path, c.admin, nil).Want(http.StatusBadRequest) // it has it already
		c.Do("GET", path, c.admin, nil).Want(http.StatusNoContent)
		c.Do("HEAD", path, c.admin, nil).Want(http.StatusNoContent)
	}
	c.del("projects", id, "tags", "blue")
	c.Do("DELETE", "/v3/projects/"+id+"/tags/blue", c.admin, nil).Want(http.StatusNotFound)
	if diff := cmp.Diff(any([]any{"Süd 100%?", "two words"}), c.tags(id)); diff != "" {
		t.Error(diff)
	}
}

func TestATagThatCannotBeIsRefused(t *testing.T) {
	c := startCloud(t, servertest.Options{})
	id := c.project("web", "default")
	path := "/v3/projects/" + id + "/tags"
	many := strings.TrimSuffix(strings.Repeat(`"x%d",`, 80), ",")
	var numbers []any
	for i := range 80 {
		numbers = append(numbers, i)
	}
	eighty := fmt.Sprintf(many, numbers...)
	for _, text := range []string{`{}`, `{"tags": null}`, `{"tags": "blue"}`, `{"tags": {}}`, `{"tags": [5]}`, `{"tags": [null]}`, `{"tags": [""]}`, `{"tags": [" "]}`,
		`{"tags": ["a,b"]}`, `{"tags": ["a/b"]}`, `{"tags": ["a", "a"]}`, `{"tags": ["a", " a"]}`, `{"tags": ["a\u0000"]}`, `{"tags": ["` + strings.Repeat("x", 256) + `"]}`,
		`{"tags": [` + eighty + `, "one too many"]}`} {
		c.Do("PUT", path, c.admin, text).Want(http.StatusBadRequest)
	}
	c.Do("PUT", path, c.admin, `{"tags": [`+eighty+`]}`).Want(http.StatusOK)
	c.Do("PUT", path+"/one-too-many", c.admin, nil).Want(http.StatusBadRequest)
	c.Do("PUT", path, c.admin, `{"tags": ["`+strings.Repeat("x", 255)+`"]}`).Want(http.StatusOK)
	c.Do("PUT", path+"/a%2Cb", c.admin, nil).Want(http.StatusBadRequest)
	c.Do("PUT", path+"/"+strings.Repeat("x", 256), c.admin, nil).Want(http.StatusBadRequest)
}

func TestTheTagsOfAnImmutableProjectStay(t *testing.T) {
	c := startCloud(t, servertest.Options{})
	id := c.post("/v3/projects", "project", body{"name": "rock", "tags": []string{"blue"}, "options": body{"immutable": true}})
	path := "/v3/projects/" + id + "/tags"
	c.Do("PUT", path, c.admin, `{"tags": []}`).Want(http.StatusForbidden)
	c.Do("DELETE", path, c.admin, nil).Want(http.StatusForbidden)
	c.Do("PUT", path+"/red", c.admin, nil).Want(http.StatusForbidden)
	c.Do("DELETE", path+"/blue", c.admin, nil).Want(http.StatusForbidden)
	if diff := cmp.Diff(any([]any{"blue"}), c.tags(id)); diff != "" {
		t.Error(diff)
	}
}

func TestTagsAreReadWithinTheProjectAndChangedByItsManagers(t *testing.T) {
	c := startCloud(t, servertest.Options{})
	acme := c.domain("acme")
	web, shop := c.project("web", acme), c.project("shop", acme)
	c.Do("PUT", "/v3/projects/"+web+"/tags", c.admin, `{"tags": ["blue"]}`).Want(http.StatusOK)
	ada := c.user("ada", acme)
	c.put("projects", web, "users", ada, "roles", c.role("member"))
	c.put("domains", acme, "users", ada, "roles", c.role("manager"))
	member, manager := c.login(ada, servertest.Project(web)), c.login(ada, servertest.Domain(acme))
	for _, test := range []struct {
		token, project string
		read, write    int
	}{{"", web, 401, 401}, {member, web, 200, 403}, {member, shop, 403, 403}, {member, "nowhere", 403, 403}, {manager, shop, 200, 200}, {c.admin, "nowhere", 404, 404}} {
		path := "/v3/projects/" + test.project + "/tags"
		c.Do("GET", path, test.token, nil).Want(test.read)
		if test.read != 200 {
			c.Do("GET", path+"/blue", test.token, nil).Want(test.read)
		}
		c.Do("PUT", path, test.token, `{"tags": ["green"]}`).Want(test.write)
		if test.write != 200 {
			c.Do("PUT", path+"/red", test.token, nil).Want(test.write)
			c.Do("DELETE", path+"/red", test.token, nil).Want(test.write)
			c.Do("DELETE", path, test.token, nil).Want(test.write)
		}
	}
	c.Do("GET", "/v3/projects/"+web+"/tags/blue", member, nil).Want(http.StatusNoContent)
}

func TestProjectsAndDomainsAreFoundByTheirTags(t *testing.T) {
	c := startCloud(t, servertest.Options{})
	for name, tags := range map[string][]string{"none": nil, "a": {"a"}, "b": {"b"}, "ab": {"a", "b"}} {
		c.post("/v3/projects", "project", body{"name": "p-" + name, "tags": append(tags, "ours")})
		c.post("/v3/domains", "domain", body{"name": "d-" + name, "tags": append(tags, "ours")})
	}
	for query, want := range map[string]string{"tags=ours": "a ab b none", "tags=ours,a,b": "ab", "tags=ours&tags-any=a,b": "a ab b",
		"tags=ours&not-tags=a,b": "a b none", "tags=ours&not-tags-any=a,b": "none", "tags=ours,A": ""} {
		for list, path := range map[string]string{"projects": "/v3/projects?", "domains": "/v3/projects?is_domain=true&"} {
			var names []string
			for _, name := range values(c.Do("GET", path+query, c.admin, nil), "projects", "name") {
				names = append(names, name.(string)[2:])
			}
			slices.Sort(names)
			if got := strings.Join(names, " "); got != want {
				t.Errorf("%s %s finds %q, want %q", list, query, got, want)
			}
		}
	}
}
