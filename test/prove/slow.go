package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"sync"
	"time"

	"github.com/lintel-id/lintel/test/rig"
)

const (
	slowClients = 4000
	slowGoal99  = 10 * time.Millisecond
	slowGoal    = 6 * time.Second
)

// slowDrill is row 20: thousands of clients send their headers a byte at a time.
func slowDrill(ctx context.Context, s *stage) ([]row, error) {
	if err := allowFiles(slowClients + 500); err != nil {
		return nil, err
	}
	c, err := rig.NewCluster(ctx, rig.Options{Dir: s.dir, Binary: s.binary, Name: "node"})
	if err != nil {
		return nil, err
	}
	all := clients(c)
	admin, err := all[0].Admin(ctx, c.Password)
	if err != nil {
		return nil, err
	}
	l := load{clients: all, each: 2, caller: admin, subject: always(admin), pause: 3 * time.Millisecond}
	alone := l.measure(ctx, 4*time.Second)
	good := l.begin(ctx)
	lives, err := attack(ctx, rig.Address(c.Nodes[0].Port))
	good.end()
	if err != nil {
		return nil, err
	}
	accepted, failed := good.counts()
	p99, idle := good.times.quantile(0.99), alone.times.quantile(0.99)
	return []row{{number: 20, measure: fmt.Sprintf("%d clients that send headers a byte at a time: when they are closed, and p99 of good validations", slowClients), goal: "6 s; 10 ms, or twice what it is without them",
		got: fmt.Sprintf("%d closed after %.1f s at most, p99 %s (idle %s); %d of %d failed", len(lives), lives.max().Seconds(), milliseconds(p99),
			milliseconds(idle), failed, accepted+failed),
		pass: len(lives) == slowClients && lives.max() <= slowGoal && p99 <= max(slowGoal99, ratioGoal*idle) && failed == 0}}, nil
}

// attack opens the connections at a rate, and returns how long each lived.
func attack(ctx context.Context, address string) (samples, error) {
	var mu sync.Mutex
	var lives samples
	var errs error
	var all sync.WaitGroup
	for range slowClients {
		all.Go(func() {
			life, err := trickle(ctx, address)
			mu.Lock()
			defer mu.Unlock()
			if err == nil {
				lives = append(lives, life)
			}
			errs = errors.Join(errs, err)
		})
		<-time.After(time.Millisecond)
	}
	all.Wait()
	return lives, errs
}

// trickle sends a request that never ends, a byte a second, and returns how long the server let it.
func trickle(ctx context.Context, address string) (time.Duration, error) {
	c, err := (&net.Dialer{Timeout: answerLimit}).DialContext(ctx, "tcp", address)
	if err != nil {
		return 0, err
	}
	defer c.Close()
	start := time.Now()
	closed := make(chan struct{})
	go func() {
		_, _ = io.Copy(io.Discard, c) // until the server closes it, with or without a word
		close(closed)
	}()
	_, err = io.WriteString(c, "GET /v3 HTTP/1.1\r\nHost: "+address+"\r\nX-Slow: ")
	tick := time.NewTicker(time.Second)
	defer tick.Stop()
	for err == nil {
		select {
		case <-closed:
			return time.Since(start), nil
		case <-ctx.Done():
			return 0, ctx.Err()
		case <-tick.C:
			_, err = io.WriteString(c, "a")
		}
	}
	<-closed
	return time.Since(start), nil
}
