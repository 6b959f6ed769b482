package snapshot

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/lintel-id/lintel/internal/identity"
)

// change applies changes to a model and returns the next one.
func change(t *testing.T, m Model, changes ...identity.Change) Model {
	t.Helper()
	e := m.edit()
	for _, c := range changes {
		if err := e.apply(c); err != nil {
			t.Fatal(err)
		}
	}
	return e.model()
}

func serviceProvider(id identity.ServiceProviderID, enabled bool) identity.Change {
	return identity.Change{Kind: identity.ChangeServiceProvider, Key: string(id), Object: &identity.ServiceProvider{ID: id, Enabled: enabled}}
}

func TestTokensShowTheEnabledServiceProvidersInOrder(t *testing.T) {
	shown := func(m *Model) (ids []identity.ServiceProviderID) {
		if m.ServiceProviders() == nil {
			return nil
		}
		for _, p := range m.ServiceProviders().Enabled {
			ids = append(ids, p.ID)
		}
		return ids
	}
	var m Model
	for _, step := range []struct {
		change identity.Change
		want   []identity.ServiceProviderID
	}{
		{serviceProvider("b", false), nil},
		{serviceProvider("c", true), []identity.ServiceProviderID{"c"}},
		{serviceProvider("b", true), []identity.ServiceProviderID{"b", "c"}},
		{identity.Change{Kind: identity.ChangeServiceProvider, Key: "c"}, []identity.ServiceProviderID{"b"}},
		{serviceProvider("b", false), nil},
	} {
		m = change(t, m, step.change)
		if diff := cmp.Diff(step.want, shown(&m)); diff != "" {
			t.Error(diff)
		}
	}
	if m.ServiceProvider("b") == nil || m.ServiceProvider("c") != nil {
		t.Error("a disabled service provider is one, a deleted one is not")
	}
}

func TestServiceProvidersAreTheSameUntilOneChanges(t *testing.T) {
	m := change(t, Model{}, serviceProvider("a", true))
	next := change(t, m, identity.Change{Kind: identity.ChangeRegion, Key: "r", Object: &identity.Region{ID: "r"}})
	if next.ServiceProviders() != m.ServiceProviders() {
		t.Error("a change of something else made them anew")
	}
	later := change(t, next, serviceProvider("a", false))
	if later.ServiceProviders() != nil || m.ServiceProviders() == nil {
		t.Error("a change must be seen by the next model and by no other")
	}
}
