package main

import (
	"context"
	"fmt"
	"math/rand/v2"
	"sync"
	"time"

	"github.com/lintel-id/lintel/test/rig"
	"github.com/lintel-id/lintel/test/rig/wire"
)

// rotationDrill is row 13: token keys are rotated again and again while tokens of the first key and of the newest are
// validated on three nodes.
func rotationDrill(ctx context.Context, s *stage) ([]row, error) {
	pg, err := rig.NewPostgres(s.dir, "pg")
	if err != nil {
		return nil, err
	}
	c, err := rig.NewCluster(ctx, rig.Options{Dir: s.dir, Binary: s.binary, Name: "node", Nodes: 3, Postgres: pg,
		Settings: rig.Settings{"keys.rotation_interval": `"1h"`}}) // so that 30 rotations are within what is kept
	if err != nil {
		return nil, err
	}
	all := clients(c)
	admin, err := all[0].Admin(ctx, c.Password)
	if err != nil {
		return nil, err
	}
	p := &pool{first: admin}
	minting, stop := context.WithCancel(ctx)
	defer stop()
	var minters sync.WaitGroup
	for i := range all {
		minters.Go(func() { p.mint(minting, all, i, admin) })
	}
	v := load{clients: all, each: 4, caller: admin, subject: p.any, pause: 2 * time.Millisecond}.begin(ctx)
	rotations := s.size(30, 5)
	for i := range rotations {
		if _, err := c.Nodes[i%len(c.Nodes)].Run(ctx, nil, "keys", "rotate"); err != nil {
			return nil, err
		}
		if err := wait(ctx, s.between(300*time.Millisecond, 1100*time.Millisecond)); err != nil {
			return nil, err
		}
	}
	wanted := s.size(100_000, 1000)
	for deadline := time.Now().Add(30 * time.Second); time.Now().Before(deadline) && ctx.Err() == nil; {
		if accepted, _ := v.counts(); accepted >= wanted {
			break
		}
		_ = wait(ctx, 100*time.Millisecond) // the loop sees the end
	}
	stop()
	minters.Wait()
	v.end()
	accepted, failed := v.counts()
	failed += p.failed
	if failed > 0 {
		s.say("the first failure: %s %s", v.first, p.firstFailure)
	}
	r := row{number: 13, measure: "validations that failed while token keys were rotated, 3 nodes", goal: "0 of 100,000 in 30 rotations",
		got:  fmt.Sprintf("%d of %d in %d rotations; %d tokens were issued meanwhile and tried at once at all nodes", failed, accepted+failed, rotations, p.minted),
		pass: failed == 0 && accepted >= wanted}
	control, ok, err := endAllTokens(ctx, c, all, admin)
	r.control, r.pass = control, r.pass && ok
	return []row{r}, err
}

// endAllTokens is the control: with the old keys dropped a validation must fail at every node.
func endAllTokens(ctx context.Context, c *rig.Cluster, all []*wire.Client, token string) (text string, ok bool, err error) {
	if _, err := c.Nodes[0].Run(ctx, nil, "keys", "rotate", "--end-all-tokens"); err != nil {
		return "", false, err
	}
	start := time.Now()
	for i, client := range all {
		err := rig.Await(lease+time.Second, func() error {
			if verdict, err := client.Validate(ctx, token, token); verdict != wire.Refused {
				return fmt.Errorf("node %d still accepts (%w)", i, err)
			}
			return nil
		})
		if err != nil {
			return "after `lintel keys rotate --end-all-tokens` a token was still accepted", false, nil //nolint:nilerr // it is the finding
		}
	}
	return fmt.Sprintf("after `lintel keys rotate --end-all-tokens` all nodes refused every token within %s", milliseconds(time.Since(start))), true, nil
}

// pool holds the tokens to validate: the first, and the newest.
type pool struct {
	mu           sync.Mutex
	first        string
	newest       [64]string
	minted       int
	failed       int
	firstFailure string
}

// any returns the oldest token or one of the newest.
func (p *pool) any() string {
	p.mu.Lock()
	defer p.mu.Unlock()
	if t := p.newest[rand.IntN(len(p.newest))]; t != "" && rand.IntN(4) > 0 { //nolint:gosec // not a secret
		return t
	}
	return p.first
}

// mint issues tokens at one node and tries each at once at the others: they must know its key already.
func (p *pool) mint(ctx context.Context, all []*wire.Client, node int, admin string) {
	for ctx.Err() == nil {
		token, err := all[node].Exchange(ctx, admin, nil)
		if ctx.Err() != nil {
			return
		}
		if err == nil {
			err = everywhere(context.WithoutCancel(ctx), all, token)
		}
		p.mu.Lock()
		p.minted++
		if err == nil {
			p.newest[p.minted%len(p.newest)] = token
		} else {
			p.failed++
			p.firstFailure = err.Error()
		}
		p.mu.Unlock()
		_ = wait(ctx, 10*time.Millisecond) // the loop sees the end
	}
}

// everywhere is nil when every node accepts a token.
func everywhere(ctx context.Context, all []*wire.Client, token string) error {
	for i, c := range all {
		verdict, err := c.Validate(ctx, token, token)
		if verdict != wire.Accepted {
			return fmt.Errorf("node %d refuses a token that has just been issued: %w", i, err)
		}
	}
	return nil
}
