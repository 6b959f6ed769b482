package persist

import (
	"maps"
	"slices"
	"testing"

	"pgregory.net/rapid"
)

type keptSet struct {
	s    Set[int]
	want map[int]bool
}

func (k keptSet) check(t *rapid.T, highest int) {
	t.Helper()
	want := slices.Sorted(maps.Keys(k.want))
	if got := slices.Collect(k.s.All()); !slices.Equal(got, want) {
		t.Fatalf("All yields %v, want %v", got, want)
	}
	if k.s.Len() != len(want) {
		t.Fatalf("Len is %d, want %d", k.s.Len(), len(want))
	}
	for e := -1; e <= highest+1; e += 1 + highest/100 {
		if k.s.Has(e) != k.want[e] {
			t.Fatalf("Has(%d) is %t", e, !k.want[e])
		}
		i, _ := slices.BinarySearch(want, e)
		if got := slices.Collect(k.s.From(e)); !slices.Equal(got, want[i:]) {
			t.Fatalf("From(%d) yields %v, want %v", e, got, want[i:])
		}
		beyond, _ := slices.BinarySearch(want, e+5)
		if got := k.s.Among([]int{-7}, func(x int) int { return max(min(x-e, 0), x-e-4) }); !slices.Equal(got, append([]int{-7}, want[i:beyond]...)) {
			t.Fatalf("Among %d to %d are %v, want %v", e, e+4, got, want[i:beyond])
		}
	}
	checkTree(t, k.s, true)
}

// checkTree returns the height of s after checking that s is a B-tree.
func checkTree(t *rapid.T, s Set[int], root bool) int {
	t.Helper()
	if len(s.items) > maxItems || !root && len(s.items) < minItems {
		t.Fatalf("a node of %d items", len(s.items))
	}
	if s.below == nil {
		return 1
	}
	if len(s.below.kids) != len(s.items)+1 {
		t.Fatalf("%d kids around %d items", len(s.below.kids), len(s.items))
	}
	height := checkTree(t, s.below.kids[0], false)
	for _, kid := range s.below.kids[1:] {
		if checkTree(t, kid, false) != height {
			t.Fatal("kids of unequal height")
		}
	}
	return height + 1
}

func TestSetAnswersLikeSortedSliceAndOldVersionsNeverChange(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		highest := rapid.SampledFrom([]int{10, 100, 3000}).Draw(t, "highest")
		now := keptSet{want: map[int]bool{}}
		versions := []keptSet{now}
		run := func(t *rapid.T, change func(e int)) {
			now.want = maps.Clone(now.want)
			e := rapid.IntRange(0, highest).Draw(t, "first")
			step := rapid.SampledFrom([]int{1, 7, highest - 1}).Draw(t, "step")
			for range rapid.IntRange(1, 1+highest/2).Draw(t, "count") {
				change(e)
				e = (e + step) % (highest + 1)
			}
			versions = append(versions, now)
		}
		t.Repeat(map[string]func(*rapid.T){
			"with": func(t *rapid.T) {
				run(t, func(e int) { now.s, now.want[e] = now.s.With(e), true })
			},
			"without": func(t *rapid.T) {
				run(t, func(e int) { now.s = now.s.Without(e); delete(now.want, e) })
			},
			"go back": func(t *rapid.T) {
				now = rapid.SampledFrom(versions).Draw(t, "version")
			},
		})
		for _, v := range rapid.Permutation(versions).Draw(t, "versions")[:min(4, len(versions))] {
			v.check(t, highest)
		}
	})
}

func TestSetOfAnyItemsIsTheSetOfThemOneByOne(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		highest := rapid.SampledFrom([]int{10, 100, 3000}).Draw(t, "highest")
		items := rapid.SliceOfN(rapid.IntRange(0, highest), 0, 3*maxItems).Draw(t, "items")
		kept := keptSet{want: map[int]bool{}}
		for _, e := range items {
			kept.want[e] = true
		}
		kept.s = SetOf(items)
		clear(items) // the set has its own
		kept.check(t, highest)
	})
}

func TestSetBelow32IsOneSortedSlice(t *testing.T) {
	var s Set[int]
	for i := range maxItems {
		s = s.With(-i)
		if s.below != nil || len(s.items) != i+1 || cap(s.items) != i+1 {
			t.Fatalf("%d elements take %d items of capacity %d", i+1, len(s.items), cap(s.items))
		}
	}
	if s := SetOf([]int{3, 1, 2, 1}); cap(s.items) != 3 {
		t.Fatalf("3 elements take a capacity of %d", cap(s.items))
	}
	for i := range maxItems {
		s = s.Without(-i)
	}
	if s.items != nil {
		t.Fatal("an emptied set keeps memory")
	}
}

func TestSetChangeThatChangesNothingCopiesNothing(t *testing.T) {
	var s Set[int]
	for i := range 1000 {
		s = s.With(i)
	}
	if n := testing.AllocsPerRun(100, func() {
		if s.With(500).Len() != 1000 || s.Without(2000).Len() != 1000 || !s.Has(7) {
			t.Error("the set is wrong")
		}
	}); n != 0 {
		t.Fatalf("%v allocations", n)
	}
}

func TestSetIterationStopsWhenAsked(t *testing.T) {
	var s Set[int]
	for i := range 2000 {
		s = s.With(i)
	}
	for stop := 1; stop < 2000; stop += 13 {
		var all, from []int
		for e := range s.All() {
			if all = append(all, e); len(all) == stop {
				break
			}
		}
		for e := range s.From(2000 - stop) {
			if from = append(from, e); e == 1999 {
				break
			}
		}
		if len(all) != stop || len(from) != stop {
			t.Fatalf("stopped after %d and %d of %d", len(all), len(from), stop)
		}
	}
}

func TestEmptySetYieldsNothing(t *testing.T) {
	var s Set[string]
	for e := range s.All() {
		t.Fatalf("yielded %q", e)
	}
	for e := range s.From("") {
		t.Fatalf("yielded %q", e)
	}
	if s.Has("") || s.Without("a").Len() != 0 {
		t.Fatal("not empty")
	}
}
