package bench

import (
	"context"
	"os"
	"time"
)

// side is one server in the measurement of one operation.
type side struct {
	name    string
	address *address
	load    *load
	refill  func(ctx context.Context, n int) error // makes n new requests; nil where they can be sent again
	pids    []int

	speed float64 // requests per second of the last turn
	total *tally
	rates []float64 // requests per second of each turn
}

// maxSupply bounds the requests made ahead for a turn.
const maxSupply = 20000

// warm sends requests that do not count.
func (s *side) warm(ctx context.Context, c int, length time.Duration) error {
	s.speed = 4 * float64(c) / length.Seconds() // a first guess for the supply
	t, err := s.drive(ctx, c, length, 0)
	if err == nil {
		s.speed = t.rate()
	}
	return err
}

// turn sends requests that count.
func (s *side) turn(ctx context.Context, c int, length time.Duration, rate float64) error {
	t, err := s.drive(ctx, c, length, rate)
	if err != nil {
		return err
	}
	s.total.merge(t)
	s.rates = append(s.rates, t.rate())
	return nil
}

// drive is load.drive with the CPU times around it.
func (s *side) drive(ctx context.Context, c int, length time.Duration, rate float64) (*tally, error) {
	if s.refill != nil {
		// Half as many again as the last turn's speed needs; when they run out the turn ends early.
		n := max(s.speed, rate) * length.Seconds() * 1.5
		if err := s.refill(ctx, int(min(max(n, float64(4*c)), maxSupply))); err != nil {
			return nil, err
		}
	}
	self := []int{os.Getpid()}
	server, client := cpuTime(s.pids), cpuTime(self)
	t, err := s.load.drive(ctx, s.address, c, length, rate)
	if err != nil {
		return nil, err
	}
	t.server, t.client = cpuTime(s.pids)-server, cpuTime(self)-client
	return t, nil
}

func (t *tally) rate() float64 { return float64(t.times.n) / t.elapsed.Seconds() }
