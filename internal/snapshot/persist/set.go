package persist

import (
	"cmp"
	"iter"
	"slices"
)

// maxItems bounds the elements of one B-tree node, and so the size up to which a Set is one sorted slice.
// A node below the root has at least minItems.
const (
	maxItems = 31
	minItems = maxItems / 2
)

// Set is an immutable set in ascending order. The zero Set is empty and ready.
//
// A Set is a B-tree node, and so are its kids: a small Set is a sorted slice of exact size and nothing else. With and
// Without copy the path to the element: O(log n).
type Set[E cmp.Ordered] struct {
	items []E
	below *below[E] // nil for a leaf
}

// below is what a Set has only when it outgrew one slice.
type below[E cmp.Ordered] struct {
	len  int      // elements in kids
	kids []Set[E] // one more than items: kids[i] lies before items[i], the last kid after all items
}

// SetOf returns the set of items, which it sorts in place and does not keep.
func SetOf[E cmp.Ordered](items []E) Set[E] {
	slices.Sort(items)
	items = slices.Compact(items)
	few := min(len(items), maxItems)
	s := Set[E]{items: slices.Clip(slices.Clone(items[:few]))}
	for _, e := range items[few:] {
		s = s.With(e)
	}
	return s
}

// Len returns the number of elements.
func (s Set[E]) Len() int {
	if s.below == nil {
		return len(s.items)
	}
	return len(s.items) + s.below.len
}

// Has reports whether e is in the set. It does not allocate.
func (s Set[E]) Has(e E) bool {
	for {
		i, found := slices.BinarySearch(s.items, e)
		if found || s.below == nil {
			return found
		}
		s = s.below.kids[i]
	}
}

// With returns the set with e, which is s itself when s has e.
func (s Set[E]) With(e E) Set[E] {
	t, added := s.with(e)
	if added && len(t.items) > maxItems {
		left, mid, right := t.split()
		t = branch([]E{mid}, []Set[E]{left, right})
	}
	return t
}

// Without returns the set without e, which is s itself when s has no e.
func (s Set[E]) Without(e E) Set[E] {
	t, removed := s.without(e)
	if !removed || len(t.items) > 0 {
		return t
	}
	if t.below == nil {
		return Set[E]{}
	}
	return t.below.kids[0]
}

// All yields the elements in ascending order.
func (s Set[E]) All() iter.Seq[E] {
	return func(yield func(E) bool) { s.each(yield) }
}

// From yields the elements >= e in ascending order. Finding the first takes O(log n).
func (s Set[E]) From(e E) iter.Seq[E] {
	return func(yield func(E) bool) { s.eachFrom(e, yield) }
}

// Among appends to dst the elements that stand at 0, in ascending order. at must be negative for the elements before them
// and positive for those after them. Among itself does not allocate.
func (s Set[E]) Among(dst []E, at func(E) int) []E {
	i, _ := slices.BinarySearchFunc(s.items, 0, func(e E, zero int) int { return cmp.Compare(at(e), zero) })
	for ; ; i++ {
		if s.below != nil {
			dst = s.below.kids[i].Among(dst, at)
		}
		if i == len(s.items) || at(s.items[i]) > 0 {
			return dst
		}
		dst = append(dst, s.items[i])
	}
}

// each yields the elements and reports whether to go on.
func (s Set[E]) each(yield func(E) bool) bool {
	for i, item := range s.items {
		if s.below != nil && !s.below.kids[i].each(yield) {
			return false
		}
		if !yield(item) {
			return false
		}
	}
	return s.below == nil || s.below.kids[len(s.items)].each(yield)
}

// eachFrom is each for the elements >= e.
func (s Set[E]) eachFrom(e E, yield func(E) bool) bool {
	i, _ := slices.BinarySearch(s.items, e)
	if s.below == nil {
		return Set[E]{items: s.items[i:]}.each(yield)
	}
	if !s.below.kids[i].eachFrom(e, yield) {
		return false
	}
	for ; i < len(s.items); i++ {
		if !yield(s.items[i]) || !s.below.kids[i+1].each(yield) {
			return false
		}
	}
	return true
}

// with returns s with e, and whether e was new. The result may have one item too many.
func (s Set[E]) with(e E) (Set[E], bool) {
	i, found := slices.BinarySearch(s.items, e)
	if found {
		return s, false
	}
	if s.below == nil {
		return Set[E]{items: replace(s.items, i, i, e)}, true
	}
	kid, added := s.below.kids[i].with(e)
	if !added {
		return s, false
	}
	if len(kid.items) <= maxItems {
		return branch(s.items, replace(s.below.kids, i, i+1, kid)), true
	}
	left, mid, right := kid.split()
	return branch(replace(s.items, i, i, mid), replace(s.below.kids, i, i+1, left, right)), true
}

// without returns s without e, and whether e was there. The result may have one item too few.
func (s Set[E]) without(e E) (Set[E], bool) {
	i, found := slices.BinarySearch(s.items, e)
	if s.below == nil {
		if !found {
			return s, false
		}
		return Set[E]{items: replace(s.items, i, i+1)}, true
	}
	items := s.items
	if found { // the greatest element of the kid before it takes its place
		e = s.below.kids[i].last()
		items = replace(items, i, i+1, e)
	}
	kid, removed := s.below.kids[i].without(e)
	if !removed {
		return s, false
	}
	if len(kid.items) >= minItems {
		return branch(items, replace(s.below.kids, i, i+1, kid)), true
	}
	return refill(items, s.below.kids, i, kid), true
}

// refill returns the branch in which kid, one item short, took the place of kids[i] and was joined with a neighbour.
func refill[E cmp.Ordered](items []E, kids []Set[E], i int, kid Set[E]) Set[E] {
	var joined Set[E]
	if i > 0 {
		i--
		joined = join(kids[i], items[i], kid)
	} else {
		joined = join(kid, items[i], kids[i+1])
	}
	if len(joined.items) <= maxItems {
		return branch(replace(items, i, i+1), replace(kids, i, i+2, joined))
	}
	left, mid, right := joined.split()
	return branch(replace(items, i, i+1, mid), replace(kids, i, i+2, left, right))
}

// last returns the greatest element of a set that is not empty.
func (s Set[E]) last() E {
	for s.below != nil {
		s = s.below.kids[len(s.items)]
	}
	return s.items[len(s.items)-1]
}

// split parts s at its middle item. The parts share no memory, so that neither keeps the other alive.
func (s Set[E]) split() (left Set[E], mid E, right Set[E]) {
	m := len(s.items) / 2
	l, r := slices.Clone(s.items[:m]), slices.Clone(s.items[m+1:])
	if s.below == nil {
		return Set[E]{items: l}, s.items[m], Set[E]{items: r}
	}
	kids := s.below.kids
	return branch(l, slices.Clone(kids[:m+1])), s.items[m], branch(r, slices.Clone(kids[m+1:]))
}

// join returns one node of two neighbours of equal height and the item between them.
func join[E cmp.Ordered](left Set[E], mid E, right Set[E]) Set[E] {
	items := slices.Concat(left.items, []E{mid}, right.items)
	if left.below == nil {
		return Set[E]{items: items}
	}
	return branch(items, slices.Concat(left.below.kids, right.below.kids))
}

func branch[E cmp.Ordered](items []E, kids []Set[E]) Set[E] {
	b := &below[E]{kids: kids}
	for _, kid := range kids {
		b.len += kid.Len()
	}
	return Set[E]{items: items, below: b}
}

// replace returns a copy of s in which s[i:j] gave way to with.
func replace[T any](s []T, i, j int, with ...T) []T {
	t := make([]T, 0, len(s)-(j-i)+len(with))
	t = append(t, s[:i]...)
	t = append(t, with...)
	return append(t, s[j:]...)
}
