package core

import (
	"context"

	"github.com/lintel-id/lintel/internal/identity"
)

// Service returns a service.
func (c *Core) Service(ctx context.Context, caller identity.Caller, id identity.ServiceID) (*identity.Service, error) {
	s, err := c.fresh(ctx)
	if err != nil {
		return nil, err
	}
	v := s.Service(id)
	return v, c.enforceOn(caller, "identity:get_service", v != nil, noTarget, identity.Missing("service", id))
}

// Services lists services.
func (c *Core) Services(ctx context.Context, caller identity.Caller, f identity.ServiceFilter) ([]*identity.Service, error) {
	if err := c.enforce(caller, "identity:list_services"); err != nil {
		return nil, err
	}
	return listed(c.Store.ListServices(ctx, f))
}

// CreateService makes a service.
func (c *Core) CreateService(ctx context.Context, caller identity.Caller, spec identity.ServiceSpec) (*identity.Service, error) {
	if err := spec.Validate(); err != nil {
		return nil, err
	}
	v := newService(&spec)
	err := c.update(ctx, caller, func(w *write) error {
		if err := c.enforce(w.caller, "identity:create_service"); err != nil {
			return err
		}
		return w.InsertService(ctx, v)
	})
	if err != nil {
		return nil, err
	}
	return v, nil
}

func newService(spec *identity.ServiceSpec) *identity.Service {
	return &identity.Service{ID: identity.ServiceID(identity.NewID()), Type: spec.Type, Name: spec.Name, Description: spec.Description,
		Enabled: spec.Enabled, Extra: spec.Extra}
}

// UpdateService changes a service. A disabled one is in no catalog.
func (c *Core) UpdateService(ctx context.Context, caller identity.Caller, id identity.ServiceID, patch identity.ServicePatch) (*identity.Service, error) {
	if err := patch.Validate(); err != nil {
		return nil, err
	}
	var v identity.Service
	err := c.update(ctx, caller, func(w *write) error {
		old := w.model.Service(id)
		err := c.enforceOn(w.caller, "identity:update_service", old != nil, noTarget, identity.Missing("service", id))
		if err != nil {
			return err
		}
		v = *old
		patch.Type.Apply(&v.Type)
		patch.Name.Apply(&v.Name)
		patch.Description.Apply(&v.Description)
		patch.Enabled.Apply(&v.Enabled)
		if v.Extra, err = mergeExtra(v.Extra, patch.Extra); err != nil {
			return err
		}
		return w.UpdateService(ctx, &v)
	})
	if err != nil {
		return nil, err
	}
	return &v, nil
}

// DeleteService removes a service with its endpoints.
func (c *Core) DeleteService(ctx context.Context, caller identity.Caller, id identity.ServiceID) error {
	return c.update(ctx, caller, func(w *write) error {
		err := c.enforceOn(w.caller, "identity:delete_service", w.model.Service(id) != nil, noTarget, identity.Missing("service", id))
		if err != nil {
			return err
		}
		return w.DeleteService(ctx, id)
	})
}
