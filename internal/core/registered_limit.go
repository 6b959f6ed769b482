package core

import (
	"context"

	"github.com/lintel-id/lintel/internal/identity"
	"github.com/lintel-id/lintel/internal/snapshot"
)

func missingRegisteredLimit(id identity.RegisteredLimitID) error {
	return &identity.Error{Kind: identity.NotFound, Message: "Could not find registered limit for " + string(id) + "."}
}

// RegisteredLimit returns a registered limit.
func (c *Core) RegisteredLimit(ctx context.Context, caller identity.Caller, id identity.RegisteredLimitID) (*identity.RegisteredLimit, error) {
	if err := c.enforce(caller, "identity:get_registered_limit"); err != nil {
		return nil, err
	}
	l, err := c.Store.RegisteredLimit(ctx, id)
	if err == nil && l == nil {
		err = missingRegisteredLimit(id)
	}
	return l, err
}

// RegisteredLimits lists registered limits.
func (c *Core) RegisteredLimits(ctx context.Context, caller identity.Caller, f identity.RegisteredLimitFilter) ([]*identity.RegisteredLimit, error) {
	if err := c.enforce(caller, "identity:list_registered_limits"); err != nil {
		return nil, err
	}
	return listed(c.Store.ListRegisteredLimits(ctx, f))
}

// CreateRegisteredLimits makes all of the registered limits or none.
func (c *Core) CreateRegisteredLimits(ctx context.Context, caller identity.Caller, specs []identity.RegisteredLimitSpec) ([]*identity.RegisteredLimit, error) {
	made := make([]*identity.RegisteredLimit, len(specs))
	for i := range specs {
		spec := &specs[i]
		if err := spec.Validate(); err != nil {
			return nil, err
		}
		made[i] = &identity.RegisteredLimit{ID: identity.RegisteredLimitID(identity.NewID()), ServiceID: spec.ServiceID, RegionID: spec.RegionID,
			ResourceName: spec.ResourceName, Default: spec.Default.Value, Description: spec.Description}
	}
	err := c.update(ctx, caller, func(w *write) error {
		if err := c.enforce(w.caller, "identity:create_registered_limits"); err != nil {
			return err
		}
		for _, l := range made {
			if err := checkLimitPlace(w.model, "registered_limit", l.ServiceID, l.RegionID); err != nil {
				return err
			}
			if err := w.InsertRegisteredLimit(ctx, l); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	return made, nil
}

// checkLimitPlace refuses a limit for a service or a region that does not exist.
func checkLimitPlace(s *snapshot.Snapshot, noun string, service identity.ServiceID, region identity.RegionID) error {
	if s.Service(service) == nil {
		return expecting("service_id", noun)
	}
	if region != "" && s.Region(region) == nil {
		return expecting("region_id", noun)
	}
	return nil
}

// expecting is Keystone's answer to a body that names something that does not exist.
func expecting(attribute, noun string) error {
	return identity.Invalidf("Expecting to find %s in %s. The server could not comply with the request since it is either malformed or otherwise incorrect. "+
		"The client is assumed to be in error.", attribute, noun)
}

// UpdateRegisteredLimit changes a registered limit that no limit overrides.
func (c *Core) UpdateRegisteredLimit(ctx context.Context, caller identity.Caller, id identity.RegisteredLimitID,
	patch identity.RegisteredLimitPatch) (*identity.RegisteredLimit, error) {
	if err := patch.Validate(); err != nil {
		return nil, err
	}
	var l *identity.RegisteredLimit
	err := c.update(ctx, caller, func(w *write) (err error) {
		if l, err = c.unusedRegisteredLimit(ctx, w, "identity:update_registered_limit", id); err != nil {
			return err
		}
		patch.ServiceID.Apply(&l.ServiceID)
		patch.RegionID.Apply(&l.RegionID)
		patch.ResourceName.Apply(&l.ResourceName)
		patch.Default.Apply(&l.Default)
		patch.Description.Apply(&l.Description)
		if patch.ServiceID.Set || patch.RegionID.Set { // those it has may be gone
			if err := checkLimitPlace(w.model, "registered_limit", l.ServiceID, l.RegionID); err != nil {
				return err
			}
		}
		return w.UpdateRegisteredLimit(ctx, l)
	})
	if err != nil {
		return nil, err
	}
	return l, nil
}

// DeleteRegisteredLimit removes a registered limit that no limit overrides.
func (c *Core) DeleteRegisteredLimit(ctx context.Context, caller identity.Caller, id identity.RegisteredLimitID) error {
	return c.update(ctx, caller, func(w *write) error {
		if _, err := c.unusedRegisteredLimit(ctx, w, "identity:delete_registered_limit", id); err != nil {
			return err
		}
		return w.DeleteRegisteredLimit(ctx, id)
	})
}

// unusedRegisteredLimit returns the registered limit that the caller may do action to,
// unless limits override it.
func (c *Core) unusedRegisteredLimit(ctx context.Context, w *write, action string, id identity.RegisteredLimitID) (*identity.RegisteredLimit, error) {
	if err := c.enforce(w.caller, action); err != nil {
		return nil, err
	}
	l, err := w.RegisteredLimit(ctx, id)
	if err != nil {
		return nil, err
	}
	if l == nil {
		return nil, missingRegisteredLimit(id)
	}
	used, err := w.HasLimits(ctx, id)
	if err == nil && used {
		err = identity.Forbiddenf("Unable to update or delete registered limit %s because there are project limits associated with it.", id)
	}
	return l, err
}
