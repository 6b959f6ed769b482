package core

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/lintel-id/lintel/internal/auth/password"
	"github.com/lintel-id/lintel/internal/identity"
)

// PasswordRules are the operator's rules for new passwords, of both kinds. The zero value asks
// for nothing.
type PasswordRules struct {
	Pattern     string            // a regular expression, for those who ask for the rules
	Matches     func(string) bool // what Pattern means; nil: all do
	Description string            // the same in words
	History     int               // a user's new password differs from so many of the last ones; from the current one always
	MinAge      time.Duration     // how long a user keeps a password that it chose
	Life        time.Duration     // 0: for ever
	ChangeFirst bool              // what an administrator sets is good for nothing but being changed
}

// Why a new password is refused, inside of the Invalid error: for faces that say it in words of
// their own.
var (
	ErrPasswordRules  = errors.New("the password does not match the rules")
	ErrPasswordUsed   = errors.New("the password is one of the last ones")
	ErrPasswordLong   = errors.New("the password is too long")
	ErrPasswordFresh  = errors.New("the current password is too young to be changed")
	ErrPasswordLocked = errors.New("the user may not change its password")
)

// ExpiredPassword is inside of the 401 of a login with the right password, when that has to be
// changed first.
type ExpiredPassword struct{ User *identity.User }

func (*ExpiredPassword) Error() string { return "the password has expired" }

func errExpired(u *identity.User) error {
	return &identity.Error{Kind: identity.Unauthorized, Message: "The password is expired and needs to be changed for user: " + string(u.ID) + ".", Err: &ExpiredPassword{u}}
}

// refused is a 400 for a new password.
func refused(cause error, format string, args ...any) error {
	return &identity.Error{Kind: identity.Invalid, Message: fmt.Sprintf(format, args...), Err: cause}
}

// setter is who sets a password. Keystone holds each to rules of its own.
type setter uint8

const (
	byAdministrator setter = iota
	byUser                 // who proved the current one
	byOperator             // at the command line, for the administrator it is about to be
)

// kept is how many passwords of a user must be remembered.
func (r *PasswordRules) kept() int { return max(1, r.History) }

// checkPassword refuses a password that does not match what the operator asks for.
func (c *Core) checkPassword(p identity.Secret) error {
	// No hash takes a longer one, and looking at it costs more the longer it is.
	r := &c.Settings.Passwords
	if r.Matches == nil || len(p.Reveal()) > password.MaxSecret || r.Matches(p.Reveal()) {
		return nil
	}
	return refused(ErrPasswordRules, "The password does not match the requirements: %s.", cmp.Or(r.Description, "ask the operator for them"))
}

// hashChosen hashes a password that somebody chose, if the rules allow it; "" for none.
func (c *Core) hashChosen(ctx context.Context, p identity.Opt[identity.Secret]) (string, error) {
	if !p.Set || p.Null {
		return "", nil
	}
	if err := c.checkPassword(p.Value); err != nil {
		return "", err
	}
	return c.hashPassword(ctx, p.Value)
}

// checkSelfService refuses a user that may not change its own password, or not yet. Who has to
// change it, because it has expired or was set by somebody else, need not wait.
func (c *Core) checkSelfService(u *identity.User, current *identity.Password) error {
	if u.Options != nil && identity.On(u.Options.LockPassword) {
		return refused(ErrPasswordLocked, "The password of this user is locked and cannot be changed by the user.")
	}
	now, rules := c.Now(), &c.Settings.Passwords
	left := current.CreatedAt.Add(rules.MinAge).Sub(now)
	if !current.SelfService || left <= 0 || expired(u, current, now) {
		return nil
	}
	const day = 24 * time.Hour
	return refused(ErrPasswordFresh, "A password must be kept for %d day(s) before it can be changed. Try again in %d day(s), or ask an administrator to reset it.",
		rules.MinAge/day, (left+day-1)/day)
}

// checkHistory refuses a password that is one of the user's last count ones. All of them are
// compared, so that the time it takes does not tell which.
func (c *Core) checkHistory(ctx context.Context, current *identity.Password, count int, fresh identity.Secret) error {
	rows, err := c.Store.Passwords(ctx, current.UserID, current.Kind, count)
	if err != nil {
		return err
	}
	used := false
	for _, row := range rows {
		same, _, err := c.Passwords.Verify(ctx, row.Hash, fresh.Reveal())
		if err != nil && !errors.Is(err, password.ErrForm) { // an old form that nobody can use any more
			return kdfError(err)
		}
		used = used || same
	}
	if used {
		return refused(ErrPasswordUsed, "The new password cannot be identical to a previous one. It must differ from the last %d, the current one among them.", count)
	}
	return nil
}

// newPassword is the row of a new password, with the time the rules give it.
func (c *Core) newPassword(u *identity.User, kind identity.PasswordKind, hash string, by setter) identity.Password {
	now := c.Now().UTC().Truncate(time.Microsecond)
	row := identity.Password{ID: identity.NewID(), UserID: u.ID, Kind: kind, Hash: hash, CreatedAt: now, SelfService: by == byUser}
	switch rules := &c.Settings.Passwords; {
	case by == byAdministrator && rules.ChangeFirst && (u.Options == nil || !identity.On(u.Options.IgnoreChangePasswordUponFirstUse)):
		row.ExpiresAt = now
	case rules.Life > 0 && !expiryIgnored(u):
		row.ExpiresAt = now.Add(rules.Life).Truncate(time.Second)
	}
	return row
}

// expired says whether a password must be changed before it can be used.
func expired(u *identity.User, p *identity.Password, now time.Time) bool {
	return !p.ExpiresAt.IsZero() && !now.Before(p.ExpiresAt) && !expiryIgnored(u)
}

func expiryIgnored(u *identity.User) bool {
	return u.Options != nil && identity.On(u.Options.IgnorePasswordExpiry)
}
