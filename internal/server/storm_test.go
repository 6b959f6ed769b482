package server_test

import (
	"sync"
	"testing"

	"github.com/lintel-id/lintel/internal/config"
	"github.com/lintel-id/lintel/internal/server/servertest"
)

// TestALoginStormIsTurnedAwayAndValidationGoesOn: what the queue of password hashes cannot take
// is answered 503 with Retry-After, and tokens are validated meanwhile.
func TestALoginStormIsTurnedAwayAndValidationGoesOn(t *testing.T) {
	env := servertest.Start(t, servertest.Options{Config: func(c *config.Config) {
		c.Password.Workers, c.Password.Queue = 1, 1
		c.Password.MemoryKiB, c.Password.Time = 19456, 2
	}})
	token := env.AdminToken()
	const storm = 24
	answers := make(chan *servertest.Response, storm)
	var logins sync.WaitGroup
	for range storm {
		logins.Go(func() {
			answers <- env.Do("POST", "/v3/auth/tokens", "", servertest.PasswordAuth(string(env.Admin.User), servertest.AdminPassword, nil))
		})
	}
	for range storm {
		env.Do("GET", "/v3/auth/tokens", token, nil, "X-Subject-Token", token).Want(200)
	}
	logins.Wait()
	close(answers)
	count := map[int]int{}
	for a := range answers {
		count[a.Status]++
		if a.Status == 503 && a.Header.Get("Retry-After") == "" {
			t.Error("a 503 without Retry-After")
		}
	}
	if count[201] == 0 || count[503] == 0 || count[201]+count[503] != storm {
		t.Errorf("answers %v", count)
	}
}

// TestAWriteThatCannotGetItsTurnIsTurnedAway after ten seconds, has done nothing, and can be sent again.
func TestAWriteThatCannotGetItsTurnIsTurnedAway(t *testing.T) {
	t.Parallel()
	env := servertest.Start(t, servertest.Options{})
	token := env.AdminToken()
	body := map[string]any{"region": map[string]any{"id": "late"}}
	env.Core.Writing <- struct{}{} // a write that hangs
	if a := env.Do("POST", "/v3/regions", token, body).Want(503); a.Header.Get("Retry-After") == "" {
		t.Error("a 503 without Retry-After")
	}
	env.Do("GET", "/v3/regions/late", token, nil).Want(404)
	<-env.Core.Writing
	env.Do("POST", "/v3/regions", token, body).Want(201)
}
