// Package ratelimit says how often something may be tried, by the generic cell rate algorithm
// (GCRA): one time for each key, and no timer.
//
// It owns the times and the bound on how many are kept. It refuses to know what a key is, and
// never looks at a clock: the caller says what time it is.
package ratelimit

import (
	"container/heap"
	"crypto/sha256"
	"sync"
	"time"
)

// Limit is a steady rate of Count in Per, of which Burst may come at once.
type Limit struct {
	Count int
	Per   time.Duration
	Burst int // 0: Count
}

// mostKeys is how many keys a Limiter remembers. Each costs some 150 bytes.
const mostKeys = 100_000

// Limiter applies one Limit to each of many keys. It is safe for concurrent use.
type Limiter struct {
	step    time.Duration // what one try costs
	credit  time.Duration // what may be owed at most
	maxKeys int

	mu   sync.Mutex
	due  map[digest]*debt
	next debts
}

// digest stands for a key, so that a key takes the same room however long it is, and no text
// that somebody typed is kept.
type digest [sha256.Size]byte

// debt is when all that a key has tried is paid off: the theoretical arrival time of GCRA.
type debt struct {
	key   digest
	until time.Time
	place int // in the heap
}

// New returns the limiter of a limit. Count must be at least 1, Per at least as many
// nanoseconds, and Burst steps of Per/Count less than a lifetime.
func New(l Limit) *Limiter {
	if l.Burst == 0 {
		l.Burst = l.Count
	}
	step := l.Per / time.Duration(l.Count)
	return &Limiter{step: step, credit: step * time.Duration(l.Burst), maxKeys: mostKeys, due: map[digest]*debt{}}
}

// Take counts one try of key at a time. It returns 0 when the try is within the limit; if not
// it counts nothing and returns how long the key has to wait for the next one. A nil Limiter
// has no limit. Time must not go backwards by much: what was tried in the future is owed until then.
func (l *Limiter) Take(key string, now time.Time) (wait time.Duration) {
	if l == nil {
		return 0
	}
	id := digest(sha256.Sum256([]byte(key)))
	l.mu.Lock()
	defer l.mu.Unlock()
	d, known := l.due[id]
	until := now
	if known && d.until.After(now) {
		until = d.until
	}
	until = until.Add(l.step)
	if excess := until.Sub(now) - l.credit; excess > 0 {
		return excess
	}
	if known {
		d.until = until
		heap.Fix(&l.next, d.place)
		return 0
	}
	l.makeRoom(now)
	d = &debt{key: id, until: until}
	l.due[id] = d
	heap.Push(&l.next, d)
	return 0
}

// Wait is what Take would answer, and counts nothing.
func (l *Limiter) Wait(key string, now time.Time) time.Duration {
	if l == nil {
		return 0
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	d, known := l.due[digest(sha256.Sum256([]byte(key)))]
	if !known {
		return 0
	}
	return max(0, d.until.Add(l.step).Sub(now)-l.credit)
}

// makeRoom forgets keys that owe nothing, a few at a time, and, when there are too many others,
// the one that owes least: who floods the table with new keys only forgives the innocent.
func (l *Limiter) makeRoom(now time.Time) {
	const atOnce = 2
	for forgotten := 0; len(l.next) > 0 && (len(l.next) >= l.maxKeys || forgotten < atOnce && !l.next[0].until.After(now)); forgotten++ {
		d := heap.Pop(&l.next).(*debt)
		delete(l.due, d.key)
	}
}

// debts is a heap, the one paid off first on top.
type debts []*debt

func (h debts) Len() int           { return len(h) }
func (h debts) Less(i, j int) bool { return h[i].until.Before(h[j].until) }
func (h debts) Swap(i, j int) {
	h[i], h[j] = h[j], h[i]
	h[i].place, h[j].place = i, j
}

// Push and Pop are container/heap's to call.
func (h *debts) Push(x any) {
	d := x.(*debt)
	d.place = len(*h)
	*h = append(*h, d)
}

// Pop removes the last element.
func (h *debts) Pop() any {
	old := *h
	d := old[len(old)-1]
	old[len(old)-1] = nil
	*h = old[:len(old)-1]
	return d
}
