package ratelimit

import (
	"fmt"
	"sync"
	"testing"
	"time"

	"pgregory.net/rapid"
)

var start = time.Date(2030, 1, 1, 0, 0, 0, 0, time.UTC)

func drawLimit(t *rapid.T) Limit {
	return Limit{Count: rapid.IntRange(1, 20).Draw(t, "count"), Per: time.Duration(rapid.IntRange(1, 600).Draw(t, "per")) * time.Second,
		Burst: rapid.IntRange(0, 30).Draw(t, "burst")}
}

// In any span of time a key gets through at most its burst and what the rate gives in that time.
func TestNoKeyGetsMoreThanItsLimit(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		limit := drawLimit(t)
		l := New(limit)
		var through []time.Time
		now := start
		for range rapid.IntRange(1, 200).Draw(t, "tries") {
			now = now.Add(time.Duration(rapid.Int64Range(0, int64(2*limit.Per/time.Duration(limit.Count))).Draw(t, "pause")))
			if l.Take("k", now) == 0 {
				through = append(through, now)
			}
		}
		burst := limit.Burst
		if burst == 0 {
			burst = limit.Count
		}
		step := limit.Per / time.Duration(limit.Count)
		for i := range through {
			for j := i; j < len(through); j++ {
				if most := burst + int(through[j].Sub(through[i])/step); j-i+1 > most {
					t.Fatalf("%d tries in %s, the limit allows %d", j-i+1, through[j].Sub(through[i]), most)
				}
			}
		}
	})
}

// Who waits as long as it is told gets through, and not a moment earlier.
func TestTheWaitIsExact(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		l := New(drawLimit(t))
		now := start
		for range rapid.IntRange(0, 100).Draw(t, "tries") {
			now = now.Add(time.Duration(rapid.IntRange(0, 3000).Draw(t, "pause")) * time.Millisecond)
			told := l.Wait("k", now)
			if got := l.Take("k", now); got != told {
				t.Fatalf("told to wait %s when nothing was tried, then %s", told, got)
			}
		}
		wait := l.Take("k", now)
		for wait == 0 {
			wait = l.Take("k", now)
		}
		if early := l.Take("k", now.Add(wait-1)); early != 1 {
			t.Fatalf("a nanosecond too early: told to wait %s", early)
		}
		if late := l.Take("k", now.Add(wait)); late != 0 {
			t.Fatalf("after the wait: told to wait %s", late)
		}
	})
}

// Keys have nothing to do with each other, however many are paid off and forgotten in between:
// a limiter of many keys answers like one limiter for each.
func TestKeysAreApart(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		limit := drawLimit(t)
		together, apart := New(limit), map[string]*Limiter{}
		now := start
		for range rapid.IntRange(1, 200).Draw(t, "tries") {
			key := fmt.Sprint(rapid.IntRange(0, 8).Draw(t, "key"))
			now = now.Add(time.Duration(rapid.Int64Range(0, int64(limit.Per)).Draw(t, "pause")))
			if apart[key] == nil {
				apart[key] = New(limit)
			}
			if got, want := together.Take(key, now), apart[key].Take(key, now); got != want {
				t.Fatalf("key %s has to wait %s, alone it had to wait %s", key, got, want)
			}
		}
	})
}

// A flood of new keys takes no more memory than the bound, and does not set a key free that
// has used up its limit.
func TestAFloodOfKeysIsBoundedAndFreesNobody(t *testing.T) {
	l := New(Limit{Count: 5, Per: time.Minute})
	l.maxKeys = 50
	for l.Take("guilty", start) == 0 {
	}
	for i := range 10_000 {
		l.Take(fmt.Sprint(i), start)
		if len(l.due) > 50 || len(l.next) != len(l.due) {
			t.Fatalf("%d keys, %d in the heap", len(l.due), len(l.next))
		}
	}
	if l.Take("guilty", start) == 0 {
		t.Error("the flood set the guilty key free")
	}
}

// What owes nothing is forgotten as others come.
func TestPaidOffKeysAreForgotten(t *testing.T) {
	l := New(Limit{Count: 1, Per: time.Second})
	for i := range 1000 {
		l.Take(fmt.Sprint("old", i), start)
	}
	for i := range 1000 {
		l.Take(fmt.Sprint("new", i), start.Add(time.Minute))
	}
	if len(l.due) != 1000 {
		t.Errorf("%d keys are remembered that owe nothing", len(l.due)-1000)
	}
}

// At one moment, many at once get exactly the burst through.
func TestManyAtOnce(t *testing.T) {
	l := New(Limit{Count: 100, Per: time.Hour, Burst: 7})
	var wg sync.WaitGroup
	var mu sync.Mutex
	through := 0
	for range 100 {
		wg.Go(func() {
			if l.Take("k", start) == 0 {
				mu.Lock()
				through++
				mu.Unlock()
			}
		})
	}
	wg.Wait()
	if through != 7 {
		t.Errorf("%d got through, the burst is 7", through)
	}
}

// No limiter is no limit.
func TestNoLimit(t *testing.T) {
	var l *Limiter
	for range 1000 {
		if l.Take("k", start) != 0 {
			t.Fatal("a limit where there is none")
		}
	}
}
