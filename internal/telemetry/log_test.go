package telemetry

import (
	"bytes"
	"encoding/json"
	"errors"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"
)

// disk records each write, with its time, and may be made to hang or to fail.
type disk struct {
	mu     sync.Mutex
	text   bytes.Buffer
	writes []time.Time
	hang   chan struct{} // a write waits for it when set
	err    error
}

func (d *disk) Write(p []byte) (int, error) {
	if d.hang != nil {
		<-d.hang
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	d.writes = append(d.writes, time.Now())
	d.text.Write(p)
	return len(p), d.err
}

func (d *disk) String() string {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.text.String()
}

func logger(t *testing.T, d *disk) *Log {
	t.Helper()
	log, err := Logger("json", "info", d)
	if err != nil {
		t.Fatal(err)
	}
	return log
}

func TestALineIsWrittenWithin200ms(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := &disk{}
		log := logger(t, d)
		for range 3 {
			begun := time.Now()
			log.Info("one")
			log.Info("two")
			time.Sleep(flushAfter) // of the bubble's clock
			synctest.Wait()
			d.mu.Lock()
			if n := len(d.writes); n == 0 || d.writes[n-1].Sub(begun) != flushAfter {
				t.Errorf("written %v, want after %s", d.writes, flushAfter)
			}
			d.mu.Unlock()
		}
		if err := log.Close(); err != nil {
			t.Fatal(err)
		}
		if got := strings.Count(d.String(), "\n"); got != 6 {
			t.Errorf("%d lines", got)
		}
	})
}

func TestAFullBufferIsWrittenAtOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := &disk{}
		log := logger(t, d)
		log.Info(strings.Repeat("x", flushBytes))
		synctest.Wait()
		if d.text.Len() < flushBytes {
			t.Error("the buffer waits for the timer")
		}
		if err := log.Close(); err != nil {
			t.Fatal(err)
		}
	})
}

func TestAHangingDiskStopsNobodyAndLostLinesAreReported(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := &disk{hang: make(chan struct{})}
		log := logger(t, d)
		const lines, size = 3000, 4096 // three times what the buffer holds
		begun := time.Now()
		for i := range lines {
			log.Info(strings.Repeat("x", size), "i", i)
		}
		if waited := time.Since(begun); waited != 0 {
			t.Errorf("logging waited %s for the disk", waited)
		}
		dropped := log.Dropped()
		if dropped == 0 || dropped == lines {
			t.Errorf("%d of %d lines were dropped", dropped, lines)
		}
		close(d.hang)
		if err := log.Close(); err != nil {
			t.Fatal(err)
		}
		var written, reported uint64
		for line := range strings.Lines(d.String()) {
			var record struct{ Dropped uint64 }
			if err := json.Unmarshal([]byte(line), &record); err != nil {
				t.Fatalf("a line was cut: %v", err)
			}
			if record.Dropped > 0 {
				reported += record.Dropped
			} else {
				written++
			}
		}
		if written+dropped != lines || reported != dropped {
			t.Errorf("%d logged, %d written, %d dropped, %d reported", lines, written, dropped, reported)
		}
	})
}

func TestCloseReportsAFailedWrite(t *testing.T) {
	full := errors.New("no space left on device")
	log := logger(t, &disk{err: full})
	log.Info("lost")
	if err := log.Close(); !errors.Is(err, full) {
		t.Errorf("Close returned %v", err)
	}
	log.Info("too late")
	if log.Dropped() != 1 {
		t.Error("a line after Close was not counted")
	}
}

func TestEveryLineOfManyWritersIsWhole(t *testing.T) {
	d := &disk{}
	log := logger(t, d)
	const writers, lines = 8, 500
	var all sync.WaitGroup
	for i := range writers {
		all.Go(func() {
			for j := range lines {
				log.Info("line", "writer", i, "n", j)
			}
		})
	}
	all.Wait()
	if err := log.Close(); err != nil {
		t.Fatal(err)
	}
	next := map[int]int{}
	for line := range strings.Lines(d.String()) {
		var record struct{ Writer, N int }
		if err := json.Unmarshal([]byte(line), &record); err != nil {
			t.Fatal(err)
		}
		if next[record.Writer] != record.N {
			t.Fatalf("writer %d: line %d where %d is next", record.Writer, record.N, next[record.Writer])
		}
		next[record.Writer]++
	}
	for i := range writers {
		if next[i] != lines {
			t.Errorf("writer %d: %d lines", i, next[i])
		}
	}
}

func TestLevelAndFormatAreChecked(t *testing.T) {
	for _, c := range [][2]string{{"xml", "info"}, {"json", "loud"}, {"", ""}} {
		if _, err := Logger(c[0], c[1], &disk{}); err == nil {
			t.Errorf("%q was accepted", c)
		}
	}
	d := &disk{}
	log, err := Logger("text", "warn", d)
	if err != nil {
		t.Fatal(err)
	}
	log.Info("quiet")
	log.Warn("heard")
	if err := log.Close(); err != nil {
		t.Fatal(err)
	}
	if got := d.String(); strings.Contains(got, "quiet") || !strings.Contains(got, "level=WARN msg=heard") {
		t.Errorf("logged %q", got)
	}
}
