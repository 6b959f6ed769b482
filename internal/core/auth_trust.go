package core

import (
	"context"
	"errors"
	"time"

	"github.com/lintel-id/lintel/internal/identity"
	"github.com/lintel-id/lintel/internal/snapshot"
)

// scopeTrust scopes a trustee's token to a trust, and it ends no later. A trust that is not
// there, or over, is a 401; one whose people cannot give what it says is a 403, as in Keystone.
func (c *Core) scopeTrust(s *snapshot.Snapshot, t *identity.Token, id identity.TrustID) error {
	trust, now := s.Trust(id), c.Now()
	switch {
	case trust == nil:
		return identity.Unauthenticated("the trust of the scope does not exist")
	case trust.Over(now):
		return identity.Unauthenticated("the trust of the scope is over")
	case trust.TrusteeID != t.UserID:
		return identity.Forbiddenf("User is not a trustee.")
	}
	if reason := c.brokenTrust(s, trust, now); reason != "" {
		e := identity.Forbiddenf("Trustee has no delegated roles.")
		e.Err = errors.New(reason)
		return e
	}
	t.ProjectID, t.TrustID = trust.ProjectID, trust.ID
	if !trust.ExpiresAt.IsZero() && trust.ExpiresAt.Before(t.ExpiresAt) {
		t.ExpiresAt = trust.ExpiresAt
	}
	return nil
}

// issue mints on a fresh snapshot. It refuses only by the newest: a role that another node granted a moment ago counts.
// The token of a trust whose uses are counted is minted again in the transaction that takes one: n uses make n tokens,
// and a login that fails takes none.
func (c *Core) issue(ctx context.Context, mint func(*snapshot.Snapshot) (*identity.Authorization, error)) error {
	counted, judged := false, int64(0)
	judge := func(s *snapshot.Snapshot) error {
		a, err := mint(s)
		counted, judged = err == nil && a.Trust != nil && a.Trust.RemainingUses != identity.UnlimitedUses, s.Rev
		return err
	}
	err := c.decide(ctx, judge)
	if err != nil && identity.KindOf(err) != identity.Unavailable && c.confirm(ctx) == nil && c.Live.Current().Rev > judged {
		err = c.decide(ctx, judge)
	}
	if err != nil || !counted {
		return err
	}
	return c.update(ctx, identity.Caller{Local: true}, func(w *write) error {
		a, err := mint(w.model)
		if err != nil {
			return err
		}
		return w.UseTrust(ctx, a.Trust.ID, a.Token.ExpiresAt)
	})
}

// liveTrust makes of a trust's token what the trust still gives. A token that took the last
// use lives on.
func (c *Core) liveTrust(s *snapshot.Snapshot, a *identity.Authorization, now time.Time) string {
	t, trust := a.Token, s.Trust(a.Token.TrustID)
	switch {
	case trust == nil:
		return "the trust is gone"
	case trust.TrusteeID != t.UserID || trust.ProjectID != t.ProjectID:
		return "the trust is for another user or project"
	}
	if reason := c.brokenTrust(s, trust, now); reason != "" {
		return reason
	}
	a.Trust = trust
	a.Roles = intersect(s.ExpandRoles(trust.Roles), s.EffectiveRoles(trust.TrustorID, identity.Target{Project: trust.ProjectID}))
	if trust.Impersonation {
		a.User = s.User(trust.TrustorID)
		a.UserDomain = s.Domain(a.User.DomainID)
	}
	return ""
}

// brokenTrust says why a trust gives nothing now, or "". Everybody in its chain must be there
// and enabled (its own trustee is the token's user, who is asked about anyway), and every
// trustor must still hold all of its roles: it gives all or nothing.
func (c *Core) brokenTrust(s *snapshot.Snapshot, t *identity.Trust, now time.Time) string {
	chain, whole := s.TrustChain(t)
	switch {
	case !whole:
		return "a trust that the trust was redelegated from is gone"
	case t.ProjectID == "":
		return "the trust is for no project"
	}
	for i, link := range chain {
		switch {
		case link.Expired(now):
			return "the trust has expired"
		case c.liveUser(s, &identity.Authorization{User: s.User(link.TrustorID)}, now) != "":
			return "a trustor is gone or disabled"
		case i > 0 && c.liveUser(s, &identity.Authorization{User: s.User(link.TrusteeID)}, now) != "":
			return "a trustee is gone or disabled"
		case !s.Holds(link.TrustorID, identity.Target{Project: t.ProjectID}, t.Roles):
			return "a trustor has lost a role of the trust"
		}
	}
	return ""
}

// revokedTrust says why a trust's token has been revoked, or "": it ends with the tokens of
// everybody in the trust's chain. The token's own user has been asked about already.
func revokedTrust(s *snapshot.Snapshot, a *identity.Authorization) string {
	if a.Trust == nil {
		return ""
	}
	chain, _ := s.TrustChain(a.Trust)
	for _, link := range chain {
		for _, u := range [...]*identity.User{s.User(link.TrustorID), s.User(link.TrusteeID)} {
			if ended(s, a.Token, identity.RevokeUser, string(u.ID)) || ended(s, a.Token, identity.RevokeDomain, string(u.DomainID)) {
				return "a user of the trust, or the user's domain, was disabled since"
			}
		}
		switch {
		case ended(s, a.Token, identity.RevokePassword, string(link.TrustorID)):
			return "the trustor's password has changed since"
		case ended(s, a.Token, identity.RevokeUserProject, identity.RevocationKey(link.TrustorID, a.Trust.ProjectID)):
			return "the trustor lost access to the project since"
		}
	}
	return ""
}
