package bench_test

import (
	"context"
	"fmt"
	"os"
	"strconv"
	"testing"
	"time"

	"github.com/lintel-id/lintel/internal/bench"
	"github.com/lintel-id/lintel/internal/server/servertest"
)

// TestMain lets this binary be the constant-answer server too: TEST constant --status N --bytes N.
func TestMain(m *testing.M) {
	if len(os.Args) != 6 || os.Args[1] != "constant" {
		os.Exit(m.Run())
	}
	status, _ := strconv.Atoi(os.Args[3])
	bytes, _ := strconv.Atoi(os.Args[5])
	if err := bench.ServeConstant(os.Stdin, os.Stdout, status, bytes); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func target(t *testing.T, env *servertest.Env) *bench.Target {
	t.Helper()
	target, err := bench.NewTarget(env.URL+"/v3", false)
	if err != nil {
		t.Fatal(err)
	}
	given := map[string]string{"username": "admin", "password": servertest.AdminPassword, "project_name": "admin"}
	target.Credentials, err = bench.NewCredentials(func(name string) string { return given[name] })
	if err != nil {
		t.Fatal(err)
	}
	return target
}

// run measures for a moment and returns the rows.
func run(t *testing.T, o bench.Options) (rows []bench.Row) {
	t.Helper()
	o.Concurrency, o.Tokens, o.Role, o.Slice = []int{2}, 3, "member", 20*time.Millisecond
	o.Row = func(r bench.Row) error {
		rows = append(rows, r)
		return nil
	}
	if err := bench.Run(context.Background(), o); err != nil {
		t.Fatal(err)
	}
	return rows
}

func checkRight(t *testing.T, op string, f *bench.Figures) {
	t.Helper()
	if f.Requests == 0 || f.Rate <= 0 || f.P50 <= 0 || f.P50 > f.P99 || f.P99 > f.P999 || f.P999 > f.Max {
		t.Errorf("%s on %s: %+v", op, f.Name, *f)
	}
	if f.Wrong != 0 || f.Network != 0 || len(f.Statuses) != 0 {
		t.Errorf("%s on %s: errors: %+v", op, f.Name, *f)
	}
}

func TestValidateIsAnsweredRightlyByAServer(t *testing.T) {
	env := servertest.Start(t, servertest.Options{})
	for _, r := range run(t, bench.Options{Target: target(t, env), Operations: []string{"validate"}, Length: 200 * time.Millisecond}) {
		checkRight(t, r.Operation, &r.Server)
	}
}

// Every operation works against a Keystone API, and nothing stays behind.
func TestEveryOperationIsMeasuredAndLeavesNothingBehind(t *testing.T) {
	env := servertest.Start(t, servertest.Options{})
	count := func() string {
		users := env.Do("GET", "/v3/users", env.AdminToken(), nil).Want(200)
		projects := env.Do("GET", "/v3/projects", env.AdminToken(), nil).Want(200)
		return fmt.Sprint(users.Get("users"), projects.Get("projects"))
	}
	before := count()
	rows := run(t, bench.Options{Target: target(t, env), Operations: bench.OperationNames(), Length: 20 * time.Millisecond})
	if len(rows) != len(bench.OperationNames()) {
		t.Errorf("%d rows", len(rows))
	}
	for i, r := range rows {
		if r.Operation != bench.OperationNames()[i] {
			t.Errorf("row %d is of %s", i, r.Operation)
		}
		checkRight(t, r.Operation, &r.Server)
	}
	if after := count(); after != before {
		t.Errorf("before: %s\nafter: %s", before, after)
	}
}

// The yardstick answers every kind of request as rightly as the server, so that their speeds compare.
func TestTheConstantAnswerServerAnswersWhatTheServerAnswers(t *testing.T) {
	env := servertest.Start(t, servertest.Options{})
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	rows := run(t, bench.Options{Target: target(t, env), Yard: []string{self, "constant"}, Length: 40 * time.Millisecond,
		Operations: []string{"validate", "head", "login-appcred", "revoke", "version"}})
	for _, r := range rows {
		checkRight(t, r.Operation, &r.Server)
		checkRight(t, r.Operation, r.Against)
		if r.Ratio == nil || r.Ratio.Turns != 2 || r.Ratio.Min > r.Ratio.Median || r.Ratio.Median > r.Ratio.Max {
			t.Errorf("%s: ratio %+v", r.Operation, r.Ratio)
		}
	}
}

func TestTwoServersTakeTurns(t *testing.T) {
	a, b := servertest.Start(t, servertest.Options{}), servertest.Start(t, servertest.Options{})
	for _, r := range run(t, bench.Options{Target: target(t, a), Against: target(t, b), Operations: []string{"validate-nocatalog"}, Length: 60 * time.Millisecond}) {
		checkRight(t, r.Operation, &r.Server)
		checkRight(t, r.Operation, r.Against)
		if r.Server.Name != a.URL || r.Against.Name != b.URL || r.Ratio.Turns != 3 {
			t.Errorf("%+v", r)
		}
	}
}

func TestARunThatMeansNothingIsRefused(t *testing.T) {
	good := func() bench.Options {
		return bench.Options{Target: &bench.Target{Local: true}, Operations: []string{"validate"}, Concurrency: []int{1}, Length: time.Second,
			Slice: time.Second, Tokens: 1}
	}
	for name, spoil := range map[string]func(*bench.Options){
		"an unknown operation":              func(o *bench.Options) { o.Operations = []string{"validate", "dance"} },
		"no operation":                      func(o *bench.Options) { o.Operations = nil },
		"no connection":                     func(o *bench.Options) { o.Concurrency = []int{4, 0} },
		"no time":                           func(o *bench.Options) { o.Length = 0 },
		"no token":                          func(o *bench.Options) { o.Tokens = 0 },
		"a comparison at a rate":            func(o *bench.Options) { o.Rate, o.Yard = 10, []string{"x"} },
		"two comparisons":                   func(o *bench.Options) { o.Against, o.Yard = o.Target, []string{"x"} },
		"the yardstick of a remote machine": func(o *bench.Options) { o.Target.Local, o.Yard = false, []string{"x"} },
	} {
		o := good()
		spoil(&o)
		if err := bench.Run(context.Background(), o); err == nil {
			t.Errorf("%s is accepted", name)
		}
	}
}
