// Package bench is a load generator for any server that speaks Keystone's API v3, and the yardstick beside it: the
// same requests against a plain net/http server that always gives the same answer. It owns the making and removing of
// what a run needs, the sending, the timing and the table. It refuses to know anything of Lintel's inside, to count a
// fast wrong answer as a success, and, unless told otherwise, to load another machine.
package bench

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"
)

// Options of a run.
type Options struct {
	Target  *Target
	Against *Target  // a second server to alternate with; nil for none
	Yard    []string // command line that ends in ServeConstant, to alternate with; nil for none

	Operations  []string        // see Operations
	Concurrency []int           // connections, one row for each
	Length      time.Duration   // of the measurement of one operation on one server
	Slice       time.Duration   // length of each turn where two servers alternate
	Rate        float64         // requests per second of an open loop; 0 is a closed loop
	Tokens      int             // different tokens that are validated in turn
	Role        string          // name of the role that the test user gets
	Row         func(Row) error // called with each row when it is ready
}

// warmUp is the longest time spent on requests that do not count.
const warmUp = time.Second

// Run measures each operation at each concurrency. It makes a project, a user, an application credential and an EC2
// key on each server and removes them at the end, also when ctx ends. It fails when a server cannot be used, when the first answer
// of an operation is wrong, or, after all the rows, when any counted answer was.
func Run(ctx context.Context, o Options) (err error) {
	if err := o.check(); err != nil {
		return err
	}
	a, err := setUp(ctx, o.Target, &o)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, a.tearDown(ctx)) }()
	var b *cloud
	if o.Against != nil {
		if b, err = setUp(ctx, o.Against, &o); err != nil {
			return err
		}
		defer func() { err = errors.Join(err, b.tearDown(ctx)) }()
	}
	failed := int64(0)
	for _, name := range o.Operations {
		op, _ := operationNamed(name)
		for _, c := range o.Concurrency {
			row, err := o.measure(ctx, a, b, op, c)
			if err != nil {
				return fmt.Errorf("%s: %w", name, err)
			}
			row.Operation = name
			failed += row.failures()
			if err := o.Row(row); err != nil {
				return err
			}
		}
	}
	if failed > 0 {
		return fmt.Errorf("%d requests failed or were answered wrongly", failed)
	}
	return nil
}

func (o *Options) check() error {
	for _, name := range o.Operations {
		if _, ok := operationNamed(name); !ok {
			return fmt.Errorf("there is no operation %q; the operations are %q", name, OperationNames())
		}
	}
	pair := o.Against != nil || o.Yard != nil
	switch {
	case len(o.Operations) == 0 || len(o.Concurrency) == 0:
		return errors.New("there is nothing to measure: name an operation and a concurrency")
	case slices.Min(o.Concurrency) < 1 || o.Tokens < 1:
		return errors.New("the concurrency and the number of tokens are at least 1")
	case o.Length <= 0 || pair && o.Slice <= 0 || o.Rate < 0:
		return errors.New("times and rates are not negative, and a measurement takes some time")
	case o.Against != nil && o.Yard != nil:
		return errors.New("a run compares with one server only")
	case pair && o.Rate > 0:
		return errors.New("at a given rate two servers answer equally many requests: leave out the rate to compare them")
	case o.Yard != nil && o.Target.TLS != nil:
		return errors.New("the constant-answer server speaks plain HTTP: compare it with a server on http://")
	case o.Yard != nil && !o.Target.Local:
		return errors.New("the constant-answer server is on this machine: compare it with one that is, too")
	}
	return nil
}

// measure makes one row.
func (o *Options) measure(ctx context.Context, a, b *cloud, op operation, c int) (row Row, err error) {
	first, answer, err := a.side(ctx, op)
	if err != nil {
		return row, err
	}
	sides := []*side{first}
	switch {
	case o.Yard != nil:
		yard, err := startConstant(ctx, o.Yard, first.load.want, answer)
		if err != nil {
			return row, err
		}
		defer func() { err = errors.Join(err, yard.stop()) }()
		sides = append(sides, yard.side(first))
	case b != nil:
		second, _, err := b.side(ctx, op)
		if err != nil {
			return row, err
		}
		sides = append(sides, second)
	}
	if err := o.alternate(ctx, sides, c); err != nil {
		return row, err
	}
	row = Row{Concurrency: c, Server: first.figures()}
	if len(sides) == 2 {
		other := sides[1].figures()
		row.Against, row.Ratio = &other, ratios(first.rates, sides[1].rates)
	}
	return row, nil
}

// alternate lets the sides take turns until each has had its time.
func (o *Options) alternate(ctx context.Context, sides []*side, c int) error {
	length, turns := o.Length, 1
	if len(sides) == 2 {
		turns = max(2, int(o.Length/o.Slice))
		length = o.Length / time.Duration(turns)
	}
	for _, s := range sides {
		if err := s.warm(ctx, c, min(warmUp, o.Length/5)); err != nil {
			return err
		}
	}
	for range turns {
		for _, s := range sides {
			if err := s.turn(ctx, c, length, o.Rate); err != nil {
				return err
			}
		}
	}
	return nil
}
