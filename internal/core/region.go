package core

import (
	"context"
	"slices"

	"github.com/lintel-id/lintel/internal/identity"
	"github.com/lintel-id/lintel/internal/policy"
	"github.com/lintel-id/lintel/internal/snapshot"
)

// noTarget is what policy sees of a region, a service or an endpoint: nothing of theirs can decide.
func noTarget() []policy.Attr { return nil }

// Region returns a region.
func (c *Core) Region(ctx context.Context, caller identity.Caller, id identity.RegionID) (*identity.Region, error) {
	s, err := c.fresh(ctx)
	if err != nil {
		return nil, err
	}
	r := s.Region(id)
	return r, c.enforceOn(caller, "identity:get_region", r != nil, noTarget, identity.Missing("region", id))
}

// Regions lists the regions right below parent, or all where it is "".
func (c *Core) Regions(ctx context.Context, caller identity.Caller, parent identity.RegionID) ([]*identity.Region, error) {
	if err := c.enforce(caller, "identity:list_regions"); err != nil {
		return nil, err
	}
	return listed(c.Store.ListRegions(ctx, parent))
}

// CreateRegion makes a region.
func (c *Core) CreateRegion(ctx context.Context, caller identity.Caller, spec identity.RegionSpec) (*identity.Region, error) {
	if err := spec.Validate(); err != nil {
		return nil, err
	}
	r := &identity.Region{ID: spec.ID, ParentID: spec.ParentID, Description: spec.Description, Extra: spec.Extra}
	if r.ID == "" {
		r.ID = identity.RegionID(identity.NewID())
	}
	err := c.update(ctx, caller, func(w *write) error {
		if err := c.enforce(w.caller, "identity:create_region"); err != nil {
			return err
		}
		if err := checkParentRegion(w.model, r); err != nil {
			return err
		}
		return w.InsertRegion(ctx, r)
	})
	if err != nil {
		return nil, err
	}
	return r, nil
}

// UpdateRegion changes a region.
func (c *Core) UpdateRegion(ctx context.Context, caller identity.Caller, id identity.RegionID, patch identity.RegionPatch) (*identity.Region, error) {
	if err := patch.Validate(); err != nil {
		return nil, err
	}
	var r identity.Region
	err := c.update(ctx, caller, func(w *write) error {
		old := w.model.Region(id)
		err := c.enforceOn(w.caller, "identity:update_region", old != nil, noTarget, identity.Missing("region", id))
		if err != nil {
			return err
		}
		r = *old
		patch.ParentID.Apply(&r.ParentID)
		patch.Description.Apply(&r.Description)
		if r.Extra, err = mergeExtra(r.Extra, patch.Extra); err != nil {
			return err
		}
		if err := checkParentRegion(w.model, &r); err != nil {
			return err
		}
		return w.UpdateRegion(ctx, &r)
	})
	if err != nil {
		return nil, err
	}
	return &r, nil
}

// checkParentRegion refuses a parent that does not exist or that is part of the region itself.
func checkParentRegion(s *snapshot.Snapshot, r *identity.Region) error {
	if r.ParentID == "" {
		return nil
	}
	if s.Region(r.ParentID) == nil && r.ParentID != r.ID {
		return identity.Invalidf("Invalid input for field 'parent_region_id': the region %s does not exist.", r.ParentID)
	}
	if slices.Contains(subregions(s, r.ID), r.ParentID) {
		return identity.Invalidf("The specified parent region %s would create a circular region hierarchy.", r.ParentID)
	}
	return nil
}

// subregions returns a region and all below it, each after the one it is part of. It ends
// even where imported rows go in a circle.
func subregions(s *snapshot.Snapshot, root identity.RegionID) []identity.RegionID {
	found, all := []identity.RegionID{root}, s.Regions()
	for i := 0; i < len(found); i++ {
		for _, r := range all {
			if r.ParentID == found[i] && !slices.Contains(found, r.ID) {
				found = append(found, r.ID)
			}
		}
	}
	return found
}

// DeleteRegion removes a region with all below it, unless one of them has endpoints.
func (c *Core) DeleteRegion(ctx context.Context, caller identity.Caller, id identity.RegionID) error {
	return c.update(ctx, caller, func(w *write) error {
		err := c.enforceOn(w.caller, "identity:delete_region", w.model.Region(id) != nil, noTarget, identity.Missing("region", id))
		if err != nil {
			return err
		}
		doomed := subregions(w.model, id)
		for _, e := range w.model.Endpoints() {
			if slices.Contains(doomed, e.RegionID) {
				return identity.Forbiddenf("Unable to delete region %s because it or its child regions have associated endpoints.", id)
			}
		}
		for _, r := range slices.Backward(doomed) {
			if err := w.DeleteRegion(ctx, r); err != nil {
				return err
			}
		}
		return nil
	})
}
