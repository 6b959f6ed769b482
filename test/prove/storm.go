package main

import (
	"context"
	"fmt"
	"math/rand/v2"
	"net/http"
	"sync"
	"sync/atomic"
	"time"

	"github.com/lintel-id/lintel/test/rig"
	"github.com/lintel-id/lintel/test/rig/wire"
)

// stormDrill is row 21: everybody logs in with a password at once, and who validates does not notice.
func stormDrill(ctx context.Context, s *stage) ([]row, error) {
	c, err := rig.NewCluster(ctx, rig.Options{Dir: s.dir, Binary: s.binary, Name: "node"})
	if err != nil {
		return nil, err
	}
	all := clients(c)
	admin, err := all[0].Admin(ctx, c.Password)
	if err != nil {
		return nil, err
	}
	var logins, shed, failed atomic.Int64
	l := load{clients: all, each: 2, caller: admin, subject: always(admin), pause: 3 * time.Millisecond}
	figures, err := compare(ctx, l, s.size(5, 3), 3*time.Second, func() func() {
		return storm(ctx, all[0], c.Password, &logins, &shed, &failed)
	})
	if err != nil {
		return nil, err
	}
	s.say("%d logins, %d shed with 503, %d failed otherwise", logins.Load(), shed.Load(), failed.Load())
	return []row{{number: 21, measure: "p99 of validations while logins saturate the password hashes, against idle", goal: "2 x; 0 failed",
		got:  fmt.Sprintf("%s; meanwhile %d logins, %d told to come back", figures.got(), logins.Load(), shed.Load()),
		pass: figures.good() && logins.Load() > 0 && failed.Load() == 0}}, nil
}

// storm logs in from more connections than may wait for a hash, until the returned function is called.
func storm(ctx context.Context, c *wire.Client, password string, logins, shed, failed *atomic.Int64) (end func()) {
	const connections = 96
	ctx, cancel := context.WithCancel(ctx)
	var all sync.WaitGroup
	for range connections {
		all.Go(func() {
			for ctx.Err() == nil {
				switch _, err := c.Admin(ctx, password); {
				case err == nil:
					logins.Add(1)
				case wire.StatusOf(err) == http.StatusServiceUnavailable:
					shed.Add(1)
					_ = wait(ctx, time.Second+rand.N(time.Second)) //nolint:gosec // what Retry-After says, but not all at once; not a secret
				case ctx.Err() == nil:
					failed.Add(1)
				}
			}
		})
	}
	return func() {
		cancel()
		all.Wait()
	}
}
