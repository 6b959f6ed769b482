package password

import (
	"context"
	"errors"
	"sync"
	"testing"
	"testing/synctest"
	"time"
)

// call starts one of h's calls and returns where its error will be.
func call(f func() error) <-chan error {
	done := make(chan error, 1)
	go func() { done <- f() }()
	return done
}

func wantStats(t *testing.T, h *Hasher, running, waiting int, rejected uint64) {
	t.Helper()
	synctest.Wait()
	r, w, x := h.Stats()
	if r != running || w != waiting || x != rejected {
		t.Errorf("running %d, waiting %d, rejected %d; want %d, %d, %d", r, w, x, running, waiting, rejected)
	}
}

// busy returns a Hasher with one worker, which is taken, and what gives it back.
func busy(t *testing.T, o Options) (h *Hasher, free func()) {
	t.Helper()
	o.Memory, o.Time, o.Workers = 64, 1, 1
	h, err := New(o)
	if err != nil {
		t.Fatal(err)
	}
	if err := h.queue.enter(t.Context()); err != nil {
		t.Fatal(err)
	}
	return h, h.queue.leave
}

// TestEveryDerivationWaitsForAWorker is S-10: Hash, Verify and VerifyDummy all stand in one queue of bounded length.
func TestEveryDerivationWaitsForAWorker(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h, free := busy(t, Options{Queue: 3})
		hash := call(func() error { _, err := h.Hash(t.Context(), "secret"); return err })
		verify := call(func() error { _, _, err := h.Verify(t.Context(), h.dummy, "secret"); return err })
		dummy := call(func() error { return h.VerifyDummy(t.Context(), "secret") })
		wantStats(t, h, 1, 3, 0)

		if _, err := h.Hash(t.Context(), "secret"); !errors.Is(err, ErrBusy) {
			t.Errorf("Hash with a full queue: %v", err)
		}
		if _, _, err := h.Verify(t.Context(), h.dummy, "secret"); !errors.Is(err, ErrBusy) {
			t.Errorf("Verify with a full queue: %v", err)
		}
		if err := h.VerifyDummy(t.Context(), "secret"); !errors.Is(err, ErrBusy) {
			t.Errorf("VerifyDummy with a full queue: %v", err)
		}
		wantStats(t, h, 1, 3, 3)

		free()
		for _, done := range []<-chan error{hash, verify, dummy} {
			if err := <-done; err != nil {
				t.Errorf("a queued call: %v", err)
			}
		}
		wantStats(t, h, 0, 0, 3)
	})
}

func TestNobodyWaitsLongerThanMaxWait(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h, free := busy(t, Options{})
		defer free()
		start := time.Now()
		if err := h.VerifyDummy(t.Context(), "secret"); !errors.Is(err, ErrBusy) {
			t.Errorf("after the wait: %v", err)
		}
		if waited := time.Since(start); waited != 2*time.Second {
			t.Errorf("waited %v, the default is 2 s", waited)
		}
		wantStats(t, h, 1, 0, 1)
	})
}

func TestAClientThatLeavesTheQueueIsNotServed(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h, free := busy(t, Options{})
		ctx, cancel := context.WithCancel(t.Context())
		queued := call(func() error { return h.VerifyDummy(ctx, "secret") })
		wantStats(t, h, 1, 1, 0)
		cancel()
		if err := <-queued; !errors.Is(err, context.Canceled) {
			t.Errorf("cancelled in the queue: %v", err)
		}
		wantStats(t, h, 1, 0, 0)
		free()
		if err := h.VerifyDummy(ctx, "secret"); !errors.Is(err, context.Canceled) {
			t.Errorf("cancelled before the queue: %v", err)
		}
		wantStats(t, h, 0, 0, 0)
	})
}

func TestTheQueueIsFirstComeFirstServed(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h, free := busy(t, Options{})
		var order []int
		var group sync.WaitGroup
		for i := range 10 {
			group.Go(func() {
				if err := h.queue.enter(t.Context()); err != nil {
					t.Error(err)
					return
				}
				order = append(order, i) // the one slot is the lock
				h.queue.leave()
			})
			synctest.Wait()
		}
		free()
		group.Wait()
		for i, got := range order {
			if got != i {
				t.Fatalf("served in the order %v", order)
			}
		}
	})
}

// TestWhatCannotVerifyTakesNoWorker: the empty and the overlong secret and the unusable hash are answered while every
// worker is taken.
func TestWhatCannotVerifyTakesNoWorker(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h, free := busy(t, Options{Queue: 1})
		defer free()
		for _, secret := range []string{"", string(make([]byte, MaxSecret+1))} {
			if ok, _, err := h.Verify(t.Context(), h.dummy, secret); ok || err != nil {
				t.Errorf("%d bytes: %v, %v", len(secret), ok, err)
			}
			if err := h.VerifyDummy(t.Context(), secret); err != nil {
				t.Errorf("%d bytes against the dummy: %v", len(secret), err)
			}
		}
		if _, _, err := h.Verify(t.Context(), "plain", "secret"); !errors.Is(err, ErrForm) {
			t.Errorf("unusable hash: %v", err)
		}
		wantStats(t, h, 1, 0, 0)
	})
}
