package core

import (
	"context"
	"crypto/rand"
	"slices"
	"time"

	"github.com/lintel-id/lintel/internal/auth/oauth1"
	"github.com/lintel-id/lintel/internal/identity"
	"github.com/lintel-id/lintel/internal/snapshot"
)

// OAuth1Token is a request token or an access token as its consumer gets it, once.
type OAuth1Token struct {
	ID        string
	Secret    identity.Secret
	ExpiresAt time.Time // zero for never
}

// IssueRequestToken gives a consumer that has signed for it a request token for a project.
func (c *Core) IssueRequestToken(ctx context.Context, r identity.SignedRequest, project identity.ProjectID) (*OAuth1Token, error) {
	h, err := readSigned(&r)
	switch {
	case err != nil:
		return nil, err
	case project == "":
		return nil, missingSigned("Requested-Project-Id")
	case h.Callback == "":
		return nil, missingSigned("oauth_callback")
	case h.Token != "":
		return nil, identity.Invalidf("Invalid input for field 'Authorization': a request token is asked for without a token.")
	}
	if err := c.admit(r.Address, account("consumer", h.ConsumerKey)); err != nil {
		return nil, err
	}
	s, err := c.fresh(ctx)
	if err != nil {
		return nil, err
	}
	if err := c.verifySigned(ctx, s, &r, h, func(*oauth1.Header) (string, bool, error) { return "", true, nil }); err != nil {
		return nil, err
	}
	out := &OAuth1Token{ID: identity.NewID(), Secret: newOAuth1Secret(), ExpiresAt: c.endOf(c.Settings.RequestTokenLife)}
	t := &identity.RequestToken{ID: identity.RequestTokenID(out.ID), ConsumerID: identity.ConsumerID(h.ConsumerKey), ProjectID: project, ExpiresAt: out.ExpiresAt}
	err = c.update(ctx, identity.Caller{Local: true}, func(w *write) (err error) {
		if w.model.Project(project) == nil {
			return identity.Missing("project", project)
		}
		if t.Sealed, t.KeyID, err = c.sealOAuth1(w.model, sealedRequestToken, out.ID, out.Secret); err != nil {
			return err
		}
		return w.InsertRequestToken(ctx, t)
	})
	if err != nil {
		return nil, err
	}
	return out, nil
}

// endOf is when what lives so long from now on ends; the zero time for ever.
func (c *Core) endOf(life time.Duration) time.Time {
	if life == 0 {
		return time.Time{}
	}
	return c.Now().UTC().Add(life).Truncate(time.Microsecond)
}

// AuthorizeRequestToken lets a consumer act for the caller with some of the roles that the
// caller has on the project of the request token. It returns the verifier, which the caller
// hands to the consumer. The caller may think anew until the consumer has the access token;
// nobody else may then take the caller's place.
func (c *Core) AuthorizeRequestToken(ctx context.Context, caller identity.Caller, id identity.RequestTokenID, roles []identity.RoleRef) (identity.Secret, error) {
	const action = "identity:authorize_request_token"
	verifier := newVerifier()
	if err := identity.CheckRoleRefs(roles); err != nil {
		return verifier, err
	}
	err := c.update(ctx, caller, func(w *write) error {
		if err := c.enforce(w.caller, action); err != nil {
			return err
		}
		if w.caller.Authorization == nil {
			return identity.NotAuthorized(action) // nobody has roles to give
		}
		t, err := w.RequestToken(ctx, id)
		switch {
		case err != nil:
			return err
		case t.Expired(c.Now()):
			return identity.Unauthenticated("the request token has expired")
		case t.UserID != "" && t.UserID != w.caller.User.ID:
			return identity.Forbiddenf("Another user has authorized the request token.")
		}
		t.UserID = w.caller.User.ID
		if t.Roles, err = authorizedRoles(w.model, &t, roles); err != nil {
			return err
		}
		ring, err := c.ring(w.model)
		if err != nil {
			return err
		}
		t.VerifierHash = ring.HashSecret(verifier.Reveal())
		return w.AuthorizeRequestToken(ctx, &t)
	})
	return verifier, err
}

// authorizedRoles finds roles, all of which the user must have on the project now, and returns
// them in order of id.
func authorizedRoles(s *snapshot.Snapshot, t *identity.RequestToken, refs []identity.RoleRef) ([]identity.RoleID, error) {
	var ids []identity.RoleID
	for _, ref := range refs {
		id, err := trustRole(s, ref)
		if err != nil {
			return nil, err
		}
		ids = append(ids, id)
	}
	if !s.Holds(t.UserID, identity.Target{Project: t.ProjectID}, ids) {
		return nil, identity.Unauthenticated("the authorizing user does not have a role that is to be authorized")
	}
	slices.Sort(ids)
	return slices.Compact(ids), nil
}

// verifierCharacters are Keystone's: letters and digits, without those that look alike.
const verifierCharacters = "abcdefghkmnpqrstuvwxyzABCDEFGHJKLMNPQRSTUVWXYZ23456789"

// newVerifier makes eight characters, for people to type.
func newVerifier() identity.Secret {
	text := make([]byte, 0, 8)
	for len(text) < cap(text) {
		var b [1]byte
		rand.Read(b[:]) // never fails: crypto/rand ends the program instead
		if i := int(b[0] & 63); i < len(verifierCharacters) {
			text = append(text, verifierCharacters[i])
		}
	}
	return identity.NewSecret(string(text))
}
