package v3_test

import (
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/lintel-id/lintel/internal/config"
	"github.com/lintel-id/lintel/internal/server/servertest"
)

// list follows a list's pages from path to the last and returns the values of a member.
func (c *cloud) list(path, name, member string) (found []string, pages int) {
	c.t.Helper()
	for path != "" {
		answer := c.Do("GET", path, c.admin, nil)
		for _, v := range values(answer, name, member) {
			found = append(found, v.(string))
		}
		pages++
		next, _ := answer.Get("links.next").(string)
		path = strings.TrimPrefix(next, c.URL)
	}
	return found, pages
}

// crowd makes seven users, groups, projects and domains whose names begin with a prefix.
func (c *cloud) crowd() (domain string) {
	c.t.Helper()
	acme := c.domain("acme")
	for i := range 7 {
		name := fmt.Sprintf("Pat-%d", i)
		c.post("/v3/users", "user", body{"name": name, "domain_id": acme, "enabled": i%2 == 0})
		c.group(name, acme)
		c.post("/v3/projects", "project", body{"name": name, "parent_id": acme, "enabled": i%2 == 0})
		c.post("/v3/domains", "domain", body{"name": name, "enabled": i%2 == 0})
	}
	return acme
}

// crowds are the lists with pages, with what confines them to a crowd.
func crowds(acme string) map[string]string {
	return map[string]string{"users": "domain_id=" + acme, "groups": "domain_id=" + acme, "projects": "domain_id=" + acme, "domains": "name__icontains=pat-"}
}

func TestPagesFollowEachOtherInOrderOfIDs(t *testing.T) {
	c := startCloud(t, servertest.Options{Config: func(c *config.Config) { c.API.MaxPage = 5 }})
	acme := c.crowd()
	for name, filter := range crowds(acme) {
		whole, _ := c.list("/v3/"+name+"?"+filter, name, "id")
		if len(whole) != 7 || !slices.IsSorted(whole) {
			t.Fatalf("%s: %v", name, whole)
		}
		for limit, want := range map[int]int{1: 8, 2: 4, 3: 3, 7: 2, 1000: 2} { // 5 is the largest page; a full page may be the last
			got, pages := c.list(fmt.Sprintf("/v3/%s?%s&limit=%d", name, filter, limit), name, "id")
			if pages != want {
				t.Errorf("%s by %d come on %d pages, want %d", name, limit, pages, want)
			}
			if diff := cmp.Diff(whole, got); diff != "" {
				t.Errorf("%s by %d: %s", name, limit, diff)
			}
		}
		after, _ := c.list("/v3/"+name+"?"+filter+"&marker="+whole[3], name, "id")
		if diff := cmp.Diff(whole[4:], after); diff != "" {
			t.Errorf("%s after the fourth: %s", name, diff)
		}
		sorted, _ := c.list("/v3/"+name+"?"+filter+"&sort_key=name&sort_dir=desc", name, "id")
		if diff := cmp.Diff(whole, sorted); diff != "" {
			t.Errorf("sort_key is not ignored for %s: %s", name, diff)
		}
		c.Do("GET", "/v3/"+name+"?marker=nobody&limit=2", c.admin, nil).Want(http.StatusNotFound)
		for _, limit := range []string{"x", "-1", "1.5"} {
			c.Do("GET", "/v3/"+name+"?limit="+limit, c.admin, nil).Want(http.StatusBadRequest)
		}
	}
}

func TestAListThatIsCutSaysSo(t *testing.T) {
	c := startCloud(t, servertest.Options{Config: func(c *config.Config) { c.API.ListLimit = 4 }})
	acme := c.crowd()
	for name, filter := range crowds(acme) {
		cut := c.Do("GET", "/v3/"+name+"?"+filter, c.admin, nil).Want(http.StatusOK)
		if got := values(cut, name, "id"); len(got) != 4 || cut.Get("truncated") != true || cut.Get("links.next") != nil {
			t.Errorf("%s: %d items, truncated is %v, next is %v", name, len(got), cut.Get("truncated"), cut.Get("links.next"))
		}
		few := c.Do("GET", "/v3/"+name+"?name=Pat-1&"+filter, c.admin, nil).Want(http.StatusOK)
		if got := values(few, name, "id"); len(got) != 1 || few.Get("truncated") != nil {
			t.Errorf("%s that are not cut: %s", name, few.Body)
		}
		// Whoever asks for pages gets them all.
		if all, _ := c.list("/v3/"+name+"?"+filter+"&limit=6", name, "id"); len(all) != 7 {
			t.Errorf("%s on pages are %d", name, len(all))
		}
	}
	for range 5 {
		c.service("shop")
	}
	if services := c.Do("GET", "/v3/services?type=shop", c.admin, nil); len(values(services, "services", "id")) != 4 || services.Get("truncated") != true {
		t.Errorf("services: %s", services.Body)
	}
	if services := c.Do("GET", "/v3/services?type=identity", c.admin, nil).Want(http.StatusOK); services.Get("truncated") != nil {
		t.Errorf("services that are not cut: %s", services.Body)
	}
}

func TestListsFilterByTheirAttributes(t *testing.T) {
	c := startCloud(t, servertest.Options{})
	acme := c.crowd()
	// 7 are in the crowd, 4 of them enabled.
	for query, want := range map[string]int{"name=Pat-1": 1, "name=pat-1": 0, "name__contains=at-": 7, "name__contains=AT-": 0, "name__icontains=AT-": 7,
		"name__startswith=Pat": 7, "name__startswith=at": 0, "name__istartswith=pAT": 7, "name__endswith=-1": 1, "name__endswith=-": 0, "name__iendswith=T-2": 1,
		"name__contains=%25": 0, "name__contains=_": 0, "name__like=x": 7, "colour=red": 7, "name__contains=at&name__endswith=1": 1} {
		for name, filter := range crowds(acme) {
			if got, _ := c.list("/v3/"+name+"?"+filter+"&"+query, name, "id"); len(got) != want {
				t.Errorf("%s with %s are %d, want %d", name, query, len(got), want)
			}
		}
	}
	for query, want := range map[string]int{"enabled=true": 4, "enabled": 4, "enabled=1": 4, "enabled=yes": 4, "enabled=anything": 4, "enabled=false": 3, "enabled=0": 3,
		"enabled=No": 3, "enabled=OFF": 3, "enabled=f": 3, "enabled=n": 3} {
		for _, name := range []string{"users", "projects", "domains"} {
			if got, _ := c.list("/v3/"+name+"?"+crowds(acme)[name]+"&"+query, name, "id"); len(got) != want {
				t.Errorf("%s with %s are %d, want %d", name, query, len(got), want)
			}
		}
	}
}

func TestTheSmallListsFilterByTheirAttributes(t *testing.T) {
	c := startCloud(t, servertest.Options{})
	acme := c.domain("acme")
	c.newRole("Cook", "")
	c.newRole("Cook", acme)
	nova := c.post("/v3/services", "service", body{"type": "compute", "name": "Nova"})
	c.post("/v3/endpoints", "endpoint", body{"interface": "public", "service_id": nova, "region_id": "RegionOne", "url": "https://a.example.com"})
	c.post("/v3/endpoints", "endpoint", body{"interface": "admin", "service_id": nova, "url": "https://b.example.com"})
	for path, want := range map[string]int{
		"/v3/roles?name=Cook": 1, "/v3/roles?name__istartswith=COO": 1, "/v3/roles?name__startswith=COO": 0, "/v3/roles?domain_id=" + acme: 1,
		"/v3/roles?domain_id=" + acme + "&name__contains=x": 0,
		"/v3/services?name__contains=ov":                    1, "/v3/services?type__endswith=pute&name=Nova": 1, "/v3/services?type__startswith=pute": 0,
		"/v3/endpoints?service_id=" + nova: 2, "/v3/endpoints?service_id=" + nova + "&interface=admin": 1, "/v3/endpoints?service_id=" + nova + "&region_id=RegionOne": 1,
		"/v3/endpoints?service_id=" + nova + "&interface__startswith=pub": 1, "/v3/endpoints?service_id=" + nova + "&region_id__icontains=ONE": 1,
	} {
		name, _, _ := strings.Cut(strings.TrimPrefix(path, "/v3/"), "?")
		if got, _ := c.list(path, name, "id"); len(got) != want {
			t.Errorf("%s finds %d, want %d", path, len(got), want)
		}
	}
}

func TestAUsersProjectsAreFiltered(t *testing.T) {
	c := startCloud(t, servertest.Options{})
	acme, other := c.domain("acme"), c.domain("other")
	ada := c.user("ada", acme)
	for name, domain := range map[string]string{"web": acme, "shop": acme, "lab": other} {
		c.put("projects", c.project(name, domain), "users", ada, "roles", c.role("member"))
	}
	off := c.Do("GET", "/v3/projects?name=shop", c.admin, nil).Text("projects.0.id")
	c.Do("PATCH", "/v3/projects/"+off, c.admin, `{"project": {"enabled": false}}`).Want(http.StatusOK)
	for query, want := range map[string]int{"": 3, "name=web": 1, "name__contains=b": 2, "name__iendswith=B": 2, "domain_id=" + acme: 2, "domain_id=" + acme + "&enabled=true": 1,
		"enabled=0": 1, "name=nothing": 0} {
		if got, _ := c.list("/v3/users/"+ada+"/projects?"+query, "projects", "id"); len(got) != want {
			t.Errorf("%s finds %d, want %d", query, len(got), want)
		}
	}
}

func TestADomainsManagerSeesItsDomainOnly(t *testing.T) {
	c := startCloud(t, servertest.Options{})
	acme := c.crowd()
	ada := c.user("ada", acme)
	c.put("domains", acme, "users", ada, "roles", c.role("manager"))
	token := c.login(ada, servertest.Domain(acme))
	for name, want := range map[string]int{"domains": 1, "users": 8, "groups": 7, "projects": 7} {
		if got := values(c.Do("GET", "/v3/"+name, token, nil), name, "id"); len(got) != want {
			t.Errorf("%d %s, want %d", len(got), name, want)
		}
	}
	if got := values(c.Do("GET", "/v3/domains?name=Pat-1", token, nil), "domains", "id"); len(got) != 0 {
		t.Errorf("another domain is listed: %v", got)
	}
	next := c.Do("GET", "/v3/users?limit=3", token, nil).Want(http.StatusOK).Text("links.next")
	where, err := url.Parse(next)
	if err != nil || where.Query().Get("limit") != "3" || where.Query().Get("marker") == "" {
		t.Errorf("the next page is %s", next)
	}
}

func TestApplicationCredentialsAndAccessRulesAreFiltered(t *testing.T) {
	c := startCloud(t, servertest.Options{})
	path := "/v3/users/" + string(c.Admin.User)
	for i, name := range []string{"Build", "deploy"} {
		c.post(path+"/application_credentials", "application_credential", body{"name": name, "access_rules": []any{
			body{"service": "compute", "method": []string{"GET", "POST"}[i], "path": "/v2.1/servers"}}})
	}
	for query, want := range map[string]int{"application_credentials?name=Build": 1, "application_credentials?name__istartswith=BU": 1,
		"application_credentials?name__contains=l": 2, "application_credentials?name__endswith=x": 0, "access_rules?method=GET": 1,
		"access_rules?method__startswith=P": 1, "access_rules?path__icontains=SERV&service=compute": 2, "access_rules?service__endswith=x": 0} {
		name, _, _ := strings.Cut(query, "?")
		if got, _ := c.list(path+"/"+query, name, "id"); len(got) != want {
			t.Errorf("%s finds %d, want %d", query, len(got), want)
		}
	}
}

// A list longer than what is put together at once comes whole, and in one piece of JSON.
func TestALongListComesInParts(t *testing.T) {
	c := startCloud(t, servertest.Options{})
	long := strings.Repeat("long ", 4000)
	for i := range 40 {
		c.post("/v3/groups", "group", body{"name": fmt.Sprint("group-", i), "description": long})
	}
	answer := c.Do("GET", "/v3/groups?name__startswith=group-", c.admin, nil).Want(http.StatusOK)
	if got := values(answer, "groups", "description"); len(got) != 40 || got[39] != long {
		t.Errorf("%d groups came", len(got))
	}
	if answer.Header.Get("Content-Length") != "" {
		t.Error("the answer was put together before it was sent")
	}
	if short := c.Do("GET", "/v3/groups?name=group-1", c.admin, nil).Want(http.StatusOK); short.Header.Get("Content-Length") != fmt.Sprint(len(short.Body)) {
		t.Error("a short answer has no length")
	}
}
