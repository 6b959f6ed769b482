package core

import (
	"context"
	"slices"

	"github.com/lintel-id/lintel/internal/identity"
	"github.com/lintel-id/lintel/internal/snapshot"
	"github.com/lintel-id/lintel/internal/store"
)

// associationActions are the actions on an association, by what it is for.
type associationActions struct{ check, create, remove string }

func actionsOn(a identity.PolicyAssociation) associationActions {
	switch {
	case a.EndpointID != "":
		return associationActions{"identity:check_policy_association_for_endpoint", "identity:create_policy_association_for_endpoint",
			"identity:delete_policy_association_for_endpoint"}
	case a.RegionID != "":
		return associationActions{"identity:check_policy_association_for_region_and_service", "identity:create_policy_association_for_region_and_service",
			"identity:delete_policy_association_for_region_and_service"}
	}
	return associationActions{"identity:check_policy_association_for_service", "identity:create_policy_association_for_service",
		"identity:delete_policy_association_for_service"}
}

// checkPlaceOf refuses an association with what does not exist.
func checkPlaceOf(s *snapshot.Snapshot, a identity.PolicyAssociation) error {
	switch {
	case a.EndpointID != "" && s.Endpoint(a.EndpointID) == nil:
		return identity.Missing("endpoint", a.EndpointID)
	case a.ServiceID != "" && s.Service(a.ServiceID) == nil:
		return identity.Missing("service", a.ServiceID)
	case a.RegionID != "" && s.Region(a.RegionID) == nil:
		return identity.Missing("region", a.RegionID)
	}
	return nil
}

// CheckPolicyAssociation fails with NotFound unless the policy document is associated with just
// this endpoint, service, or service and region.
func (c *Core) CheckPolicyAssociation(ctx context.Context, caller identity.Caller, a identity.PolicyAssociation) error {
	if err := c.enforce(caller, actionsOn(a).check); err != nil {
		return err
	}
	s, err := c.fresh(ctx)
	if err != nil {
		return err
	}
	if _, err := c.Store.PolicyDocument(ctx, a.PolicyID); err != nil {
		return err
	}
	if err := checkPlaceOf(s, a); err != nil {
		return err
	}
	have, err := c.Store.PolicyAssociations(ctx, a.PolicyID)
	if err != nil {
		return err
	}
	if !slices.Contains(have, a) {
		return &identity.Error{Kind: identity.NotFound, Message: "Could not find policy association."}
	}
	return nil
}

// AssociatePolicy associates a policy document with an endpoint, a service, or a service and a
// region, in the place of another document.
func (c *Core) AssociatePolicy(ctx context.Context, caller identity.Caller, a identity.PolicyAssociation) error {
	return c.changeAssociation(ctx, caller, actionsOn(a).create, a, (*store.Tx).PutPolicyAssociation)
}

// DissociatePolicy ends an association. One that is not there is no error, as in Keystone.
func (c *Core) DissociatePolicy(ctx context.Context, caller identity.Caller, a identity.PolicyAssociation) error {
	return c.changeAssociation(ctx, caller, actionsOn(a).remove, a, (*store.Tx).RemovePolicyAssociation)
}

func (c *Core) changeAssociation(ctx context.Context, caller identity.Caller, action string, a identity.PolicyAssociation,
	change func(*store.Tx, context.Context, identity.PolicyAssociation) error) error {
	return c.update(ctx, caller, func(w *write) error {
		if err := c.enforce(w.caller, action); err != nil {
			return err
		}
		if _, err := w.PolicyDocument(ctx, a.PolicyID); err != nil {
			return err
		}
		if err := checkPlaceOf(w.model, a); err != nil {
			return err
		}
		return change(w.Tx, ctx, a)
	})
}

// EndpointsOfPolicy lists the endpoints that a policy document is associated with: themselves,
// by their service, or by their service and a region that they are in or below.
func (c *Core) EndpointsOfPolicy(ctx context.Context, caller identity.Caller, id identity.PolicyID) ([]*identity.Endpoint, error) {
	if err := c.enforce(caller, "identity:list_endpoints_for_policy"); err != nil {
		return nil, err
	}
	s, err := c.fresh(ctx)
	if err != nil {
		return nil, err
	}
	if _, err := c.Store.PolicyDocument(ctx, id); err != nil {
		return nil, err
	}
	associations, err := c.Store.PolicyAssociations(ctx, id)
	if err != nil {
		return nil, err
	}
	return slices.DeleteFunc(s.Endpoints(), func(e *identity.Endpoint) bool {
		return !slices.ContainsFunc(associations, func(a identity.PolicyAssociation) bool { return covers(s, a, e) })
	}), nil
}

func covers(s *snapshot.Snapshot, a identity.PolicyAssociation, e *identity.Endpoint) bool {
	switch {
	case a.EndpointID != "":
		return a.EndpointID == e.ID
	case a.ServiceID != e.ServiceID:
		return false
	}
	return a.RegionID == "" || slices.Contains(regionsUp(s, e.RegionID), a.RegionID)
}

// regionsUp returns a region and those it is part of, the nearest first. It ends even where
// imported rows go in a circle.
func regionsUp(s *snapshot.Snapshot, id identity.RegionID) (up []identity.RegionID) {
	for id != "" && !slices.Contains(up, id) {
		up = append(up, id)
		r := s.Region(id)
		if r == nil {
			break
		}
		id = r.ParentID
	}
	return up
}

// PolicyForEndpoint returns the policy document that is in force for an endpoint: its own, else
// that of its service in its region or the nearest region above, else that of its service.
func (c *Core) PolicyForEndpoint(ctx context.Context, caller identity.Caller, id identity.EndpointID) (*identity.PolicyDocument, error) {
	if err := c.enforce(caller, "identity:get_policy_for_endpoint"); err != nil {
		return nil, err
	}
	s, err := c.fresh(ctx)
	if err != nil {
		return nil, err
	}
	e := s.Endpoint(id)
	if e == nil {
		return nil, identity.Missing("endpoint", id)
	}
	associations, err := c.Store.PolicyAssociations(ctx, "")
	if err != nil {
		return nil, err
	}
	found, ok := inForce(s, associations, e)
	if !ok {
		return nil, &identity.Error{Kind: identity.NotFound, Message: "No policy is associated with endpoint " + string(id) + "."}
	}
	return one(c.Store.PolicyDocument(ctx, found))
}

func inForce(s *snapshot.Snapshot, associations []identity.PolicyAssociation, e *identity.Endpoint) (identity.PolicyID, bool) {
	places := []identity.PolicyAssociation{{EndpointID: e.ID}}
	for _, r := range regionsUp(s, e.RegionID) {
		places = append(places, identity.PolicyAssociation{ServiceID: e.ServiceID, RegionID: r})
	}
	places = append(places, identity.PolicyAssociation{ServiceID: e.ServiceID})
	for _, place := range places {
		for _, a := range associations {
			place.PolicyID = a.PolicyID
			if a == place {
				return a.PolicyID, true
			}
		}
	}
	return "", false
}
