package main

import (
	"context"
	"fmt"
	"math/rand/v2"
	"os"
	"slices"
	"time"

	"github.com/lintel-id/lintel/test/rig"
	"github.com/lintel-id/lintel/test/rig/wire"
)

// drill proves one or more rows.
type drill struct {
	rows     []int
	name     string
	short    bool // it guards every change
	asked    bool // only by its row: it needs more packages, or more time, than the others
	box      time.Duration
	shortBox time.Duration
	run      func(context.Context, *stage) ([]row, error)
}

// drills are run one after the other, because they would disturb each other's figures.
func drills() []drill {
	return []drill{
		{rows: []int{1}, name: "kill -9 with an audit of what was acknowledged", short: true, box: 150 * time.Second, shortBox: 150 * time.Second, run: killDrill},
		{rows: []int{4}, name: "PostgreSQL crashes and comes back", short: true, box: 80 * time.Second, shortBox: 80 * time.Second, run: crashDrill},
		{rows: []int{6, 7, 8}, name: "revocations on three nodes, with faults", short: true, box: 200 * time.Second, shortBox: 200 * time.Second, run: revocationDrill},
		{rows: []int{12}, name: "restarts under clients", short: true, box: 120 * time.Second, shortBox: 120 * time.Second, run: rollingDrill},
		{rows: []int{13}, name: "token keys are rotated under load", box: 110 * time.Second, shortBox: 30 * time.Second, run: rotationDrill},
		{rows: []int{15}, name: "a restore", box: 60 * time.Second, shortBox: 60 * time.Second, run: restoreDrill},
		{rows: []int{16}, name: "failover to a standby", box: 75 * time.Second, shortBox: 75 * time.Second, run: failoverDrill},
		{rows: []int{18, 15}, name: "a large cloud starts and is restored", box: 150 * time.Second, shortBox: 150 * time.Second, run: largeDrill},
		{rows: []int{19}, name: "thousands of idle connections", box: 60 * time.Second, shortBox: 60 * time.Second, run: crowdDrill},
		{rows: []int{20}, name: "thousands of slow clients", box: 40 * time.Second, shortBox: 40 * time.Second, run: slowDrill},
		{rows: []int{21}, name: "a storm of logins", box: 50 * time.Second, shortBox: 30 * time.Second, run: stormDrill},
		{rows: []int{23}, name: "a slow database", box: 90 * time.Second, shortBox: 60 * time.Second, run: latencyDrill},
		{rows: []int{41}, name: "Patroni changes its leader", asked: true, box: 240 * time.Second, shortBox: 240 * time.Second, run: patroniDrill},
	}
}

// stage is what a drill gets: a directory, the program, and chance that the seed repeats.
type stage struct {
	short  bool
	binary string
	dir    *rig.Dir
	start  time.Time
	random *rand.Rand
}

// say prints progress.
func (s *stage) say(format string, arguments ...any) {
	fmt.Fprintf(os.Stderr, "  %5.1fs  %s\n", time.Since(s.start).Seconds(), fmt.Sprintf(format, arguments...))
}

// size is the full figure, or the one for -short.
func (s *stage) size(full, short int) int {
	if s.short {
		return short
	}
	return full
}

// limit is the full time, or the one for -short.
func (s *stage) limit(full, short time.Duration) time.Duration {
	if s.short {
		return short
	}
	return full
}

// between is a random span.
func (s *stage) between(least, most time.Duration) time.Duration {
	return least + time.Duration(s.random.Int64N(int64(most-least)))
}

// wait is nil after d, or the end of ctx.
func wait(ctx context.Context, d time.Duration) error {
	select {
	case <-time.After(d):
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// answerLimit is longer than any answer may take: a revocation waits for a lease at most.
const answerLimit = 20 * time.Second

// clients returns one for each node of a cluster.
func clients(c *rig.Cluster) []*wire.Client {
	var all []*wire.Client
	for _, n := range c.Nodes {
		all = append(all, wire.New(n.URL(), answerLimit, nil))
	}
	return all
}

// cheapPasswords is for drills that log many users in: what a hash costs is not their subject.
func cheapPasswords() rig.Settings {
	return rig.Settings{"password.argon2_memory_kib": "8", "password.argon2_time": "1"}
}

// samples are durations.
type samples []time.Duration

// quantile returns a duration that a share q of the samples is not longer than.
func (s samples) quantile(q float64) time.Duration {
	if len(s) == 0 {
		return 0
	}
	sorted := slices.Sorted(slices.Values(s))
	return sorted[min(len(sorted)-1, int(q*float64(len(sorted))))]
}

func (s samples) max() time.Duration {
	if len(s) == 0 {
		return 0
	}
	return slices.Max(s)
}

// milliseconds prints a span.
func milliseconds(d time.Duration) string {
	ms := float64(d) / float64(time.Millisecond)
	if ms < 10 {
		return fmt.Sprintf("%.1f ms", ms)
	}
	return fmt.Sprintf("%.0f ms", ms)
}
