package core

import (
	"context"
	"time"

	"github.com/lintel-id/lintel/internal/identity"
)

// maxPortalSessions bounds the list of a user's sessions.
const maxPortalSessions = 100

// BeginPortalSession writes down that the caller's token is that of a session in the portal,
// which began then, so that its owner can see it and end it. It makes nobody signed in.
func (c *Core) BeginPortalSession(ctx context.Context, caller identity.Caller, began time.Time) error {
	t := caller.Token
	return c.Store.InsertPortalSession(ctx, &identity.PortalSession{ID: chainOf(t), UserID: t.UserID, Began: began, IssuedAt: t.IssuedAt, ExpiresAt: t.ExpiresAt,
		Address: caller.Address, Client: clientText(caller.Client)})
}

// NotePortalSession notes that the caller's session in the portal is in use.
func (c *Core) NotePortalSession(caller identity.Caller) {
	c.Memory.uses.note(identity.Use{Kind: identity.UsePortalSession, ID: chainOf(caller.Token).String()}, c.Now())
}

// PortalSessions lists the caller's own sessions in the portal whose tokens are good, the latest
// first, at most 100, and says which one the caller's own token is of. A session may have ended
// all the same: the portal knows how long one may be idle.
func (c *Core) PortalSessions(ctx context.Context, caller identity.Caller) (all []*identity.PortalSession, own identity.AuditID, err error) {
	if caller.Authorization == nil {
		return nil, own, identity.Unauthenticated("no token was given")
	}
	if err := c.enforce(caller, "identity:validate_token", attr("target.token.user_id", caller.User.ID)); err != nil {
		return nil, own, err
	}
	rows, err := c.Store.ListPortalSessions(ctx, caller.User.ID, maxPortalSessions)
	if err != nil {
		return nil, own, err
	}
	s, err := c.fresh(ctx)
	if err != nil {
		return nil, own, err
	}
	for _, p := range rows {
		// Judged as its token is, so that nothing that ends tokens need know of sessions.
		t := &identity.Token{UserID: p.UserID, Methods: []string{identity.MethodPassword}, AuditIDs: []identity.AuditID{p.ID}, IssuedAt: p.IssuedAt, ExpiresAt: p.ExpiresAt}
		if _, err := c.authorize(s, t, asOf{now: c.Now()}); err != nil {
			continue
		}
		if here := c.Memory.uses.of(identity.Use{Kind: identity.UsePortalSession, ID: p.ID.String()}); here.After(p.Seen) {
			p.Seen = here
		}
		all = append(all, p)
	}
	return all, chainOf(caller.Token), nil
}

// EndPortalSession ends one of the caller's own sessions in the portal, with all its tokens.
func (c *Core) EndPortalSession(ctx context.Context, caller identity.Caller, id string) error {
	rows, _, err := c.PortalSessions(ctx, caller)
	if err != nil {
		return err
	}
	for _, p := range rows {
		if p.ID.String() == id {
			return c.endOwn(ctx, caller, func(w *write) error { return c.revoke(ctx, w, identity.RevokeChain, id) })
		}
	}
	return identity.Missing("session", id)
}

// chainOf is what a token and all that were exchanged from the same login have in common.
func chainOf(t *identity.Token) identity.AuditID { return t.AuditIDs[len(t.AuditIDs)-1] }
