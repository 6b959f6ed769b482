package core

import (
	"context"
	"slices"
	"time"

	"github.com/lintel-id/lintel/internal/identity"
	"github.com/lintel-id/lintel/internal/store"
)

// day is the day of a time, as the activity of users is kept: its midnight in UTC.
func day(t time.Time) time.Time { return t.UTC().Truncate(24 * time.Hour) }

// inactive says whether a user has not logged in with a password for so many days that it
// counts as disabled. A new user counts from the day it was made.
func (c *Core) inactive(u *identity.User, now time.Time) bool {
	if c.Settings.InactiveDays <= 0 || u.Options != nil && identity.On(u.Options.IgnoreUserInactivity) {
		return false
	}
	last := u.LastActiveAt
	if last.IsZero() {
		last = u.CreatedAt
	}
	return !last.IsZero() && day(now).Sub(day(last)) >= time.Duration(c.Settings.InactiveDays)*24*time.Hour
}

// loggedIn is what a login does besides: by something that the lock-out counts, or with an
// application credential, whose last use is remembered.
func (c *Core) loggedIn(ctx context.Context, methods []string, p proof) {
	if p.appCred != nil {
		c.Memory.uses.note(identity.Use{Kind: identity.UseApplicationCredential, ID: string(p.appCred.ID)}, c.Now())
	}
	u := c.Live.Current().User(p.user)
	if u == nil {
		return
	}
	if p.password != nil {
		c.noteActive(ctx, u)
	}
	if p.password != nil || slices.Contains(methods, identity.MethodTOTP) {
		c.forgetFailures(ctx, u)
	}
}

// noteActive writes down that a user has logged in with a password today: once a day, and only
// where somebody asks. A failure does not fail the login.
func (c *Core) noteActive(ctx context.Context, u *identity.User) {
	today := day(c.Now())
	if c.Settings.InactiveDays <= 0 || !u.LastActiveAt.Before(today) {
		return
	}
	_, err := c.Store.Update(ctx, func(tx *store.Tx) error { return tx.NoteActive(ctx, u.ID, today) })
	if err != nil {
		c.Log.ErrorContext(ctx, "cannot note that a user is active", "user_id", u.ID, "error", err)
	}
}

// shown is a user as everybody sees it: one that has been inactive for too long is disabled.
func (c *Core) shown(u *identity.User) *identity.User {
	if u == nil || !u.Enabled || !c.inactive(u, c.Now()) {
		return u
	}
	seen := *u
	seen.Enabled = false
	return &seen
}

// wake is what enabling a user does besides: it is locked out and inactive no longer.
func (c *Core) wake(ctx context.Context, w *write, u *identity.User) error {
	if c.Settings.InactiveDays > 0 {
		u.LastActiveAt = day(c.Now())
	}
	return w.ClearLoginFailures(ctx, u.ID)
}
