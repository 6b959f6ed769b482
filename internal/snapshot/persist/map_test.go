package persist

import (
	"fmt"
	"maps"
	"math"
	"math/bits"
	"sync"
	"sync/atomic"
	"testing"

	"pgregory.net/rapid"
)

type id string

// kept is a version and what it must say for ever.
type kept struct {
	m    Map[id, int]
	want map[id]int
}

// drawMap returns an empty map whose keys collide fully, often or as good as never.
func drawMap(t *rapid.T) Map[id, int] {
	blind := rapid.SampledFrom([]uint64{0, math.MaxUint64, ^uint64(3 << 60), ^uint64(0x1041)}).Draw(t, "blind")
	return Map[id, int]{hash: hasher[id]{blind: blind}}
}

func drawKey(t *rapid.T) id {
	return id(fmt.Sprint(rapid.IntRange(0, 60).Draw(t, "key")))
}

// check fails unless m answers like want in every way, and keeps the shape that node promises.
func (k kept) check(t *rapid.T) {
	t.Helper()
	if got := maps.Collect(k.m.All()); !maps.Equal(got, k.want) {
		t.Fatalf("All yields %v, want %v", got, k.want)
	}
	seen := 0
	for range k.m.All() {
		seen++
	}
	if seen != len(k.want) || k.m.Len() != len(k.want) {
		t.Fatalf("All yields %d entries, Len is %d, want %d", seen, k.m.Len(), len(k.want))
	}
	for i := range 61 {
		key := id(fmt.Sprint(i))
		got, ok := k.m.Get(key)
		want, there := k.want[key]
		if got != want || ok != there {
			t.Fatalf("Get(%q) = %d, %t, want %d, %t", key, got, ok, want, there)
		}
	}
	if k.m.root == nil {
		if len(k.want) > 0 {
			t.Fatal("no root")
		}
		return
	}
	checkNode(t, k.m.root, 0)
}

// checkNode returns the count of entries below n.
func checkNode(t *rapid.T, n *node[id, int], shift uint) int {
	t.Helper()
	if n.leafBits&n.kidBits != 0 || bits.OnesCount64(n.leafBits) != len(n.leaves) || bits.OnesCount64(n.kidBits) != len(n.kids) {
		t.Fatal("bits do not tell what the slots hold")
	}
	entries := 0
	for _, leaf := range n.leaves {
		if len(leaf) == 0 || crowded(len(leaf), shift) {
			t.Fatalf("a leaf of %d entries", len(leaf))
		}
		entries += len(leaf)
	}
	if shift > 0 && len(n.kids) == 0 && entries <= maxLeaf/2 {
		t.Fatalf("a node for %d entries", entries)
	}
	for _, kid := range n.kids {
		entries += checkNode(t, kid, shift+stride)
	}
	return entries
}

func TestMapAnswersLikeBuiltinAndOldVersionsNeverChange(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		now := kept{drawMap(t), map[id]int{}}
		versions := []kept{now}
		t.Repeat(map[string]func(*rapid.T){
			"with": func(t *rapid.T) {
				k, v := drawKey(t), rapid.Int().Draw(t, "value")
				now = kept{now.m.With(k, v), maps.Clone(now.want)}
				now.want[k] = v
				versions = append(versions, now)
			},
			"without": func(t *rapid.T) {
				k := drawKey(t)
				now = kept{now.m.Without(k), maps.Clone(now.want)}
				delete(now.want, k)
				versions = append(versions, now)
			},
			"edit": func(t *rapid.T) {
				made := drawEdit(t, now)
				versions = append(versions, made...)
				now = made[len(made)-1]
			},
			"go back": func(t *rapid.T) {
				now = rapid.SampledFrom(versions).Draw(t, "version")
			},
		})
		for _, v := range versions {
			v.check(t)
		}
	})
}

// drawEdit edits from and returns the versions taken on the way, at least one.
func drawEdit(t *rapid.T, from kept) []kept {
	e, want := from.m.Edit(), maps.Clone(from.want)
	var made []kept
	for range rapid.IntRange(0, 80).Draw(t, "steps") {
		k := drawKey(t)
		switch v := rapid.IntRange(0, 9).Draw(t, "step"); v {
		case 0:
			made = append(made, kept{e.Map(), maps.Clone(want)})
		case 1, 2, 3:
			e.Delete(k)
			delete(want, k)
		default:
			e.Set(k, v)
			want[k] = v
		}
		got, ok := e.Get(k)
		if v, there := want[k]; got != v || ok != there || e.Len() != len(want) {
			t.Fatalf("Edit.Get(%q) = %d, %t, want %d, %t", k, got, ok, v, there)
		}
	}
	return append(made, kept{e.Map(), want})
}

func TestTwoEditsOfOneMapDoNotSeeEachOther(t *testing.T) {
	var m Map[id, int]
	for i := range 500 {
		m = m.With(id(fmt.Sprint(i)), i)
	}
	a, b := m.Edit(), m.Edit()
	for i := range 500 {
		k := id(fmt.Sprint(i))
		a.Set(k, -1)
		b.Delete(k)
	}
	for i := range 500 {
		k := id(fmt.Sprint(i))
		if v, _ := a.Get(k); v != -1 {
			t.Fatalf("the first edit lost %s", k)
		}
		if v, _ := m.Get(k); v != i {
			t.Fatalf("the map changed at %s", k)
		}
	}
	if b.Len() != 0 || b.Map().root != nil {
		t.Fatal("the second edit is not empty")
	}
}

func TestWithoutAnAbsentKeyIsTheSameMap(t *testing.T) {
	m := Map[id, int]{}.With("a", 1).With("b", 2)
	if got := m.Without("c"); got.root != m.root || got.Len() != 2 {
		t.Fatal("the map was copied")
	}
}

func TestMapAllStopsWhenAsked(t *testing.T) {
	var m Map[id, int]
	for i := range 1000 {
		m = m.With(id(fmt.Sprint(i)), i)
	}
	seen := 0
	for range m.All() {
		if seen++; seen == 700 {
			break
		}
	}
	if seen != 700 {
		t.Fatalf("saw %d", seen)
	}
}

func TestCompositeKeys(t *testing.T) {
	type pair struct{ user, project id }
	m := Map[pair, int]{}.With(pair{"ab", "c"}, 1).With(pair{"a", "bc"}, 2)
	one, _ := m.Get(pair{"ab", "c"})
	two, _ := m.Get(pair{"a", "bc"})
	if one != 1 || two != 2 {
		t.Fatalf("got %d and %d", one, two)
	}
}

func TestGetDoesNotAllocate(t *testing.T) {
	type triple struct{ user, project, role id }
	plain, composite := Map[id, int]{}.Edit(), Map[triple, int]{}.Edit()
	for i := range 10_000 {
		k := id(fmt.Sprintf("%032x", i))
		plain.Set(k, i)
		composite.Set(triple{k, k, k}, i)
	}
	p, c := plain.Map(), composite.Map()
	raw := []byte(fmt.Sprintf("%032x", 77))
	key := id(raw)
	if n := testing.AllocsPerRun(100, func() {
		a, _ := p.Get(id(raw)) // an id fresh from a token
		b, _ := c.Get(triple{key, key, key})
		if a != 77 || b != 77 {
			t.Error("not found")
		}
	}); n != 0 {
		t.Fatalf("%v allocations", n)
	}
}

// Run with -race. Each published version holds n entries of the value n, so a torn version shows.
func TestReadersNeedNoLockWhileAWriterPublishes(t *testing.T) {
	const versions, readers = 300, 4
	var current atomic.Pointer[Map[id, int]]
	current.Store(&Map[id, int]{})
	var group sync.WaitGroup
	for range readers {
		group.Go(func() {
			for last := 0; last < versions; {
				m := current.Load()
				last = m.Len()
				for k, v := range m.All() {
					if got, ok := m.Get(k); v != last || got != last || !ok {
						t.Errorf("version %d has %s = %d", last, k, v)
						return
					}
				}
			}
		})
	}
	for n := 1; n <= versions; n++ {
		e := current.Load().Edit()
		for i := range n {
			e.Set(id(fmt.Sprint(i)), n)
		}
		m := e.Map()
		current.Store(&m)
		e.Delete("0") // must not reach the version just published
	}
	group.Wait()
}
