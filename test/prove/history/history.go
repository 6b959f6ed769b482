// Package history judges what was seen while tokens were revoked. The promise is one-sided: a validation that starts
// after the answer to a revocation must not accept. Before the answer some nodes may refuse while others still accept.
// It refuses to know how the requests were made.
package history

import (
	"slices"
	"sync"
	"time"

	"github.com/anishathalye/porcupine"
)

// Operation is one request about one token, with the times of this process's monotonic clock.
type Operation struct {
	Token    string // any name that is its alone
	Node     int
	Revoke   bool // else a validation
	Accepted bool // of a validation
	Start    time.Duration
	End      time.Duration
	Unknown  bool // of a revocation: it was not acknowledged, so it may have happened at any time since, or never
}

// Log collects operations from many goroutines.
type Log struct {
	mu         sync.Mutex
	begin      time.Time
	operations []Operation
}

// NewLog starts an empty history.
func NewLog() *Log { return &Log{begin: time.Now()} }

// Now is the time on the history's clock.
func (l *Log) Now() time.Duration { return time.Since(l.begin) }

// Add records an operation. Validations without a verdict are not part of a history.
func (l *Log) Add(o Operation) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.operations = append(l.operations, o)
}

// Operations returns what was recorded.
func (l *Log) Operations() []Operation {
	l.mu.Lock()
	defer l.mu.Unlock()
	return slices.Clone(l.operations)
}

// Stale is an accept that should not have been.
type Stale struct {
	Operation
	Late time.Duration // how long after the acknowledgement it started
}

// Verdict is what came of a history.
type Verdict struct {
	Revocations, Unacknowledged int
	Accepts, Refusals           int
	Stale                       []Stale
	Legal                       bool          // porcupine found an order of each token's operations that keeps the promise
	Worst                       time.Duration // see Judge
}

// Judge looks at a history twice: by counting, and by searching for an order that a one-sided register could have had
// (porcupine). The two must agree, and a test holds them to it.
//
// Worst is the longest time from the start of a revocation to that of an accept. Only revocations that were acknowledged within
// prompt count: of others nobody here knows when they were done, if they were.
func Judge(operations []Operation, prompt time.Duration) Verdict {
	var v Verdict
	revoked := map[string]Operation{}
	for _, o := range operations {
		if o.Revoke {
			v.Revocations++
			if o.Unknown {
				v.Unacknowledged++
			}
			revoked[o.Token] = o
		}
	}
	for _, o := range operations {
		switch r, known := revoked[o.Token]; {
		case o.Revoke:
		case !o.Accepted:
			v.Refusals++
		default:
			v.Accepts++
			if known && !r.Unknown && r.End-r.Start <= prompt {
				v.Worst = max(v.Worst, o.Start-r.Start)
			}
			if known && !r.Unknown && o.Start > r.End {
				v.Stale = append(v.Stale, Stale{o, o.Start - r.End})
			}
		}
	}
	v.Legal = porcupine.CheckOperations(model(), translate(operations))
	return v
}

// Unawaited is the history as it would have been if every revocation had been answered at once, without waiting for
// the other nodes. It is the control: Judge must find stale accepts in it, or the validations were too few or too late to
// find any.
func Unawaited(operations []Operation) []Operation {
	out := slices.Clone(operations)
	for i := range out {
		if out[i].Revoke {
			out[i].End = out[i].Start + 1
		}
	}
	return out
}

// model is a register that starts good and can only be revoked. A refusal is always legal.
func model() porcupine.Model {
	return porcupine.Model{
		Partition: func(history []porcupine.Operation) [][]porcupine.Operation {
			tokens := map[string][]porcupine.Operation{}
			for _, o := range history {
				token := o.Input.(Operation).Token // translate made it
				tokens[token] = append(tokens[token], o)
			}
			parts := make([][]porcupine.Operation, 0, len(tokens))
			for _, part := range tokens {
				parts = append(parts, part)
			}
			return parts
		},
		Init: func() any { return false },
		Step: func(state, input, _ any) (bool, any) {
			o := input.(Operation)     // translate made it
			revoked, _ := state.(bool) // Init made it
			legal := o.Revoke || !o.Accepted || !revoked
			return legal, revoked || o.Revoke
		},
	}
}

func translate(operations []Operation) []porcupine.Operation {
	end := time.Duration(0)
	for _, o := range operations {
		end = max(end, o.End)
	}
	out := make([]porcupine.Operation, 0, len(operations))
	for _, o := range operations {
		if o.Revoke && o.Unknown {
			o.End = end + 1
		}
		if !o.Revoke && !o.Accepted {
			continue // legal in every state: it would only make the search longer
		}
		out = append(out, porcupine.Operation{ClientId: o.Node, Input: o, Call: int64(o.Start), Return: int64(max(o.End, o.Start+1))})
	}
	return out
}
