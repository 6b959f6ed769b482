package history

import (
	"testing"
	"time"

	"pgregory.net/rapid"
)

func TestAnAcceptThatStartsAfterTheAnswerIsStale(t *testing.T) {
	const ms = time.Millisecond
	revoke := Operation{Token: "t", Revoke: true, Start: 10 * ms, End: 20 * ms}
	validate := func(start, end time.Duration, accepted bool) Operation {
		return Operation{Token: "t", Start: start * ms, End: end * ms, Accepted: accepted}
	}
	for _, c := range []struct {
		name  string
		ops   []Operation
		stale int
	}{
		{"before", []Operation{revoke, validate(1, 2, true)}, 0},
		{"meanwhile", []Operation{revoke, validate(12, 13, true)}, 0},
		{"begun before the answer, accepted after it", []Operation{revoke, validate(19, 90, true)}, 0},
		{"refused here and accepted there before the answer", []Operation{revoke, validate(12, 13, false), validate(14, 15, true)}, 0},
		{"after", []Operation{revoke, validate(21, 22, true)}, 1},
		{"refused after", []Operation{revoke, validate(21, 22, false)}, 0},
		{"another token", []Operation{revoke, {Token: "u", Start: 30 * ms, End: 31 * ms, Accepted: true}}, 0},
		{"a revocation without an answer", []Operation{{Token: "t", Revoke: true, Start: 1, End: 2, Unknown: true}, validate(50, 51, true)}, 0},
	} {
		t.Run(c.name, func(t *testing.T) {
			v := Judge(c.ops, time.Second)
			if len(v.Stale) != c.stale || v.Legal != (c.stale == 0) {
				t.Errorf("%d stale accepts, legal %v; want %d", len(v.Stale), v.Legal, c.stale)
			}
		})
	}
}

// The two judges are of two makes: where they agree neither is blind.
func TestCountingAndSearchingAgree(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var ops []Operation
		tokens := []string{"a", "b"}
		for _, token := range tokens {
			if rapid.Bool().Draw(t, "revoked") {
				start := time.Duration(rapid.IntRange(0, 50).Draw(t, "start"))
				ops = append(ops, Operation{Token: token, Revoke: true, Start: start, End: start + time.Duration(rapid.IntRange(1, 50).Draw(t, "took")),
					Unknown: rapid.IntRange(0, 4).Draw(t, "unknown") == 0})
			}
		}
		for range rapid.IntRange(0, 20).Draw(t, "validations") {
			start := time.Duration(rapid.IntRange(0, 120).Draw(t, "start"))
			ops = append(ops, Operation{Token: rapid.SampledFrom(tokens).Draw(t, "token"), Accepted: rapid.Bool().Draw(t, "accepted"),
				Start: start, End: start + time.Duration(rapid.IntRange(1, 30).Draw(t, "took"))})
		}
		if v := Judge(ops, time.Second); v.Legal != (len(v.Stale) == 0) {
			t.Fatalf("%d stale accepts by counting, legal by search: %v\n%+v", len(v.Stale), v.Legal, ops)
		}
	})
}

// What the barrier hides is there to be seen: without it the same history is illegal.
func TestTheControlFindsWhatTheBarrierHides(t *testing.T) {
	ops := []Operation{{Token: "t", Revoke: true, Start: 10, End: 20}, {Token: "t", Start: 12, End: 13, Accepted: true}}
	if v := Judge(ops, time.Second); !v.Legal {
		t.Error("the history with the barrier is illegal")
	}
	if v := Judge(Unawaited(ops), time.Second); v.Legal || len(v.Stale) != 1 {
		t.Errorf("without the barrier: %d stale accepts, legal %v", len(v.Stale), v.Legal)
	}
}

// A revocation that was answered late, or never, may have been done late.
func TestTheWorstIsOfPromptRevocations(t *testing.T) {
	for _, c := range []struct {
		name   string
		revoke Operation
		worst  time.Duration
	}{
		{"prompt", Operation{Start: 10, End: 20}, 8},
		{"late", Operation{Start: 10, End: 40}, 0},
		{"unknown", Operation{Start: 10, End: 20, Unknown: true}, 0},
	} {
		t.Run(c.name, func(t *testing.T) {
			c.revoke.Token, c.revoke.Revoke = "t", true
			accept := Operation{Token: "t", Start: 18, End: 19, Accepted: true}
			if v := Judge([]Operation{c.revoke, accept}, 15); v.Worst != c.worst {
				t.Errorf("worst %d, want %d", v.Worst, c.worst)
			}
		})
	}
}
