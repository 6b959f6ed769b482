package storetest

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/lintel-id/lintel/internal/identity"
	"github.com/lintel-id/lintel/internal/store"
)

// ids are the ids of a list, joined.
func ids[T any](t *testing.T, key func(T) string, list []T, err error) string {
	t.Helper()
	must(t, err)
	var out []string
	for _, v := range list {
		out = append(out, key(v))
	}
	return strings.Join(out, " ")
}

func projectID(p identity.Project) string       { return string(p.ID) }
func userID(u identity.User) string             { return string(u.ID) }
func groupID(g identity.Group) string           { return string(g.ID) }
func roleID(r identity.Role) string             { return string(r.ID) }
func regionID(r identity.Region) string         { return string(r.ID) }
func serviceID(s identity.Service) string       { return string(s.ID) }
func endpointID(e identity.Endpoint) string     { return string(e.ID) }
func assignmentID(a identity.Assignment) string { return strings.ReplaceAll(a.Key(), "\x1f", "/") }

func testLists(t *testing.T, s *store.Store) {
	ctx := context.Background()
	seed(t, s)
	projects := func(f identity.ProjectFilter) string {
		list, err := s.ListProjects(ctx, f)
		return ids(t, projectID, list, err)
	}
	users := func(f identity.UserFilter) string {
		list, err := s.ListUsers(ctx, f)
		return ids(t, userID, list, err)
	}
	groups := func(f identity.GroupFilter) string {
		list, err := s.ListGroups(ctx, f)
		return ids(t, groupID, list, err)
	}
	for _, test := range []struct{ what, got, want string }{
		{"projects", projects(identity.ProjectFilter{}), "web web-test"},
		{"domains", projects(identity.ProjectFilter{IsDomain: true}), "acme other"},
		{"domains by name", projects(identity.ProjectFilter{IsDomain: true, Name: "ACME"}), "acme"},
		{"projects of a domain", projects(identity.ProjectFilter{DomainID: "other"}), ""},
		{"projects below", projects(identity.ProjectFilter{ParentID: "web"}), "web-test"},
		{"enabled projects", projects(identity.ProjectFilter{Enabled: ptr(true)}), "web"},
		{"disabled projects", projects(identity.ProjectFilter{Enabled: ptr(false)}), "web-test"},
		{"users", users(identity.UserFilter{}), "ada root"},
		{"users of a domain", users(identity.UserFilter{DomainID: "acme"}), "ada"},
		{"users by name", users(identity.UserFilter{Name: "Ada"}), "ada"},
		{"users by name in other case", users(identity.UserFilter{Name: "ada"}), ""},
		{"users of a group", users(identity.UserFilter{GroupID: "staff", DomainID: "other"}), "root"},
		{"disabled users", users(identity.UserFilter{Enabled: ptr(false)}), ""},
		{"groups", groups(identity.GroupFilter{}), "staff"},
		{"groups of a domain", groups(identity.GroupFilter{DomainID: "other"}), ""},
		{"groups of a user", groups(identity.GroupFilter{UserID: "root", Name: "Staff"}), "staff"},
	} {
		equal(t, test.what, test.got, test.want)
	}
	list, err := s.ListProjects(ctx, identity.ProjectFilter{Name: "web"})
	must(t, err)
	equal(t, "tags in a list", list[0].Tags, []string{"blue", "prod"})
}

func testRoleAndCatalogLists(t *testing.T, s *store.Store) {
	ctx := context.Background()
	seed(t, s)
	roles := func(f identity.RoleFilter) string {
		list, err := s.ListRoles(ctx, f)
		return ids(t, roleID, list, err)
	}
	regions := func(parent identity.RegionID) string {
		list, err := s.ListRegions(ctx, parent)
		return ids(t, regionID, list, err)
	}
	services := func(f identity.ServiceFilter) string {
		list, err := s.ListServices(ctx, f)
		return ids(t, serviceID, list, err)
	}
	endpoints := func(f identity.EndpointFilter) string {
		list, err := s.ListEndpoints(ctx, f)
		return ids(t, endpointID, list, err)
	}
	assignments := func(f identity.AssignmentFilter) string {
		list, err := s.ListAssignments(ctx, f)
		return ids(t, assignmentID, list, err)
	}
	onProject, toGroup := assignmentID(grantOnProject()), assignmentID(grantToGroup())
	onSystem, elsewhere := assignmentID(grantOnSystem()), assignmentID(grantElsewhere())
	for _, test := range []struct{ what, got, want string }{
		{"global roles", roles(identity.RoleFilter{}), "member reader"},
		{"roles of a domain", roles(identity.RoleFilter{DomainID: "acme", Name: "member"}), "acme-boss"},
		{"regions", regions(""), "eu eu-west"},
		{"regions below", regions("eu"), "eu-west"},
		{"services", services(identity.ServiceFilter{Type: "compute", Name: "Nova"}), "nova"},
		{"services of no type", services(identity.ServiceFilter{Type: "image"}), ""},
		{"endpoints", endpoints(identity.EndpointFilter{}), "nova-admin nova-public"},
		{"endpoints by all", endpoints(identity.EndpointFilter{Interface: identity.PublicInterface, ServiceID: "nova", RegionID: "eu-west"}), "nova-public"},
		{"assignments", assignments(identity.AssignmentFilter{}), toGroup + " " + onProject + " " + onSystem + " " + elsewhere},
		{"assignments of a user", assignments(identity.AssignmentFilter{User: "ada"}), onProject + " " + onSystem},
		{"assignments of a group", assignments(identity.AssignmentFilter{Group: "staff", Inherited: true}), toGroup},
		{"assignments of a role", assignments(identity.AssignmentFilter{Role: "reader"}), onSystem + " " + elsewhere},
		{"assignments on a project", assignments(identity.AssignmentFilter{Project: "web"}), onProject},
		{"assignments on a domain", assignments(identity.AssignmentFilter{Domain: "acme"}), toGroup + " " + elsewhere},
		{"assignments on the system", assignments(identity.AssignmentFilter{System: true}), onSystem},
	} {
		equal(t, test.what, test.got, test.want)
	}
}

func testTextFilters(t *testing.T, s *store.Store) {
	ctx := context.Background()
	seed(t, s)
	names := []string{"100%", "100x", `back\slash`, "under_score", "underscore", "Ünder", "UNDER"}
	for i, name := range names {
		update(t, s, insertUser(identity.User{ID: identity.UserID(fmt.Sprint("n", i)), DomainID: "other", Name: name}))
	}
	for _, test := range []struct {
		filter identity.TextFilter
		want   []string
	}{
		{identity.TextFilter{Attribute: "name", Match: identity.Contains, Value: "0%"}, []string{"100%"}},
		{identity.TextFilter{Attribute: "name", Match: identity.StartsWith, Value: "100"}, []string{"100%", "100x"}},
		{identity.TextFilter{Attribute: "name", Match: identity.StartsWith, Value: "00"}, nil},
		{identity.TextFilter{Attribute: "name", Match: identity.EndsWith, Value: "x"}, []string{"100x"}},
		{identity.TextFilter{Attribute: "name", Match: identity.Contains, Value: `k\s`}, []string{`back\slash`}},
		{identity.TextFilter{Attribute: "name", Match: identity.Contains, Value: "r_s"}, []string{"under_score"}},
		{identity.TextFilter{Attribute: "name", Match: identity.StartsWith, Value: "under"}, []string{"under_score", "underscore"}},
		{identity.TextFilter{Attribute: "name", Match: identity.StartsWith, Fold: true, Value: "Under"}, []string{"under_score", "underscore", "UNDER"}},
		{identity.TextFilter{Attribute: "name", Match: identity.Contains, Fold: true, Value: "ÜNDER"}, []string{"Ünder"}},
		{identity.TextFilter{Attribute: "email", Match: identity.EndsWith, Value: "@acme.example"}, []string{"Ada"}},
	} {
		list, err := s.ListUsers(ctx, identity.UserFilter{Text: []identity.TextFilter{test.filter}})
		must(t, err)
		var got []string
		for _, u := range list {
			got = append(got, u.Name)
		}
		slices.Sort(got)
		slices.Sort(test.want)
		equal(t, fmt.Sprintf("%+v", test.filter), got, test.want)
	}
	groups, err := s.ListGroups(ctx, identity.GroupFilter{Text: []identity.TextFilter{{Attribute: "description", Value: "al"}}})
	equal(t, "groups by description", ids(t, groupID, groups, err), "staff")
	roles, err := s.ListRoles(ctx, identity.RoleFilter{Text: []identity.TextFilter{{Attribute: "name", Match: identity.EndsWith, Value: "er"}}})
	equal(t, "roles by name", ids(t, roleID, roles, err), "member reader")
	_, err = s.ListUsers(ctx, identity.UserFilter{Text: []identity.TextFilter{{Attribute: "hash FROM password --", Value: "x"}}})
	equal(t, "kind of error for a column not allowed", identity.KindOf(err), identity.Invalid)
}

// testTagFilters follows the Identity API: tags all, tags-any one, not-tags not all, not-tags-any none.
func testTagFilters(t *testing.T, s *store.Store) {
	ctx := context.Background()
	seed(t, s)
	for _, tags := range []string{"a", "b", "a b", "a b c", "A"} {
		name := strings.ReplaceAll(tags, " ", "")
		update(t, s, insertProject(identity.Project{ID: identity.ProjectID("p" + name), DomainID: "other", ParentID: "other", Name: name, Tags: strings.Fields(tags)}))
	}
	for _, test := range []struct {
		filter identity.ProjectFilter
		want   string
	}{
		{identity.ProjectFilter{Tags: []string{"a", "b"}}, "pab pabc"},
		{identity.ProjectFilter{Tags: []string{"b", "a", "b"}}, "pab pabc"},
		{identity.ProjectFilter{TagsAny: []string{"b", "c"}}, "pab pabc pb"},
		{identity.ProjectFilter{NotTags: []string{"a", "b"}}, "pA pa pb"},
		{identity.ProjectFilter{NotTagsAny: []string{"a", "b"}}, "pA"},
		{identity.ProjectFilter{Tags: []string{"a"}, NotTagsAny: []string{"b"}}, "pa"},
	} {
		test.filter.DomainID = "other"
		list, err := s.ListProjects(ctx, test.filter)
		equal(t, fmt.Sprintf("%+v", test.filter), ids(t, projectID, list, err), test.want)
	}
}

func testPages(t *testing.T, s *store.Store) {
	ctx := context.Background()
	seed(t, s)
	var steps []step
	for _, i := range "jaCe_9Zb-" { // ids sort by byte, whatever the database's language
		steps = append(steps, insertUser(identity.User{ID: identity.UserID(i), DomainID: "other", Name: string(i)}),
			insertGroup(identity.Group{ID: identity.GroupID(i), DomainID: "other", Name: string(i)}),
			insertProject(identity.Project{ID: identity.ProjectID(i), DomainID: "other", ParentID: "other", Name: string(i)}))
	}
	update(t, s, steps...)
	var users, groups, projects []string
	for page := (identity.Page{Limit: 2}); ; {
		list, err := s.ListUsers(ctx, identity.UserFilter{DomainID: "other", Name: "", Page: page})
		must(t, err)
		g, err := s.ListGroups(ctx, identity.GroupFilter{DomainID: "other", Page: page})
		must(t, err)
		p, err := s.ListProjects(ctx, identity.ProjectFilter{DomainID: "other", Page: page})
		must(t, err)
		if len(list) > 2 || len(g) > 2 || len(p) > 2 {
			t.Fatalf("pages of %d, %d and %d", len(list), len(g), len(p))
		}
		if len(list) == 0 {
			break
		}
		users = append(users, strings.Fields(ids(t, userID, list, nil))...)
		groups = append(groups, strings.Fields(ids(t, groupID, g, nil))...)
		projects = append(projects, strings.Fields(ids(t, projectID, p, nil))...)
		page.Marker = users[len(users)-1]
	}
	want := strings.Fields("- 9 C Z _ a b e j")
	equal(t, "groups", groups, want)
	equal(t, "projects", projects, want)
	equal(t, "users", users, append(slices.Clone(want), "root"))
}
