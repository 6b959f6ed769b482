package core

import (
	"context"
	"slices"

	"github.com/lintel-id/lintel/internal/auth/oauth1"
	"github.com/lintel-id/lintel/internal/identity"
	"github.com/lintel-id/lintel/internal/snapshot"
)

// IssueAccessToken exchanges an authorised request token for an access token. The consumer has
// signed for it with the request token and shows the verifier. A request token is good once.
func (c *Core) IssueAccessToken(ctx context.Context, r identity.SignedRequest) (*OAuth1Token, error) {
	h, err := readSigned(&r)
	switch {
	case err != nil:
		return nil, err
	case h.Token == "":
		return nil, missingSigned("oauth_token")
	case h.Verifier == "":
		return nil, missingSigned("oauth_verifier")
	}
	if err := c.admit(r.Address, account("consumer", h.ConsumerKey)); err != nil {
		return nil, err
	}
	s, err := c.fresh(ctx)
	if err != nil {
		return nil, err
	}
	if err := c.verifySigned(ctx, s, &r, h, func(h *oauth1.Header) (string, bool, error) { return c.requestTokenSecret(ctx, s, h) }); err != nil {
		return nil, err
	}
	out := &OAuth1Token{ID: identity.NewID(), Secret: newOAuth1Secret(), ExpiresAt: c.endOf(c.Settings.AccessTokenLife)}
	err = c.update(ctx, identity.Caller{Local: true}, func(w *write) error {
		from, err := w.RequestToken(ctx, identity.RequestTokenID(h.Token))
		if identity.KindOf(err) == identity.NotFound {
			return identity.Unauthenticated("the request token was exchanged meanwhile")
		}
		if err != nil {
			return err
		}
		if err := c.checkExchange(w.model, &from, h.Verifier); err != nil {
			return err
		}
		t := &identity.AccessToken{ID: identity.AccessTokenID(out.ID), ConsumerID: from.ConsumerID, UserID: from.UserID, ProjectID: from.ProjectID,
			Roles: from.Roles, ExpiresAt: out.ExpiresAt}
		if t.Sealed, t.KeyID, err = c.sealOAuth1(w.model, sealedAccessToken, out.ID, out.Secret); err != nil {
			return err
		}
		if err := w.DeleteRequestToken(ctx, from.ID); err != nil {
			return err
		}
		return w.InsertAccessToken(ctx, t)
	})
	if err != nil {
		return nil, err
	}
	return out, nil
}

// requestTokenSecret finds the secret of a consumer's request token.
func (c *Core) requestTokenSecret(ctx context.Context, s *snapshot.Snapshot, h *oauth1.Header) (secret string, ok bool, err error) {
	t, err := c.Store.RequestToken(ctx, identity.RequestTokenID(h.Token))
	if identity.KindOf(err) == identity.NotFound || err == nil && string(t.ConsumerID) != h.ConsumerKey {
		return "", false, nil
	}
	if err != nil {
		return "", false, err
	}
	secret, err = c.openOAuth1(ctx, s, sealedRequestToken, string(t.ID), t.KeyID, t.Sealed)
	return secret, true, err
}

// checkExchange refuses a request token that is over, that nobody has authorised, or whose
// verifier is another.
func (c *Core) checkExchange(s *snapshot.Snapshot, t *identity.RequestToken, verifier string) error {
	ring, err := c.ring(s)
	if err != nil {
		return err
	}
	ok, _ := ring.VerifySecret(t.VerifierHash, verifier)
	switch {
	case t.Expired(c.Now()):
		return identity.Unauthenticated("the request token has expired")
	case t.UserID == "":
		return identity.Unauthenticated("nobody has authorized the request token")
	case !ok:
		return identity.Unauthenticated("wrong verifier")
	}
	return nil
}

// AccessTokens lists the access tokens that a user has authorised, in order of id.
func (c *Core) AccessTokens(ctx context.Context, caller identity.Caller, of identity.UserID) ([]*identity.AccessToken, error) {
	if _, err := c.userFor(ctx, caller, "identity:list_access_tokens", of); err != nil {
		return nil, err
	}
	return listed(c.Store.ListAccessTokens(ctx, of))
}

// AccessToken returns an access token of a user.
func (c *Core) AccessToken(ctx context.Context, caller identity.Caller, of identity.UserID, id identity.AccessTokenID) (*identity.AccessToken, error) {
	s, err := c.fresh(ctx)
	if err != nil {
		return nil, err
	}
	return c.accessToken(s, caller, "identity:get_access_token", of, id)
}

// accessToken asks policy and finds an access token of a user; that of another one is missing.
func (c *Core) accessToken(s *snapshot.Snapshot, caller identity.Caller, action string, of identity.UserID, id identity.AccessTokenID) (*identity.AccessToken, error) {
	if err := c.enforce(caller, action); err != nil {
		return nil, err
	}
	t := s.AccessToken(id)
	if t == nil || t.UserID != of {
		return nil, identity.Missing("access token", id)
	}
	return t, nil
}

// AccessTokenRoles returns the roles an access token was authorised with, in order of id.
func (c *Core) AccessTokenRoles(ctx context.Context, caller identity.Caller, of identity.UserID, id identity.AccessTokenID) ([]*identity.Role, error) {
	s, err := c.fresh(ctx)
	if err != nil {
		return nil, err
	}
	t, err := c.accessToken(s, caller, "identity:list_access_token_roles", of, id)
	if err != nil {
		return nil, err
	}
	roles := make([]*identity.Role, len(t.Roles))
	for i, role := range t.Roles {
		roles[i] = s.Role(role) // it is there: a role that is deleted leaves the token
	}
	return roles, nil
}

// AccessTokenRole returns one of the roles an access token was authorised with.
func (c *Core) AccessTokenRole(ctx context.Context, caller identity.Caller, of identity.UserID, id identity.AccessTokenID, role identity.RoleID) (*identity.Role, error) {
	s, err := c.fresh(ctx)
	if err != nil {
		return nil, err
	}
	t, err := c.accessToken(s, caller, "identity:get_access_token_role", of, id)
	if err != nil {
		return nil, err
	}
	if !slices.Contains(t.Roles, role) {
		return nil, identity.Missing("role", role)
	}
	return s.Role(role), nil
}

// DeleteAccessToken takes back what a user has authorised: tokens that were got with it end at
// once.
func (c *Core) DeleteAccessToken(ctx context.Context, caller identity.Caller, of identity.UserID, id identity.AccessTokenID) error {
	return c.update(ctx, caller, func(w *write) error {
		t, err := c.accessToken(w.model, w.caller, "identity:delete_access_token", of, id)
		if err != nil {
			return err
		}
		return w.DeleteAccessToken(ctx, t.ID)
	})
}
