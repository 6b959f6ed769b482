package v3_test

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/lintel-id/lintel/internal/config"
	"github.com/lintel-id/lintel/internal/identity"
	"github.com/lintel-id/lintel/internal/server/servertest"
)

const day = 24 * time.Hour

// clock is a server's time: it stands still until it is moved on.
type clock struct{ moved atomic.Int64 }

func (k *clock) now() time.Time {
	return time.Date(2030, 1, 1, 12, 0, 0, 0, time.UTC).Add(time.Duration(k.moved.Load()))
}

func (k *clock) pass(d time.Duration) { k.moved.Add(int64(d)) }

// startCompliant is a cloud with rules of its own, and its clock.
func startCompliant(t *testing.T, rules func(*config.SecurityCompliance)) (*cloud, *clock) {
	k := &clock{}
	return startCloud(t, servertest.Options{Now: k.now, Config: func(c *config.Config) { rules(&c.SecurityCompliance) }}), k
}

func pattern(t testing.TB, text string) (p config.Pattern) {
	t.Helper()
	if err := p.UnmarshalText([]byte(text)); err != nil {
		t.Fatal(err)
	}
	return p
}

// change is a user's own change of its password.
func (c *cloud) change(user, original, password string) *servertest.Response {
	c.t.Helper()
	return c.Do("POST", "/v3/users/"+user+"/password", "", map[string]any{"user": map[string]any{"original_password": original, "password": password}})
}

// patch changes a user by the administrator.
func (c *cloud) patch(user string, body map[string]any) *servertest.Response {
	c.t.Helper()
	return c.Do("PATCH", "/v3/users/"+user, c.AdminToken(), map[string]any{"user": body})
}

// try is a login without a scope.
func (c *cloud) try(user, password string) *servertest.Response {
	c.t.Helper()
	return c.Do("POST", "/v3/auth/tokens", "", servertest.PasswordAuth(user, password, nil))
}

// A password that does not match the operator's pattern is refused whoever sets it, with the
// operator's words. The pattern of Keystone's documentation works here as well. A secret that
// nobody has to remember is not a password.
func TestAPasswordMatchesTheOperatorsPattern(t *testing.T) {
	c, _ := startCompliant(t, func(s *config.SecurityCompliance) {
		s.PasswordRegex, s.PasswordRegexDescription = pattern(t, `^(?=.*\d)(?=.*[a-zA-Z]).{7,}$`), "a letter, a digit and seven characters"
	})
	user, project := c.member("alice")
	for _, weak := range []string{"short1", "1234567", "letters", "with1\nline"} {
		for what, r := range map[string]*servertest.Response{
			"creating a user": c.Do("POST", "/v3/users", c.admin, map[string]any{"user": map[string]any{"name": "bob", "password": weak}}),
			"a reset":         c.patch(user, map[string]any{"password": weak}),
			"the user itself": c.change(user, cloudPassword, weak),
		} {
			if r.Status != 400 || !strings.Contains(r.Text("error.message"), "a letter, a digit and seven characters") {
				t.Errorf("%s with %q: %d %s", what, weak, r.Status, r.Body)
			}
		}
	}
	c.patch(user, map[string]any{"password": ""}).Want(400)
	c.change(user, "wrong", "weak").Want(401) // who has not proved anything learns nothing of the rules
	c.change(user, cloudPassword, "letters1").Want(204)
	c.post("/v3/users", "user", map[string]any{"name": "nobody logs in as me"})
	c.Do("POST", "/v3/users/"+user+"/application_credentials", c.Login(servertest.PasswordAuth(user, "letters1", servertest.Project(project))),
		map[string]any{"application_credential": map[string]any{"name": "ac", "secret": "weak"}}).Want(201)
}

// Tempest's story: with unique_last_password_count = 2 neither the current password nor the one
// before can be chosen, the one before that can. An administrator may set any.
func TestAUserDoesNotChooseOneOfItsLastPasswords(t *testing.T) {
	c, _ := startCompliant(t, func(s *config.SecurityCompliance) { s.UniqueLastPasswordCount = 2 })
	user, _ := c.member("alice")
	c.change(user, cloudPassword, cloudPassword).Want(400)
	c.change(user, cloudPassword, "second").Want(204)
	c.change(user, "second", cloudPassword).Want(400)
	c.change(user, "second", "third").Want(204)
	c.change(user, "third", "second").Want(400)
	c.change(user, "third", cloudPassword).Want(204)
	c.patch(user, map[string]any{"password": cloudPassword}).Want(200)
	c.patch(user, map[string]any{"password": "third"}).Want(200)
	c.try(user, "third").Want(201)
}

// Without a history the current password alone cannot be chosen again.
func TestAUserDoesNotChooseItsCurrentPassword(t *testing.T) {
	c := startCloud(t, servertest.Options{})
	user, _ := c.member("alice")
	c.change(user, cloudPassword, cloudPassword).Want(400)
	c.change(user, cloudPassword, "second").Want(204)
	c.change(user, "second", cloudPassword).Want(204)
}

// Whatever a user and its administrator set in turn: the user may choose what is not among the
// last passwords, and nothing else; the administrator may set anything; the last one set is the
// one that works; and no more rows are kept than the history needs.
func TestPasswordHistory(t *testing.T) {
	const history = 3
	c, _ := startCompliant(t, func(s *config.SecurityCompliance) { s.UniqueLastPasswordCount = history })
	users := 0
	rapid.Check(t, func(rt *rapid.T) {
		users++
		user := c.user(fmt.Sprint("user", users), "default")
		set := []string{cloudPassword} // newest last
		for range rapid.IntRange(1, 10).Draw(rt, "changes") {
			next := fmt.Sprint("password-", rapid.IntRange(1, history+2).Draw(rt, "password"))
			current := set[len(set)-1]
			if rapid.Bool().Draw(rt, "by the administrator") {
				c.patch(user, map[string]any{"password": next}).Want(200)
			} else if used := slices.Contains(set[max(0, len(set)-history):], next); used {
				c.change(user, current, next).Want(400)
				continue
			} else {
				c.change(user, current, next).Want(204)
			}
			set = append(set, next)
		}
		c.try(user, set[len(set)-1]).Want(201)
		rows, err := c.Core.Store.Passwords(context.Background(), identity.UserID(user), identity.LoginPassword, 100)
		if err != nil || len(rows) > history {
			rt.Fatalf("%d rows of passwords are kept, %d are needed (%v)", len(rows), history, err)
		}
	})
}

// A password that the user chose is kept for a while. One that was set by an administrator, and
// one that has expired, may be changed at once; the administrator need not wait.
func TestAUserKeepsThePasswordItChose(t *testing.T) {
	c, k := startCompliant(t, func(s *config.SecurityCompliance) { s.MinimumPasswordAge, s.PasswordExpiresDays = 2, 90 })
	user, _ := c.member("alice")
	c.change(user, cloudPassword, "second").Want(204)
	c.change(user, "second", "third").Want(400)
	k.pass(2*day - time.Second)
	c.change(user, "second", "third").Want(400)
	k.pass(time.Second)
	c.change(user, "second", "third").Want(204)
	c.patch(user, map[string]any{"password": "reset"}).Want(200)
	c.change(user, "reset", "fourth").Want(204)

	short, k := startCompliant(t, func(s *config.SecurityCompliance) { s.MinimumPasswordAge, s.PasswordExpiresDays = 9, 1 })
	user, _ = short.member("alice")
	short.change(user, cloudPassword, "second").Want(204)
	k.pass(day - time.Second)
	short.change(user, "second", "third").Want(400)
	k.pass(time.Second)
	short.change(user, "second", "third").Want(204)
}

// The option lock_password leaves the password to administrators. Only who knows the password
// learns of it.
func TestALockedPasswordIsChangedByAdministratorsOnly(t *testing.T) {
	c := startCloud(t, servertest.Options{})
	user, _ := c.member("alice")
	c.patch(user, map[string]any{"options": map[string]any{"lock_password": true}}).Want(200)
	c.change(user, cloudPassword, "second").Want(400)
	c.change(user, "wrong", "second").Want(401)
	c.patch(user, map[string]any{"password": "second"}).Want(200)
	c.try(user, "second").Want(201)
	c.patch(user, map[string]any{"options": map[string]any{"lock_password": nil}}).Want(200)
	c.change(user, "second", "third").Want(204)
}

// A password that an administrator sets is good for nothing but being changed, unless the user
// has an option against it. What the user chooses is good.
func TestAPasswordIsChangedUponFirstUse(t *testing.T) {
	c, _ := startCompliant(t, func(s *config.SecurityCompliance) { s.ChangePasswordUponFirstUse = true })
	user, _ := c.member("alice")
	for round := range 2 {
		r := c.try(user, cloudPassword).Want(401)
		if !strings.Contains(r.Text("error.message"), user) {
			t.Errorf("the answer does not say whose password must be changed: %s", r.Body)
		}
		if got := c.try(user, "wrong").Want(401).Text("error.message"); strings.Contains(got, user) {
			t.Errorf("who does not know the password learns that it has expired: %s", got)
		}
		fresh := fmt.Sprint("chosen-", round)
		c.change(user, cloudPassword, fresh).Want(204)
		c.try(user, fresh).Want(201)
		c.patch(user, map[string]any{"password": cloudPassword}).Want(200)
	}
	free := c.post("/v3/users", "user", map[string]any{"name": "bob", "password": cloudPassword,
		"options": map[string]any{"ignore_change_password_upon_first_use": true}})
	c.try(free, cloudPassword).Want(201)
	c.patch(free, map[string]any{"password": "reset"}).Want(200)
	c.try(free, "reset").Want(201)
}

// A password expires so many days after it was set. User and token say when; the user can then
// do nothing but change it.
func TestAPasswordExpires(t *testing.T) {
	c, k := startCompliant(t, func(s *config.SecurityCompliance) { s.PasswordExpiresDays = 30 })
	user, _ := c.member("alice")
	if got := c.Do("GET", "/v3/users/"+user, c.admin, nil).Want(200).Text("user.password_expires_at"); got != "2030-01-31T12:00:00.000000" {
		t.Errorf("the user says %s", got)
	}
	if got := c.try(user, cloudPassword).Want(201).Text("token.user.password_expires_at"); got != "2030-01-31T12:00:00.000000Z" {
		t.Errorf("the token says %s", got)
	}
	exempt := c.post("/v3/users", "user", map[string]any{"name": "bob", "password": cloudPassword, "options": map[string]any{"ignore_password_expiry": true}})
	if got := c.Do("GET", "/v3/users/"+exempt, c.admin, nil).Want(200).Get("user.password_expires_at"); got != nil {
		t.Errorf("the exempt user says %v", got)
	}
	late, _ := c.member("late")
	root := string(c.Admin.User)
	c.patch(root, map[string]any{"options": map[string]any{"ignore_password_expiry": true}}).Want(200)
	k.pass(30*day - time.Second)
	c.try(user, cloudPassword).Want(201)
	k.pass(time.Second)
	c.try(user, cloudPassword).Want(401)
	c.try(exempt, cloudPassword).Want(201)
	c.patch(late, map[string]any{"options": map[string]any{"ignore_password_expiry": true}}).Want(200)
	c.try(late, cloudPassword).Want(201) // the option holds for the password that is there, too
	c.change(user, cloudPassword, "second").Want(204)
	if got := c.try(user, "second").Want(201).Text("token.user.password_expires_at"); got != "2030-03-02T12:00:00.000000Z" {
		t.Errorf("after the change the token says %s", got)
	}
}

// Users can be listed by when their password expires; one that never does is in no such list.
func TestUsersByPasswordExpiry(t *testing.T) {
	c, k := startCompliant(t, func(s *config.SecurityCompliance) { s.PasswordExpiresDays = 1 })
	group := c.group("staff", "default")
	for _, name := range []string{"first", "second", "third"} { // expire on the 2nd, 3rd and 4th
		c.admin = c.AdminToken()
		c.put("groups", group, "users", c.user(name, "default"))
		c.patch(string(c.Admin.User), map[string]any{"options": map[string]any{"ignore_password_expiry": true}}).Want(200)
		k.pass(day)
	}
	c.admin = c.AdminToken()
	c.put("groups", group, "users", c.post("/v3/users", "user", map[string]any{"name": "never", "password": cloudPassword,
		"options": map[string]any{"ignore_password_expiry": true}}))
	const second = "2030-01-03T12:00:00Z"
	for query, want := range map[string]string{
		"lt:" + second: "first", "lte:" + second: "first second", "gt:" + second: "third", "gte:" + second: "second third",
		"eq:" + second: "second", second: "second", "neq:" + second: "first third", "eq:2030-01-03T12:00:00.000000": "second",
		"gt:2030-01-02T12:00:00Z&password_expires_at=lt:2030-01-04T12:00:00Z": "second", "gt:2040-01-01T00:00:00Z": "",
	} {
		for _, list := range []string{"/v3/users?", "/v3/groups/" + group + "/users?"} {
			r := c.Do("GET", list+"password_expires_at="+query, c.admin, nil).Want(200)
			var names []string
			for _, u := range r.Get("users").([]any) {
				if name := u.(map[string]any)["name"].(string); name != "admin" {
					names = append(names, name)
				}
			}
			slices.Sort(names)
			if got := strings.Join(names, " "); got != want {
				t.Errorf("%s%s: %q, want %q", list, query, got, want)
			}
		}
	}
	for _, bad := range []string{"before:" + second, "is:" + second, "lt:yesterday", "lt:", "", "LT:" + second} {
		c.Do("GET", "/v3/users?password_expires_at="+bad, c.admin, nil).Want(400)
		c.Do("GET", "/v3/groups/"+group+"/users?password_expires_at="+bad, c.admin, nil).Want(400)
	}
}

// The lists of a user's groups and of a group's users filter by name.
func TestListsOfMembershipFilterByName(t *testing.T) {
	c := startCloud(t, servertest.Options{})
	alice, bob := c.user("alice", "default"), c.user("bob", "default")
	for _, group := range []string{"cooks", "waiters"} {
		id := c.group(group, "default")
		c.put("groups", id, "users", alice)
		c.put("groups", id, "users", bob)
		if got := roleNames(c.Do("GET", "/v3/groups/"+id+"/users?name=bob", c.admin, nil).Want(200), "users"); got != "bob" {
			t.Errorf("users of %s named bob: %q", group, got)
		}
	}
	for query, want := range map[string]string{"": "cooks waiters", "?name=cooks": "cooks", "?name=nobody": "", "?name__startswith=wait": "waiters", "?name__icontains=OO": "cooks"} {
		names := strings.Fields(roleNames(c.Do("GET", "/v3/users/"+alice+"/groups"+query, c.admin, nil).Want(200), "groups"))
		slices.Sort(names)
		if got := strings.Join(names, " "); got != want {
			t.Errorf("groups%s: %q, want %q", query, got, want)
		}
	}
}
