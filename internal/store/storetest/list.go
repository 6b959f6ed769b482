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

func itself[ID ~string](id ID) string           { return string(id) }
func roleID(r identity.Role) string             { return string(r.ID) }
func regionID(r identity.Region) string         { return string(r.ID) }
func serviceID(s identity.Service) string       { return string(s.ID) }
func endpointID(e identity.Endpoint) string     { return string(e.ID) }
func assignmentID(a identity.Assignment) string { return strings.ReplaceAll(a.Key(), "\x1f", "/") }

func expires(o identity.TimeOrder, second int64) []identity.TimeFilter {
	return []identity.TimeFilter{{Order: o, Time: at(second)}}
}

func testLists(t *testing.T, s *store.Store) {
	ctx := context.Background()
	seed(t, s)
	projects := func(f identity.ProjectFilter) string {
		list, err := s.ListProjectIDs(ctx, f)
		return ids(t, itself, list, err)
	}
	users := func(f identity.UserFilter) string {
		list, err := s.ListUserIDs(ctx, f)
		return ids(t, itself, list, err)
	}
	groups := func(f identity.GroupFilter) string {
		list, err := s.ListGroupIDs(ctx, f)
		return ids(t, itself, list, err)
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
		{"users by expiry of the password: before", users(identity.UserFilter{Expires: expires(identity.Before, 1001)}), "ada"},
		{"users by expiry of the password: at that time", users(identity.UserFilter{Expires: expires(identity.AtTime, 1000)}), "ada"},
		{"users by expiry of the password: at another", users(identity.UserFilter{Expires: expires(identity.AtOtherTime, 999)}), "ada"},
		{"users by expiry of the password: after", users(identity.UserFilter{Expires: expires(identity.After, 1000)}), ""},
		{"users by expiry of the password: between", users(identity.UserFilter{Expires: append(expires(identity.NotBefore, 1000), expires(identity.NotAfter, 1000)...)}), "ada"},
		{"disabled users", users(identity.UserFilter{Enabled: ptr(false)}), ""},
		{"groups", groups(identity.GroupFilter{}), "staff"},
		{"groups of a domain", groups(identity.GroupFilter{DomainID: "other"}), ""},
		{"groups of a user", groups(identity.GroupFilter{UserID: "root", Name: "Staff"}), "staff"},
	} {
		equal(t, test.what, test.got, test.want)
	}
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
	nameOf := map[identity.UserID]string{"ada": "Ada"}
	names := []string{"100%", "100x", `back\slash`, "under_score", "underscore", "Ünder", "UNDER"}
	for i, name := range names {
		update(t, s, insertUser(identity.User{ID: identity.UserID(fmt.Sprint("n", i)), DomainID: "other", Name: name}))
		nameOf[identity.UserID(fmt.Sprint("n", i))] = name
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
		list, err := s.ListUserIDs(ctx, identity.UserFilter{Text: []identity.TextFilter{test.filter}})
		must(t, err)
		var got []string
		for _, id := range list {
			got = append(got, nameOf[id])
		}
		slices.Sort(got)
		slices.Sort(test.want)
		equal(t, fmt.Sprintf("%+v", test.filter), got, test.want)
	}
	groups, err := s.ListGroupIDs(ctx, identity.GroupFilter{Text: []identity.TextFilter{{Attribute: "description", Value: "al"}}})
	equal(t, "groups by description", ids(t, itself, groups, err), "staff")
	roles, err := s.ListRoles(ctx, identity.RoleFilter{Text: []identity.TextFilter{{Attribute: "name", Match: identity.EndsWith, Value: "er"}}})
	equal(t, "roles by name", ids(t, roleID, roles, err), "member reader")
	_, err = s.ListUserIDs(ctx, identity.UserFilter{Text: []identity.TextFilter{{Attribute: "hash FROM password --", Value: "x"}}})
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
		list, err := s.ListProjectIDs(ctx, test.filter)
		equal(t, fmt.Sprintf("%+v", test.filter), ids(t, itself, list, err), test.want)
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
		list, err := s.ListUserIDs(ctx, identity.UserFilter{DomainID: "other", Name: "", Page: page})
		must(t, err)
		g, err := s.ListGroupIDs(ctx, identity.GroupFilter{DomainID: "other", Page: page})
		must(t, err)
		p, err := s.ListProjectIDs(ctx, identity.ProjectFilter{DomainID: "other", Page: page})
		must(t, err)
		if len(list) > 2 || len(g) > 2 || len(p) > 2 {
			t.Fatalf("pages of %d, %d and %d", len(list), len(g), len(p))
		}
		if len(list) == 0 {
			break
		}
		users = append(users, strings.Fields(ids(t, itself, list, nil))...)
		groups = append(groups, strings.Fields(ids(t, itself, g, nil))...)
		projects = append(projects, strings.Fields(ids(t, itself, p, nil))...)
		page.Marker = users[len(users)-1]
	}
	want := strings.Fields("- 9 C Z _ a b e j")
	equal(t, "groups", groups, want)
	equal(t, "projects", projects, want)
	equal(t, "users", users, append(slices.Clone(want), "root"))
}
