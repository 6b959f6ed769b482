package storetest

import (
	"context"
	"testing"

	"github.com/lintel-id/lintel/internal/identity"
	"github.com/lintel-id/lintel/internal/store"
)

func insertPolicyDocument(p identity.PolicyDocument) step {
	return func(ctx context.Context, tx *store.Tx) error { return tx.InsertPolicyDocument(ctx, &p) }
}

func putPolicyAssociation(a identity.PolicyAssociation) step {
	return func(ctx context.Context, tx *store.Tx) error { return tx.PutPolicyAssociation(ctx, a) }
}

func testPolicyDocuments(t *testing.T, s *store.Store) {
	ctx := context.Background()
	seed(t, s)
	open := identity.PolicyDocument{ID: "open", Type: "application/json", Blob: "{\n\t\"a\": \"\u2603\"}\r\n", Extra: `{"k":1}`}
	shut := identity.PolicyDocument{ID: "shut", Type: "text/plain", Blob: ""}
	_, rev := load(t, s)
	equal(t, "revision after inserting what is no part of the model", update(t, s, insertPolicyDocument(open), insertPolicyDocument(shut)), rev)
	got, err := s.PolicyDocument(ctx, "open")
	must(t, err)
	equal(t, "policy", got, open)
	_ = refused(t, s, identity.Conflict, insertPolicyDocument(open))
	for _, step := range []step{
		func(ctx context.Context, tx *store.Tx) error {
			return tx.UpdatePolicyDocument(ctx, &identity.PolicyDocument{ID: "x"})
		},
		func(ctx context.Context, tx *store.Tx) error { return tx.DeletePolicyDocument(ctx, "x") },
		func(ctx context.Context, tx *store.Tx) error { _, err := tx.PolicyDocument(ctx, "x"); return err },
	} {
		equal(t, "message", refused(t, s, identity.NotFound, step).Message, "Could not find policy: x.")
	}
	changed := identity.PolicyDocument{ID: "open", Type: "text/yaml", Blob: "a: b"}
	update(t, s, func(ctx context.Context, tx *store.Tx) error { return tx.UpdatePolicyDocument(ctx, &changed) })
	for _, test := range []struct {
		filter identity.PolicyDocumentFilter
		want   []identity.PolicyDocument
	}{
		{identity.PolicyDocumentFilter{}, []identity.PolicyDocument{changed, shut}},
		{identity.PolicyDocumentFilter{Type: "text/plain"}, []identity.PolicyDocument{shut}},
		{identity.PolicyDocumentFilter{Text: []identity.TextFilter{{Attribute: "type", Match: identity.EndsWith, Value: "yaml"}}}, []identity.PolicyDocument{changed}},
	} {
		list, err := s.ListPolicyDocuments(ctx, test.filter)
		must(t, err)
		equal(t, "policies", list, test.want)
	}
}

func testPolicyAssociations(t *testing.T, s *store.Store) {
	ctx := context.Background()
	list := func(t *testing.T, of identity.PolicyID, want ...identity.PolicyAssociation) {
		t.Helper()
		got, err := s.PolicyAssociations(ctx, of)
		must(t, err)
		equal(t, "associations of "+string(of), got, want)
	}
	service := identity.PolicyAssociation{PolicyID: "open", ServiceID: "nova"}
	region := identity.PolicyAssociation{PolicyID: "open", ServiceID: "nova", RegionID: "eu"}
	endpoint := identity.PolicyAssociation{PolicyID: "open", EndpointID: "nova-public"}
	taken := identity.PolicyAssociation{PolicyID: "shut", ServiceID: "nova"}
	seed(t, s)
	update(t, s, insertPolicyDocument(identity.PolicyDocument{ID: "open"}), insertPolicyDocument(identity.PolicyDocument{ID: "shut"}),
		putPolicyAssociation(region), putPolicyAssociation(endpoint), putPolicyAssociation(service))
	update(t, s, putPolicyAssociation(service)) // again is no error
	list(t, "open", service, region, endpoint)
	update(t, s, putPolicyAssociation(taken))
	list(t, "open", region, endpoint)
	list(t, "", taken, region, endpoint)
	update(t, s, func(ctx context.Context, tx *store.Tx) error {
		if err := tx.RemovePolicyAssociation(ctx, service); err != nil { // it is the other document's now
			return err
		}
		return tx.RemovePolicyAssociation(ctx, endpoint)
	})
	list(t, "", taken, region)
	for _, nowhere := range []identity.PolicyAssociation{{PolicyID: "x", ServiceID: "nova"}, {PolicyID: "open", EndpointID: "x"}, {PolicyID: "open", ServiceID: "nova", RegionID: "x"}} {
		_ = refused(t, s, identity.Invalid, putPolicyAssociation(nowhere))
	}
	for what, delete := range map[string]step{
		"policy document": func(ctx context.Context, tx *store.Tx) error { return tx.DeletePolicyDocument(ctx, "open") },
		"endpoint":        func(ctx context.Context, tx *store.Tx) error { return tx.DeleteEndpoint(ctx, "lone-endpoint") },
		"service":         func(ctx context.Context, tx *store.Tx) error { return tx.DeleteService(ctx, "lone") },
		"region":          func(ctx context.Context, tx *store.Tx) error { return tx.DeleteRegion(ctx, "lone-region") },
	} {
		t.Run("they go with their "+what, func(t *testing.T) {
			update(t, s, func(ctx context.Context, tx *store.Tx) error {
				for _, a := range []identity.PolicyAssociation{taken, region} {
					if err := tx.RemovePolicyAssociation(ctx, a); err != nil {
						return err
					}
				}
				return nil
			}, insertService(identity.Service{ID: "lone"}), insertRegion(identity.Region{ID: "lone-region"}),
				insertEndpoint(identity.Endpoint{ID: "lone-endpoint", ServiceID: "nova"}))
			gone := map[string]identity.PolicyAssociation{"policy document": endpoint, "endpoint": {PolicyID: "open", EndpointID: "lone-endpoint"},
				"service": {PolicyID: "open", ServiceID: "lone"}, "region": {PolicyID: "open", ServiceID: "nova", RegionID: "lone-region"}}[what]
			update(t, s, putPolicyAssociation(gone), putPolicyAssociation(taken))
			update(t, s, delete)
			list(t, "", taken)
			restorePolicies(t, s)
		})
	}
}

// restorePolicies makes again what the cases of testPolicyAssociations delete.
func restorePolicies(t *testing.T, s *store.Store) {
	t.Helper()
	for _, delete := range []step{
		func(ctx context.Context, tx *store.Tx) error { return tx.DeletePolicyDocument(ctx, "open") },
		func(ctx context.Context, tx *store.Tx) error { return tx.DeleteEndpoint(ctx, "lone-endpoint") },
		func(ctx context.Context, tx *store.Tx) error { return tx.DeleteService(ctx, "lone") },
		func(ctx context.Context, tx *store.Tx) error { return tx.DeleteRegion(ctx, "lone-region") },
	} {
		if _, err := try(s, delete); identity.KindOf(err) != identity.NotFound {
			must(t, err)
		}
	}
	update(t, s, insertPolicyDocument(identity.PolicyDocument{ID: "open"}))
}
