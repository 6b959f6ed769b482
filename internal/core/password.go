package core

import (
	"context"

	"github.com/lintel-id/lintel/internal/identity"
)

// hashPassword hashes a new password outside of any transaction; "" for none.
func (c *Core) hashPassword(ctx context.Context, p identity.Secret) (string, error) {
	if p.Empty() {
		return "", nil
	}
	if n := c.Settings.MaxPasswordLength; n > 0 && len(p.Reveal()) > n {
		return "", identity.Invalidf("Invalid input for field 'password': more than %d characters.", n)
	}
	hash, err := c.Passwords.Hash(ctx, p.Reveal())
	if err != nil {
		return "", kdfError(err)
	}
	return hash, nil
}

// ChangePassword sets the password that the APIs take, by whoever knows the current one: no
// token is needed. Tokens got with the old one end; those got with the new one, even in the
// same second, do not. Application credentials and EC2 keys stay.
func (c *Core) ChangePassword(ctx context.Context, id identity.UserID, original, fresh identity.Secret) error {
	if fresh.Empty() {
		return identity.Invalidf("Invalid input for field 'password': it must not be empty.")
	}
	s, err := c.fresh(ctx)
	if err != nil {
		return err
	}
	user := s.User(id)
	if user == nil {
		return c.failSlowly(ctx, original, "the user does not exist")
	}
	locked, err := c.locked(ctx, user)
	if err != nil {
		return err
	}
	if locked {
		return c.failSlowly(ctx, original, "the user is locked out")
	}
	kind := c.apiPasswordKind(user.DomainID)
	row, err := c.verifyPassword(ctx, user, kind, original)
	if err != nil {
		return err
	}
	if reason := c.liveUser(s, &identity.Authorization{User: user}, c.Now()); reason != "" {
		return identity.Unauthenticated(reason)
	}
	if user.Options != nil && identity.On(user.Options.LockPassword) {
		return identity.Invalidf("The password of this user is locked and cannot be changed by the user.")
	}
	return c.setPassword(ctx, identity.Caller{Local: true}, user, row, fresh, true)
}

// SetAPIPassword sets a user's separate API password, by an administrator or by a signed-in
// user (who has proved the login password to get here).
func (c *Core) SetAPIPassword(ctx context.Context, caller identity.Caller, id identity.UserID, fresh identity.Secret) error {
	if fresh.Empty() {
		return identity.Invalidf("Invalid input for field 'password': it must not be empty.")
	}
	user, err := c.userFor(ctx, caller, "identity:update_user", id)
	if err != nil {
		return err
	}
	if !c.Settings.separate(user.DomainID) {
		return identity.Invalidf("The domain of this user has no separate API password.")
	}
	row, err := c.Store.CurrentPassword(ctx, id, identity.APIPassword)
	if identity.KindOf(err) == identity.NotFound {
		row = identity.Password{UserID: id, Kind: identity.APIPassword}
	} else if err != nil {
		return err
	}
	return c.setPassword(ctx, caller, user, &row, fresh, false)
}

// setPassword replaces the password in row by a new one that differs from it. Hashing takes
// long, so that everything the caller was allowed is asked again when it is done.
func (c *Core) setPassword(ctx context.Context, caller identity.Caller, user *identity.User, row *identity.Password, fresh identity.Secret, self bool) error {
	if row.Hash != "" {
		same, _, err := c.Passwords.Verify(ctx, row.Hash, fresh.Reveal())
		if err != nil {
			return kdfError(err)
		}
		if same {
			return identity.Invalidf("The new password cannot be identical to the current one.")
		}
	}
	hash, err := c.hashPassword(ctx, fresh)
	if err != nil {
		return err
	}
	return c.update(ctx, caller, func(w *write) error {
		now := w.model.User(user.ID)
		if now == nil {
			return identity.Missing("user", user.ID)
		}
		if err := c.enforce(w.caller, "identity:update_user", userTarget(now)...); err != nil {
			return err
		}
		if currentPassword(now, row.Kind).ID != row.ID {
			return &identity.Error{Kind: identity.Conflict, Message: "The password was changed by another request at the same time."}
		}
		_, err := c.replacePassword(ctx, w, now, row.Kind, hash, self)
		return err
	})
}

func currentPassword(u *identity.User, kind identity.PasswordKind) identity.PasswordState {
	if kind == identity.APIPassword {
		return u.API
	}
	return u.Login
}

// replacePassword stores a new password and ends the tokens got with the old one.
func (c *Core) replacePassword(ctx context.Context, w *write, u *identity.User, kind identity.PasswordKind, hash string, self bool) (identity.Password, error) {
	row, err := c.firstPassword(ctx, w, u, kind, hash, self)
	if err != nil || kind != c.apiPasswordKind(u.DomainID) {
		return row, err
	}
	return row, c.revoke(ctx, w, identity.RevokePassword, string(u.ID))
}

// firstPassword stores a password where there was none, so that there is nothing to end.
func (c *Core) firstPassword(ctx context.Context, w *write, u *identity.User, kind identity.PasswordKind, hash string, self bool) (identity.Password, error) {
	row := identity.Password{ID: identity.NewID(), UserID: u.ID, Kind: kind, Hash: hash, CreatedAt: c.Now().UTC(), SelfService: self}
	return row, w.AddPassword(ctx, row)
}
