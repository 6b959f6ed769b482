package store

import (
	"context"

	"github.com/lintel-id/lintel/internal/identity"
)

const selectPolicyAssociation = `SELECT policy_id, COALESCE(endpoint_id, ''), COALESCE(service_id, ''), COALESCE(region_id, '') FROM policy_association`

func scanPolicyAssociation(row scanner) (a identity.PolicyAssociation, err error) {
	err = row.Scan(&a.PolicyID, &a.EndpointID, &a.ServiceID, &a.RegionID)
	return a, err
}

// PutPolicyAssociation associates a policy document with what it is for, in the place of
// another one. Associations are no part of the model.
func (tx *Tx) PutPolicyAssociation(ctx context.Context, a identity.PolicyAssociation) error {
	return tx.insert(ctx, object{noun: "policy association"}, `INSERT INTO policy_association (policy_id, endpoint_id, service_id, region_id)
		VALUES ($1, NULLIF($2, ''), NULLIF($3, ''), NULLIF($4, ''))
		ON CONFLICT (COALESCE(endpoint_id, ''), COALESCE(service_id, ''), COALESCE(region_id, '')) DO UPDATE SET policy_id = excluded.policy_id`,
		a.PolicyID, a.EndpointID, a.ServiceID, a.RegionID)
}

// RemovePolicyAssociation ends an association. One that is not there is no error, as in Keystone.
func (tx *Tx) RemovePolicyAssociation(ctx context.Context, a identity.PolicyAssociation) error {
	_, err := tx.exec(ctx, `DELETE FROM policy_association WHERE policy_id = $1
		AND COALESCE(endpoint_id, '') = $2 AND COALESCE(service_id, '') = $3 AND COALESCE(region_id, '') = $4`,
		a.PolicyID, a.EndpointID, a.ServiceID, a.RegionID)
	return err
}

// PolicyAssociations returns what a policy document is for; with "", what all are for. They are
// in ascending order of endpoint, service and region.
func (r reader) PolicyAssociations(ctx context.Context, of identity.PolicyID) ([]identity.PolicyAssociation, error) {
	var w where
	equal(&w, "policy_id", of)
	return collect(ctx, r, scanPolicyAssociation,
		selectPolicyAssociation+w.sql("COALESCE(endpoint_id, ''), COALESCE(service_id, ''), COALESCE(region_id, '')"), w.args...)
}
