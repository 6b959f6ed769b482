package bench

import (
	"math"
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"
)

func durations() *rapid.Generator[[]time.Duration] {
	one := rapid.Custom(func(t *rapid.T) time.Duration {
		return time.Duration(rapid.Int64Range(0, 1<<rapid.IntRange(0, 45).Draw(t, "magnitude")).Draw(t, "ns"))
	})
	return rapid.SliceOfN(one, 1, 200)
}

func histogramOf(times []time.Duration) *histogram {
	h := new(histogram)
	for _, d := range times {
		h.add(d)
	}
	return h
}

// A quantile is never below the true one, and at most 1/64 above it.
func TestQuantileIsTheTrueOneWithinTheBucketWidth(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		times := durations().Draw(t, "times")
		q := rapid.SampledFrom([]float64{0, .5, .9, .99, .999, 1}).Draw(t, "q")
		got := histogramOf(times).quantile(q)
		slices.Sort(times)
		want := times[max(1, int(math.Ceil(q*float64(len(times)))))-1]
		if got < want || got > want+want/subs {
			t.Fatalf("quantile %v of %v is %d, want %d", q, times, got, want)
		}
	})
}

// Workers' histograms merged are the histogram of all their times.
func TestMergedHistogramsAreTheHistogramOfAll(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		a, b := durations().Draw(t, "a"), durations().Draw(t, "b")
		merged := histogramOf(a)
		merged.merge(histogramOf(b))
		if *merged != *histogramOf(append(a, b...)) {
			t.Fatalf("merging %v and %v is not adding both", a, b)
		}
	})
}

// Every duration has a bucket, and buckets are in the order of the durations.
func TestBucketsCoverAllDurationsInOrder(t *testing.T) {
	for i := range buckets - subs { // as far as a time.Duration reaches
		top := highest(i)
		if bucket(top) != i || bucket(top+1) != i+1 {
			t.Fatalf("bucket %d ends at %d, which is in bucket %d, and the next is in %d", i, top, bucket(top), bucket(top+1))
		}
	}
	if b := bucket(math.MaxInt64); b >= buckets {
		t.Fatalf("the longest duration is in bucket %d of %d", b, buckets)
	}
}

func TestQuantileOfNothingIsZero(t *testing.T) {
	if got := new(histogram).quantile(.99); got != 0 {
		t.Errorf("got %v", got)
	}
}
