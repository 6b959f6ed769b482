package core

import (
	"context"

	"github.com/lintel-id/lintel/internal/identity"
)

// hashPassword hashes a new secret outside of any transaction; "" for none.
func (c *Core) hashPassword(ctx context.Context, p identity.Secret) (string, error) {
	if p.Empty() {
		return "", nil
	}
	if n := c.Settings.MaxPasswordLength; n > 0 && len(p.Reveal()) > n {
		return "", refused(ErrPasswordLong, "Invalid input for field 'password': more than %d characters.", n)
	}
	hash, err := c.Passwords.Hash(ctx, p.Reveal())
	if err != nil {
		return "", kdfError(err)
	}
	return hash, nil
}

// ChangePassword sets the password that the APIs take, by whoever knows the current one: no
// token is needed, and an expired one will do. It is a login in disguise: it has its limits,
// its cost and its 401 for everybody who may not log in. Tokens got with a password end;
// those got afterwards, even in the same second, do not. Application credentials and EC2
// keys stay.
func (c *Core) ChangePassword(ctx context.Context, caller identity.Caller, id identity.UserID, original, fresh identity.Secret) error {
	return c.changeProved(ctx, caller, id, passwordChange{original, fresh, func(d identity.DomainID) (proof, changed identity.PasswordKind) {
		kind := c.apiPasswordKind(d)
		return kind, kind
	}})
}

// ChangeLoginPassword is ChangePassword for the password that the portal takes. Where the APIs
// take the same, the two verbs are one.
func (c *Core) ChangeLoginPassword(ctx context.Context, caller identity.Caller, id identity.UserID, original, fresh identity.Secret) error {
	return c.changeProved(ctx, caller, id, passwordChange{original, fresh, func(identity.DomainID) (proof, changed identity.PasswordKind) {
		return identity.LoginPassword, identity.LoginPassword
	}})
}

// ChangeAPIPassword sets a user's separate API password, the first one too, by whoever knows the
// login password, which must not have expired. It ends what ChangePassword ends.
func (c *Core) ChangeAPIPassword(ctx context.Context, caller identity.Caller, id identity.UserID, login, fresh identity.Secret) error {
	return c.changeProved(ctx, caller, id, passwordChange{login, fresh, func(identity.DomainID) (proof, changed identity.PasswordKind) {
		return identity.LoginPassword, identity.APIPassword
	}})
}

// passwordChange is a change by whoever proves a password of the same user.
type passwordChange struct {
	proof, fresh identity.Secret
	kinds        func(identity.DomainID) (proof, changed identity.PasswordKind)
}

func (c *Core) changeProved(ctx context.Context, caller identity.Caller, id identity.UserID, ch passwordChange) error {
	if ch.fresh.Empty() {
		return identity.Invalidf("Invalid input for field 'password': it must not be empty.")
	}
	s, err := c.fresh(ctx)
	if err != nil {
		return err
	}
	if err := c.admit(caller.Address, userAccount(s, identity.UserRef{ID: id})); err != nil {
		return err
	}
	user := s.User(id)
	if user == nil {
		return c.failSlowly(ctx, ch.proof, "the user does not exist")
	}
	proof, changed := ch.kinds(user.DomainID)
	proved, err := c.verifyPassword(ctx, user, proof, ch.proof)
	if err != nil {
		return err
	}
	if reason := c.liveUser(s, &identity.Authorization{User: user}, c.Now()); reason != "" {
		return identity.Unauthenticated(reason)
	}
	row := proved
	if changed != proof {
		if row, err = c.otherPassword(ctx, user, proved, changed); err != nil {
			return err
		}
	}
	if err := c.changePassword(ctx, user, proved, row, ch.fresh); err != nil {
		return err
	}
	if !multiFactor(user) { // else a right password would give new tries of the other factor
		c.forgetFailures(ctx, user)
	}
	return nil
}

// otherPassword returns the current password of another kind than the one that was proved.
func (c *Core) otherPassword(ctx context.Context, user *identity.User, proved *identity.Password, kind identity.PasswordKind) (*identity.Password, error) {
	if expired(user, proved, c.Now()) {
		return nil, errExpired(user)
	}
	if !c.Settings.Separate(user.DomainID) {
		return nil, errNotSeparate()
	}
	return c.currentOrNone(ctx, user.ID, kind)
}

// currentOrNone returns a user's password of a kind; one without id where there is none.
func (c *Core) currentOrNone(ctx context.Context, id identity.UserID, kind identity.PasswordKind) (*identity.Password, error) {
	row, err := c.Store.CurrentPassword(ctx, id, kind)
	if identity.KindOf(err) == identity.NotFound {
		return &identity.Password{UserID: id, Kind: kind}, nil
	}
	return &row, err
}

func errNotSeparate() error {
	return identity.Invalidf("The domain of this user has no separate API password.")
}

// changePassword replaces row for a user that has just proved a password: that one or another.
func (c *Core) changePassword(ctx context.Context, user *identity.User, proved, row *identity.Password, fresh identity.Secret) error {
	if err := c.checkSelfService(user, row); err != nil {
		return err
	}
	hash, err := c.hashAnother(ctx, row, c.Settings.Passwords.kept(), fresh)
	if err != nil {
		return err
	}
	return c.update(ctx, identity.Caller{Local: true}, func(w *write) error {
		// Hashing took long: what allowed it may have ended since.
		now := w.model.User(user.ID)
		if reason := c.liveUser(w.model, &identity.Authorization{User: now}, c.Now()); reason != "" {
			return identity.Unauthenticated(reason)
		}
		if currentPassword(now, proved.Kind).ID != proved.ID {
			return errRaced()
		}
		if err := c.checkSelfService(now, row); err != nil {
			return err
		}
		return c.replaceCurrent(ctx, w, now, row, hash, byUser)
	})
}

// SetAPIPassword sets a user's separate API password, by whoever may change the user.
func (c *Core) SetAPIPassword(ctx context.Context, caller identity.Caller, id identity.UserID, fresh identity.Secret) error {
	if fresh.Empty() {
		return identity.Invalidf("Invalid input for field 'password': it must not be empty.")
	}
	const action = "identity:update_user"
	user, err := c.userFor(ctx, caller, action, id)
	if err != nil {
		return err
	}
	if err := keepsItsUser(caller, action, id); err != nil {
		return err
	}
	if !c.Settings.Separate(user.DomainID) {
		return errNotSeparate()
	}
	row, err := c.currentOrNone(ctx, id, identity.APIPassword)
	if err != nil {
		return err
	}
	by, count := byAdministrator, 1
	if caller.Authorization != nil && caller.User.ID == id {
		by, count = byUser, c.Settings.Passwords.kept()
		if err := c.checkSelfService(user, row); err != nil {
			return err
		}
	}
	hash, err := c.hashAnother(ctx, row, count, fresh)
	if err != nil {
		return err
	}
	return c.update(ctx, caller, func(w *write) error {
		now := w.model.User(id)
		if now == nil {
			return identity.Missing("user", id)
		}
		if err := c.enforce(w.caller, action, userTarget(now)...); err != nil {
			return err
		}
		return c.replaceCurrent(ctx, w, now, row, hash, by)
	})
}

// hashAnother hashes a password that the rules allow and that is none of the last count ones.
func (c *Core) hashAnother(ctx context.Context, current *identity.Password, count int, fresh identity.Secret) (string, error) {
	if err := c.checkPassword(fresh); err != nil {
		return "", err
	}
	if err := c.checkHistory(ctx, current, count, fresh); err != nil {
		return "", err
	}
	return c.hashPassword(ctx, fresh)
}

// replaceCurrent replaces the password in row, unless it is no longer the current one: then it
// was another password that was compared and judged.
func (c *Core) replaceCurrent(ctx context.Context, w *write, u *identity.User, row *identity.Password, hash string, by setter) error {
	if currentPassword(u, row.Kind).ID != row.ID {
		return errRaced()
	}
	_, err := c.replacePassword(ctx, w, u, row.Kind, hash, by)
	return err
}

func errRaced() error {
	return &identity.Error{Kind: identity.Conflict, Message: "The password was changed by another request at the same time."}
}

func currentPassword(u *identity.User, kind identity.PasswordKind) identity.PasswordState {
	if kind == identity.APIPassword {
		return u.API
	}
	return u.Login
}

// replacePassword stores a new password and ends the tokens got with a password, of either
// kind: who changes one fears for what was got with it, and a session of the portal, which
// stands on the login password, shows what the other gives (docs/adr/0006).
func (c *Core) replacePassword(ctx context.Context, w *write, u *identity.User, kind identity.PasswordKind, hash string, by setter) (identity.Password, error) {
	row, err := c.firstPassword(ctx, w, u, kind, hash, by)
	if err != nil {
		return row, err
	}
	if err := w.PrunePasswords(ctx, u.ID, kind, c.Settings.Passwords.kept()); err != nil {
		return row, err
	}
	return row, c.revoke(ctx, w, identity.RevokePassword, string(u.ID))
}

// firstPassword stores a password where there was none, so that there is nothing to end.
func (c *Core) firstPassword(ctx context.Context, w *write, u *identity.User, kind identity.PasswordKind, hash string, by setter) (identity.Password, error) {
	row := c.newPassword(u, kind, hash, by)
	return row, w.AddPassword(ctx, row)
}
