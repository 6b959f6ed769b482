package storetest

import (
	"context"
	"testing"

	"github.com/lintel-id/lintel/internal/identity"
	"github.com/lintel-id/lintel/internal/store"
)

// The associations of the test world with endpoints and endpoint groups.
func seenByWeb() identity.ProjectEndpoint {
	return identity.ProjectEndpoint{ProjectID: "web", EndpointID: "nova-public"}
}

func seenByWebTest() identity.ProjectEndpointGroup {
	return identity.ProjectEndpointGroup{ProjectID: "web-test", EndpointGroupID: "eu-public"}
}

func endpointFilterObjects() []identity.Change {
	one, group := seenByWeb(), seenByWebTest()
	return []identity.Change{
		{Kind: identity.ChangeEndpointGroup, Key: "eu-public", Object: &identity.EndpointGroup{ID: "eu-public", Name: "In Europe", Description: "for all",
			Filter: identity.EndpointMatch{Interface: identity.PublicInterface, ServiceID: "nova", RegionID: "eu-west"}}},
		{Kind: identity.ChangeProjectEndpoint, Key: one.Key(), Object: &one},
		{Kind: identity.ChangeProjectEndpointGroup, Key: group.Key(), Object: &group},
	}
}

// endpointFilterID is an association as the change log has it.
func endpointFilterID(object interface{ Key() string }) id {
	if p, ok := object.(identity.ProjectEndpoint); ok {
		return id{identity.ChangeProjectEndpoint, p.Key()}
	}
	return id{identity.ChangeProjectEndpointGroup, object.Key()}
}

func insertEndpointGroup(g identity.EndpointGroup) step {
	return func(ctx context.Context, tx *store.Tx) error { return tx.InsertEndpointGroup(ctx, &g) }
}

func addProjectEndpoint(p identity.ProjectEndpoint) step {
	return func(ctx context.Context, tx *store.Tx) error { return tx.AddProjectEndpoint(ctx, p) }
}

func addProjectEndpointGroup(p identity.ProjectEndpointGroup) step {
	return func(ctx context.Context, tx *store.Tx) error { return tx.AddProjectEndpointGroup(ctx, p) }
}

func testEndpointFilters(t *testing.T, s *store.Store) {
	ctx := context.Background()
	seed(t, s)
	for words, step := range map[string]step{
		"Conflict occurred attempting to store project_endpoint - Duplicate entry.":       addProjectEndpoint(seenByWeb()),
		"Conflict occurred attempting to store project_endpoint_group - Duplicate entry.": addProjectEndpointGroup(seenByWebTest()),
	} {
		equal(t, "message", refused(t, s, identity.Conflict, step).Message, words)
	}
	for words, step := range map[string]step{
		"Endpoint nova-admin not found in project web": func(ctx context.Context, tx *store.Tx) error {
			return tx.RemoveProjectEndpoint(ctx, identity.ProjectEndpoint{ProjectID: "web", EndpointID: "nova-admin"})
		},
		"Endpoint Group Project Association not found": func(ctx context.Context, tx *store.Tx) error {
			return tx.RemoveProjectEndpointGroup(ctx, identity.ProjectEndpointGroup{ProjectID: "web", EndpointGroupID: "eu-public"})
		},
		"Could not find Endpoint Group: x.": func(ctx context.Context, tx *store.Tx) error { return tx.DeleteEndpointGroup(ctx, "x") },
		"Could not find Endpoint Group: y.": func(ctx context.Context, tx *store.Tx) error {
			return tx.UpdateEndpointGroup(ctx, &identity.EndpointGroup{ID: "y"})
		},
	} {
		equal(t, "message", refused(t, s, identity.NotFound, step).Message, words)
	}
	for _, step := range []step{
		addProjectEndpoint(identity.ProjectEndpoint{ProjectID: "nowhere", EndpointID: "nova-admin"}),
		addProjectEndpoint(identity.ProjectEndpoint{ProjectID: "web", EndpointID: "nothing"}),
		addProjectEndpointGroup(identity.ProjectEndpointGroup{ProjectID: "web", EndpointGroupID: "nothing"}),
	} {
		_ = refused(t, s, identity.Invalid, step)
	}
	update(t, s, addProjectEndpoint(identity.ProjectEndpoint{ProjectID: "acme", EndpointID: "nova-public"}), insertEndpointGroup(identity.EndpointGroup{ID: "other", Name: "Others"}),
		addProjectEndpointGroup(identity.ProjectEndpointGroup{ProjectID: "web", EndpointGroupID: "eu-public"}))
	equal(t, "projects of an endpoint", projectIDs(t)(s.ListProjectsOfEndpoint(ctx, "nova-public")), []identity.ProjectID{"acme", "web"})
	equal(t, "projects of a group", projectIDs(t)(s.ListProjectsOfEndpointGroup(ctx, "eu-public")), []identity.ProjectID{"web", "web-test"})
	for _, test := range []struct {
		filter identity.EndpointGroupFilter
		want   []identity.EndpointGroupID
	}{
		{identity.EndpointGroupFilter{}, []identity.EndpointGroupID{"eu-public", "other"}},
		{identity.EndpointGroupFilter{Name: "Others"}, []identity.EndpointGroupID{"other"}},
		{identity.EndpointGroupFilter{Text: []identity.TextFilter{{Attribute: "name", Match: identity.StartsWith, Value: "In"}}}, []identity.EndpointGroupID{"eu-public"}},
	} {
		groups, err := s.ListEndpointGroups(ctx, test.filter)
		must(t, err)
		var ids []identity.EndpointGroupID
		for _, g := range groups {
			ids = append(ids, g.ID)
		}
		equal(t, "endpoint groups", ids, test.want)
	}
}

func projectIDs(t *testing.T) func([]identity.Project, error) []identity.ProjectID {
	return func(projects []identity.Project, err error) (ids []identity.ProjectID) {
		must(t, err)
		for _, p := range projects {
			ids = append(ids, p.ID)
		}
		return ids
	}
}

func testEndpointFilterCascades(t *testing.T, s *store.Store) {
	seed(t, s)
	t.Run("endpoint group", func(t *testing.T) {
		expectGone(t, s, func(ctx context.Context, tx *store.Tx) error { return tx.DeleteEndpointGroup(ctx, "eu-public") },
			[]id{{identity.ChangeEndpointGroup, "eu-public"}, endpointFilterID(seenByWebTest())}, nil)
	})
	t.Run("endpoint", func(t *testing.T) {
		expectGone(t, s, func(ctx context.Context, tx *store.Tx) error { return tx.DeleteEndpoint(ctx, "nova-public") },
			[]id{{identity.ChangeEndpoint, "nova-public"}, endpointFilterID(seenByWeb())}, nil)
	})
	t.Run("associations themselves", func(t *testing.T) {
		expectGone(t, s, func(ctx context.Context, tx *store.Tx) error {
			if err := tx.RemoveProjectEndpoint(ctx, seenByWeb()); err != nil {
				return err
			}
			return tx.RemoveProjectEndpointGroup(ctx, seenByWebTest())
		}, []id{endpointFilterID(seenByWeb()), endpointFilterID(seenByWebTest())}, nil)
	})
}
