package main

import (
	"context"
	"fmt"
	"time"
)

// ratioGoal is how many times its idle figure a p99 may be.
const ratioGoal = 2

// idleFloor is what an idle p99 counts as at least: below it a ratio shows the scheduler, not the server.
const idleFloor = time.Millisecond

// compared is validations in turns without and with a disturbance, so that a change of the machine's speed meets
// both. The figures are the middle ones of the turns' p99.
type compared struct {
	idle, disturbed samples // p99 of each turn
	accepted        int
	failed          int
	first           string
}

func (c *compared) ratio() float64 {
	return float64(c.disturbed.quantile(0.5)) / float64(max(c.idle.quantile(0.5), idleFloor))
}

func (c *compared) got() string {
	return fmt.Sprintf("%.1f x (p99 %s, idle %s); %d of %d failed", c.ratio(), milliseconds(c.disturbed.quantile(0.5)),
		milliseconds(c.idle.quantile(0.5)), c.failed, c.accepted+c.failed)
}

func (c *compared) good() bool { return c.ratio() <= ratioGoal && c.failed == 0 && c.accepted > 0 }

// compare takes turns. Disturb begins the disturbance and returns what ends it.
func compare(ctx context.Context, l load, turns int, length time.Duration, disturb func() (end func())) (*compared, error) {
	c := &compared{}
	for range turns {
		c.idle = append(c.idle, c.turn(ctx, l, length))
		end := disturb()
		c.disturbed = append(c.disturbed, c.turn(ctx, l, length))
		end()
	}
	return c, ctx.Err()
}

// turn returns the p99 of the validations of a time.
func (c *compared) turn(ctx context.Context, l load, length time.Duration) time.Duration {
	v := l.measure(ctx, length)
	accepted, failed := v.counts()
	c.accepted += accepted
	c.failed += failed
	if c.first == "" {
		c.first = v.first
	}
	return v.times.quantile(0.99)
}
