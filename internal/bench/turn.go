package bench

import (
	"bytes"
	"context"
	"fmt"
	"sync"
	"time"
)

// load is what is sent to a server, and what comes back when it is right.
type load struct {
	requests [][]byte // sent in turn
	once     bool     // each may be sent only once
	head     bool     // they are HEAD requests
	want     int      // status
	contains []byte   // stands in the body
}

// tally is what came of the requests of a turn.
type tally struct {
	times    histogram     // of all requests that were answered
	elapsed  time.Duration // from the first to the end of the last
	statuses map[int]int64 // unexpected ones
	wrong    int64         // bodies that are not the right ones
	network  int64         // requests without an answer
	server   time.Duration // CPU time of the server
	client   time.Duration // CPU time of the load generator
}

func (t *tally) merge(o *tally) {
	t.times.merge(&o.times)
	for s, n := range o.statuses {
		t.statuses[s] += n
	}
	t.wrong += o.wrong
	t.network += o.network
	t.elapsed += o.elapsed
	t.server += o.server
	t.client += o.client
}

func newTally() *tally { return &tally{statuses: map[int]int64{}} }

// answerTimeout is how long after the end of a turn an answer is waited for.
const answerTimeout = 10 * time.Second

// worker is one connection of a turn and the tally of what it did.
type worker struct {
	conn
	tally *tally
	load  *load
	first int // index of its first request
	step  int // number of workers
}

// drive sends the load over c connections for a time: in a closed loop, each connection sends
// its next request when it has its answer, or at a rate, in requests per second over all of
// them. At a rate a request's time begins when it was due, so that a server that stalls is
// not spared the requests it kept from being sent.
func (l *load) drive(ctx context.Context, a *address, c int, length time.Duration, rate float64) (*tally, error) {
	workers := make([]*worker, c)
	deadline := time.Now().Add(length + answerTimeout)
	defer func() {
		for _, w := range workers {
			w.close()
		}
	}()
	for i := range workers {
		workers[i] = &worker{conn: conn{address: a, deadline: deadline}, tally: newTally(), load: l, first: i, step: c}
	}
	for _, w := range workers {
		if err := w.open(ctx); err != nil {
			return nil, err
		}
	}
	var wg sync.WaitGroup
	start := time.Now()
	for i, w := range workers {
		wg.Go(func() {
			if rate > 0 {
				interval := time.Duration(float64(c) / rate * float64(time.Second))
				w.pace(ctx, start.Add(interval*time.Duration(i)/time.Duration(c)), start.Add(length), interval)
			} else {
				w.loop(ctx, start.Add(length))
			}
		})
	}
	wg.Wait()
	sum := newTally()
	for _, w := range workers {
		sum.merge(w.tally)
	}
	sum.elapsed = time.Since(start)
	return sum, ctx.Err()
}

// loop is the closed loop of one connection.
func (w *worker) loop(ctx context.Context, end time.Time) {
	at := time.Now()
	for i := w.first; at.Before(end) && w.left(i) && ctx.Err() == nil; i += w.step {
		at = w.send(ctx, i, at)
	}
}

// pace is the open loop of one connection.
func (w *worker) pace(ctx context.Context, at, end time.Time, interval time.Duration) {
	for i := w.first; at.Before(end) && w.left(i); i += w.step {
		if !wait(ctx, time.Until(at)) {
			return
		}
		w.send(ctx, i, at)
		at = at.Add(interval)
	}
}

func (w *worker) left(i int) bool { return !w.load.once || i < len(w.load.requests) }

// retryPause keeps a server that refuses connections from costing a whole core.
const retryPause = 10 * time.Millisecond

// send sends request i, whose time begins at start, and returns when it ended.
func (w *worker) send(ctx context.Context, i int, start time.Time) time.Time {
	status, err := w.exchange(ctx, w.load.requests[i%len(w.load.requests)], w.load.head)
	end := time.Now()
	switch {
	case err != nil:
		w.tally.network++
		wait(ctx, retryPause)
		return time.Now()
	case status != w.load.want:
		w.tally.statuses[status]++
	case !bytes.Contains(w.body, w.load.contains):
		w.tally.wrong++
	}
	w.tally.times.add(end.Sub(start))
	return end
}

// wait waits for d; false says that ctx has ended.
func wait(ctx context.Context, d time.Duration) bool {
	if d <= 0 {
		return ctx.Err() == nil
	}
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
		return true
	case <-ctx.Done():
		return false
	}
}

// probe sends the first request and returns the answer's body, or an error that says what is
// wrong with it.
func (l *load) probe(ctx context.Context, a *address) ([]byte, error) {
	c := conn{address: a, deadline: time.Now().Add(answerTimeout)}
	defer c.close()
	status, err := c.exchange(ctx, l.requests[0], l.head)
	switch {
	case err != nil:
		return nil, err
	case status != l.want:
		return nil, fmt.Errorf("the server answers %d, not %d: %.300s", status, l.want, c.body)
	case !bytes.Contains(c.body, l.contains):
		return nil, fmt.Errorf("the answer does not contain %s: %.300s", l.contains, c.body)
	}
	return bytes.Clone(c.body), nil
}
