package v3_test

import (
	"bytes"
	"net/netip"
	"testing"
	"time"

	"github.com/lintel-id/lintel/internal/config"
	"github.com/lintel-id/lintel/internal/server/servertest"
)

// startLimited is a cloud with rate limits, and its clock. The administrator's token was got
// before they were used up: limit their own users only.
func startLimited(t *testing.T, limit func(*config.RateLimit), more ...func(*config.Config)) (*cloud, *clock) {
	k := &clock{}
	return startCloud(t, servertest.Options{Now: k.now, Config: func(c *config.Config) {
		limit(&c.RateLimit)
		for _, f := range more {
			f(c)
		}
	}}), k
}

// byName is a login by name in a domain, given by id or by name.
func byName(name, password string, domain map[string]any) map[string]any {
	return map[string]any{"auth": map[string]any{"identity": map[string]any{"methods": []string{"password"},
		"password": map[string]any{"user": map[string]any{"name": name, "password": password, "domain": domain}}}}}
}

func perAccount(count int) func(*config.RateLimit) {
	return func(r *config.RateLimit) { r.Account = config.Rate{Count: count, Per: time.Minute} }
}

// An account can be tried so often, good or bad, by login and by change of password together.
// Then it is 429 with Retry-After, and after that time there is another try.
func TestAnAccountHasALimit(t *testing.T) {
	c, k := startLimited(t, perAccount(3))
	user, _ := c.member("alice")
	other, _ := c.member("bob")
	c.try(user, cloudPassword).Want(201)
	c.try(user, "wrong").Want(401)
	c.change(user, "wrong", "second").Want(401)
	for range 3 {
		r := c.try(user, cloudPassword).Want(429)
		if got := r.Header.Get("Retry-After"); got != "20" {
			t.Errorf("Retry-After %q", got)
		}
		if r.Text("error.title") != "Too Many Requests" || r.Get("error.code") != 429.0 {
			t.Errorf("not Keystone's form: %s", r.Body)
		}
	}
	c.change(user, cloudPassword, "second").Want(429)
	c.try(other, cloudPassword).Want(201)
	k.pass(19500 * time.Millisecond)
	if got := c.try(user, cloudPassword).Want(429).Header.Get("Retry-After"); got != "1" {
		t.Errorf("half a second before the time: Retry-After %q", got)
	}
	k.pass(500 * time.Millisecond)
	c.try(user, cloudPassword).Want(201)
	c.try(user, cloudPassword).Want(429)
}

// The limit belongs to the account, by whatever name it is asked for, in v3 and v2.0, and to a
// name that nobody has just as well: the limit does not tell who there is.
func TestTheLimitDoesNotTellWhoThereIs(t *testing.T) {
	for _, name := range []string{"alice", "nobody"} {
		c, _ := startLimited(t, perAccount(4))
		alice, _ := c.member("alice")
		c.Do("POST", "/v3/auth/tokens", "", byName(name, "wrong", map[string]any{"id": "default"})).Want(401)
		c.Do("POST", "/v3/auth/tokens", "", byName(name, "wrong", map[string]any{"name": "Default"})).Want(401)
		c.Do("POST", "/v2.0/tokens", "", map[string]any{"auth": map[string]any{"passwordCredentials": map[string]any{"username": name, "password": "wrong"}}}).Want(401)
		c.Do("POST", "/v3/auth/tokens", "", byName(name, "wrong", map[string]any{"id": "default"})).Want(401)
		want := c.Do("POST", "/v3/auth/tokens", "", byName(name, "wrong", map[string]any{"id": "default"})).Want(429)
		if r := c.Do("POST", "/v3/auth/tokens", "", byName(name, cloudPassword, map[string]any{"name": "Default"})).Want(429); !bytes.Equal(r.Body, want.Body) {
			t.Errorf("%s: %s", name, r.Body)
		}
		c.Do("POST", "/v2.0/tokens", "", map[string]any{"auth": map[string]any{"passwordCredentials": map[string]any{"username": name, "password": "wrong"}}}).Want(429)
		if name == "alice" {
			c.try(alice, cloudPassword).Want(429)
		}
		c.Do("POST", "/v3/auth/tokens", "", byName(name, "wrong", map[string]any{"id": "elsewhere"})).Want(401)
		id := "0123456789abcdef0123456789abcdef"
		for range 4 {
			c.try(id, "wrong").Want(401)
		}
		c.try(id, "wrong").Want(429)
	}
}

// Application credentials have limits of their own, whether they exist or not.
func TestAnApplicationCredentialHasALimit(t *testing.T) {
	c, _ := startLimited(t, perAccount(2))
	user, project := c.member("alice")
	ac := c.Do("POST", "/v3/users/"+user+"/application_credentials", c.login(user, servertest.Project(project)),
		map[string]any{"application_credential": map[string]any{"name": "ac"}}).Want(201).Text("application_credential.id")
	try := func(ref map[string]any) int {
		ref["secret"] = "wrong"
		return c.Do("POST", "/v3/auth/tokens", "", map[string]any{"auth": map[string]any{"identity": map[string]any{
			"methods": []string{"application_credential"}, "application_credential": ref}}}).Status
	}
	named := func(name string) map[string]any {
		return map[string]any{"name": name, "user": map[string]any{"id": user}}
	}
	for i, want := range []int{401, 401, 429} {
		for what, ref := range map[string]map[string]any{"unknown id": {"id": "unknown"}, "unknown name": named("unknown"), "known": map[bool]map[string]any{true: {"id": ac}, false: named("ac")}[i%2 == 0]} {
			if got := try(ref); got != want {
				t.Errorf("try %d of the %s: %d, want %d", i+1, what, got, want)
			}
		}
	}
	c.try(user, cloudPassword).Want(201)
}

// A client can try so often, whatever the accounts. Clients behind a trusted proxy are told
// apart by what it says; what others say of themselves is not believed. All addresses of an
// IPv6 network of 64 bits are one client.
func TestAnAddressHasALimit(t *testing.T) {
	trusted := func(c *config.Config) { c.Server.TrustedProxies = []netip.Prefix{netip.MustParsePrefix("127.0.0.0/8")} }
	limit := func(r *config.RateLimit) { r.Address, r.AddressBurst = config.Rate{Count: 60, Per: time.Minute}, 2 }
	from := func(c *cloud, address string) int {
		return c.Do("POST", "/v3/auth/tokens", "", servertest.PasswordAuth("nobody", "wrong", nil), "X-Forwarded-For", address).Status
	}
	c, k := startLimited(t, limit, trusted)
	for _, step := range []struct {
		address string
		want    int
	}{
		{"192.0.2.1", 401}, {"192.0.2.1", 401}, {"192.0.2.1", 429}, {"192.0.2.2", 401}, {"198.51.100.9, 192.0.2.1", 429},
		{"2001:db8::1", 401}, {"2001:db8::ffff:1", 401}, {"2001:db8::2", 429}, {"2001:db8:0:1::1", 401}, {"::ffff:192.0.2.1", 429},
	} {
		if got := from(c, step.address); got != step.want {
			t.Errorf("from %s: %d, want %d", step.address, got, step.want)
		}
	}
	k.pass(time.Second)
	if got := from(c, "192.0.2.1"); got != 401 {
		t.Errorf("a second later: %d", got)
	}
	c, k = startLimited(t, limit)
	k.pass(time.Minute)
	for i, want := range []int{401, 401, 429} {
		if got := from(c, "192.0.2."+string(rune('1'+i))); got != want {
			t.Errorf("try %d of a client that invents addresses: %d, want %d", i+1, got, want)
		}
	}
}

// The limit comes before the hash: what is 429 costs nothing, and is no failure of the user.
func TestTheLimitComesBeforeTheHash(t *testing.T) {
	c, k := startLimited(t, perAccount(1), func(c *config.Config) { lockAfter(2, time.Hour)(&c.SecurityCompliance) })
	user, _ := c.member("alice")
	c.try(user, "wrong").Want(401)
	for range 5 {
		c.try(user, "wrong").Want(429)
	}
	k.pass(time.Minute)
	c.try(user, cloudPassword).Want(201)
}
