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

// failoverDrill is row 16: the primary is cut off from its standby, then dies, and the standby takes over. With a synchronous
// standby nothing that was acknowledged may be missing, and nothing revoked may be good again. The control is an
// asynchronous standby, which must lose something.
func failoverDrill(ctx context.Context, s *stage) ([]row, error) {
	lossless, err := failover(ctx, s, "sync", true)
	if err != nil {
		return nil, fmt.Errorf("synchronous: %w", err)
	}
	lossy, err := failover(ctx, s, "async", false)
	if err != nil {
		return nil, fmt.Errorf("asynchronous: %w", err)
	}
	return []row{{number: 16, measure: "failover to a synchronous standby: acknowledged writes lost, revoked tokens that are good again", goal: "0, 0",
		got: fmt.Sprintf("%d of %d, %d of %d; first write %.1f s after the promotion was asked for", lossless.lost, lossless.writes,
			lossless.unrevoked, lossless.revoked, lossless.again.Seconds()),
		pass: lossless.lost == 0 && lossless.unrevoked == 0 && lossless.writes > 0 && lossless.revoked > 0 && lossy.lost > 0,
		control: fmt.Sprintf("with an asynchronous standby %d of %d acknowledged writes were lost, and %d of %d revoked tokens were good again",
			lossy.lost, lossy.writes, lossy.unrevoked, lossy.revoked)}}, nil
}

// aftermath is what was found after a failover.
type aftermath struct {
	writes, lost       int
	revoked, unrevoked int
	again              time.Duration // until a write was acknowledged
}

func failover(ctx context.Context, s *stage, name string, synchronous bool) (a aftermath, err error) {
	p, err := newPair(ctx, s, name, synchronous)
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
	s.say("%s: the standby is cut off; %d writes acknowledged so far", name, len(w.ledger.acknowledged()))
	<-time.After(1500 * time.Millisecond)
	start := time.Now()
	err = p.takeOver()
	if err == nil {
		err = acknowledges(w)
	}
	a.again = time.Since(start)
	stopWriting()
	stopRevoking()
	if err != nil {
		return a, err
	}
	err = a.audit(ctx, all, w, r)
	s.say("%s: %d of %d writes lost, %d of %d revoked tokens good again; first write after %.1f s", name, a.lost, a.writes, a.unrevoked, a.revoked, a.again.Seconds())
	return a, err
}

// pair is a primary with a standby that follows it through a proxy, and three nodes.
type pair struct {
	primary, standby *rig.Postgres
	replication      *rig.Proxy
	cluster          *rig.Cluster
}

func newPair(ctx context.Context, s *stage, name string, synchronous bool) (*pair, error) {
	p := &pair{}
	var err error
	if p.primary, err = rig.NewPostgres(s.dir, name+"-one"); err != nil {
		return nil, err
	}
	if p.replication, err = rig.NewProxy(s.dir, p.primary.Port); err != nil {
		return nil, err
	}
	if p.standby, err = p.primary.Standby(s.dir, name+"_two", p.replication.Port); err != nil {
		return nil, err
	}
	if synchronous {
		if err := errors.Join(p.primary.Configure("synchronous_standby_names = '"+name+"_two'\n"), p.primary.Reload()); err != nil {
			return nil, err
		}
	}
	p.cluster, err = rig.NewCluster(ctx, rig.Options{Dir: s.dir, Binary: s.binary, Name: name, Nodes: 3, Postgres: p.primary, Settings: cheapPasswords()})
	return p, err
}

// takeOver kills the primary, promotes the standby, and leads the nodes to it.
func (p *pair) takeOver() error {
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

// audit asks all nodes about all that was acknowledged.
func (a *aftermath) audit(ctx context.Context, all []*wire.Client, w *writer, r *revoker) error {
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
