package core

import (
	"context"

	"github.com/lintel-id/lintel/internal/auth/totp"
	"github.com/lintel-id/lintel/internal/identity"
	"github.com/lintel-id/lintel/internal/snapshot"
)

// proveTOTP verifies a passcode by the user's TOTP credentials in a login of so many methods.
// Each passcode is good once (RFC 6238, section 5.2; Keystone has no such memory), but that one
// used by itself is good again for a login that proves more: clients that log in twice in half
// a minute, without and with a password, do so. Wrong passcodes count as failed logins.
//
// Every attempt costs a password hash, right or wrong: six digits are too few to let anybody
// try them at the speed of HMAC, and so nothing tells an unknown user from a wrong passcode.
func (c *Core) proveTOTP(ctx context.Context, p *identity.TOTPProof, methods int) (identity.UserID, error) {
	if err := c.Passwords.VerifyDummy(ctx, identity.MethodTOTP); err != nil {
		return "", kdfError(err)
	}
	s, user, err := named(ctx, c, func(s *snapshot.Snapshot) *identity.User { return findUser(s, p.User) })
	if err != nil {
		return "", err
	}
	if user == nil {
		return "", identity.Unauthenticated("the user does not exist")
	}
	locked, err := c.limitTries(ctx, user, func() error { return c.takePasscode(ctx, s, user, p.Passcode, methods) })
	if locked {
		return "", identity.Unauthenticated("the user is locked out")
	}
	return user.ID, err
}

// takePasscode uses up a passcode of one of the user's credentials.
func (c *Core) takePasscode(ctx context.Context, s *snapshot.Snapshot, u *identity.User, passcode identity.Secret, methods int) error {
	for id := range s.CredentialsOf(u.ID) {
		cred := s.Credential(id)
		if cred.Type != identity.CredentialTOTP {
			continue
		}
		step, ok, err := c.matchPasscode(ctx, s, cred, passcode)
		if err != nil {
			return err
		}
		if !ok {
			continue
		}
		first, err := c.Store.UseTOTPStep(ctx, id, step, methods)
		if err == nil && !first {
			err = identity.Unauthenticated("the passcode was used before")
		}
		return err
	}
	return identity.Unauthenticated("wrong passcode")
}

// matchPasscode says whether a credential has the passcode now, and at which step. What cannot
// be a seed (it may come from a Keystone, which takes any text) has no passcode.
func (c *Core) matchPasscode(ctx context.Context, s *snapshot.Snapshot, cred *identity.Credential, passcode identity.Secret) (step int64, ok bool, err error) {
	blob, err := c.openCredential(s, cred)
	if err != nil {
		return 0, false, err
	}
	seed, err := totp.Parse(string(blob))
	if err != nil {
		c.Log.WarnContext(ctx, "a TOTP credential has no usable seed", "credential_id", cred.ID, "user_id", cred.UserID)
		return 0, false, nil
	}
	step, ok = seed.Verify(passcode.Reveal(), c.Now(), c.Settings.TOTPWindows)
	return step, ok, nil
}
