package main

import (
	"context"
	"fmt"
	"runtime"
	"runtime/debug"
	"sync"
	"time"

	"github.com/lintel-id/lintel/test/rig/wire"
)

// validations is a load of validations, all of which should be accepted.
type validations struct {
	mu       sync.Mutex
	times    samples
	accepted int
	failed   int
	first    string    // what the first failure was
	last     time.Time // of a failure
	stop     context.CancelFunc
	done     sync.WaitGroup
}

// load is how to validate.
type load struct {
	clients []*wire.Client
	each    int           // workers for each client
	caller  string        // token
	subject func() string // token
	pause   time.Duration // between two of a worker; 0 is none
}

// begin starts a load that runs until end.
func (l load) begin(ctx context.Context) *validations {
	ctx, stop := context.WithCancel(ctx)
	v := &validations{stop: stop}
	for _, c := range l.clients {
		for range l.each {
			v.done.Go(func() { v.work(ctx, c, l) })
		}
	}
	return v
}

// measure runs a load for a time, without this process's own garbage collector, whose pauses are not the server's.
func (l load) measure(ctx context.Context, length time.Duration) *validations {
	runtime.GC()
	defer debug.SetGCPercent(debug.SetGCPercent(-1))
	v := l.begin(ctx)
	_ = wait(ctx, length) // whoever measures sees the end
	v.end()
	return v
}

func (v *validations) work(ctx context.Context, c *wire.Client, l load) {
	for ctx.Err() == nil {
		start := time.Now()
		verdict, err := c.Validate(ctx, l.caller, l.subject())
		end := time.Now()
		if ctx.Err() != nil {
			return // it was ended, which is nobody's failure
		}
		v.mu.Lock()
		v.times = append(v.times, end.Sub(start))
		if verdict == wire.Accepted {
			v.accepted++
		} else {
			v.failed++
			v.last = end
			if v.first == "" {
				v.first = fmt.Sprintf("refused (%v)", err)
			}
		}
		v.mu.Unlock()
		_ = wait(ctx, l.pause) // the loop sees the end
	}
}

// end stops the load and waits for its last answers.
func (v *validations) end() {
	v.stop()
	v.done.Wait()
}

// counts may be asked while it runs.
func (v *validations) counts() (accepted, failed int) {
	v.mu.Lock()
	defer v.mu.Unlock()
	return v.accepted, v.failed
}

// always is a subject that never changes.
func always(token string) func() string { return func() string { return token } }
