// Package snapshot is the read model: everything the hot path asks, in memory, at one revision.
//
// A Model is an immutable value. Changes make a new one that shares all but what changed, so
// that applying a change costs O(log n) and readers need no lock. Live keeps the newest Model
// behind one atomic pointer, together with the time until which it may be trusted.
//
// It takes its objects from a Source and refuses to know where they come from, who may see
// them, or what they look like on the wire. Objects are shared: nobody writes through them.
package snapshot
