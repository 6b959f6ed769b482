package persist

import (
	"fmt"
	"math/rand/v2"
	"runtime"
	"strings"
	"testing"
	"unsafe"
)

type row [2]string // a name and an address

// ids returns n ids as long as a UUID in hex.
func ids(n int) []id {
	rng := rand.New(rand.NewPCG(1, 2))
	keys := make([]id, n)
	for i := range keys {
		keys[i] = id(fmt.Sprintf("%016x%016x", rng.Uint64(), rng.Uint64()))
	}
	return keys
}

func build(keys []id, v *row) Map[id, *row] {
	e := Map[id, *row]{}.Edit()
	for _, k := range keys {
		e.Set(k, v)
	}
	return e.Map()
}

func eachSize(b *testing.B, run func(b *testing.B, n int)) {
	for _, n := range []int{1_000, 100_000, 1_000_000} {
		b.Run(fmt.Sprint(n), func(b *testing.B) { run(b, n) })
	}
}

// shuffled returns copies of the keys in another order, so that a look-up finds its own key in the cache, like one that
// came with a request, and the stored key wherever it lies.
func shuffled(keys []id) []id {
	rng := rand.New(rand.NewPCG(3, 4))
	probe := make([]id, len(keys))
	for i, at := range rng.Perm(len(keys)) {
		probe[i] = id(strings.Clone(string(keys[at])))
	}
	return probe
}

func BenchmarkMapGet(b *testing.B) {
	eachSize(b, func(b *testing.B, n int) {
		keys, v := ids(n), new(row)
		m, probe := build(keys, v), shuffled(keys)
		b.ReportAllocs()
		for i := 0; b.Loop(); i++ {
			if got, _ := m.Get(probe[i%n]); got != v {
				b.Fatal("not found")
			}
		}
	})
}

// BenchmarkBuiltinGet is what BenchmarkMapGet is to be compared with on the machine at hand.
func BenchmarkBuiltinGet(b *testing.B) {
	eachSize(b, func(b *testing.B, n int) {
		keys, v := ids(n), new(row)
		m := make(map[id]*row, n)
		for _, k := range keys {
			m[k] = v
		}
		probe := shuffled(keys)
		for i := 0; b.Loop(); i++ {
			if m[probe[i%n]] != v {
				b.Fatal("not found")
			}
		}
	})
}

func BenchmarkMapWith(b *testing.B) {
	eachSize(b, func(b *testing.B, n int) {
		keys, v := ids(n+n/10), new(row)
		m := build(keys[:n], v)
		rng := rand.New(rand.NewPCG(3, 4))
		b.ReportAllocs()
		for b.Loop() {
			m = m.With(keys[rng.IntN(len(keys))], v)
		}
	})
}

// BenchmarkMapBuild reports beside the time of a whole load the bytes per entry beyond key and value.
func BenchmarkMapBuild(b *testing.B) {
	eachSize(b, func(b *testing.B, n int) {
		keys, v := ids(n), new(row)
		var m Map[id, *row]
		before := heap()
		for b.Loop() {
			m = build(keys, v)
		}
		used := heap() - before
		runtime.KeepAlive(m)
		runtime.KeepAlive(keys)
		b.ReportMetric(used/float64(n)-float64(unsafe.Sizeof(id(""))+unsafe.Sizeof(v)), "overhead-B/entry")
		b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/float64(n), "ns/entry")
	})
}

func BenchmarkSetHas(b *testing.B) {
	eachSetSize(b, func(b *testing.B, s Set[id], keys []id) {
		rng := rand.New(rand.NewPCG(3, 4))
		for b.Loop() {
			if !s.Has(keys[rng.IntN(len(keys))]) {
				b.Fatal("not found")
			}
		}
	})
}

func BenchmarkSetWithWithout(b *testing.B) {
	eachSetSize(b, func(b *testing.B, s Set[id], keys []id) {
		rng := rand.New(rand.NewPCG(3, 4))
		for b.Loop() {
			k := keys[rng.IntN(len(keys))]
			s = s.Without(k).With(k)
		}
	})
}

func eachSetSize(b *testing.B, run func(b *testing.B, s Set[id], keys []id)) {
	for _, n := range []int{3, 20, 1_000, 100_000} {
		b.Run(fmt.Sprint(n), func(b *testing.B) {
			keys := ids(n)
			before := heap()
			sets := make([]Set[id], 1+10_000/n) // many, for a heap difference that says something
			for i := range sets {
				for _, k := range keys {
					sets[i] = sets[i].With(k)
				}
			}
			used := heap() - before
			runtime.KeepAlive(keys)
			b.ReportAllocs()
			run(b, sets[0], keys)
			b.ReportMetric(used/float64(n*len(sets)), "B/element")
		})
	}
}

// heap returns the live bytes.
func heap() float64 {
	runtime.GC()
	var s runtime.MemStats
	runtime.ReadMemStats(&s)
	return float64(s.HeapAlloc)
}
