package main

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"net/http"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"github.com/lintel-id/lintel/test/prove/history"
	"github.com/lintel-id/lintel/test/rig"
	"github.com/lintel-id/lintel/test/rig/wire"
)

const (
	calmGoal50, calmGoal99 = 10 * time.Millisecond, 50 * time.Millisecond
	staleGoal              = lease + lease/100
	prompt                 = staleGoal + lease/20 // a revocation that waits for a lease is answered by then
)

// revocationDrill is rows 6, 7 and 8: three nodes, eight kinds of revocation. First one after the other, watched closely,
// for how soon they are seen; then many at once; then with faults.
func revocationDrill(ctx context.Context, s *stage) ([]row, error) {
	pg, err := rig.NewPostgres(s.dir, "pg")
	if err != nil {
		return nil, err
	}
	c, err := rig.NewCluster(ctx, rig.Options{Dir: s.dir, Binary: s.binary, Name: "node", Nodes: 3, Postgres: pg, Settings: cheapPasswords()})
	if err != nil {
		return nil, err
	}
	d := &revoking{stage: s, cluster: c, clients: clients(c), log: history.NewLog(), counts: map[string]int{}}
	if d.kinds, err = newKinds(ctx, d.clients[0], c.Password); err != nil {
		return nil, err
	}
	calm, err := d.calm(ctx, s.size(600, 200), s.limit(20*time.Second, 12*time.Second))
	if err != nil {
		return nil, fmt.Errorf("one after the other: %w", err)
	}
	if err := d.many(ctx, s.size(9800, 800), s.limit(97*time.Second, 15*time.Second)); err != nil {
		return nil, fmt.Errorf("many at once: %w", err)
	}
	healthy := len(d.log.Operations())
	if err := d.faults(ctx); err != nil {
		return nil, fmt.Errorf("with faults: %w", err)
	}
	return d.rows(calm, healthy), nil
}

// revoking is the state of the drill.
type revoking struct {
	*stage
	cluster *rig.Cluster
	clients []*wire.Client
	kinds   *kinds
	log     *history.Log
	names   atomic.Int64
	unclear atomic.Int64 // validations without a verdict

	mu     sync.Mutex
	counts map[string]int // acknowledged revocations by kind
}

func (d *revoking) rows(calm *visibility, healthy int) []row {
	operations := d.log.Operations()
	v := history.Judge(operations, prompt)
	control := history.Judge(history.Unawaited(operations), prompt)
	faulty := history.Judge(operations[healthy:], prompt)
	for _, stale := range v.Stale[:min(5, len(v.Stale))] {
		d.say("STALE: %s accepted by node %d, %s after the answer", stale.Token, stale.Node, milliseconds(stale.Late))
	}
	kinds := len(d.counts)
	text := fmt.Sprintf("%d of %d validations after %d acknowledged revocations of %d kinds (at least %d of each); %d unacknowledged; porcupine: %s",
		len(v.Stale), v.Accepts+v.Refusals, v.Revocations-v.Unacknowledged, kinds, slices.Min(slices.Collect(maps.Values(d.counts))), v.Unacknowledged, map[bool]string{true: "legal", false: "ILLEGAL"}[v.Legal])
	p50, p99 := calm.seen.quantile(0.5), calm.seen.quantile(0.99)
	slack := time.Duration(d.size(1, 5)) // -short runs beside others, and must not fail because of them
	v50, v99 := calm.validations.quantile(0.5), calm.validations.quantile(0.99)
	return []row{
		{number: 6, measure: "validations accepted although begun after the revocation's answer, 3 nodes, with faults", goal: "0", got: text,
			pass: len(v.Stale) == 0 && v.Legal && kinds == len(d.kinds.all()) && len(control.Stale) > 0,
			control: fmt.Sprintf("the same history, judged as if each revocation had been answered at once, has %d stale accepts (porcupine: %s), up to %s late; "+
				"the servers without barrier and lease are the simulation's mutants", len(control.Stale), map[bool]string{true: "legal", false: "illegal"}[control.Legal], milliseconds(control.Worst))},
		{number: 7, measure: "from asking for a revocation to all three nodes refusing, healthy", goal: fmt.Sprintf("p50 %s, p99 %s", milliseconds(calmGoal50*slack), milliseconds(calmGoal99*slack)),
			got: fmt.Sprintf("p50 %s, p99 %s, max %s of %d; a validation took p50 %s, p99 %s", milliseconds(p50), milliseconds(p99), milliseconds(calm.seen.max()),
				len(calm.seen), milliseconds(v50), milliseconds(v99)),
			pass: p50 <= calmGoal50*slack && p99 <= calmGoal99*slack},
		{number: 8, measure: "longest time from asking for a revocation to the start of an accepted validation, under faults", goal: "5.05 s",
			got:     fmt.Sprintf("%.2f s; %d validations had no answer or 503", faulty.Worst.Seconds(), d.unclear.Load()),
			pass:    faulty.Worst <= staleGoal && faulty.Worst > lease/5,
			control: "the longest time is above 1 s, so the faults did keep nodes behind"},
	}
}

// prepare makes a revocation through a node and waits until all nodes know the token.
func (d *revoking) prepare(ctx context.Context, k kind, node int) (*revocation, error) {
	token, act, err := k.make(ctx, d.clients[node])
	if err != nil {
		return nil, fmt.Errorf("%s: %w", k.name, err)
	}
	for i, c := range d.clients {
		err := rig.Await(3*time.Second, func() error {
			verdict, err := c.Validate(ctx, d.kinds.token, token)
			if verdict != wire.Accepted {
				return fmt.Errorf("node %d does not accept the new token of kind %q: %w", i, k.name, errors.Join(err, ctx.Err()))
			}
			return nil
		})
		if err != nil {
			return nil, err
		}
	}
	return &revocation{kind: k.name, name: fmt.Sprintf("%s #%d", k.name, d.names.Add(1)), token: token, act: act}, nil
}

// revoke does it, and records it.
func (d *revoking) revoke(ctx context.Context, r *revocation, node int) (history.Operation, error) {
	start := d.log.Now()
	err := r.act(ctx, d.clients[node])
	o := history.Operation{Token: r.name, Node: node, Revoke: true, Start: start, End: d.log.Now(), Unknown: err != nil}
	d.log.Add(o)
	if err == nil {
		d.mu.Lock()
		d.counts[r.kind]++
		d.mu.Unlock()
	}
	return o, err
}

// validate asks a node, and records the answer if it is one.
func (d *revoking) validate(ctx context.Context, r *revocation, node int) (o history.Operation, known bool) {
	start := d.log.Now()
	verdict, _ := d.clients[node].Validate(ctx, d.kinds.token, r.token)
	o = history.Operation{Token: r.name, Node: node, Accepted: verdict == wire.Accepted, Start: start, End: d.log.Now()}
	if verdict == wire.Unknown {
		d.unclear.Add(1)
		return o, false
	}
	d.log.Add(o)
	return o, true
}

// visibility is how long it took until all nodes refused, and how long the validations took that found it out.
type visibility struct{ seen, validations samples }

// calm revokes one token after the other, each at another node.
func (d *revoking) calm(ctx context.Context, n int, limit time.Duration) (*visibility, error) {
	all := d.kinds.all()
	end := time.Now().Add(limit)
	v := &visibility{}
	for i := 0; i < n && time.Now().Before(end); i++ {
		r, err := d.prepare(ctx, all[i%len(all)], i%len(d.clients))
		if err != nil {
			return nil, err
		}
		span, err := d.watched(ctx, r, (i/len(d.clients))%len(d.clients))
		if err != nil {
			return nil, err
		}
		v.seen = append(v.seen, span)
	}
	for _, o := range d.log.Operations() {
		if !o.Revoke {
			v.validations = append(v.validations, o.End-o.Start)
		}
	}
	d.say("one after the other: %d revocations, seen everywhere after p50 %s, p99 %s", len(v.seen), milliseconds(v.seen.quantile(0.5)), milliseconds(v.seen.quantile(0.99)))
	return v, nil
}

// watched revokes a token while every node is asked about it again and again.
func (d *revoking) watched(ctx context.Context, r *revocation, node int) (time.Duration, error) {
	const between, forgotten = time.Millisecond, 10 * time.Second
	refused := make([]time.Duration, len(d.clients))
	var watchers sync.WaitGroup
	begin := d.log.Now()
	for i := range d.clients {
		watchers.Go(func() {
			for d.log.Now()-begin < forgotten {
				if o, known := d.validate(ctx, r, i); known && !o.Accepted {
					refused[i] = o.Start
					return
				}
				<-time.After(between)
			}
		})
	}
	o, err := d.revoke(ctx, r, node)
	watchers.Wait()
	if slices.Contains(refused, 0) {
		err = errors.Join(err, fmt.Errorf("%s: a node still accepted after %s", r.name, forgotten))
	}
	return max(0, slices.Max(refused)-o.Start), err
}

// many revokes tokens from several workers, and asks each node once, as soon as it was answered.
func (d *revoking) many(ctx context.Context, n int, limit time.Duration) error {
	const workers = 12
	var bag []kind
	for _, k := range d.kinds.all() {
		for range k.weight {
			bag = append(bag, k)
		}
	}
	end := time.Now().Add(limit)
	var next atomic.Int64
	errs := make([]error, workers)
	var all sync.WaitGroup
	for w := range workers {
		all.Go(func() {
			for errs[w] == nil && time.Now().Before(end) {
				i := int(next.Add(1))
				if i > n {
					return
				}
				errs[w] = d.one(ctx, bag[i%len(bag)], i)
			}
		})
	}
	all.Wait()
	d.say("many at once: %v", d.counts)
	return errors.Join(errs...)
}

func (d *revoking) one(ctx context.Context, k kind, i int) error {
	r, err := d.prepare(ctx, k, i%len(d.clients))
	if wire.StatusOf(err) == http.StatusServiceUnavailable {
		return nil // the database was busy, and said so
	}
	if err != nil {
		return err
	}
	if _, err := d.revoke(ctx, r, (i/len(d.clients))%len(d.clients)); err != nil && wire.StatusOf(err) != http.StatusServiceUnavailable {
		return err
	}
	var asked sync.WaitGroup
	for node := range d.clients {
		asked.Go(func() { d.validate(ctx, r, node) })
	}
	asked.Wait()
	return nil
}
