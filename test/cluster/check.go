package main

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/lintel-id/lintel/test/rig"
	"github.com/lintel-id/lintel/test/rig/wire"
)

// try does what the guide tells people to try.
func try(ctx context.Context, s *seed, b *balancer, c *rig.Cluster) error {
	const patience = 20 * time.Second
	front := wire.New(b.url(), patience, nil)
	places := []*wire.Client{front}
	for _, n := range c.Nodes {
		places = append(places, wire.New(n.URL(), patience, nil))
	}
	token, err := places[1].ApplicationCredential(ctx, s.credential, s.secret)
	if err != nil {
		return err
	}
	if err := all(ctx, places, token, wire.Accepted); err != nil {
		return err
	}
	if err := places[1].Revoke(ctx, token, token); err != nil {
		return err
	}
	if err := all(ctx, places, token, wire.Refused); err != nil {
		return err
	}
	fmt.Println("a token revoked at one node is refused at every other, and through HAProxy")
	if token, err = front.ApplicationCredential(ctx, s.credential, s.secret); err != nil {
		return err
	}
	return survive(ctx, front, token, c.Nodes[1])
}

// all asks everywhere.
func all(ctx context.Context, places []*wire.Client, token string, want wire.Verdict) error {
	for _, p := range places {
		if got, err := p.Validate(ctx, token, token); got != want {
			return fmt.Errorf("%s: verdict %d, want %d (%w)", p.Base, got, want, err)
		}
	}
	return nil
}

// survive kills a node and goes on asking through HAProxy, on new connections.
func survive(ctx context.Context, front *wire.Client, token string, victim *rig.Node) error {
	asked, failed := 0, 0
	var first error
	killed := false
	for begin := time.Now(); time.Since(begin) < 3*time.Second && ctx.Err() == nil; asked++ {
		if !killed && time.Since(begin) > time.Second {
			killed = true
			victim.Kill()
		}
		if verdict, err := front.Validate(ctx, token, token); verdict != wire.Accepted {
			failed++
			first = errors.Join(first, err)
		}
		front.HTTP.CloseIdleConnections()
	}
	fmt.Printf("a node was killed: %d of %d validations through HAProxy failed\n", failed, asked)
	return first
}
