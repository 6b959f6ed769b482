package snapshot

import (
	"slices"

	"github.com/lintel-id/lintel/internal/identity"
)

// Trust returns the trust with id, or nil.
func (m *Model) Trust(id identity.TrustID) *identity.Trust { return get(m.trusts, id) }

// TrustChain returns a trust and those it was redelegated from, the nearest first. It is not
// whole when one of them is gone, or where imported rows go in a circle.
func (m *Model) TrustChain(t *identity.Trust) (chain []*identity.Trust, whole bool) {
	chain = []*identity.Trust{t}
	for t.RedelegatedFrom != "" {
		if t = m.Trust(t.RedelegatedFrom); t == nil || slices.Contains(chain, t) {
			return chain, false
		}
		chain = append(chain, t)
	}
	return chain, true
}

// Holds says whether a user has every one of the roles on a target, granted or implied. It
// knows domain-specific roles, which EffectiveRoles leaves out; a role that does not exist is
// held by nobody.
func (m *Model) Holds(u identity.UserID, t identity.Target, roles []identity.RoleID) bool {
	reached := map[identity.RoleID]bool{}
	for _, id := range m.heldRoles(nil, u, t) {
		m.roles.reach(id, reached)
	}
	return !slices.ContainsFunc(roles, func(id identity.RoleID) bool { return !reached[id] })
}
