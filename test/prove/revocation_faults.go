package main

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"sync"
	"time"

	"github.com/lintel-id/lintel/test/rig"
	"github.com/lintel-id/lintel/test/rig/wire"
)

// fault is something that happens to one node, and its end.
type fault struct {
	name  string
	lasts time.Duration
	begin func(node int) error
	end   func(node int) error
}

func (d *revoking) faultList() []fault {
	node := func(f func(int)) func(int) error { return func(i int) error { f(i); return nil } }
	pause, resume := node(func(i int) { d.cluster.Nodes[i].Pause() }), node(func(i int) { d.cluster.Nodes[i].Resume() })
	cut, heal := node(func(i int) { d.cluster.Links[i].Cut() }), node(func(i int) { d.cluster.Links[i].Heal() })
	swallow := node(func(i int) { d.cluster.Links[i].Swallow() })
	return []fault{
		{"SIGSTOP for longer than the lease", lease + d.between(time.Second, 4*time.Second), pause, resume},
		{"cut off from the database: connections are swallowed", lease + d.between(time.Second, 2*time.Second), swallow, heal},
		{"SIGSTOP", d.between(time.Second, 4*time.Second), pause, resume},
		{"cut off from the database: connections break", d.between(time.Second, 7*time.Second), cut, heal},
		{"SIGKILL", time.Second, node(func(i int) { d.cluster.Nodes[i].Kill() }),
			func(i int) error { _, err := d.cluster.Nodes[i].Start(); return err }},
		{"PostgreSQL crashes", 500 * time.Millisecond,
			func(int) error { return d.cluster.Postgres.Stop("immediate") }, func(int) error { return d.cluster.Postgres.Start() }},
	}
}

// faultTakes is how long a fault may take on a slow machine, with its preparation and recovery.
const faultTakes = 30 * time.Second

// faults revokes tokens of all kinds while one thing after the other breaks: each once, and again as far as time allows.
func (d *revoking) faults(ctx context.Context) error {
	until, _ := ctx.Deadline()
	for round := range d.size(2, 1) {
		for i, f := range d.faultList() {
			if round > 0 && time.Until(until) < faultTakes {
				d.say("no time is left for %s and what comes after it in round %d", f.name, round+1)
				return nil
			}
			victim := (round + i) % len(d.clients)
			if err := d.broken(ctx, f, victim); err != nil {
				return fmt.Errorf("%s: %w", f.name, err)
			}
		}
	}
	return nil
}

// broken revokes tokens through the other nodes while the victim is broken, and asks all three about them all the
// time, also the victim, whose answers come when it lives again.
func (d *revoking) broken(ctx context.Context, f fault, victim int) error {
	batch, err := d.batch(ctx, d.size(3, 2))
	if err != nil {
		return err
	}
	watching, stop := context.WithCancel(ctx)
	var watchers sync.WaitGroup
	for _, r := range batch {
		for node := range d.clients {
			watchers.Go(func() { d.keepAsking(watching, r, node) })
		}
	}
	unclear := d.unclear.Load()
	if err := f.begin(victim); err != nil {
		stop()
		return err
	}
	broke := time.Now()
	revocations, failed := d.revokeAll(ctx, batch, victim)
	_ = wait(ctx, f.lasts) // the fault must end in any case
	err = f.end(victim)
	lasted := time.Since(broke)
	revocations.Wait()
	<-time.After(500 * time.Millisecond) // of validations after the last answer
	stop()
	watchers.Wait()
	d.say("%s (node %d, %.1f s): %d revocations, %d not acknowledged; %d validations unclear", f.name, victim, lasted.Seconds(),
		len(batch), *failed, d.unclear.Load()-unclear)
	return errors.Join(err, d.recovered())
}

// batch makes n revocations of each kind.
func (d *revoking) batch(ctx context.Context, n int) ([]*revocation, error) {
	var mu sync.Mutex
	var all sync.WaitGroup
	var batch []*revocation
	var errs error
	for range n {
		for i, k := range d.kinds.all() {
			all.Go(func() {
				var r *revocation
				var err error
				busy := rig.Await(30*time.Second, func() error {
					if r, err = d.prepare(ctx, k, i%len(d.clients)); wire.StatusOf(err) == http.StatusServiceUnavailable {
						return err // it said to come again
					}
					return nil
				})
				err = errors.Join(err, busy)
				mu.Lock()
				defer mu.Unlock()
				batch, errs = append(batch, r), errors.Join(errs, err)
			})
		}
	}
	all.Wait()
	return batch, errs
}

// revokeAll begins all revocations of a batch within a second, at the nodes that are not the victim. Failed is good
// when they are done.
func (d *revoking) revokeAll(ctx context.Context, batch []*revocation, victim int) (all *sync.WaitGroup, failed *int) {
	all, failed = &sync.WaitGroup{}, new(int)
	var mu sync.Mutex
	for i, r := range batch {
		wait := d.between(0, time.Second)
		all.Go(func() {
			<-time.After(wait)
			if _, err := d.revoke(ctx, r, (victim+1+i%2)%len(d.clients)); err != nil {
				mu.Lock()
				*failed++
				mu.Unlock()
			}
		})
	}
	return all, failed
}

// keepAsking asks a node about a token every so often whether or not it has answered, so that many questions wait for a
// node that stands still. Those under way at the end are waited for.
func (d *revoking) keepAsking(ctx context.Context, r *revocation, node int) {
	const every = 100 * time.Millisecond
	tick := time.NewTicker(every)
	defer tick.Stop()
	var asked sync.WaitGroup
	defer asked.Wait()
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
			asked.Go(func() { d.validate(context.WithoutCancel(ctx), r, node) })
		}
	}
}

// recovered waits until all nodes are as before.
func (d *revoking) recovered() error {
	for i, n := range d.cluster.Nodes {
		if err := n.AwaitReady(10 * time.Second); err != nil {
			return err
		}
		if verdict, err := d.clients[i].Validate(context.Background(), d.kinds.token, d.kinds.token); verdict != wire.Accepted {
			return fmt.Errorf("node %d is ready and does not accept the administrator's token: %w", i, err)
		}
	}
	return nil
}
