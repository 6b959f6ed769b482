package core

import (
	"context"
	"errors"
	"time"

	"github.com/lintel-id/lintel/internal/auth/password"
	"github.com/lintel-id/lintel/internal/identity"
	"github.com/lintel-id/lintel/internal/snapshot"
	"github.com/lintel-id/lintel/internal/store"
)

// provePassword verifies a user's password. Unknown, locked and disabled users, and users
// without a password, cost the same hash as everybody (CVE-2018-20170, CVE-2021-38155).
func (c *Core) provePassword(ctx context.Context, req *identity.AuthRequest) (identity.UserID, *identity.Password, error) {
	_, user, err := named(ctx, c, func(s *snapshot.Snapshot) *identity.User { return c.loginUser(s, req) })
	if err != nil {
		return "", nil, err
	}
	if user == nil {
		return "", nil, c.failSlowly(ctx, req.Password.Password, "the user does not exist")
	}
	kind := c.apiPasswordKind(user.DomainID)
	if req.Portal {
		kind = identity.LoginPassword
	}
	row, err := c.verifyPassword(ctx, user, kind, req.Password.Password)
	if err != nil {
		return "", nil, err
	}
	if expired(user, row, c.Now()) {
		return "", nil, errExpired(user)
	}
	return user.ID, row, nil
}

// verifyPassword checks secret against a user's current password of a kind, within the tries
// that the lock-out allows, and renews the hash when it is not in today's form.
func (c *Core) verifyPassword(ctx context.Context, user *identity.User, kind identity.PasswordKind, secret identity.Secret) (row *identity.Password, err error) {
	locked, err := c.limitTries(ctx, user, func() error {
		row, err = c.comparePassword(ctx, user, kind, secret)
		return err
	})
	if locked {
		return nil, c.failSlowly(ctx, secret, "the user is locked out")
	}
	return row, err
}

func (c *Core) comparePassword(ctx context.Context, user *identity.User, kind identity.PasswordKind, secret identity.Secret) (*identity.Password, error) {
	row, err := c.Store.CurrentPassword(ctx, user.ID, kind)
	if identity.KindOf(err) == identity.NotFound {
		return nil, c.failSlowly(ctx, secret, "the user has no "+string(kind)+" password")
	}
	if err != nil {
		return nil, err
	}
	ok, upgrade, err := c.Passwords.Verify(ctx, row.Hash, secret.Reveal())
	if err != nil {
		return nil, kdfError(err)
	}
	if !ok {
		return nil, identity.Unauthenticated("wrong password")
	}
	if upgrade {
		c.renewHash(ctx, row.ID, secret)
	}
	return &row, nil
}

// failSlowly fails after the cost of a real verification.
func (c *Core) failSlowly(ctx context.Context, secret identity.Secret, reason string) error {
	if err := c.Passwords.VerifyDummy(ctx, secret.Reveal()); err != nil {
		return kdfError(err)
	}
	return identity.Unauthenticated(reason)
}

// kdfError turns a full queue into a 503 that says when to come again.
func kdfError(err error) error {
	switch {
	case errors.Is(err, password.ErrBusy):
		return identity.Busy("Too many logins at once. Try again shortly.", err, time.Second)
	case errors.Is(err, password.ErrTooLong):
		return refused(ErrPasswordLong, "The password is too long.")
	}
	return err
}

// renewHash stores a verified password in today's form. It may fail: the old one still works.
func (c *Core) renewHash(ctx context.Context, id string, secret identity.Secret) {
	hash, err := c.Passwords.Hash(ctx, secret.Reveal())
	if err == nil {
		_, err = c.Store.Update(ctx, func(tx *store.Tx) error { return tx.UpdatePasswordHash(ctx, id, hash) })
	}
	if err != nil {
		c.Log.WarnContext(ctx, "cannot renew a password hash", "password_id", id, "error", err)
	}
}

// stillCurrent says whether the password that was verified is the current one of a snapshot.
// A change that committed meanwhile is either seen here, or bumps the revision past the one
// the token is minted at, which ends the token.
func (c *Core) stillCurrent(s *snapshot.Snapshot, p proof) bool {
	if p.password == nil {
		return true
	}
	u := s.User(p.user)
	return u == nil || // authorize refuses it
		currentPassword(u, p.password.Kind).ID == p.password.ID
}

// apiPasswordKind is the password that the APIs of a domain's users take.
func (c *Core) apiPasswordKind(d identity.DomainID) identity.PasswordKind {
	if c.Settings.Separate(d) {
		return identity.APIPassword
	}
	return identity.LoginPassword
}

// loginUser finds the user a password request names, or nil. The v2.0 API has no domains: a
// name is looked for in the tenant's domain, there as an e-mail address, and in the default domain.
// In the portal people type the one or the other.
func (c *Core) loginUser(s *snapshot.Snapshot, req *identity.AuthRequest) *identity.User {
	ref := req.Password.User
	if req.Portal {
		return portalUser(s, ref)
	}
	if !req.V2 || ref.ID != "" {
		return findUser(s, ref)
	}
	if p := findProject(s, req.Scope); p != nil {
		if u := s.UserByName(p.OwnDomain(), ref.Name); u != nil {
			return u
		}
		if u := s.UserByEmail(p.OwnDomain(), ref.Name); u != nil {
			return u
		}
	}
	if u := s.UserByName(c.Settings.DefaultDomain, ref.Name); u != nil {
		return u
	}
	return s.UserByEmail(c.Settings.DefaultDomain, ref.Name)
}

// portalUser finds a user by name, or else by e-mail address, in a domain.
func portalUser(s *snapshot.Snapshot, ref identity.UserRef) *identity.User {
	d := findDomain(s, ref.Domain)
	if d == nil {
		return nil
	}
	if u := s.UserByName(identity.DomainID(d.ID), ref.Name); u != nil {
		return u
	}
	return s.UserByEmail(identity.DomainID(d.ID), ref.Name)
}
