package v3_test

import (
	"testing"
	"time"

	"github.com/lintel-id/lintel/internal/config"
	"github.com/lintel-id/lintel/internal/core"
	"github.com/lintel-id/lintel/internal/server/servertest"
)

// startSleepy is a cloud in which users count as disabled after 30 days; the administrator does not.
func startSleepy(t *testing.T) (*cloud, *clock) {
	c, k := startCompliant(t, func(s *config.SecurityCompliance) { s.DisableUserAccountDaysInactive = 30 })
	c.patch(string(c.Admin.User), map[string]any{"options": map[string]any{"ignore_user_inactivity": true}}).Want(200)
	return c, k
}

// wait lets days pass, and gets the administrator a new token.
func (c *cloud) wait(k *clock, days int) {
	k.pass(time.Duration(days) * day)
	c.admin = c.AdminToken()
}

func (c *cloud) enabled(user string) any {
	c.t.Helper()
	return c.Do("GET", "/v3/users/"+user, c.admin, nil).Want(200).Get("user.enabled")
}

// Who has not logged in for the given days counts as disabled: at login, in the user's body and
// in lists, and for tokens and credentials that would still be good. Enabling the user starts
// the days anew.
func TestAnInactiveUserCountsAsDisabled(t *testing.T) {
	c, k := startSleepy(t)
	user, project := c.member("alice")
	ac := c.Do("POST", "/v3/users/"+user+"/application_credentials", c.login(user, servertest.Project(project)),
		map[string]any{"application_credential": map[string]any{"name": "ac"}}).Want(201)
	byCredential := map[string]any{"auth": map[string]any{"identity": map[string]any{"methods": []string{"application_credential"},
		"application_credential": map[string]any{"id": ac.Text("application_credential.id"), "secret": ac.Text("application_credential.secret")}}}}
	k.pass(30*day - 14*time.Hour) // 22:00 of the day before
	c.admin = c.AdminToken()
	token := c.Login(byCredential) // is no login with a password
	c.validate(token).Want(200)
	if c.enabled(user) != true {
		t.Error("the user is shown as disabled a day too early")
	}
	k.pass(2 * time.Hour) // midnight
	c.dead(token)
	c.try(user, cloudPassword).Want(401)
	c.change(user, cloudPassword, "second").Want(401)
	c.Do("POST", "/v3/auth/tokens", "", byCredential).Want(401)
	if c.enabled(user) != false {
		t.Error("the user is shown as enabled")
	}
	if got := c.Do("GET", "/v3/users?name=alice", c.admin, nil).Want(200).Get("users.0.enabled"); got != false {
		t.Errorf("in the list the user is enabled: %v", got)
	}
	if got := c.patch(user, map[string]any{"description": "x"}).Want(200).Get("user.enabled"); got != false {
		t.Errorf("after another change the user is enabled: %v", got)
	}
	c.patch(user, map[string]any{"enabled": true}).Want(200)
	if c.enabled(user) != true {
		t.Error("enabling does not help")
	}
	c.validate(c.Login(byCredential)).Want(200)
	c.wait(k, 29)
	c.try(user, cloudPassword).Want(201)
	c.wait(k, 29)
	c.try(user, cloudPassword).Want(201)
	c.wait(k, 30)
	c.try(user, cloudPassword).Want(401)
}

// A user that never logged in counts from the day it was made; the option ignore_user_inactivity
// exempts.
func TestWhoCountsAsInactive(t *testing.T) {
	c, k := startSleepy(t)
	never := c.user("never", "default")
	exempt := c.post("/v3/users", "user", map[string]any{"name": "exempt", "password": cloudPassword, "options": map[string]any{"ignore_user_inactivity": true}})
	c.wait(k, 29)
	if c.enabled(never) != true {
		t.Error("a user made 29 days ago is shown as disabled")
	}
	c.wait(k, 1)
	if c.enabled(never) != false {
		t.Error("a user made 30 days ago that never logged in is shown as enabled")
	}
	c.try(exempt, cloudPassword).Want(201)
}

// A login is noted at most once a day, and not at all where nobody asks: logins must not write.
func TestLoginsAreNotedOnceADay(t *testing.T) {
	c, k := startSleepy(t)
	user, _ := c.member("alice")
	rev := func() int64 { return c.Core.Live.Current().Rev }
	login := func() (changed bool) {
		c.try(user, cloudPassword).Want(201)
		if err := c.Core.Live.Refresh(t.Context()); err != nil {
			t.Fatal(err)
		}
		before := rev()
		for range 5 {
			c.try(user, cloudPassword).Want(201)
			c.try(user, "wrong").Want(401)
		}
		if err := c.Core.Live.Refresh(t.Context()); err != nil {
			t.Fatal(err)
		}
		return rev() != before
	}
	first := rev()
	if login() {
		t.Error("a second login of a day is written down")
	}
	if rev() != first+1 {
		t.Errorf("the first login of a day made %d changes", rev()-first)
	}
	k.pass(day)
	second := rev()
	if login() || rev() != second+1 {
		t.Errorf("the logins of the next day made %d changes", rev()-second)
	}

	c = startCloud(t, servertest.Options{})
	user, _ = c.member("alice")
	before := rev()
	c.try(user, cloudPassword).Want(201)
	if err := c.Core.Live.Refresh(t.Context()); err != nil {
		t.Fatal(err)
	}
	if rev() != before {
		t.Error("a login is written down where nobody asks")
	}
}

// An administrator that nobody could let in again is let in by another bootstrap.
func TestBootstrapWakesTheAdministrator(t *testing.T) {
	c, k := startCompliant(t, func(s *config.SecurityCompliance) { s.DisableUserAccountDaysInactive = 30 })
	k.pass(30 * day)
	c.try(string(c.Admin.User), servertest.AdminPassword).Want(401)
	if _, err := c.Core.Bootstrap(t.Context(), core.Bootstrap{Username: "admin", Project: "admin", Role: "admin", Service: "keystone"}); err != nil {
		t.Fatal(err)
	}
	c.try(string(c.Admin.User), servertest.AdminPassword).Want(201)
}
