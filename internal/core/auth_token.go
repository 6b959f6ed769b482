package core

import (
	"context"

	"github.com/lintel-id/lintel/internal/identity"
	"github.com/lintel-id/lintel/internal/snapshot"
)

// proveToken verifies the token to be exchanged. Tokens of a delegation cannot be exchanged
// (CVE-2026-80182, commit 836f6b986 of Keystone): whoever holds one gets another the way the
// first was got.
func (c *Core) proveToken(ctx context.Context, req *identity.AuthRequest) (identity.UserID, *identity.Token, error) {
	var a *identity.Authorization
	err := c.decide(ctx, func(s *snapshot.Snapshot) (err error) {
		a, err = c.open(s, req.Token.Reveal(), asOf{now: c.Now()})
		return err
	})
	if identity.KindOf(err) == identity.Unauthorized && !req.V2 {
		// Of a token to be exchanged the v3 API of Keystone says that it is not found, and clients wait for that.
		err = &identity.Error{Kind: identity.NotFound, Message: "Failed to validate token", Err: err}
	}
	if err != nil {
		return "", nil, err
	}
	t := a.Token
	scoped := t.ProjectID != "" || t.DomainID != "" || t.System
	switch {
	case t.Thumbprint != "":
		return "", nil, identity.Forbiddenf("A token that is bound to a certificate cannot be exchanged for another.")
	case a.Delegation() != identity.NotDelegated:
		return "", nil, identity.Forbiddenf("A delegated token cannot be exchanged for another.")
	case t.System && (req.Scope.Kind == identity.ScopeProject || req.Scope.Kind == identity.ScopeDomain):
		return "", nil, identity.Forbiddenf("A system-scoped token cannot be exchanged for one of a project or domain.")
	case scoped && !c.Settings.AllowRescope:
		return "", nil, identity.Forbiddenf("Rescoping a scoped token is not allowed here.")
	}
	return t.UserID, t, nil
}
