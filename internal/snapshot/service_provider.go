package snapshot

import (
	"maps"

	"github.com/lintel-id/lintel/internal/identity"
)

// serviceProviders are few and change rarely, so a change of one copies the map and folds what
// tokens show again.
type serviceProviders struct {
	byID  map[identity.ServiceProviderID]*identity.ServiceProvider
	shown *identity.ServiceProviders // nil when none is enabled
}

func (p *serviceProviders) clone() *serviceProviders {
	n := &serviceProviders{byID: map[identity.ServiceProviderID]*identity.ServiceProvider{}}
	if p != nil {
		maps.Copy(n.byID, p.byID)
	}
	return n
}

func (p *serviceProviders) fold() {
	p.shown = nil
	for _, s := range sorted(p.byID) {
		if !s.Enabled {
			continue
		}
		if p.shown == nil {
			p.shown = &identity.ServiceProviders{}
		}
		p.shown.Enabled = append(p.shown.Enabled, s)
	}
}

func (e *edit) ownServiceProviders() *serviceProviders {
	if e.serviceProviders == nil {
		e.serviceProviders = e.old.serviceProviders.clone()
	}
	return e.serviceProviders
}

// ServiceProvider returns the service provider with id, or nil.
func (m *Model) ServiceProvider(id identity.ServiceProviderID) *identity.ServiceProvider {
	if m.serviceProviders == nil {
		return nil
	}
	return m.serviceProviders.byID[id]
}

// ServiceProviders returns what tokens show, or nil when no service provider is enabled. It is
// the same pointer until one changes.
func (m *Model) ServiceProviders() *identity.ServiceProviders {
	if m.serviceProviders == nil {
		return nil
	}
	return m.serviceProviders.shown
}
