package server

import (
	"context"
	"math"
	"os"
	"runtime"
	"runtime/debug"
	"runtime/metrics"
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
)

// tuneGC sets the collector for the size of the model, now and every so often until ctx ends.
// GOGC and GOMEMLIMIT in the environment are obeyed instead.
func tuneGC(ctx context.Context, every time.Duration) {
	if os.Getenv("GOGC") != "" || os.Getenv("GOMEMLIMIT") != "" {
		return
	}
	tick := time.NewTicker(every)
	defer tick.Stop()
	runtime.GC() // so that the live heap is known
	for {
		used := []metrics.Sample{{Name: "/gc/heap/live:bytes"}, {Name: "/memory/classes/heap/stacks:bytes"}}
		metrics.Read(used)
		percent, limit := gcFor(used[0].Value.Uint64(), used[1].Value.Uint64())
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

// gcFor returns the collector's percentage and soft memory limit for a live heap and the stacks of goroutines, which are two
// of each connection's. A limit below what is in use would have the collector run all the time.
func gcFor(live, stacks uint64) (percent int, limit int64) {
	return int(max(100, min(400, 100*garbageRoom/max(1, live)))), int64(max(smallProcess, 4*(live+stacks)))
}
