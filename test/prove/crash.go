package main

import (
	"context"
	"fmt"
	"sync"
	"time"

	"github.com/lintel-id/lintel/test/rig"
	"github.com/lintel-id/lintel/test/rig/wire"
)

// lease is how long a node may answer from its model without the database.
const lease = 5 * time.Second

// crashDrill is row 4: PostgreSQL crashes and comes back within the lease; nobody who validates a token notices, and no
// acknowledged write is lost.
func crashDrill(ctx context.Context, s *stage) ([]row, error) {
	pg, err := rig.NewPostgres(s.dir, "pg")
	if err != nil {
		return nil, err
	}
	c, err := rig.NewCluster(ctx, rig.Options{Dir: s.dir, Binary: s.binary, Name: "node", Nodes: 3, Postgres: pg})
	if err != nil {
		return nil, err
	}
	all := clients(c)
	w, err := newWriter(ctx, all[0], c.Password)
	if err != nil {
		return nil, err
	}
	stopWriting := writeThrough(ctx, w, all)
	v := load{clients: all, each: 2, caller: w.token, subject: always(w.token), pause: time.Millisecond}.begin(ctx)
	crashes, longest := s.size(6, 3), time.Duration(0)
	for i := range crashes {
		<-time.After(s.between(300*time.Millisecond, time.Second))
		mode := []string{"immediate", "fast"}[i%2]
		start := time.Now()
		if err := pg.Stop(mode); err != nil {
			return nil, err
		}
		if err := pg.Start(); err != nil {
			return nil, err
		}
		longest = max(longest, time.Since(start))
		s.say("%s stop and start took %s", mode, milliseconds(time.Since(start)))
	}
	<-time.After(time.Second)
	v.end()
	stopWriting()
	acknowledged := w.ledger.acknowledged()
	missing, err := lost(ctx, all[0], w.token, acknowledged)
	if err != nil {
		return nil, err
	}
	accepted, failed := v.counts()
	if failed > 0 {
		s.say("the first failure: %s", v.first)
	}
	r := row{number: 4, measure: "validations that failed while PostgreSQL crashed and came back within the lease", goal: "0; 0 acknowledged writes lost",
		got:  fmt.Sprintf("%d of %d in %d crashes (at most %s each); %d of %d writes lost", failed, accepted+failed, crashes, milliseconds(longest), len(missing), len(acknowledged)),
		pass: failed == 0 && len(missing) == 0 && accepted > 0 && longest < lease}
	control, ok, err := outage(ctx, s, pg, load{clients: all, each: 1, caller: w.token, subject: always(w.token), pause: 5 * time.Millisecond})
	r.control, r.pass = control, r.pass && ok
	return []row{r}, err
}

// outage is the control: the database stays away for longer than the lease, so validations must fail; and they must
// come back with it.
func outage(ctx context.Context, s *stage, pg *rig.Postgres, l load) (text string, ok bool, err error) {
	if err := pg.Stop("immediate"); err != nil {
		return "", false, err
	}
	v := l.begin(ctx)
	<-time.After(lease + time.Second)
	if err := pg.Start(); err != nil {
		return "", false, err
	}
	back := time.Now()
	<-time.After(2 * time.Second)
	v.end()
	accepted, failed := v.counts()
	recovered := max(0, v.last.Sub(back))
	s.say("outage beyond the lease: %d accepted, %d failed (%s), the last %s after the database's return", accepted, failed, v.first, milliseconds(recovered))
	ok = failed > 0 && recovered <= time.Second
	return fmt.Sprintf("with PostgreSQL away for longer than the lease %d validations failed, the last %s after its return (goal 1 s)", failed, milliseconds(recovered)), ok, nil
}

// writeThrough writes at every node, whatever fails, until the returned function is called.
func writeThrough(ctx context.Context, w *writer, all []*wire.Client) (stop func()) {
	const rest = 20 * time.Millisecond
	ctx, cancel := context.WithCancel(ctx)
	var done sync.WaitGroup
	for _, c := range all {
		done.Go(func() {
			for ctx.Err() == nil {
				_ = w.write(ctx, c) // an error is an outcome that nobody acknowledged
				_ = wait(ctx, rest) // the loop sees the end
			}
		})
	}
	return func() {
		cancel()
		done.Wait()
	}
}
