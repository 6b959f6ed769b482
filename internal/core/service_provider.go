package core

import (
	"cmp"
	"context"

	"github.com/lintel-id/lintel/internal/identity"
)

// ShownServiceProviders returns the service providers that tokens show, or nil when there are none.
func (c *Core) ShownServiceProviders() *identity.ServiceProviders {
	return c.Live.Current().ServiceProviders()
}

func missingServiceProvider(id identity.ServiceProviderID) error {
	return identity.Missing("Service Provider", id)
}

// ServiceProvider returns a service provider.
func (c *Core) ServiceProvider(ctx context.Context, caller identity.Caller, id identity.ServiceProviderID) (*identity.ServiceProvider, error) {
	s, err := c.fresh(ctx)
	if err != nil {
		return nil, err
	}
	p := s.ServiceProvider(id)
	return p, c.enforceOn(caller, "identity:get_service_provider", p != nil, noTarget, missingServiceProvider(id))
}

// ServiceProviders lists service providers.
func (c *Core) ServiceProviders(ctx context.Context, caller identity.Caller, f identity.ServiceProviderFilter) ([]*identity.ServiceProvider, error) {
	if err := c.enforce(caller, "identity:list_service_providers"); err != nil {
		return nil, err
	}
	return listed(c.Store.ListServiceProviders(ctx, f))
}

// CreateServiceProvider makes a service provider.
func (c *Core) CreateServiceProvider(ctx context.Context, caller identity.Caller, spec identity.ServiceProviderSpec) (*identity.ServiceProvider, error) {
	if err := spec.Validate(); err != nil {
		return nil, err
	}
	p := identity.ServiceProvider(spec)
	p.RelayStatePrefix = cmp.Or(p.RelayStatePrefix, identity.DefaultRelayStatePrefix)
	err := c.update(ctx, caller, func(w *write) error {
		if err := c.enforce(w.caller, "identity:create_service_provider"); err != nil {
			return err
		}
		return w.InsertServiceProvider(ctx, &p)
	})
	if err != nil {
		return nil, err
	}
	return &p, nil
}

// UpdateServiceProvider changes a service provider.
func (c *Core) UpdateServiceProvider(ctx context.Context, caller identity.Caller, id identity.ServiceProviderID, patch identity.ServiceProviderPatch) (*identity.ServiceProvider, error) {
	if err := patch.Validate(); err != nil {
		return nil, err
	}
	var p identity.ServiceProvider
	err := c.update(ctx, caller, func(w *write) error {
		old := w.model.ServiceProvider(id)
		err := c.enforceOn(w.caller, "identity:update_service_provider", old != nil, noTarget, missingServiceProvider(id))
		if err != nil {
			return err
		}
		p = patch.Apply(*old)
		return w.UpdateServiceProvider(ctx, &p)
	})
	if err != nil {
		return nil, err
	}
	return &p, nil
}

// DeleteServiceProvider removes a service provider.
func (c *Core) DeleteServiceProvider(ctx context.Context, caller identity.Caller, id identity.ServiceProviderID) error {
	return c.update(ctx, caller, func(w *write) error {
		if err := c.enforce(w.caller, "identity:delete_service_provider"); err != nil {
			return err
		}
		return w.DeleteServiceProvider(ctx, id)
	})
}
