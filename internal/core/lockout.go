package core

import (
	"context"
	"sync"
	"time"

	"github.com/lintel-id/lintel/internal/identity"
)

func (c *Core) countsFailures(u *identity.User) bool {
	return c.Settings.LockoutAttempts > 0 && (u.Options == nil || !identity.On(u.Options.IgnoreLockoutFailureAttempts))
}

// limitTries runs try, which compares a secret with the user's, unless too many wrong ones have
// locked the user out: locked says so, and try has not run. A try counts as a failure before it
// is made, so that guesses made at the same time, on whatever node, are never more than the
// lock-out allows; unless it was wrong it is taken back. What is refused while the user is
// locked out does not prolong it.
func (c *Core) limitTries(ctx context.Context, u *identity.User, try func() error) (locked bool, err error) {
	if !c.countsFailures(u) {
		return false, try()
	}
	leave, err := c.Memory.turns.take(ctx, u.ID)
	if err != nil {
		return false, err
	}
	defer leave()
	counted, err := c.Store.CountLoginTry(ctx, u.ID, c.Settings.LockoutAttempts, c.Now(), c.Settings.LockoutDuration)
	if identity.KindOf(err) == identity.Invalid {
		return true, nil // deleted meanwhile: there is no user to count for
	}
	if err != nil || !counted {
		return err == nil, err
	}
	err = try()
	if identity.KindOf(err) != identity.Unauthorized {
		c.settle(ctx, u.ID, c.Store.TakeBackLoginTry)
	}
	return false, err
}

// forgetFailures clears the failures of a user that has logged in: with all that was asked for,
// so that a right password does not give new tries of the second factor.
func (c *Core) forgetFailures(ctx context.Context, u *identity.User) {
	if c.countsFailures(u) {
		c.settle(ctx, u.ID, c.Store.ClearLoginFailures)
	}
}

// settle writes down how a try ended, also when the client has gone away meanwhile.
func (c *Core) settle(ctx context.Context, id identity.UserID, write func(context.Context, identity.UserID) error) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), settleTime)
	defer cancel()
	if err := write(ctx, id); err != nil {
		c.Log.ErrorContext(ctx, "cannot clear failed logins", "user_id", id, "error", err)
	}
}

const (
	settleTime  = 2 * time.Second
	maxTurnWait = 2 * time.Second // like that for a password's hash
)

// turns lets the tries for one user through one after the other. Tries that run at once look
// like failures to each other, and many good logins at once would lock their user out.
// The zero turns is ready.
type turns struct {
	mu sync.Mutex
	of map[identity.UserID]*turn
}

// turn is whose turn it is: busy holds one token while somebody has it.
type turn struct {
	busy  chan struct{}
	users int // who has the turn or waits for it
}

// take waits for the user's turn. It fails with Unavailable when that takes too long.
func (t *turns) take(ctx context.Context, id identity.UserID) (leave func(), err error) {
	mine := t.join(id)
	timer := time.NewTimer(maxTurnWait)
	defer timer.Stop()
	select {
	case mine.busy <- struct{}{}:
		return func() { <-mine.busy; t.part(id, mine) }, nil
	case <-timer.C:
		err = context.DeadlineExceeded
	case <-ctx.Done():
		err = ctx.Err()
	}
	t.part(id, mine)
	return nil, identity.Busy("Too many logins at once. Try again shortly.", err, time.Second)
}

func (t *turns) join(id identity.UserID) *turn {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.of == nil {
		t.of = map[identity.UserID]*turn{}
	}
	mine := t.of[id]
	if mine == nil {
		mine = &turn{busy: make(chan struct{}, 1)}
		t.of[id] = mine
	}
	mine.users++
	return mine
}

func (t *turns) part(id identity.UserID, mine *turn) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if mine.users--; mine.users == 0 {
		delete(t.of, id)
	}
}
