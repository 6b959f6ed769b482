package cluster_test

import (
	"context"
	"errors"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/lintel-id/lintel/internal/cluster"
	"github.com/lintel-id/lintel/internal/identity"
)

// registry answers with what it was last set to.
type registry struct {
	mu        sync.Mutex
	nodes     []identity.Node
	fails     error
	swallows  bool // questions are not answered, and not refused
	forgotten []string
}

func (r *registry) Nodes(ctx context.Context) ([]identity.Node, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.swallows {
		<-ctx.Done()
		return nil, ctx.Err()
	}
	return r.nodes, r.fails
}

func (r *registry) set(nodes ...identity.Node) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.nodes = nodes
}

func (r *registry) ForgetNode(_ context.Context, n identity.Node) error {
	r.forgotten = append(r.forgotten, n.ID)
	return nil
}

const lease = 5 * time.Second

// waited is how long a wait for revision 7 takes.
func waited(t *testing.T, b *cluster.Barrier, limit time.Duration) time.Duration {
	t.Helper()
	committed := time.Now()
	if err := b.Wait(t.Context(), 7, committed, limit); err != nil {
		t.Fatal(err)
	}
	return time.Since(committed)
}

func within(t *testing.T, what string, got, least, most time.Duration) {
	t.Helper()
	if got < least || got > most {
		t.Errorf("%s: waited %s, want %s to %s", what, got, least, most)
	}
}

func TestAWriteWaitsForTheNodesThatLackIt(t *testing.T) {
	const past = lease + lease/100
	other := func(rev int64) []identity.Node {
		return []identity.Node{{ID: "me"}, {ID: "other", Rev: rev, Lease: lease, Beats: 1}}
	}
	for _, c := range []struct {
		name        string
		nodes       []identity.Node
		fails       error
		limit       time.Duration
		least, most time.Duration
	}{
		{name: "nobody else"},
		{name: "only this node", nodes: other(7)[:1]},
		{name: "the other has it", nodes: other(7)},
		{name: "the other has a later one", nodes: other(9)},
		{name: "the other does not answer", nodes: other(6), least: past, most: past},
		{name: "a write that only adds", nodes: other(6), limit: 100 * time.Millisecond, least: 100 * time.Millisecond, most: 100 * time.Millisecond},
		{name: "a longer lease", nodes: []identity.Node{{ID: "other", Lease: 2 * lease}}, least: 2 * past, most: 2 * past},
		{name: "nobody can be asked", fails: errors.New("no database"), least: past, most: past},
	} {
		synctest.Test(t, func(t *testing.T) {
			b := cluster.New(&registry{nodes: c.nodes, fails: c.fails}, cluster.Options{Self: "me", Lease: lease})
			within(t, c.name, waited(t, b, c.limit), c.least, c.most)
		})
	}
}

func TestAWriteIsAnsweredAsSoonAsTheLastNodeHasIt(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := &registry{nodes: []identity.Node{{ID: "a", Rev: 6, Lease: lease}, {ID: "b", Rev: 7, Lease: lease}}}
		b := cluster.New(r, cluster.Options{Lease: lease})
		go func() {
			time.Sleep(time.Second)
			r.set(identity.Node{ID: "a", Rev: 7, Lease: lease}, identity.Node{ID: "b", Rev: 7, Lease: lease})
		}()
		within(t, "the last node", waited(t, b, 0), time.Second, time.Second+50*time.Millisecond)
	})
}

func TestADatabaseThatSwallowsQuestionsHoldsNoAnswerForLongerThanALease(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := &registry{nodes: []identity.Node{{ID: "a", Rev: 7, Lease: lease}, {ID: "b", Rev: 6, Lease: 2 * lease}}}
		b := cluster.New(r, cluster.Options{Lease: lease})
		const past = 2 * (lease + lease/100) // of b, which is known
		b.Look(t.Context())
		r.swallows = true
		within(t, "alone", waited(t, b, 0), past, past)
		var together sync.WaitGroup
		for range 3 {
			together.Go(func() { within(t, "one of several", waited(t, b, 0), past, past) })
		}
		together.Wait()
	})
}

func TestADeadNodeIsWaitedForUntilItIsKnownDead(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		dead := identity.Node{ID: "dead", Rev: 6, Lease: lease, Beats: 3}
		r := &registry{nodes: []identity.Node{dead}}
		b := cluster.New(r, cluster.Options{Lease: lease})
		within(t, "seen for the first time", waited(t, b, 0), lease, lease+time.Second)
		within(t, "silent for one lease", waited(t, b, 0), lease, lease+time.Second)
		within(t, "silent for two leases", waited(t, b, 0), 0, 50*time.Millisecond)
		if b.Alive() != 0 {
			t.Error("a node that is not waited for is counted alive")
		}
		dead.Beats++
		r.set(dead)
		within(t, "it beats again", waited(t, b, 0), lease, lease+time.Second)
		b.Look(t.Context())
		time.Sleep(50 * time.Second)
		if b.Look(t.Context()); len(r.forgotten) > 0 {
			t.Error("a node was forgotten within a minute")
		}
		time.Sleep(20 * time.Second)
		if b.Look(t.Context()); len(r.forgotten) != 1 {
			t.Error("a node that has been dead for a minute was not forgotten")
		}
	})
}

func TestAClientThatLeavesIsToldNothing(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := cluster.New(&registry{nodes: []identity.Node{{ID: "other", Lease: lease}}}, cluster.Options{Lease: lease})
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		if err := b.Wait(ctx, 7, time.Now(), 0); !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("the wait was left with %v", err)
		}
	})
}
