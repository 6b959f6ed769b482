package bench

import (
	"math"
	"math/bits"
	"time"
)

// subBits sets the precision: each power of two is cut into 2^subBits buckets, so that a
// quantile is at most 1/64 above the true one.
const (
	subBits = 6
	subs    = 1 << subBits
	buckets = (64 - subBits) * subs
)

// histogram counts durations in buckets of constant relative width (Tene's HDR histogram). It
// is for one goroutine; the workers' are merged at the end.
type histogram struct {
	counts [buckets]uint64
	n      uint64
	max    time.Duration
}

func (h *histogram) add(d time.Duration) {
	d = max(d, 0)
	h.counts[bucket(uint64(d))]++
	h.n++
	h.max = max(h.max, d)
}

func (h *histogram) merge(o *histogram) {
	for i, n := range &o.counts {
		h.counts[i] += n
	}
	h.n += o.n
	h.max = max(h.max, o.max)
}

// quantile returns a duration that a share q of all is not longer than; 0 when there are none.
func (h *histogram) quantile(q float64) time.Duration {
	rank := uint64(math.Ceil(q * float64(h.n)))
	seen := uint64(0)
	for i, n := range &h.counts {
		if seen += n; n > 0 && seen >= rank {
			return min(time.Duration(highest(i)), h.max)
		}
	}
	return h.max
}

// bucket is the number of the bucket of v: exact below subs, then subs buckets for each power of two.
func bucket(v uint64) int {
	if v < subs {
		return int(v)
	}
	shift := bits.Len64(v) - subBits - 1
	return (shift+1)*subs + int(v>>shift) - subs
}

// highest is the largest value of a bucket.
func highest(bucket int) uint64 {
	if bucket < subs {
		return uint64(bucket)
	}
	shift := bucket/subs - 1
	return (uint64(bucket%subs+subs)+1)<<shift - 1
}
