package server

import (
	"context"
	"math"
	"os"
	"runtime"
	"runtime/debug"
	"runtime/metrics"
	"sync"
	"time"
)

const (
	// garbageRoom is how much may be allocated between two collections, at least. By the usual
	// rule of once the live heap a model of a few megabytes would be collected a hundred times
	// a second under load.
	garbageRoom = 16 << 20
	// smallProcess is the memory of a small cloud: each password hash leaves 19 MiB of garbage,
	// and that is collected rather than kept.
	smallProcess = 40 << 20
	// loadingProcess is up to which memory a model is read with few collections: nearly all that is read stays, and
	// looking at it again and again was a third of a start's processor time.
	loadingProcess = 256 << 20
)

// gcRule returns the collector's percentage and soft memory limit for a live heap and the stacks of goroutines, which are two
// of each connection's. A limit below what is in use would have the collector run all the time.
type gcRule func(live, stacks uint64) (percent int, limit int64)

// startTuningGC has the collector follow a rule until ctx ends or stop is called.
func startTuningGC(ctx context.Context, every time.Duration, rule gcRule) (stop func()) {
	ctx, cancel := context.WithCancel(ctx)
	var tuning sync.WaitGroup
	tuning.Go(func() { tuneGC(ctx, every, rule) })
	return func() {
		cancel()
		tuning.Wait()
	}
}

// tuneGC sets the collector by a rule, now and every so often until ctx ends.
// GOGC and GOMEMLIMIT in the environment are obeyed instead.
func tuneGC(ctx context.Context, every time.Duration, rule gcRule) {
	if os.Getenv("GOGC") != "" || os.Getenv("GOMEMLIMIT") != "" {
		return
	}
	tick := time.NewTicker(every)
	defer tick.Stop()
	runtime.GC() // so that the live heap is known
	for {
		used := []metrics.Sample{{Name: "/gc/heap/live:bytes"}, {Name: "/memory/classes/heap/stacks:bytes"}}
		metrics.Read(used)
		percent, limit := rule(used[0].Value.Uint64(), used[1].Value.Uint64())
		debug.SetGCPercent(percent)
		debug.SetMemoryLimit(limit)
		select {
		case <-ctx.Done():
			debug.SetGCPercent(100)
			debug.SetMemoryLimit(math.MaxInt64)
			return
		case <-tick.C:
		}
	}
}

// whileServing is the rule for a model that is there.
func whileServing(live, stacks uint64) (percent int, limit int64) {
	return int(max(100, min(400, 100*garbageRoom/max(1, live)))), int64(max(smallProcess, 4*(live+stacks)))
}

// whileLoading is the rule for a model that is being read.
func whileLoading(live, stacks uint64) (percent int, limit int64) {
	return 400, int64(max(loadingProcess, 2*(live+stacks)))
}
