// Prove runs the drills that back Lintel's promises of reliability: real processes, a real PostgreSQL, real HTTP, and
// faults. It prints a table, and fails when a figure misses its goal.
//
//	go run ./test/prove                       # all, ten minutes at most
//	go run ./test/prove -short                # the rows that guard every change, smaller
//	go run ./test/prove -only 6,7,8 -seed 42
//	go run ./test/prove -only 41              # Patroni; needs Debian's packages patroni, etcd-server and haproxy
//	go run ./test/prove -write docs/operate/proof.md
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"time"

	"github.com/lintel-id/lintel/test/rig"
)

// flags are the command line.
type flags struct {
	short  bool
	only   []int
	write  string
	budget time.Duration
	keep   bool
	seed   uint64
}

func parse(args []string) (flags, error) {
	var f flags
	set := flag.NewFlagSet("prove", flag.ContinueOnError)
	set.BoolVar(&f.short, "short", false, "only the rows that guard every change, in a smaller size")
	set.StringVar(&f.write, "write", "", "write the table with all that belongs to it to `FILE`")
	set.DurationVar(&f.budget, "budget", 10*time.Minute, "give up after this time")
	set.BoolVar(&f.keep, "keep", false, "keep the directory with logs and configurations")
	set.Uint64Var(&f.seed, "seed", rand.Uint64()>>32, "of the choices that the drills make") //nolint:gosec // not a secret
	set.Func("only", "rows to prove, as in 1,6", func(text string) error {
		for part := range strings.SplitSeq(text, ",") {
			row, err := strconv.Atoi(part)
			if err != nil {
				return err
			}
			f.only = append(f.only, row)
		}
		return nil
	})
	err := set.Parse(args)
	if err == nil && set.NArg() > 0 {
		err = fmt.Errorf("unexpected argument %q", set.Arg(0))
	}
	return f, err
}

// wants says whether a drill is asked for: by its row, or else by the size.
func (f flags) wants(d drill) bool {
	if len(f.only) > 0 {
		return slices.ContainsFunc(d.rows, func(n int) bool { return slices.Contains(f.only, n) })
	}
	return !d.asked && (d.short || !f.short)
}

func main() {
	f, err := parse(os.Args[1:])
	if err != nil {
		os.Exit(2)
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	ctx, cancel := context.WithTimeout(ctx, f.budget)
	err = prove(ctx, f)
	cancel()
	stop()
	if err != nil {
		fmt.Fprintln(os.Stderr, "prove:", err)
		os.Exit(1)
	}
}

// errMissed says that the table has a row that misses its goal.
var errMissed = errors.New("a goal was missed")

func prove(ctx context.Context, f flags) (err error) {
	binary, err := build(ctx)
	if err != nil {
		return err
	}
	start := time.Now()
	var rows []row
	for _, d := range drills() {
		if !f.wants(d) {
			continue
		}
		rows = append(rows, run(ctx, d, f, binary)...)
		if ctx.Err() != nil {
			return fmt.Errorf("ended after %.0f s, before all was tried: %w", time.Since(start).Seconds(), context.Cause(ctx))
		}
	}
	slices.SortStableFunc(rows, func(a, b row) int { return a.number - b.number })
	took := time.Since(start)
	fmt.Print(table(rows))
	fmt.Printf("\n%d rows in %.0f s, seed %d\n", len(rows), took.Seconds(), f.seed)
	if f.write != "" {
		if err := os.WriteFile(f.write, []byte(document(ctx, rows, took, f)), 0o644); err != nil { //nolint:gosec // a page of the documentation
			return err
		}
	}
	if len(rows) == 0 {
		return errors.New("there is no such row")
	}
	if slices.ContainsFunc(rows, func(r row) bool { return !r.pass }) {
		return errMissed
	}
	return nil
}

// build makes bin/lintel once for all drills.
func build(ctx context.Context) (string, error) {
	cmd := exec.CommandContext(ctx, "go", "build", "-trimpath", "-o", "bin/lintel", "./cmd/lintel")
	cmd.Env = append(os.Environ(), "CGO_ENABLED=0")
	cmd.Stderr = os.Stderr
	if err := cmd.Run(); err != nil {
		return "", fmt.Errorf("go build: %w (prove runs at the top of the checkout)", err)
	}
	return filepath.Abs("bin/lintel")
}

// run gives a drill a directory and a time box. A drill that fails by itself proves nothing: all its rows miss.
func run(ctx context.Context, d drill, f flags, binary string) []row {
	box := d.box
	if f.short {
		box = d.shortBox
	}
	fmt.Fprintf(os.Stderr, "=== %s (at most %s)\n", d.name, box)
	ctx, cancel := context.WithTimeout(ctx, box)
	defer cancel()
	start := time.Now()
	s := &stage{short: f.short, binary: binary, start: start, random: rand.New(rand.NewPCG(f.seed, uint64(d.rows[0])))} //nolint:gosec // not a secret
	var rows []row
	dir, err := rig.NewDir("lintel-prove-")
	if err == nil {
		s.dir = dir
		rows, err = d.run(ctx, s)
		if f.keep {
			s.say("kept %s", dir.Path)
			dir.Keep()
		}
		err = errors.Join(err, dir.Close())
	}
	took := time.Since(start)
	if err != nil {
		s.say("failed: %v", err)
		rows = rows[:0]
		for _, n := range d.rows {
			rows = append(rows, row{number: n, measure: d.name, got: "the drill failed: " + firstLine(err)})
		}
	}
	for i := range rows {
		rows[i].took = took
	}
	return rows
}

func firstLine(err error) string {
	line, _, _ := strings.Cut(err.Error(), "\n")
	return line
}
