package persist

import (
	"hash/maphash"
	"iter"
)

// Map is an immutable map from K to V. The zero Map is empty and ready. Copying a Map copies four words.
// Values are shared between versions: a V that holds pointers must not be changed through them.
type Map[K comparable, V any] struct {
	root *node[K, V]
	len  int
	hash hasher[K]
}

// Len returns the number of entries.
func (m Map[K, V]) Len() int { return m.len }

// Get returns the value of k, and whether there is one. It does not allocate.
func (m Map[K, V]) Get(k K) (V, bool) {
	if m.root == nil {
		var none V
		return none, false
	}
	return m.root.get(m.hash.of(k), k)
}

// With returns the map in which k has the value v.
func (m Map[K, V]) With(k K, v V) Map[K, V] {
	e := Edit[K, V]{m: m}
	e.Set(k, v)
	return e.m
}

// Without returns the map without k, which is m itself when m has no k.
func (m Map[K, V]) Without(k K) Map[K, V] {
	e := Edit[K, V]{m: m}
	e.Delete(k)
	return e.m
}

// All yields each entry once, in no useful order.
func (m Map[K, V]) All() iter.Seq2[K, V] {
	return func(yield func(K, V) bool) {
		if m.root != nil {
			m.root.each(yield)
		}
	}
}

// Edit returns an Edit that starts from m and leaves m as it is.
func (m Map[K, V]) Edit() *Edit[K, V] {
	return &Edit[K, V]{m: m, owner: new(owner)}
}

// Edit is a map being changed by one goroutine: it copies a shared node once and then changes its copy in place, so a
// batch costs less than as many calls of [Map.With]. Obtain one from [Map.Edit].
type Edit[K comparable, V any] struct {
	m     Map[K, V]
	owner *owner
}

// owner marks the nodes that one Edit made since its last Map. It has a size because pointers to distinct
// zero-size variables may be equal.
type owner struct{ _ byte }

// Len returns the number of entries.
func (e *Edit[K, V]) Len() int { return e.m.len }

// Get returns the value of k, changes so far included. It does not allocate.
func (e *Edit[K, V]) Get(k K) (V, bool) { return e.m.Get(k) }

// Set gives k the value v.
func (e *Edit[K, V]) Set(k K, v V) {
	e.m.hash.seed()
	if e.m.root == nil {
		e.m.root = &node[K, V]{owner: e.owner}
	}
	e.m.root = e.set(e.m.root, 0, entry[K, V]{e.m.hash.of(k), k, v})
}

// Delete removes k, if it is there.
func (e *Edit[K, V]) Delete(k K) {
	if e.m.root == nil {
		return
	}
	e.m.root = e.remove(e.m.root, 0, e.m.hash.of(k), k)
	if e.m.len == 0 {
		e.m.root = nil
	}
}

// Map returns the map as changed so far. Later changes of e do not reach it.
func (e *Edit[K, V]) Map() Map[K, V] {
	e.owner = new(owner) // the nodes are now shared: none may change in place again
	return e.m
}

// hasher hashes the keys of one map and of all versions made from it, with a seed of their own, so nobody outside can
// choose ids that collide.
type hasher[K comparable] struct {
	with  maphash.Seed
	blind uint64 // hash bits to ignore: none, but for tests that need collisions
}

// seed makes the hasher of a zero Map ready.
func (h *hasher[K]) seed() {
	if h.with == (maphash.Seed{}) {
		h.with = maphash.MakeSeed()
	}
}

func (h hasher[K]) of(k K) uint64 { return maphash.Comparable(h.with, k) &^ h.blind }
