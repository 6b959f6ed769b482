package server_test

import (
	"context"
	"slices"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/lintel-id/lintel/internal/config"
	"github.com/lintel-id/lintel/internal/identity"
	"github.com/lintel-id/lintel/internal/server/servertest"
	"github.com/lintel-id/lintel/internal/token"
)

// TestNoRotationRefusesALivingToken: the server rotates each interval for two weeks; every
// token is good until its time is over, and the ring stays as small as was computed.
func TestNoRotationRefusesALivingToken(t *testing.T) {
	clock := servertest.NewClock(time.Date(2030, 1, 1, 0, 0, 0, 0, time.UTC))
	env := servertest.Start(t, servertest.Options{Now: clock.Now, Config: func(c *config.Config) {
		c.Keys.RotationInterval.Duration = 12 * time.Hour
	}})
	type minted struct {
		text string
		dies time.Time
	}
	var tokens []minted
	for range 60 {
		clock.Add(5 * time.Hour)
		now := clock.Now()
		if _, err := env.Core.RotateDueKeys(t.Context()); err != nil {
			t.Fatal(err)
		}
		admin := env.AdminToken()
		tokens = append(tokens, minted{admin, now.Add(env.Core.Settings.PasswordLife)})
		for _, m := range tokens {
			want := 200
			if !now.Before(m.dies) {
				want = 404
			}
			env.Do("GET", "/v3/auth/tokens?nocatalog", admin, nil, "X-Subject-Token", m.text).Want(want)
			if now.Before(m.dies.Add(env.Core.Settings.AllowExpiredWindow)) {
				env.Do("GET", "/v3/auth/tokens?nocatalog&allow_expired=1", admin, nil, "X-Subject-Token", m.text).Want(200)
			}
		}
		n := 0
		keys, err := env.Core.Keys(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		for _, k := range keys {
			if k.Purpose == identity.TokenKeys {
				n++
			}
		}
		if n > env.Core.Settings.MaxActiveKeys {
			t.Fatalf("%d token keys, at most %d are needed", n, env.Core.Settings.MaxActiveKeys)
		}
	}
}

// With as many keys as are computed, a rotation whenever one is due is never refused, however
// late it comes, and keys do not pile up.
func TestTheKeysThatAreComputedAreEnough(t *testing.T) {
	master := token.NewMasterKey()
	rapid.Check(t, func(rt *rapid.T) {
		hours := func(least, most int, name string) config.Duration {
			return config.Duration{Duration: time.Duration(rapid.IntRange(least, most).Draw(rt, name)) * time.Hour}
		}
		cfg := config.Default()
		cfg.Keys.RotationInterval, cfg.Token.AllowExpiredWindow = hours(1, 48, "interval"), hours(0, 96, "window")
		cfg.Token.Password = hours(1, 96, "life")
		limits := token.Limits{TokenLife: cfg.Token.Longest(), Window: cfg.Token.AllowExpiredWindow.Duration, MaxActive: cfg.NeededKeys()}
		now := time.Date(2030, 1, 1, 0, 0, 0, 0, time.UTC)
		keys := token.Initial(master, now)
		for range 20 {
			now = now.Add(cfg.Keys.RotationInterval.Duration + time.Duration(rapid.SampledFrom([]int{0, 0, 1, 90}).Draw(rt, "late"))*time.Minute)
			put, drop, err := token.Rotate(master, keys, now, limits)
			if err != nil {
				rt.Fatal(err)
			}
			keys = slices.DeleteFunc(keys, func(k identity.SealedKey) bool {
				return slices.Contains(drop, k.ID) || slices.ContainsFunc(put, func(p identity.SealedKey) bool { return p.ID == k.ID })
			})
			keys = append(keys, put...)
		}
	})
}

// TestEndingAllTokensEndsAllTokens: after a leak or a restore nothing issued before is good,
// and what is issued afterwards is.
func TestEndingAllTokensEndsAllTokens(t *testing.T) {
	env := servertest.Start(t, servertest.Options{})
	before := env.AdminToken()
	if err := env.Core.ReplaceTokenKeys(t.Context()); err != nil {
		t.Fatal(err)
	}
	env.Do("GET", "/v3/auth/tokens", env.AdminToken(), nil, "X-Subject-Token", before).Want(404)
	env.Do("GET", "/v3/auth/projects", before, nil).Want(401)
}

// A server goes on when the master key over the keys is changed beside it: tokens and secrets
// are good. It makes no keys any more, and once others do it is no longer ready.
func TestAServerOutlivesAChangeOfTheMasterKey(t *testing.T) {
	var old [32]byte
	env := servertest.Start(t, servertest.Options{Config: func(c *config.Config) {
		var err error
		if old, err = c.Keys.MasterKey(); err != nil {
			t.Fatal(err)
		}
	}})
	before := env.AdminToken()
	path := "/v3/users/" + string(env.Admin.User) + "/credentials/OS-EC2"
	key := env.Do("POST", path, before, map[string]any{"tenant_id": env.Admin.Project}).Want(201)
	fresh := [32]byte{1}
	if n, err := env.Core.RewrapKeys(t.Context(), old, fresh); n != 4 || err != nil {
		t.Fatalf("%d keys, error %v", n, err)
	}
	env.Do("GET", "/v3/auth/tokens", env.AdminToken(), nil, "X-Subject-Token", before).Want(200)
	if got := env.Do("GET", path+"/"+key.Text("credential.access"), before, nil).Want(200).Get("credential.secret"); got != key.Get("credential.secret") {
		t.Errorf("the secret is now %v", got)
	}
	if err := env.Core.CheckKeys(); err != nil {
		t.Errorf("the server is not ready: %v", err)
	}
	for what, rotate := range map[string]func(context.Context) error{"rotated": env.Core.RotateKeys, "rotated for credentials": env.Core.RotateCredentialKeys, "replaced": env.Core.ReplaceTokenKeys} {
		if err := rotate(t.Context()); err == nil || !strings.Contains(err.Error(), "does not open with this master key") {
			t.Errorf("keys are %s with the old master key: %v", what, err)
		}
	}
	if !env.Logged("restart this server") {
		t.Error("nobody is told")
	}

	env.Core.Master = token.MasterKeyFromBytes(fresh) // as after a restart
	if err := env.Core.RotateKeys(t.Context()); err != nil {
		t.Fatal(err)
	}
	env.Do("GET", "/v3/auth/tokens", env.AdminToken(), nil, "X-Subject-Token", before).Want(200)

	env.Core.Master = token.MasterKeyFromBytes(old) // one that was not restarted
	keys := env.Core.Live.Current().KeyRing()
	if err := env.Core.RotateKeys(t.Context()); err == nil || len(keys) != 5 {
		t.Errorf("%d keys, error %v", len(keys), err)
	}
}
