package core

import (
	"runtime"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/lintel-id/lintel/internal/identity"
)

// A use that is noted while uses are taken is told then or the next time.
func TestNoUseIsLostWhileUsesAreTaken(t *testing.T) {
	var u uses
	var told atomic.Int64 // the latest use
	what := identity.Use{Kind: identity.UseEC2Key, ID: "key"}
	done := make(chan struct{})
	var taking sync.WaitGroup
	taking.Go(func() {
		for {
			select {
			case <-done:
				return
			default:
			}
			all := u.take()
			for _, l := range all {
				told.Store(max(told.Load(), l.At.UnixMicro()))
			}
			if len(all) > 0 {
				runtime.Gosched()
			}
		}
	})
	start := time.Now()
	for i := int64(1); i <= 100_000 && time.Since(start) < time.Second && !t.Failed(); i++ {
		u.note(what, time.UnixMicro(i))
		u.note(what, time.UnixMicro(i-1)) // an earlier one is no news
		for n := 0; told.Load() < i && !t.Failed(); n++ {
			if n%1000 != 999 {
				continue
			}
			runtime.Gosched() // there may be one processor
			if time.Since(start) > 10*time.Second {
				t.Errorf("use %d is never told, the last one told is %d", i, told.Load())
			}
		}
	}
	close(done)
	taking.Wait()
	u.take()
	if left := u.of(what); !left.IsZero() {
		t.Errorf("%v is still there after it was taken", left)
	}
}

func BenchmarkNoteUse(b *testing.B) {
	for name, keys := range map[string]int{"one key": 1, "64 keys": 64} {
		b.Run(name, func(b *testing.B) {
			var u uses
			ids := make([]identity.Use, keys)
			for i := range ids {
				ids[i] = identity.Use{Kind: identity.UseEC2Key, ID: identity.NewID() + identity.NewID()}
			}
			start := time.Now()
			b.ReportAllocs()
			b.RunParallel(func(p *testing.PB) {
				for i := 0; p.Next(); i++ {
					u.note(ids[i%keys], start.Add(time.Duration(i)*time.Microsecond))
				}
			})
		})
	}
}
