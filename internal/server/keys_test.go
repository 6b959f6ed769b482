package server_test

import (
	"testing"
	"time"

	"github.com/lintel-id/lintel/internal/config"
	"github.com/lintel-id/lintel/internal/identity"
	"github.com/lintel-id/lintel/internal/server/servertest"
)

// TestNoRotationRefusesALivingToken: the server rotates each interval for two weeks; every
// token is good until its time is over, and the ring stays as small as was computed.
func TestNoRotationRefusesALivingToken(t *testing.T) {
	now := time.Date(2030, 1, 1, 0, 0, 0, 0, time.UTC)
	env := servertest.Start(t, servertest.Options{Now: func() time.Time { return now }, Config: func(c *config.Config) {
		c.Keys.RotationInterval.Duration = 12 * time.Hour
	}})
	type minted struct {
		text string
		dies time.Time
	}
	var tokens []minted
	for range 60 {
		now = now.Add(5 * time.Hour)
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
