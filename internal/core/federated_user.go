package core

import (
	"context"

	"github.com/lintel-id/lintel/internal/identity"
)

// withFederated adds what identity providers call a user.
func (c *Core) withFederated(ctx context.Context, u *identity.User) (*identity.FederatedUser, error) {
	all, err := c.Store.Federated(ctx, u.ID)
	return &identity.FederatedUser{User: u, Federated: all}, err
}

// putFederated makes these all the identities that a user has elsewhere, unless there are none:
// then those it has stay, as in Keystone.
func putFederated(ctx context.Context, w *write, user identity.UserID, all []identity.FederatedIdentity) error {
	if len(all) == 0 {
		return nil
	}
	for _, f := range all {
		i, err := w.IdentityProvider(ctx, f.IdentityProvider)
		if err != nil {
			return err
		}
		if i == nil {
			return identity.Invalidf("Could not find Identity Provider: %s", f.IdentityProvider)
		}
		p, err := w.Protocol(ctx, f.IdentityProvider, f.Protocol)
		if err != nil {
			return err
		}
		if p == nil {
			return identity.Invalidf("Could not find federated protocol %s for Identity Provider: %s.", f.Protocol, f.IdentityProvider)
		}
	}
	return w.PutFederated(ctx, user, all)
}
