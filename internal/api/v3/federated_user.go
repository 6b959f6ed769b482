package v3

import (
	"github.com/lintel-id/lintel/internal/api"
	"github.com/lintel-id/lintel/internal/identity"
)

// federatedUser is what one identity provider calls a user, in bodies and in answers.
type federatedUser struct {
	IdentityProvider identity.IdentityProviderID `json:"idp_id"`
	Protocols        []federatedProtocol         `json:"protocols"`
}

type federatedProtocol struct {
	ID       identity.ProtocolID `json:"protocol_id"`
	UniqueID string              `json:"unique_id"`
}

// federatedIdentities reads a body. A provider without protocols becomes an identity that lacks
// its parts, which is refused.
func federatedIdentities(in []federatedUser) (all []identity.FederatedIdentity) {
	for _, f := range in {
		if len(f.Protocols) == 0 {
			all = append(all, identity.FederatedIdentity{IdentityProvider: f.IdentityProvider})
		}
		for _, p := range f.Protocols {
			all = append(all, identity.FederatedIdentity{IdentityProvider: f.IdentityProvider, Protocol: p.ID, UniqueID: p.UniqueID})
		}
	}
	return all
}

// federatedFilter reads by what identity providers call them users are listed.
func federatedFilter(q api.Query) identity.FederatedIdentity {
	return identity.FederatedIdentity{IdentityProvider: identity.IdentityProviderID(q.Get("idp_id")), Protocol: identity.ProtocolID(q.Get("protocol_id")),
		UniqueID: q.Get("unique_id")}
}

// federatedUserJSON is a user with what identity providers call it, those of one provider together.
func federatedUserJSON(r *api.Request, u *identity.FederatedUser) userOut {
	out := userJSON(r, u.User)
	at := map[identity.IdentityProviderID]int{}
	for _, f := range u.Federated {
		i, known := at[f.IdentityProvider]
		if !known {
			i = len(out.Federated)
			at[f.IdentityProvider] = i
			out.Federated = append(out.Federated, federatedUser{IdentityProvider: f.IdentityProvider})
		}
		out.Federated[i].Protocols = append(out.Federated[i].Protocols, federatedProtocol{f.Protocol, f.UniqueID})
	}
	return out
}
