package main

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"os/exec"
	"runtime"
	"strings"
	"text/tabwriter"
	"time"
)

// row is a line of the scorecard.
type row struct {
	number  int
	measure string
	goal    string
	got     string
	control string // what shows that the drill can fail; "" where nothing can
	pass    bool
	took    time.Duration
}

func (r row) verdict() string {
	if r.pass {
		return "ok"
	}
	return "MISSED"
}

// table is for a terminal.
func table(rows []row) string {
	var b bytes.Buffer
	w := tabwriter.NewWriter(&b, 0, 0, 2, ' ', 0)
	fmt.Fprintln(w, "ROW\tMEASURE\tGOAL\tGOT\t\tSECONDS")
	for _, r := range rows {
		fmt.Fprintf(w, "%d\t%s\t%s\t%s\t%s\t%.0f\n", r.number, r.measure, r.goal, r.got, r.verdict(), r.took.Seconds())
	}
	_ = w.Flush() // into memory
	for _, r := range rows {
		if r.control != "" {
			fmt.Fprintf(&b, "control of %d: %s\n", r.number, r.control)
		}
	}
	return b.String()
}

const documentHead = `# Proof

What Lintel promises about reliability, as it was last measured. Made by a program: do not edit, run it again.

    make prove            # this page; ten minutes at most
    make prove-short      # the rows that guard every change, smaller; part of .ci/run
    go run ./test/prove -only 6,7,8 -seed %d

It needs Go and Debian's package postgresql. It builds lintel, starts real processes and a temporary PostgreSQL (fsync on) on
loopback, breaks things with SIGKILL, SIGSTOP and a proxy that cuts, delays and swallows, and asks over HTTP. Everything is on one machine: server,
database and load share its processors, so latencies are compared with the idle figures of the same run.

| | |
|---|---|
`

const documentFoot = `
A goal that was missed stands here as missed. A row may have several lines.

## Controls

A drill that cannot fail proves nothing. Each of these failed, as it must, in the same run and the same harness:

`

const documentBuilds = `
The same harness was also run on the last build without lease and barrier (commit 5d49af9, -short): row 6 was 9,078 stale accepts of 22,378
validations, porcupine illegal; row 7 p50 498 ms. Mutants of the protocol itself are in internal/cluster/simulation_test.go.
`

// document is a page of the documentation.
func document(ctx context.Context, rows []row, took time.Duration, f flags) string {
	var b strings.Builder
	fmt.Fprintf(&b, documentHead, f.seed)
	for _, fact := range facts(ctx, took, f) {
		fmt.Fprintf(&b, "| %s | %s |\n", fact[0], fact[1])
	}
	b.WriteString("\n| row | measure | goal | got | | s |\n|---:|---|---|---|---|---:|\n")
	for _, r := range rows {
		fmt.Fprintf(&b, "| %d | %s | %s | %s | %s | %.0f |\n", r.number, r.measure, r.goal, r.got, r.verdict(), r.took.Seconds())
	}
	b.WriteString(documentFoot)
	for _, r := range rows {
		if r.control != "" {
			fmt.Fprintf(&b, "- %d: %s\n", r.number, r.control)
		}
	}
	b.WriteString(documentBuilds)
	return b.String()
}

func facts(ctx context.Context, took time.Duration, f flags) [][2]string {
	return [][2]string{
		{"date", time.Now().UTC().Format("2 January 2006, 15:04 UTC")},
		{"commit", output(ctx, "git", "rev-parse", "--short", "HEAD")},
		{"machine", fmt.Sprintf("%d processors (%s), %s of memory, %s", runtime.NumCPU(), field("/proc/cpuinfo", "model name"), gibibytes(field("/proc/meminfo", "MemTotal")), output(ctx, "uname", "-sr"))},
		{"versions", runtime.Version() + ", " + output(ctx, "sh", "-c", "/usr/lib/postgresql/*/bin/postgres --version")},
		{"run", fmt.Sprintf("%.0f s, seed %d, short %v", took.Seconds(), f.seed, f.short)},
	}
}

func output(ctx context.Context, name string, args ...string) string {
	out, err := exec.CommandContext(ctx, name, args...).Output() //nolint:gosec // G204: fixed commands
	if err != nil {
		return "unknown"
	}
	line, _, _ := strings.Cut(string(out), "\n")
	return line
}

// field is the first value of a name in a file of "name: value" lines.
func field(path, name string) string {
	text, _ := os.ReadFile(path)
	for line := range strings.Lines(string(text)) {
		if k, v, ok := strings.Cut(line, ":"); ok && strings.TrimSpace(k) == name {
			return strings.TrimSpace(v)
		}
	}
	return "unknown"
}

func gibibytes(text string) string {
	var kib float64
	if _, err := fmt.Sscanf(text, "%f kB", &kib); err != nil {
		return "unknown"
	}
	return fmt.Sprintf("%.0f GiB", kib/(1<<20))
}
