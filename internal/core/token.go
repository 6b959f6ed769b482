package core

import (
	"context"
	"errors"

	"github.com/lintel-id/lintel/internal/identity"
	"github.com/lintel-id/lintel/internal/snapshot"
)

// Authenticate makes a caller of the token a request was sent with. Every way a token can be
// bad gives the same 401.
func (c *Core) Authenticate(ctx context.Context, text string) (caller identity.Caller, err error) {
	err = c.decide(ctx, func(s *snapshot.Snapshot) error {
		caller.Authorization, err = c.open(s, text, asOf{now: c.Now()})
		return err
	})
	return caller, err
}

// open reads a token and authorises it on a snapshot. behind says that the snapshot is older than the token.
func (c *Core) open(s *snapshot.Snapshot, text string, at asOf) (*identity.Authorization, error) {
	ring, err := c.ring(s)
	if err != nil {
		return nil, err
	}
	t, fromKeystone, err := ring.Open(text)
	if err != nil {
		return nil, identity.Unauthenticated("the token cannot be read")
	}
	if rev := mintedAt(t); rev > s.Rev && !fromKeystone {
		return nil, behind{identity.Unauthenticated("the token comes from another past of the database"), rev}
	}
	return c.authorize(s, t, at)
}

// mintedAt is the revision a token of ours carries, or 0.
func mintedAt(t *identity.Token) int64 {
	if len(t.AuditIDs) > 0 {
		if rev, ours := t.AuditIDs[0].Rev(); ours {
			return rev
		}
	}
	return 0
}

// Validation is how a service asks about a token.
type Validation struct {
	AllowExpired bool // accept one that expired within the window (a service token stands behind it)
	AccessRules  bool // the service enforces access rules

	BelongsTo identity.ProjectID // v2.0: a token that is not this project's is a 401; "" for any
}

// ValidateToken tells a service what a token is. A bad token is a 404, never a 401, which
// would mean the caller's own (keystonemiddleware). The caller is judged by the same snapshot.
func (c *Core) ValidateToken(ctx context.Context, caller identity.Caller, subject string, v Validation) (a *identity.Authorization, err error) {
	return c.subjectToken(ctx, caller, "identity:validate_token", subject, v)
}

// CheckToken says whether a token is good: like ValidateToken, by a narrower rule.
func (c *Core) CheckToken(ctx context.Context, caller identity.Caller, subject string, v Validation) (*identity.Authorization, error) {
	return c.subjectToken(ctx, caller, "identity:check_token", subject, v)
}

func (c *Core) subjectToken(ctx context.Context, caller identity.Caller, action, subject string, v Validation) (a *identity.Authorization, err error) {
	if !caller.Known() {
		return nil, identity.Unauthenticated("no token was given")
	}
	at := asOf{now: c.Now()}
	if v.AllowExpired {
		at.grace = c.Settings.AllowExpiredWindow
	}
	err = c.decide(ctx, func(s *snapshot.Snapshot) error {
		if a, err = c.open(s, subject, at); err != nil {
			return badSubject(err)
		}
		if err := c.enforce(caller, action, attr("target.token.user_id", a.User.ID)); err != nil {
			return err
		}
		if ac := a.ApplicationCredential; ac != nil && len(ac.AccessRules) > 0 && !v.AccessRules {
			return missingToken("the service does not enforce the credential's access rules")
		}
		if v.BelongsTo != "" && a.Token.ProjectID != v.BelongsTo {
			return identity.Unauthenticated("the token does not belong to the project that was named")
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	return a, nil
}

// badSubject turns a bad subject token's 401 into a 404.
func badSubject(err error) error {
	var b behind
	if errors.As(err, &b) {
		return behind{missingToken(b.Error()), b.rev}
	}
	if identity.KindOf(err) != identity.Unauthorized {
		return err
	}
	return missingToken(err.Error())
}

func missingToken(reason string) error {
	e := identity.Unauthenticated(reason)
	e.Kind, e.Message = identity.NotFound, "Could not find token."
	return e
}

// RevokeToken ends one token; those exchanged from it live on.
func (c *Core) RevokeToken(ctx context.Context, caller identity.Caller, subject string) error {
	return c.update(ctx, caller, func(w *write) error {
		a, err := c.open(w.model, subject, asOf{now: c.Now()})
		if err != nil {
			return badSubject(err)
		}
		if err := c.enforce(w.caller, "identity:revoke_token", attr("target.token.user_id", a.User.ID)); err != nil {
			return err
		}
		return c.revoke(ctx, w, identity.RevokeToken, a.Token.AuditIDs[0].String())
	})
}

// EndSession ends the caller's token and all that were exchanged from the same login: what
// signing out means.
func (c *Core) EndSession(ctx context.Context, caller identity.Caller) error {
	return c.endOwn(ctx, caller, func(w *write) error {
		return c.revoke(ctx, w, identity.RevokeChain, w.caller.Token.AuditIDs[len(w.caller.Token.AuditIDs)-1].String())
	})
}

// EndSessions ends every token that the caller got with a password, in the portal and through
// the APIs. Application credentials and EC2 keys stay.
func (c *Core) EndSessions(ctx context.Context, caller identity.Caller) error {
	return c.endOwn(ctx, caller, func(w *write) error {
		return c.revoke(ctx, w, identity.RevokePassword, string(w.caller.User.ID))
	})
}

// EndCredentialTokens ends the tokens that were got so far with one of the caller's own
// application credentials or EC2 keys. The credential stays: it gets new ones.
func (c *Core) EndCredentialTokens(ctx context.Context, caller identity.Caller, what identity.Use) error {
	return c.endOwn(ctx, caller, func(w *write) error {
		switch what.Kind {
		case identity.UseApplicationCredential:
			if ac := w.model.ApplicationCredential(identity.ApplicationCredentialID(what.ID)); ac != nil && ac.UserID == w.caller.User.ID {
				return c.revoke(ctx, w, identity.RevokeCredential, what.ID)
			}
		case identity.UseEC2Key:
			if key := w.model.Credential(identity.CredentialID(what.ID)); key != nil && key.UserID == w.caller.User.ID {
				return c.endTokensOfKey(ctx, w, key)
			}
		}
		return identity.Missing("credential", what.ID)
	})
}

// EndAllTokens ends every token of the caller, however it was got.
func (c *Core) EndAllTokens(ctx context.Context, caller identity.Caller) error {
	return c.endOwn(ctx, caller, func(w *write) error {
		return c.revoke(ctx, w, identity.RevokeUser, string(w.caller.User.ID))
	})
}

// OwnToken is what a user may know of a token of its own.
type OwnToken struct {
	*identity.Token
	Authorization *identity.Authorization // nil: it is good no more
	Reason        string                  // why not, a text of the code
}

// OwnToken tells the caller what a token of its own is, also when it is good no more. NotFound
// stands for a text that is no token, and for another user's.
func (c *Core) OwnToken(ctx context.Context, caller identity.Caller, text string) (own OwnToken, err error) {
	if err := c.enforce(caller, "identity:validate_token", attr("target.token.user_id", caller.User.ID)); err != nil {
		return own, err
	}
	err = c.decide(ctx, func(s *snapshot.Snapshot) error {
		ring, err := c.ring(s)
		if err != nil {
			return err
		}
		t, _, err := ring.Open(text)
		if err != nil || t.UserID != caller.User.ID {
			return missingToken("it is no token of the user's")
		}
		own = OwnToken{Token: t}
		own.Authorization, err = c.open(s, text, asOf{now: c.Now()})
		if identity.KindOf(err) == identity.Unauthorized {
			if _, late := err.(behind); late { //nolint:errorlint // decide looks for it as it is
				return err
			}
			own.Reason = reasonOf(err)
			return nil
		}
		return err
	})
	return own, err
}

// endOwn runs a revocation that the caller may make because its own token may be revoked.
func (c *Core) endOwn(ctx context.Context, caller identity.Caller, end func(*write) error) error {
	return c.update(ctx, caller, func(w *write) error {
		if err := c.enforce(w.caller, "identity:revoke_token", attr("target.token.user_id", w.caller.User.ID)); err != nil {
			return err
		}
		return end(w)
	})
}

// revoke ends the tokens minted so far that kind and key name.
func (c *Core) revoke(ctx context.Context, w *write, kind identity.RevocationKind, key string) error {
	now := c.Now().UTC()
	return w.PutRevocation(ctx, identity.Revocation{Kind: kind, Key: key, Rev: w.NextRev(), At: now,
		ExpiresAt: now.Add(c.Settings.LongestLife() + c.Settings.AllowExpiredWindow)})
}

// Catalog returns the services of the cloud as a token shows them: those that its project is
// associated with, or all.
func (c *Core) Catalog(a *identity.Authorization) *identity.Catalog {
	return c.catalogOf(c.Live.Current(), a)
}

func (c *Core) catalogOf(s *snapshot.Snapshot, a *identity.Authorization) *identity.Catalog {
	if a.Project != nil {
		if part := s.CatalogOf(a.Project.ID); part != nil {
			return part
		}
	}
	if c.Settings.HideUnassociated {
		return &identity.Catalog{}
	}
	return s.Catalog()
}

// AuthCatalog returns the catalog to a caller whose token is scoped to a project, as Keystone.
func (c *Core) AuthCatalog(ctx context.Context, caller identity.Caller) (*identity.Catalog, error) {
	const action = "identity:get_auth_catalog"
	if err := c.enforce(caller, action); err != nil {
		return nil, err
	}
	if caller.Authorization == nil || caller.Project == nil {
		return nil, identity.NotAuthorized(action)
	}
	s, err := c.fresh(ctx)
	if err != nil {
		return nil, err
	}
	return c.catalogOf(s, caller.Authorization), nil
}
