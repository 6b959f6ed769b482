package storetest

import (
	"context"
	"testing"

	"github.com/lintel-id/lintel/internal/identity"
	"github.com/lintel-id/lintel/internal/store"
)

func insertRegisteredLimit(l identity.RegisteredLimit) step {
	return func(ctx context.Context, tx *store.Tx) error { return tx.InsertRegisteredLimit(ctx, &l) }
}

func insertLimit(l identity.Limit) step {
	return func(ctx context.Context, tx *store.Tx) error { return tx.InsertLimit(ctx, &l) }
}

func registeredLimitID(l identity.RegisteredLimit) string { return string(l.ID) }
func limitID(l identity.Limit) string                     { return string(l.ID) }

// seedLimits adds limits to the world; none of them is part of the model.
func seedLimits(t *testing.T, s *store.Store) {
	t.Helper()
	seed(t, s)
	equal(t, "revision after adding limits", update(t, s, limitInsertions()...), 1)
}

func limitInsertions() []step {
	return []step{
		insertRegisteredLimit(identity.RegisteredLimit{ID: "cores", ServiceID: "nova", ResourceName: "cores", Default: 10, Description: "of machines"}),
		insertRegisteredLimit(identity.RegisteredLimit{ID: "west-cores", ServiceID: "nova", RegionID: "eu-west", ResourceName: "cores", Default: -1}),
		insertLimit(identity.Limit{ID: "web-cores", RegisteredID: "cores", ProjectID: "web", Value: 2147483647, Description: "much"}),
		insertLimit(identity.Limit{ID: "acme-cores", RegisteredID: "cores", DomainID: "acme", Value: 0}),
		insertLimit(identity.Limit{ID: "west", RegisteredID: "west-cores", DomainID: "other", Value: 5}),
	}
}

func testLimits(t *testing.T, s *store.Store) {
	ctx := context.Background()
	seedLimits(t, s)
	registered, err := s.RegisteredLimit(ctx, "west-cores")
	must(t, err)
	equal(t, "registered limit", *registered, identity.RegisteredLimit{ID: "west-cores", ServiceID: "nova", RegionID: "eu-west", ResourceName: "cores", Default: -1})
	limit, err := s.Limit(ctx, "web-cores")
	must(t, err)
	equal(t, "limit", *limit, identity.Limit{ID: "web-cores", RegisteredID: "cores", ProjectID: "web", ProjectDomainID: "acme", ServiceID: "nova",
		ResourceName: "cores", Value: 2147483647, Description: "much"})
	anywhere, err := s.RegisteredLimitFor(ctx, "nova", "", "cores")
	must(t, err)
	equal(t, "registered limit of no region", anywhere.ID, "cores")
	limits := func(f identity.LimitFilter) string {
		list, err := s.ListLimits(ctx, f)
		return ids(t, limitID, list, err)
	}
	for _, test := range []struct{ what, got, want string }{
		{"all", limits(identity.LimitFilter{}), "acme-cores web-cores west"},
		{"of a project", limits(identity.LimitFilter{ProjectID: "web"}), "web-cores"},
		{"of a domain as project", limits(identity.LimitFilter{ProjectID: "acme"}), ""},
		{"of a domain", limits(identity.LimitFilter{DomainID: "acme"}), "acme-cores"},
		{"in a domain", limits(identity.LimitFilter{In: "acme"}), "acme-cores web-cores"},
		{"of one place", limits(identity.LimitFilter{Of: "other"}), "west"},
		{"of a registered limit", limits(identity.LimitFilter{RegisteredID: "cores"}), "acme-cores web-cores"},
		{"of a region", limits(identity.LimitFilter{RegionID: "eu-west", ServiceID: "nova", ResourceName: "cores"}), "west"},
		{"the second", limits(identity.LimitFilter{Page: identity.Page{Marker: "acme-cores", Limit: 1}}), "web-cores"},
	} {
		equal(t, test.what, test.got, test.want)
	}
}

func testLimitRules(t *testing.T, s *store.Store) {
	seedLimits(t, s)
	_ = refused(t, s, identity.Conflict, insertRegisteredLimit(identity.RegisteredLimit{ID: "n", ServiceID: "nova", ResourceName: "cores"}))
	_ = refused(t, s, identity.Conflict, insertRegisteredLimit(identity.RegisteredLimit{ID: "n", ServiceID: "nova", RegionID: "eu-west", ResourceName: "cores"}))
	_ = refused(t, s, identity.Conflict, insertLimit(identity.Limit{ID: "n", RegisteredID: "cores", ProjectID: "web"}))
	_ = refused(t, s, identity.Invalid, insertLimit(identity.Limit{ID: "n", RegisteredID: "nothing", ProjectID: "web"}))
	_ = refused(t, s, identity.Invalid, insertLimit(identity.Limit{ID: "n", RegisteredID: "cores", ProjectID: "nowhere"}))
	_ = refused(t, s, identity.NotFound, func(ctx context.Context, tx *store.Tx) error { return tx.DeleteLimit(ctx, "nothing") })
	_ = refused(t, s, identity.NotFound, func(ctx context.Context, tx *store.Tx) error { return tx.DeleteRegisteredLimit(ctx, "nothing") })
}

func testLimitCascades(t *testing.T, s *store.Store) {
	ctx := context.Background()
	seedLimits(t, s)
	for _, test := range []struct {
		what                     string
		delete                   step
		registeredLeft, rowsLeft string
	}{
		{"project", func(ctx context.Context, tx *store.Tx) error {
			if err := tx.DeleteProject(ctx, "web-test"); err != nil {
				return err
			}
			return tx.DeleteProject(ctx, "web")
		}, "cores west-cores", "acme-cores west"},
		{"domain", func(ctx context.Context, tx *store.Tx) error {
			if err := tx.DeleteDomainContents(ctx, "acme"); err != nil {
				return err
			}
			return tx.DeleteProject(ctx, "acme")
		}, "cores west-cores", "west"},
		{"region", func(ctx context.Context, tx *store.Tx) error {
			if err := tx.DeleteEndpoint(ctx, "nova-public"); err != nil {
				return err
			}
			return tx.DeleteRegion(ctx, "eu-west")
		}, "cores west-cores", "acme-cores web-cores west"},
		{"service", func(ctx context.Context, tx *store.Tx) error { return tx.DeleteService(ctx, "nova") }, "cores west-cores", "acme-cores web-cores west"},
	} {
		update(t, s, test.delete)
		registered, err := s.ListRegisteredLimits(ctx, identity.RegisteredLimitFilter{})
		equal(t, "registered limits after the "+test.what, ids(t, registeredLimitID, registered, err), test.registeredLeft)
		limits, err := s.ListLimits(ctx, identity.LimitFilter{})
		equal(t, "limits after the "+test.what, ids(t, limitID, limits, err), test.rowsLeft)
		restore(t, s)
		for _, l := range registered {
			update(t, s, func(ctx context.Context, tx *store.Tx) error { return tx.DeleteRegisteredLimit(ctx, l.ID) })
		}
		update(t, s, limitInsertions()...)
	}
}
