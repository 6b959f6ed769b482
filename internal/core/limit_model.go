package core

import (
	"context"
	"math"

	"github.com/lintel-id/lintel/internal/identity"
)

// maxTreeDepth is how deep projects may nest below their domain (Keystone's
// max_project_tree_depth, and the depth of the strict model).
func (c *Core) maxTreeDepth() int {
	if c.Settings.LimitModel == identity.StrictTwoLevelLimits {
		return 2
	}
	return 5
}

// checkLimitModel refuses a limit, already written, that is above what its parent has or below
// what one of its descendants has been given.
func (c *Core) checkLimitModel(ctx context.Context, w *write, l *identity.Limit) error {
	if c.Settings.LimitModel != identity.StrictTwoLevelLimits {
		return nil
	}
	registered, err := w.RegisteredLimit(ctx, l.RegisteredID)
	if err != nil || registered == nil {
		return err
	}
	siblings, err := w.LimitsOn(ctx, l.RegisteredID)
	if err != nil {
		return err
	}
	values := map[identity.ProjectID]int64{}
	for i := range siblings {
		values[siblings[i].Of()] = siblings[i].Value
	}
	if p := w.model.Project(l.ProjectID); p != nil {
		above, own := values[p.ParentID]
		if !own {
			above = registered.Default
		}
		if amount(l.Value) > amount(above) {
			return badLimit(l)
		}
	}
	for below := range w.model.Below(l.Of()) {
		if v, own := values[below]; own && amount(v) > amount(l.Value) {
			return badLimit(l)
		}
	}
	return nil
}

// amount makes limits comparable: unlimited is more than any number.
func amount(limit int64) int64 {
	if limit == identity.Unlimited {
		return math.MaxInt64
	}
	return limit
}

func badLimit(l *identity.Limit) error {
	level := "project_id"
	if l.DomainID != "" {
		level = "domain_id"
	}
	region := "None"
	if l.RegionID != "" {
		region = string(l.RegionID)
	}
	return identity.Forbiddenf("Invalid resource limit: The resource limit (%s: %s, resource_name: %s, resource_limit: %d, service_id: %s, region_id: %s) "+
		"doesn't satisfy current hierarchy model.", level, l.Of(), l.ResourceName, l.Value, l.ServiceID, region)
}
