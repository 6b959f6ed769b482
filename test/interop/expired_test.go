//go:build interop

package interop

import (
	"net/http"
	"sync/atomic"
	"testing"
	"time"

	"github.com/lintel-id/lintel/internal/server/servertest"
)

// A long upload outlives its token: the service that passes the work on vouches for it with
// its own. The token is five hours old, of a server whose clock was that much behind.
func TestExpiredTokenWithServiceToken(t *testing.T) {
	t.Parallel()
	var behind atomic.Int64
	behind.Store(int64(5 * time.Hour))
	env := servertest.Start(t, servertest.Options{Now: func() time.Time { return time.Now().Add(-time.Duration(behind.Load())) }})
	expired := env.AdminToken()
	env.Do(http.MethodGet, "/v3/auth/tokens", expired, nil, "X-Subject-Token", expired).Want(http.StatusOK)
	behind.Store(0)
	c := &cloud{url: env.URL}
	c.python(t, "middleware.py", "KS="+env.URL, "ADMIN_PASSWORD="+servertest.AdminPassword, "EXPIRED_TOKEN="+expired,
		"DEMO_USER_ID="+string(env.Admin.User), "DEMO_PROJECT_ID="+string(env.Admin.Project), "PATH=/usr/bin:/bin")
}
