package core

import (
	"context"
	"crypto/sha256"
	"errors"
	"time"

	"github.com/lintel-id/lintel/internal/auth/ec2"
	"github.com/lintel-id/lintel/internal/identity"
	"github.com/lintel-id/lintel/internal/snapshot"
)

// EC2Token exchanges the signature of a request that a service received for a token of the
// key's owner on the key's project. Only services may ask: whoever sees a signature, in a
// presigned URL for example, would else be the owner (CVE-2025-65073). An unknown access key
// is NotFound, everything else that is wrong is Unauthorized. A signature is not remembered:
// within its time it is good again.
func (c *Core) EC2Token(ctx context.Context, caller identity.Caller, p identity.EC2Proof) (text string, a *identity.Authorization, err error) {
	if err := c.enforce(caller, "identity:ec2tokens_validate"); err != nil {
		return "", nil, err
	}
	request := ec2.Request(p)
	a, err = c.tokenOfKey(ctx, caller, p.Access, request.Verify, anyKey)
	if err != nil {
		return "", nil, err
	}
	ring, err := c.ring(c.Live.Current())
	if err != nil {
		return "", nil, err
	}
	text, err = ring.Mint(a.Token, c.Now())
	return text, a, err
}

// S3Token is EC2Token for a gateway that made the string to sign itself. It says whose the
// request is; there is no text of the token.
func (c *Core) S3Token(ctx context.Context, caller identity.Caller, p identity.S3Proof) (*identity.Authorization, error) {
	if err := c.enforce(caller, "identity:s3tokens_validate"); err != nil {
		return nil, err
	}
	request := ec2.S3Request{Signature: p.Signature, Token: p.Token}
	return c.tokenOfKey(ctx, caller, p.Access, request.Verify, keyWithoutRules)
}

// usableKey says why a token may not be used as its service will, or "".
type usableKey func(*identity.Authorization) string

func anyKey(*identity.Authorization) string { return "" }

// keyWithoutRules refuses what is bound to access rules: a gateway that has no token asks
// nobody about them.
func keyWithoutRules(a *identity.Authorization) string {
	if ac := a.ApplicationCredential; ac != nil && len(ac.AccessRules) > 0 {
		return "the service does not enforce the credential's access rules"
	}
	return ""
}

// verifySignature is what package ec2 says of a proof.
type verifySignature func(secret string, now time.Time, rules ec2.Rules) error

// tokenOfKey finds the key of an access key, verifies a signature with it and makes its token,
// judged as every validation will judge it. Wrong signatures count against the account's
// limit, good ones do not: an S3 gateway sends one with each of its requests.
func (c *Core) tokenOfKey(ctx context.Context, caller identity.Caller, access string, verify verifySignature, usable usableKey) (a *identity.Authorization, err error) {
	if access == "" {
		return nil, identity.Unauthenticated("no access key was sent")
	}
	who := account("access key", access)
	if wait := c.RateLimits.Account.Wait(who, c.Now()); wait > 0 {
		return nil, identity.TooOften("the access key has a limit", wait)
	}
	wrong, used := false, (*identity.Credential)(nil)
	err = c.issue(ctx, func(s *snapshot.Snapshot) (*identity.Authorization, error) {
		key := s.EC2Credential(access)
		if key == nil {
			return nil, &identity.Error{Kind: identity.NotFound, Message: "EC2 access key not found.", Err: errors.New("unknown access key")}
		}
		used = key
		if wrong, err = c.wrongSignature(s, key, verify); err != nil {
			return nil, err
		}
		if a, err = c.mintOfKey(s, key); err != nil {
			return nil, err
		}
		if reason := usable(a); reason != "" {
			return nil, identity.Unauthenticated(reason)
		}
		return a, nil
	})
	if wrong {
		c.RateLimits.Account.Take(who, c.Now())
	}
	if used != nil {
		c.noteDeed(identity.Deed{UserID: used.UserID, Kind: identity.UseEC2Key, Credential: string(used.ID), Address: caller.Address, Client: caller.Client}, err)
	}
	if err != nil {
		return nil, err
	}
	c.Memory.uses.note(identity.Use{Kind: identity.UseEC2Key, ID: string(used.ID)}, c.Now())
	return a, nil
}

// wrongSignature opens a key's secret and verifies a signature with it.
func (c *Core) wrongSignature(s *snapshot.Snapshot, key *identity.Credential, verify verifySignature) (wrong bool, err error) {
	blob, err := c.openEC2Blob(s, key)
	if err != nil {
		return false, err
	}
	if err := verify(blob.Secret, c.Now(), c.Settings.Signatures); err != nil {
		return true, &identity.Error{Kind: identity.Unauthorized, Message: identity.MessageUnauthenticated, Err: err}
	}
	return false, nil
}

// mintOfKey makes the token of a key on a snapshot, and what it may do.
func (c *Core) mintOfKey(s *snapshot.Snapshot, key *identity.Credential) (*identity.Authorization, error) {
	switch {
	case key.Disabled:
		return nil, identity.Unauthenticated("the EC2 key has ended with the loss of the last role")
	case key.ProjectID == "":
		return nil, identity.Unauthenticated("the EC2 key is for no project")
	}
	now := c.Now()
	t := &identity.Token{UserID: key.UserID, ProjectID: key.ProjectID, Methods: []string{identity.MethodEC2}, IssuedAt: now.UTC().Truncate(time.Second)}
	t.ExpiresAt = t.IssuedAt.Add(c.Settings.EC2Life)
	t.AuditIDs = []identity.AuditID{identity.NewAuditID(s.Rev), chainOfKey(key.ID)}
	if reason := c.bindToDelegation(s, t, key); reason != "" {
		return nil, identity.Unauthenticated(reason)
	}
	return c.authorize(s, t, asOf{now: now})
}

// bindToDelegation makes the token of a key that was made through a delegation the
// delegation's: it does no more, it ends no later, and it dies with it (CVE-2013-6391). A
// delegation for another project gives nothing (CVE-2026-43001). It returns why not, or "".
func (c *Core) bindToDelegation(s *snapshot.Snapshot, t *identity.Token, key *identity.Credential) string {
	switch {
	case key.TrustID != "":
		trust := s.Trust(key.TrustID)
		if trust == nil || trust.ProjectID != key.ProjectID {
			return "the EC2 key's trust is gone or for another project"
		}
		if key.UserID != trust.TrusteeID && (!trust.Impersonation || key.UserID != trust.TrustorID) {
			return "the EC2 key's owner has no part in its trust"
		}
		t.UserID = trust.TrusteeID
		if c.scopeTrust(s, t, trust.ID) != nil {
			return "the EC2 key's trust gives nothing"
		}
	case key.AccessTokenID != "":
		from := s.AccessToken(key.AccessTokenID)
		if from == nil || from.ProjectID != key.ProjectID {
			return "the EC2 key's access token is gone or for another project"
		}
		lend(t, from)
	case key.ApplicationCredentialID != "":
		t.ApplicationCredentialID = key.ApplicationCredentialID
		if ac := s.ApplicationCredential(t.ApplicationCredentialID); ac != nil && !ac.ExpiresAt.IsZero() && ac.ExpiresAt.Before(t.ExpiresAt) {
			t.ExpiresAt = ac.ExpiresAt
		}
	}
	return ""
}

// chainOfKey stands in all tokens of an EC2 key for the token they descend from, so that they
// can end with the key. Nobody can exchange them, so that the place is free.
func chainOfKey(key identity.CredentialID) identity.AuditID {
	sum := sha256.Sum256([]byte("EC2 key\x1f" + key))
	return identity.AuditID(sum[:len(identity.AuditID{})])
}

// endTokensOfKey ends the tokens got with an EC2 key that goes, or gets another secret. Of
// other credentials there are none.
func (c *Core) endTokensOfKey(ctx context.Context, w *write, cred *identity.Credential) error {
	if cred.Type != identity.CredentialEC2 {
		return nil
	}
	return c.revoke(ctx, w, identity.RevokeChain, chainOfKey(cred.ID).String())
}
