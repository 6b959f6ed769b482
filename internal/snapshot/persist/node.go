package persist

import (
	"math/bits"
	"slices"
)

const (
	stride   = 6  // hash bits consumed per level: 64 slots in a node
	hashBits = 64 // a leaf at the depth where the hash is used up holds all keys of one hash, however many
	maxLeaf  = 8  // entries in any other leaf
)

// node is one level of the trie. Each of its 64 slots is empty, holds a leaf of a few entries, or holds a kid; a bit in
// leafBits or kidBits says which, and leaves and kids are packed in the order of the bits.
//
// A leaf does not change but is replaced, unless the Edit that owns the node has made it as well: ownBits says which those
// are, and they take new values in place. An entry carries its hash, so that searching and spreading a leaf need not
// read the other keys.
//
// Invariant: a node below the root has a kid or more than maxLeaf/2 entries, so an emptied trie shrinks.
type node[K comparable, V any] struct {
	leafBits, kidBits uint64
	leaves            [][]entry[K, V]
	kids              []*node[K, V]
	owner             *owner // the Edit that may change this node in place; nil for none
	ownBits           uint64 // the leaves that owner has made
}

type entry[K comparable, V any] struct {
	hash uint64
	key  K
	val  V
}

// slot returns the bit of hash h in a node at depth shift.
func slot(h uint64, shift uint) uint64 { return 1 << (h >> shift & (1<<stride - 1)) }

// rank returns the index of bit's slot among those set in set.
func rank(set, bit uint64) int { return bits.OnesCount64(set & (bit - 1)) }

// crowded reports whether n entries are too many for a leaf of a node at depth shift.
func crowded(n int, shift uint) bool { return n > maxLeaf && shift+stride < hashBits }

func (n *node[K, V]) get(h uint64, k K) (v V, ok bool) {
	for shift := uint(0); ; shift += stride {
		bit := slot(h, shift)
		if n.leafBits&bit != 0 {
			leaf := n.leaves[rank(n.leafBits, bit)]
			if i := find(leaf, h, k); i >= 0 {
				return leaf[i].val, true
			}
			return v, false
		}
		if n.kidBits&bit == 0 {
			return v, false
		}
		n = n.kids[rank(n.kidBits, bit)]
	}
}

// find returns the index of k, whose hash is h, or -1.
func find[K comparable, V any](leaf []entry[K, V], h uint64, k K) int {
	for i := range leaf {
		if leaf[i].hash == h && leaf[i].key == k {
			return i
		}
	}
	return -1
}

// each yields the entries of n and below, and reports whether to go on.
func (n *node[K, V]) each(yield func(K, V) bool) bool {
	for _, leaf := range n.leaves {
		for i := range leaf {
			if !yield(leaf[i].key, leaf[i].val) {
				return false
			}
		}
	}
	for _, kid := range n.kids {
		if !kid.each(yield) {
			return false
		}
	}
	return true
}

// set returns n, or its replacement, with the item put in below depth shift.
func (e *Edit[K, V]) set(n *node[K, V], shift uint, item entry[K, V]) *node[K, V] {
	bit := slot(item.hash, shift)
	at, kidAt := rank(n.leafBits, bit), rank(n.kidBits, bit)
	switch {
	case n.kidBits&bit != 0:
		kid := e.set(n.kids[kidAt], shift+stride, item)
		if kid == n.kids[kidAt] {
			return n // changed in place
		}
		n = e.own(n, 0, 0)
		n.kids[kidAt] = kid
	case n.leafBits&bit != 0:
		i := find(n.leaves[at], item.hash, item.key)
		if i >= 0 && e.owns(n) && n.ownBits&bit != 0 {
			n.leaves[at][i].val = item.val
			return n
		}
		leaf := e.put(n.leaves[at], i, item)
		if crowded(len(leaf), shift) {
			n = e.own(n, 0, 1)
			n.leafBits &^= bit
			n.ownBits &^= bit
			n.kidBits |= bit
			n.leaves = slices.Delete(n.leaves, at, at+1)
			n.kids = insert(n.kids, kidAt, e.spread(leaf, shift+stride))
			return n
		}
		n = e.own(n, 0, 0)
		n.leaves[at] = leaf
		n.ownBits |= bit
	default:
		n = e.own(n, 1, 0)
		n.leafBits |= bit
		n.ownBits |= bit
		n.leaves = insert(n.leaves, at, []entry[K, V]{item})
		e.m.len++
	}
	return n
}

// put returns a copy of leaf with the item in place i, or at the end when i is negative.
func (e *Edit[K, V]) put(leaf []entry[K, V], i int, item entry[K, V]) []entry[K, V] {
	if i >= 0 {
		leaf = slices.Clone(leaf)
		leaf[i].val = item.val
		return leaf
	}
	e.m.len++
	return append(clone(leaf, 1), item)
}

// spread returns a node at depth shift for the entries of one crowded leaf.
func (e *Edit[K, V]) spread(leaf []entry[K, V], shift uint) *node[K, V] {
	n := &node[K, V]{owner: e.owner}
	for i := range leaf {
		n.leafBits |= slot(leaf[i].hash, shift)
	}
	if n.leafBits&(n.leafBits-1) == 0 && crowded(len(leaf), shift) { // one slot for all: no progress at this depth
		n.leafBits, n.kidBits = 0, n.leafBits
		n.kids = []*node[K, V]{e.spread(leaf, shift+stride)}
		return n
	}
	n.leaves = make([][]entry[K, V], bits.OnesCount64(n.leafBits))
	for _, item := range leaf {
		at := rank(n.leafBits, slot(item.hash, shift))
		n.leaves[at] = append(clone(n.leaves[at], 1), item)
	}
	n.ownBits = n.leafBits
	return n
}

// remove returns n, or its replacement, without k, whose hash is h.
func (e *Edit[K, V]) remove(n *node[K, V], shift uint, h uint64, k K) *node[K, V] {
	bit := slot(h, shift)
	at, kidAt := rank(n.leafBits, bit), rank(n.kidBits, bit)
	switch {
	case n.kidBits&bit != 0:
		before := e.m.len
		kid := e.remove(n.kids[kidAt], shift+stride, h, k)
		if e.m.len == before {
			return n
		}
		if leaf, ok := kid.gather(); ok {
			n = e.own(n, 1, 0)
			n.kidBits &^= bit
			n.leafBits |= bit
			n.ownBits |= bit
			n.kids = slices.Delete(n.kids, kidAt, kidAt+1)
			n.leaves = insert(n.leaves, at, leaf)
			return n
		}
		n = e.own(n, 0, 0)
		n.kids[kidAt] = kid
	case n.leafBits&bit != 0:
		leaf := n.leaves[at]
		i := find(leaf, h, k)
		if i < 0 {
			return n
		}
		e.m.len--
		n = e.own(n, 0, 0)
		if len(leaf) > 1 {
			n.leaves[at] = slices.Concat(leaf[:i], leaf[i+1:])
			n.ownBits |= bit
			return n
		}
		n.leafBits &^= bit
		n.ownBits &^= bit
		n.leaves = slices.Delete(n.leaves, at, at+1)
	}
	return n
}

// gather returns all entries below n as one leaf, if they are few enough to be one.
func (n *node[K, V]) gather() ([]entry[K, V], bool) {
	if n.kidBits != 0 || len(n.leaves) > maxLeaf/2 {
		return nil, false
	}
	total := 0
	for _, leaf := range n.leaves {
		total += len(leaf)
	}
	if total > maxLeaf/2 { // half, lest one key set and deleted split and join a leaf each time
		return nil, false
	}
	return slices.Concat(n.leaves...), true
}

// owns reports whether e made n and may change it.
func (e *Edit[K, V]) owns(n *node[K, V]) bool { return e.owner != nil && n.owner == e.owner }

// own returns n if e made it, or else a copy which e may change, with room for that many more leaves and kids.
func (e *Edit[K, V]) own(n *node[K, V], leaves, kids int) *node[K, V] {
	if e.owns(n) {
		return n
	}
	return &node[K, V]{
		leafBits: n.leafBits,
		kidBits:  n.kidBits,
		leaves:   clone(n.leaves, leaves),
		kids:     clone(n.kids, kids),
		owner:    e.owner,
	}
}

// clone copies s with room for extra more. Unlike append it does not double: most nodes never grow again.
func clone[T any](s []T, extra int) []T {
	if len(s)+extra == 0 {
		return nil
	}
	return append(slices.Grow([]T(nil), len(s)+extra), s...)
}

// insert puts x at index i, in place when there is room.
func insert[T any](s []T, i int, x T) []T {
	if len(s) == cap(s) {
		s = clone(s, 1)
	}
	s = s[:len(s)+1]
	copy(s[i+1:], s[i:])
	s[i] = x
	return s
}
