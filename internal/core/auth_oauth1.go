package core

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"strconv"
	"strings"
	"time"

	"github.com/lintel-id/lintel/internal/auth/oauth1"
	"github.com/lintel-id/lintel/internal/identity"
	"github.com/lintel-id/lintel/internal/snapshot"
)

// clockWindow is how far the timestamp of a signed request may be from now, either way. A nonce
// is remembered twice as long, for nodes whose clocks differ.
const clockWindow = 5 * time.Minute

// readSigned reads the header of a signed request. What cannot be read is a 400, as the
// standard says (RFC 5849, section 3.2); no signature at all is a 401.
func readSigned(r *identity.SignedRequest) (*oauth1.Header, error) {
	if r.Authorization == "" {
		return nil, identity.Unauthenticated("the request is not signed")
	}
	h, err := oauth1.Parse(r.Authorization)
	if err != nil {
		return nil, identity.Invalidf("Invalid input for field 'Authorization': %v.", err)
	}
	return h, nil
}

// tokenSecret finds the secret of the token that a header names; ok is false when the consumer
// has no such token. It is "" for a request without a token.
type tokenSecret func(*oauth1.Header) (secret string, ok bool, err error)

// verifySigned checks a signed request: its time, its signature under the secrets of consumer
// and token, and that it was never accepted before. All failures are one 401, and an unknown
// consumer or token costs a signature as well.
func (c *Core) verifySigned(ctx context.Context, s *snapshot.Snapshot, r *identity.SignedRequest, h *oauth1.Header, find tokenSecret) error {
	now := c.Now()
	if h.Timestamp.Before(now.Add(-clockWindow)) || h.Timestamp.After(now.Add(clockWindow)) {
		return identity.Unauthenticated("the timestamp of the signed request is too far from now")
	}
	consumerSecret, known, err := c.consumerSecret(ctx, s, identity.ConsumerID(h.ConsumerKey))
	if err != nil {
		return err
	}
	secret, hasToken, err := find(h)
	if err != nil {
		return err
	}
	signed := h.Verify(&oauth1.Request{Method: r.Method, URL: r.URL, Query: r.Query, Form: r.Form}, consumerSecret, secret)
	switch {
	case !known:
		return identity.Unauthenticated("the consumer does not exist")
	case !hasToken:
		return identity.Unauthenticated("the consumer has no such token")
	case !signed:
		return identity.Unauthenticated("wrong signature")
	}
	first, err := c.Store.UseNonce(ctx, nonceDigest(h), h.Timestamp.Add(2*clockWindow))
	if err == nil && !first {
		err = identity.Unauthenticated("the signed request was used before")
	}
	return err
}

// nonceDigest names a nonce. It is the consumer's and the token's own at its time (section 3.3).
func nonceDigest(h *oauth1.Header) string {
	sum := sha256.Sum256([]byte(strings.Join([]string{h.ConsumerKey, h.Token, strconv.FormatInt(h.Timestamp.Unix(), 10), h.Nonce}, "\x1f")))
	return hex.EncodeToString(sum[:])
}

func (c *Core) consumerSecret(ctx context.Context, s *snapshot.Snapshot, id identity.ConsumerID) (secret string, known bool, err error) {
	consumer, err := c.Store.Consumer(ctx, id)
	if identity.KindOf(err) == identity.NotFound {
		return "", false, nil
	}
	if err != nil {
		return "", false, err
	}
	secret, err = c.openOAuth1(ctx, s, sealedConsumer, string(consumer.ID), consumer.KeyID, consumer.Sealed)
	return secret, true, err
}

// proveOAuth1 verifies a login that a consumer has signed with an access token: it proves the
// user who authorised that.
func (c *Core) proveOAuth1(ctx context.Context, r *identity.SignedRequest) (identity.UserID, *identity.AccessToken, error) {
	h, err := readSigned(r)
	if err != nil {
		return "", nil, err
	}
	if h.Token == "" {
		return "", nil, missingSigned("oauth_token")
	}
	s, t, err := named(ctx, c, func(s *snapshot.Snapshot) *identity.AccessToken {
		return s.AccessToken(identity.AccessTokenID(h.Token))
	})
	if err != nil {
		return "", nil, err
	}
	err = c.verifySigned(ctx, s, r, h, func(h *oauth1.Header) (string, bool, error) {
		if t == nil || string(t.ConsumerID) != h.ConsumerKey {
			return "", false, nil
		}
		secret, err := c.openOAuth1(ctx, s, sealedAccessToken, string(t.ID), t.KeyID, t.Sealed)
		return secret, true, err
	})
	if err != nil {
		return "", nil, err
	}
	return t.UserID, t, nil
}

// missingSigned is a 400 in Keystone's words.
func missingSigned(what string) error {
	return identity.Invalidf("Expecting to find %s in request. The server could not comply with the request since it is either malformed or otherwise incorrect. The client is assumed to be in error.", what)
}

// lend scopes a token to the project of the access token it is got with, and it ends no later.
// A scope that the request names counts for nothing, as in Keystone.
func lend(t *identity.Token, from *identity.AccessToken) {
	t.ProjectID, t.AccessTokenID = from.ProjectID, from.ID
	if !from.ExpiresAt.IsZero() && from.ExpiresAt.Before(t.ExpiresAt) {
		t.ExpiresAt = from.ExpiresAt
	}
}

// liveAccessToken narrows a token's roles to those that its access token was authorised with
// (CVE-2020-12690).
func liveAccessToken(s *snapshot.Snapshot, a *identity.Authorization, now time.Time) string {
	t, from := a.Token, s.AccessToken(a.Token.AccessTokenID)
	switch {
	case from == nil:
		return "the access token is gone"
	case from.UserID != t.UserID || from.ProjectID != t.ProjectID:
		return "the access token is another user's or project's"
	case from.Expired(now):
		return "the access token has expired"
	}
	a.AccessToken = from
	a.Roles = intersect(s.ExpandRoles(from.Roles), a.Roles)
	return ""
}
