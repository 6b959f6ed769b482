package server

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"time"

	"github.com/lintel-id/lintel/internal/core"
	"github.com/lintel-id/lintel/internal/identity"
	"github.com/lintel-id/lintel/internal/telemetry"
)

// How far this machine's clock may be from the database's: tokens end by this one.
const (
	skewWarned  = 2 * time.Second
	skewRefused = 30 * time.Second
)

// lookAround is how often a node looks at the others and at the clock.
const lookAround = 2 * time.Second

// node is this process among the nodes of its database.
type node struct {
	core   *core.Core
	log    *telemetry.Log
	skew   atomic.Int64 // this clock minus the database's, in nanoseconds
	warned bool
}

// ready fails while the model cannot be trusted, the keys cannot be opened or the clock is wrong.
func (n *node) ready() error {
	c := n.core
	if !c.Live.Current().FreshWithin(c.Now(), c.Settings.Grace) {
		return errors.New("the model's lease has run out: the database cannot be reached")
	}
	if skew := time.Duration(n.skew.Load()); skew.Abs() > skewRefused {
		return fmt.Errorf("this machine's clock is %s from the database's", skew.Round(time.Second))
	}
	return c.CheckKeys()
}

// run follows the model and tells the others how this node is (reason: "" when ready), until ctx ends.
func (n *node) run(ctx context.Context, reason func() string) {
	var tasks sync.WaitGroup
	tasks.Go(func() { n.core.Live.Run(ctx) })
	tasks.Go(func() { n.core.Node.Listen(ctx, n.core.Live.Kick) })
	tick := time.NewTicker(lookAround)
	defer tick.Stop()
	for ctx.Err() == nil {
		n.core.Barrier.Look(ctx)
		n.checkClock(ctx)
		state := reason()
		if state == "" {
			state = identity.NodeReady
		}
		n.core.Node.SetState(state)
		select {
		case <-ctx.Done():
		case <-tick.C:
		}
	}
	tasks.Wait()
}

// leave takes the node out once nothing is answered any more.
func leave(c *core.Core, log *telemetry.Log) {
	ctx, cancel := context.WithTimeout(context.Background(), lookAround)
	defer cancel()
	if err := c.Node.Leave(ctx); err != nil {
		log.Warn("cannot leave the cluster; the other nodes notice by themselves", "error", err)
	}
}

// checkClock compares the clocks. A database that does not answer leaves what was measured last.
func (n *node) checkClock(ctx context.Context) {
	before := time.Now()
	theirs, err := n.core.Store.DatabaseTime(ctx)
	if err != nil {
		return
	}
	took := time.Since(before)
	skew := before.Add(took / 2).Sub(theirs)
	n.skew.Store(int64(skew))
	if off := skew.Abs() > skewWarned+took; off != n.warned {
		n.warned = off
		if off {
			n.log.Warn("this machine's clock and the database's differ", "seconds", skew.Seconds())
		} else {
			n.log.Info("this machine's clock and the database's agree again")
		}
	}
}

func (n *node) watch(m *telemetry.Metrics) {
	m.WatchNode(telemetry.Node{
		Failures: n.core.Live.Failures,
		Alive:    n.core.Barrier.Alive,
		Skew:     func() time.Duration { return time.Duration(n.skew.Load()) },
	})
}
