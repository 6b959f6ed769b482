package identity

import "slices"

// FederatedIdentity is what an identity provider calls a user in one of its protocols.
type FederatedIdentity struct {
	IdentityProvider IdentityProviderID
	Protocol         ProtocolID
	UniqueID         string // at most one user's in the protocol
}

// FederatedUser is a user with its identities elsewhere, which are no part of the model.
type FederatedUser struct {
	*User
	Federated []FederatedIdentity // in order of provider, protocol and id
}

// checkFederated refuses identities that lack a part or stand twice.
func checkFederated(all []FederatedIdentity) error {
	for i, f := range all {
		if f.IdentityProvider == "" || f.Protocol == "" || f.UniqueID == "" {
			return Invalidf("Invalid input for field 'federated': 'idp_id', 'protocol_id' and 'unique_id' are required properties.")
		}
		if err := checkText("federated", f.UniqueID, 255); err != nil {
			return err
		}
		if slices.Contains(all[:i], f) {
			return Invalidf("Invalid input for field 'federated': an identity stands twice.")
		}
	}
	return nil
}
