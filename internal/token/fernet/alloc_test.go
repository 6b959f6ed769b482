//go:build !race

package fernet

import (
	"testing"
	"time"
)

// The race detector empties sync.Pool at random, so this promise is measured without it.
func TestOpenAllocatesAtMostTwice(t *testing.T) {
	ring := Ring{NewKey(), NewKey(), NewKey()}
	token := string(ring[2].Seal(nil, make([]byte, 90), time.Unix(1795305600, 0)))
	open := func() {
		if _, _, _, err := ring.Open(nil, token); err != nil {
			t.Fatal(err)
		}
	}
	if n := testing.AllocsPerRun(1000, open); n > 2 {
		t.Errorf("%v allocations, at most 2 are promised", n)
	}
}
