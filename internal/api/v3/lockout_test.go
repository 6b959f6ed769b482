package v3_test

import (
	"bytes"
	"context"
	"errors"
	"sync"
	"testing"
	"time"

	"github.com/lintel-id/lintel/internal/config"
	"github.com/lintel-id/lintel/internal/identity"
	"github.com/lintel-id/lintel/internal/server/servertest"
)

func lockAfter(attempts int, duration time.Duration) func(*config.SecurityCompliance) {
	return func(s *config.SecurityCompliance) {
		s.LockoutFailureAttempts, s.LockoutDuration.Duration = attempts, duration
	}
}

// Tempest's story: two wrong passwords lock the user out for five seconds, with the right
// password too. What is tried meanwhile does not prolong it.
func TestWrongPasswordsLockAUserOut(t *testing.T) {
	c, k := startCompliant(t, lockAfter(2, 5*time.Second))
	user, _ := c.member("alice")
	other, _ := c.member("bob")
	c.try(user, cloudPassword).Want(201)
	for range 2 {
		c.try(user, "wrong").Want(401)
	}
	for range 4 {
		c.try(user, cloudPassword).Want(401)
		c.try(user, "wrong").Want(401)
		k.pass(time.Second)
	}
	c.try(other, cloudPassword).Want(201)
	k.pass(time.Second)
	c.try(user, cloudPassword).Want(201)
}

// When the lock is over the count starts anew.
func TestAfterTheLockTheCountStartsAnew(t *testing.T) {
	c, k := startCompliant(t, lockAfter(2, 5*time.Second))
	user, _ := c.member("alice")
	for range 2 {
		c.try(user, "wrong").Want(401)
	}
	k.pass(5 * time.Second)
	c.try(user, "wrong").Want(401)
	c.try(user, cloudPassword).Want(201)
}

// A login clears the count, and so does enabling the user; an option exempts from it all.
func TestWhatClearsTheCount(t *testing.T) {
	c, _ := startCompliant(t, lockAfter(2, time.Hour))
	user, _ := c.member("alice")
	for range 3 {
		c.try(user, "wrong").Want(401)
		c.try(user, cloudPassword).Want(201)
	}
	for range 3 {
		c.try(user, "wrong").Want(401)
	}
	c.try(user, cloudPassword).Want(401)
	c.patch(user, map[string]any{"description": "still locked out"}).Want(200)
	c.try(user, cloudPassword).Want(401)
	c.patch(user, map[string]any{"enabled": true}).Want(200)
	c.try(user, cloudPassword).Want(201)

	c.patch(user, map[string]any{"options": map[string]any{"ignore_lockout_failure_attempts": true}}).Want(200)
	for range 5 {
		c.try(user, "wrong").Want(401)
	}
	c.try(user, cloudPassword).Want(201)
}

// A lock without a duration holds until the user is enabled.
func TestALockWithoutEnd(t *testing.T) {
	c, k := startCompliant(t, lockAfter(2, 0))
	user, _ := c.member("alice")
	for range 2 {
		c.try(user, "wrong").Want(401)
	}
	k.pass(10_000 * time.Hour)
	c.try(user, cloudPassword).Want(401)
	c.patch(user, map[string]any{"enabled": true}).Want(200)
	c.try(user, cloudPassword).Want(201)
}

// Changing a password is a login in disguise: it counts failures with the logins, obeys the
// lock, and tells nothing of who there is.
func TestChangingAPasswordIsALoginInDisguise(t *testing.T) {
	c, _ := startCompliant(t, lockAfter(2, time.Hour))
	user, _ := c.member("alice")
	disabled, _ := c.member("disabled")
	c.patch(disabled, map[string]any{"enabled": false}).Want(200)
	want := c.change(user, "wrong", "second").Want(401)
	c.try(user, "wrong").Want(401) // the second failure
	passwordless := c.post("/v3/users", "user", map[string]any{"name": "passwordless"})
	for name, r := range map[string]*servertest.Response{
		"locked": c.change(user, cloudPassword, "second"), "unknown": c.change("nobody", cloudPassword, "second"),
		"disabled": c.change(disabled, cloudPassword, "second"), "without a password": c.change(passwordless, "", "second"),
	} {
		if r.Status != 401 || !bytes.Equal(r.Body, want.Body) {
			t.Errorf("%s: %d %s", name, r.Status, r.Body)
		}
	}
	c.try(user, cloudPassword).Want(401)
	c.patch(user, map[string]any{"enabled": true}).Want(200)
	c.change(user, "wrong", "second").Want(401)
	c.change(user, cloudPassword, "second").Want(204)
	c.try(user, "wrong").Want(401)
	c.try(user, "second").Want(201) // the change cleared the count
}

// Guesses at the same time are no more than the lock-out allows: it is not enough to be quick.
func TestGuessesAtOnceAreNoMoreThanAllowed(t *testing.T) {
	c, _ := startCompliant(t, lockAfter(5, time.Hour))
	user, _ := c.member("alice")
	const guesses = 40
	reasons := make(chan string, guesses)
	var all sync.WaitGroup
	for range guesses {
		all.Go(func() {
			_, _, err := c.Core.IssueToken(context.Background(), identity.AuthRequest{Methods: []string{identity.MethodPassword},
				Password: &identity.PasswordProof{User: identity.UserRef{ID: identity.UserID(user)}, Password: identity.NewSecret("guess")}})
			var e *identity.Error
			if !errors.As(err, &e) || e.Err == nil {
				t.Errorf("a guess got %v", err)
				return
			}
			reasons <- e.Err.Error()
		})
	}
	all.Wait()
	close(reasons)
	count := map[string]int{}
	for reason := range reasons {
		count[reason]++
	}
	if count["wrong password"] != 5 || count["the user is locked out"] != guesses-5 {
		t.Errorf("the guesses ended with %v", count)
	}
}

// Good logins at the same time do not look like failures to each other.
func TestGoodLoginsAtOnceLockNobodyOut(t *testing.T) {
	c, _ := startCompliant(t, lockAfter(2, time.Hour))
	user, _ := c.member("alice")
	c.try(user, "wrong").Want(401)
	answers := make(chan int, 30)
	var all sync.WaitGroup
	for range cap(answers) {
		all.Go(func() { answers <- c.try(user, cloudPassword).Status })
	}
	all.Wait()
	close(answers)
	for status := range answers {
		if status != 201 {
			t.Errorf("a good login was answered %d", status)
		}
	}
}

// A right password gives no new tries of the second factor: they are counted until the login
// is complete.
func TestARightPasswordDoesNotForgiveWrongPasscodes(t *testing.T) {
	c, _ := startCompliant(t, lockAfter(3, time.Hour))
	user, _ := c.member("alice")
	c.patch(user, map[string]any{"options": map[string]any{"multi_factor_auth_rules": [][]string{{"password", "totp"}}}}).Want(200)
	body := servertest.PasswordAuth(user, cloudPassword, nil)
	id := body["auth"].(map[string]any)["identity"].(map[string]any)
	id["methods"], id["totp"] = []string{"password", "totp"}, map[string]any{"user": map[string]any{"id": user, "passcode": "000000"}}
	ends := map[string]int{}
	for range 6 {
		c.Do("POST", "/v3/auth/tokens", "", body).Want(401)
		_, _, err := c.Core.IssueToken(context.Background(), identity.AuthRequest{Methods: []string{identity.MethodPassword},
			Password: &identity.PasswordProof{User: identity.UserRef{ID: identity.UserID(user)}, Password: identity.NewSecret(cloudPassword)}})
		var e *identity.Error
		if errors.As(err, &e) && e.Err != nil {
			ends[e.Err.Error()]++
		}
	}
	if ends["the user is locked out"] != 4 {
		t.Errorf("after three wrong passcodes the right password must be refused: %v", ends)
	}
}
