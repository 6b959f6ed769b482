package core

import (
	"sync/atomic"

	"github.com/lintel-id/lintel/internal/policy"
)

// Memory is what this process knows and the database does not: the opened key ring, the latest refusals, whose turn it is
// to try a password, the uses and deeds that are not written down yet, and a sign-in that is offered. The zero Memory is ready.
type Memory struct {
	rings   atomic.Pointer[openRing]
	denials denials
	turns   turns
	uses    uses
	welcome welcome
	deeds   deeds
}

// With returns the verbs under other choices of the operator. They share all else with c, its Memory too, so that both may
// be used at once: what has begun under c ends under c.
//
// Settings.Methods must be those of c: they are the bits of tokens that are out.
func (c *Core) With(s Settings, rules *policy.Engine, limits RateLimits) *Core {
	next := *c
	next.Settings, next.Policy, next.RateLimits = s, rules, limits
	return &next
}
