package telemetry

import (
	"io"
	"sync"
	"time"
)

// Bounds of the log buffer.
const (
	flushBytes = 64 << 10
	flushAfter = 200 * time.Millisecond
	maxWaiting = 4 << 20
)

// writer collects lines and lets one goroutine write them, so that a caller waits for memory only, never for the disk.
type writer struct {
	out    io.Writer
	report func(dropped uint64) []byte

	mu      sync.Mutex
	waiting []byte
	spare   []byte // the buffer written last, for reuse
	dropped uint64 // since the last report
	total   uint64
	closed  bool
	err     error // the first one of out

	some chan struct{} // a first line is waiting
	full chan struct{} // flushBytes are waiting, or the writer is closed
	done chan struct{}
}

func newWriter(out io.Writer, report func(uint64) []byte) *writer {
	w := &writer{out: out, report: report, some: make(chan struct{}, 1), full: make(chan struct{}, 1), done: make(chan struct{})}
	go w.run()
	return w
}

// Write takes one line. It never fails: a line that finds no room is counted instead.
func (w *writer) Write(line []byte) (int, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.closed || len(w.waiting)+len(line) > maxWaiting {
		w.dropped++
		w.total++
		return len(line), nil
	}
	if len(w.waiting) == 0 {
		signal(w.some)
	}
	w.waiting = append(w.waiting, line...)
	if len(w.waiting) >= flushBytes {
		signal(w.full)
	}
	return len(line), nil
}

func (w *writer) run() {
	defer close(w.done)
	timer := time.NewTimer(flushAfter)
	defer timer.Stop()
	for {
		<-w.some
		timer.Reset(flushAfter)
		select {
		case <-timer.C:
		case <-w.full:
		}
		if w.flush() {
			return
		}
	}
}

// flush writes what is waiting; last is true when the writer is closed and nothing more will come.
func (w *writer) flush() (last bool) {
	w.mu.Lock()
	lines, dropped := w.waiting, w.dropped
	w.waiting, w.spare, w.dropped = w.spare[:0], nil, 0
	last = w.closed
	w.mu.Unlock()

	var err error
	if len(lines) > 0 {
		_, err = w.out.Write(lines)
	}
	if dropped > 0 && err == nil {
		_, err = w.out.Write(w.report(dropped))
	}

	w.mu.Lock()
	defer w.mu.Unlock()
	if err != nil && w.err == nil {
		w.err = err
	}
	// One burst must not hold its memory for ever.
	if cap(lines) <= 4*flushBytes {
		w.spare = lines[:0]
	}
	return last
}

func (w *writer) droppedTotal() uint64 {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.total
}

func (w *writer) close() error {
	w.mu.Lock()
	w.closed = true
	w.mu.Unlock()
	signal(w.full)
	signal(w.some)
	<-w.done
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.err
}

// signal raises a flag; raising it twice is raising it once.
func signal(flag chan struct{}) {
	select {
	case flag <- struct{}{}:
	default:
	}
}
