package core

import (
	"context"

	"github.com/lintel-id/lintel/internal/identity"
	"github.com/lintel-id/lintel/internal/snapshot"
	"github.com/lintel-id/lintel/internal/token"
)

// proveApplicationCredential verifies an application credential's secret: one keyed hash for
// the secrets we make, the password queue for those that somebody chose. The user is always the
// credential's owner, whatever the request says (CVE-2026-42998).
func (c *Core) proveApplicationCredential(ctx context.Context, p *identity.ApplicationCredentialProof) (identity.UserID, *identity.ApplicationCredential, error) {
	s, ac, err := named(ctx, c, func(s *snapshot.Snapshot) *identity.ApplicationCredential { return shownCredential(s, p) })
	if err != nil {
		return "", nil, err
	}
	ring, err := c.ring(s)
	if err != nil {
		return "", nil, err
	}
	hash := ""
	if ac != nil {
		hash = ac.SecretHash
	}
	ok, err := c.verifySecret(ctx, ring, hash, p.Secret)
	switch {
	case err != nil:
		return "", nil, err
	case ac == nil:
		return "", nil, identity.Unauthenticated("the application credential does not exist")
	case !ok:
		return "", nil, identity.Unauthenticated("wrong application credential secret")
	}
	return ac.UserID, ac, nil
}

// verifySecret checks a secret against its stored form. Where there is none it does what a
// wrong secret costs: the keyed hash.
func (c *Core) verifySecret(ctx context.Context, ring *token.Ring, hash string, secret identity.Secret) (bool, error) {
	if hash == "" {
		ring.MAC(secret.Reveal())
		return false, nil
	}
	if ok, known := ring.VerifySecret(hash, secret.Reveal()); known {
		return ok, nil
	}
	ok, _, err := c.Passwords.Verify(ctx, hash, secret.Reveal())
	if err != nil {
		return false, kdfError(err)
	}
	return ok, nil
}
