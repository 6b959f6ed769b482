package main

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/lintel-id/lintel/test/rig"
	"github.com/lintel-id/lintel/test/rig/wire"
)

// failoverDrill is row 16: the primary is cut off from its standby, then dies or falls silent, and the standby takes over. With a
// synchronous standby nothing that was acknowledged may be missing, and nothing revoked may be good again. The control is
// an asynchronous standby, which must lose something.
func failoverDrill(ctx context.Context, s *stage) ([]row, error) {
	lossless, err := failover(ctx, s, downfall{name: "sync", synchronous: true})
	if err != nil {
		return nil, fmt.Errorf("synchronous: %w", err)
	}
	silent, err := failover(ctx, s, downfall{name: "silent", synchronous: true, silent: true})
	if err != nil {
		return nil, fmt.Errorf("silent: %w", err)
	}
	lossy, err := failover(ctx, s, downfall{name: "async"})
	if err != nil {
		return nil, fmt.Errorf("asynchronous: %w", err)
	}
	dies := lossless.row("failover to a synchronous standby")
	dies.pass = dies.pass && lossy.lost > 0
	dies.control = fmt.Sprintf("with an asynchronous standby %d of %d acknowledged writes were lost, and %d of %d revoked tokens were good again",
		lossy.lost, lossy.writes, lossy.unrevoked, lossy.revoked)
	return []row{dies, silent.row("the same, both servers named in the URL and the old one silent, not dead")}, nil
}

// downfall is what happens to a primary.
type downfall struct {
	name        string
	synchronous bool // its standby
	silent      bool // it takes connections and answers nothing, instead of being killed
}

// aftermath is what was found after a failover.
type aftermath struct {
	writes, lost       int
	revoked, unrevoked int
	again              time.Duration // until a write was acknowledged
}

func (a aftermath) row(what string) row {
	return row{number: 16, measure: what + ": acknowledged writes lost, revoked tokens that are good again", goal: "0, 0",
		got: fmt.Sprintf("%d of %d, %d of %d; first write %.1f s after the promotion was asked for", a.lost, a.writes, a.unrevoked, a.revoked,
			a.again.Seconds()),
		pass: a.lost+a.unrevoked == 0 && a.writes > 0 && a.revoked > 0}
}

func failover(ctx context.Context, s *stage, d downfall) (a aftermath, err error) {
	p, err := newPair(ctx, s, d)
	if err != nil {
		return a, err
	}
	defer p.cluster.Stop()
	all := clients(p.cluster)
	w, err := newWriter(ctx, all[0], p.cluster.Password)
	if err != nil {
		return a, err
	}
	r := &revoker{}
	stopWriting, stopRevoking := writeThrough(ctx, w, all), r.begin(ctx, all, w)
	<-time.After(2 * time.Second)
	p.replication.Cut()
	s.say("%s: the standby is cut off; %d writes acknowledged so far", d.name, len(w.ledger.acknowledged()))
	<-time.After(1500 * time.Millisecond)
	start := time.Now()
	err = p.takeOver(d)
	if err == nil {
		err = acknowledges(w)
	}
	a.again = time.Since(start)
	stopWriting()
	stopRevoking()
	for _, n := range p.cluster.Nodes {
		err = errors.Join(err, n.AwaitReady(10*time.Second))
	}
	if err != nil {
		return a, err
	}
	err = a.audit(ctx, all, w, r)
	s.say("%s: %d of %d writes lost, %d of %d revoked tokens good again; first write after %.1f s", d.name, a.lost, a.writes, a.unrevoked, a.revoked, a.again.Seconds())
	return a, err
}

// pair is a primary with a standby that follows it through a proxy, and three nodes.
type pair struct {
	primary, standby *rig.Postgres
	replication      *rig.Proxy
	front            *rig.Proxy // between the nodes and the primary, where the URL names both servers
	cluster          *rig.Cluster
}

func newPair(ctx context.Context, s *stage, d downfall) (*pair, error) {
	p := &pair{}
	var err error
	if p.primary, err = rig.NewPostgres(s.dir, d.name+"-one"); err != nil {
		return nil, err
	}
	if p.replication, err = rig.NewProxy(s.dir, p.primary.Port); err != nil {
		return nil, err
	}
	if p.standby, err = p.primary.Standby(s.dir, d.name+"_two", p.replication.Port); err != nil {
		return nil, err
	}
	if d.synchronous {
		if err := errors.Join(p.primary.Configure("synchronous_standby_names = '"+d.name+"_two'\n"), p.primary.Reload()); err != nil {
			return nil, err
		}
	}
	settings := cheapPasswords()
	if d.silent {
		if p.front, err = rig.NewProxy(s.dir, p.primary.Port); err != nil {
			return nil, err
		}
		settings["database.url"] = rig.Quote(p.primary.URL(p.front.Port, p.standby.Port))
	}
	p.cluster, err = rig.NewCluster(ctx, rig.Options{Dir: s.dir, Binary: s.binary, Name: d.name, Nodes: 3, Postgres: p.primary, Direct: d.silent, Settings: settings})
	return p, err
}

// takeOver ends the primary and promotes the standby. The nodes find it by themselves where their URL names it, or are led to it.
func (p *pair) takeOver(d downfall) error {
	if d.silent {
		p.front.Swallow()
		return p.standby.Promote()
	}
	if err := p.primary.Stop("immediate"); err != nil {
		return err
	}
	if err := p.standby.Promote(); err != nil {
		return err
	}
	for _, link := range p.cluster.Links {
		link.Turn(p.standby.Port)
	}
	return nil
}

// acknowledges waits for the next write.
func acknowledges(w *writer) error {
	before := len(w.ledger.acknowledged())
	return rig.Await(20*time.Second, func() error {
		if len(w.ledger.acknowledged()) == before {
			return errors.New("no write was acknowledged after the failover")
		}
		return nil
	})
}

// audit asks all nodes about all that was acknowledged. An addition was answered before nodes that were still looking for their
// database had it, so the one that is asked about additions writes first, which makes it know all there is.
func (a *aftermath) audit(ctx context.Context, all []*wire.Client, w *writer, r *revoker) error {
	if _, _, err := all[0].Create(ctx, "/v3/users", w.token, "user", wire.Object{"name": "audit"}); err != nil {
		return err
	}
	missing, err := lost(ctx, all[0], w.token, w.ledger.acknowledged())
	if err != nil {
		return err
	}
	a.writes, a.lost, a.revoked = len(w.ledger.acknowledged()), len(missing), len(r.tokens)
	for _, token := range r.tokens {
		good := false
		for i, c := range all {
			verdict, err := c.Validate(ctx, w.token, token)
			if verdict == wire.Unknown {
				return fmt.Errorf("node %d: %w", i, err)
			}
			good = good || verdict == wire.Accepted
		}
		if good {
			a.unrevoked++
		}
	}
	return nil
}

// revoker issues tokens and revokes them.
type revoker struct {
	mu     sync.Mutex
	tokens []string // whose revocation was acknowledged
}

func (r *revoker) begin(ctx context.Context, all []*wire.Client, w *writer) (stop func()) {
	ctx, cancel := context.WithCancel(ctx)
	var done sync.WaitGroup
	for i, c := range all {
		done.Go(func() {
			for ctx.Err() == nil {
				token, err := all[(i+1)%len(all)].Exchange(ctx, w.token, nil)
				if err == nil {
					err = c.Revoke(ctx, w.token, token)
				}
				if err == nil {
					r.mu.Lock()
					r.tokens = append(r.tokens, token)
					r.mu.Unlock()
				}
				_ = wait(ctx, 20*time.Millisecond) // the loop sees the end
			}
		})
	}
	return func() {
		cancel()
		done.Wait()
	}
}
