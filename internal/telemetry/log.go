// Package telemetry owns what the process tells its operator: the log and the metrics.
//
// Neither may slow a request down. Log lines go to a bounded buffer that one goroutine writes out; when the disk is
// slower than the log, lines are dropped and counted. Metrics are resolved once, at start; counting is then an atomic
// addition. The package decides no content: that no secret is logged is the caller's part.
package telemetry

import (
	"bytes"
	"fmt"
	"io"
	"log/slog"
)

// Log is a structured logger whose lines are buffered. Close it last, so that no line is lost.
type Log struct {
	*slog.Logger
	level *slog.LevelVar
	out   *writer
}

// Logger writes to w in format "json" or "text", from level "debug", "info", "warn" or "error" on. Lines reach w when
// 64 KiB are waiting, 200 ms after the first of them, or at Close. It never waits for w: beyond 4 MiB lines are dropped,
// and a line of its own then says how many.
func Logger(format, level string, w io.Writer) (*Log, error) {
	least := new(slog.LevelVar)
	if err := least.UnmarshalText([]byte(level)); err != nil {
		return nil, fmt.Errorf("telemetry: log level %q: %w", level, err)
	}
	var handler func(io.Writer) slog.Handler
	options := &slog.HandlerOptions{Level: least}
	switch format {
	case "json":
		handler = func(w io.Writer) slog.Handler { return slog.NewJSONHandler(w, options) }
	case "text":
		handler = func(w io.Writer) slog.Handler { return slog.NewTextHandler(w, options) }
	default:
		return nil, fmt.Errorf("telemetry: log format %q is neither json nor text", format)
	}
	report := func(dropped uint64) []byte {
		var line bytes.Buffer
		slog.New(handler(&line)).Error("log lines were dropped because writing them is too slow", "dropped", dropped)
		return line.Bytes()
	}
	out := newWriter(w, report)
	return &Log{Logger: slog.New(handler(out)), level: least, out: out}, nil
}

// SetLevel changes the level from which on lines are written.
func (l *Log) SetLevel(level string) error {
	if err := l.level.UnmarshalText([]byte(level)); err != nil {
		return fmt.Errorf("telemetry: log level %q: %w", level, err)
	}
	return nil
}

// Dropped is how many lines were lost since the start.
func (l *Log) Dropped() uint64 { return l.out.droppedTotal() }

// Close writes what is waiting and returns the first error of writing. Lines logged afterwards are dropped.
func (l *Log) Close() error { return l.out.close() }
