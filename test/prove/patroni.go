package main

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/lintel-id/lintel/test/rig"
)

// patroniDrill is row 16 with Patroni, under load: the leader hands over, loses its power, and hangs without noticing that
// another leads. What was acknowledged may not be missing, nothing revoked may be good again, and with an outage_grace that is
// longer than Patroni takes nobody who validates may notice. The control is a power loss without outage_grace.
func patroniDrill(ctx context.Context, s *stage) ([]row, error) {
	handOver := change{"handed over", (*rig.Patroni).Switch, nil}
	lostPower := change{"lost its power", func(_ *rig.Patroni, leader *rig.Member) error { leader.Kill(); return nil }, (*rig.Member).Start}
	hung := change{"hung", func(_ *rig.Patroni, leader *rig.Member) error { return leader.Freeze() }, (*rig.Member).Thaw}
	p, err := rig.NewPatroni(s.dir, 3)
	if err != nil {
		return nil, err
	}
	s.say("Patroni leads")
	named, err := underPatroni(ctx, s, p, trial{"named", p.URL(), "45s", []change{handOver, lostPower, hung}})
	if err != nil {
		return nil, err
	}
	address, err := p.Balance(s.dir)
	if err != nil {
		return nil, err
	}
	balanced, err := underPatroni(ctx, s, p, trial{"balanced", address, "45s", []change{handOver, lostPower, hung}})
	if err != nil {
		return nil, err
	}
	graceless, err := underPatroni(ctx, s, p, trial{"graceless", address, "0s", []change{lostPower}})
	if err != nil {
		return nil, err
	}
	a, b := named.row("all members are named in the URL"), balanced.row("HAProxy asks Patroni")
	b.control = fmt.Sprintf("without outage_grace %d of %d validations failed when the leader lost its power", graceless.failed, graceless.validations)
	b.pass = b.pass && graceless.failed > 0
	return []row{a, b}, nil
}

// trial is how nodes find the database, how long they go on without it, and what happens to its leader meanwhile.
type trial struct {
	name, url, grace string
	changes          []change
}

// change is what happens to a leader.
type change struct {
	name string
	do   func(*rig.Patroni, *rig.Member) error
	undo func(*rig.Member) error // nil: nothing is to be done
}

// succession is what was found after changes of the leader.
type succession struct {
	aftermath
	validations, failed int
	spans               []string // until a write was acknowledged
}

func (s succession) row(how string) row {
	return row{number: 41, goal: "0, 0, 0",
		measure: "Patroni changes its leader, " + how + ": validations that failed, acknowledged writes lost, revoked tokens that are good again",
		got: fmt.Sprintf("%d of %d, %d of %d, %d of %d; written again %s", s.failed, s.validations, s.lost, s.writes, s.unrevoked, s.revoked,
			strings.Join(s.spans, ", ")),
		pass: s.failed+s.lost+s.unrevoked == 0 && s.validations > 0 && s.writes > 0 && s.revoked > 0}
}

// underPatroni runs three nodes on a new database while its leader changes.
func underPatroni(ctx context.Context, s *stage, p *rig.Patroni, t trial) (found succession, err error) {
	if err := p.Recreate(); err != nil {
		return found, err
	}
	settings := cheapPasswords()
	settings["database.url"], settings["cluster.outage_grace"] = rig.Quote(t.url), rig.Quote(t.grace)
	c, err := rig.NewCluster(ctx, rig.Options{Dir: s.dir, Binary: s.binary, Name: t.name, Nodes: 3, Settings: settings})
	if err != nil {
		return found, err
	}
	defer c.Stop()
	all := clients(c)
	w, err := newWriter(ctx, all[0], c.Password)
	if err != nil {
		return found, err
	}
	revoked := &revoker{}
	v := load{clients: all, each: 2, caller: w.token, subject: always(w.token), pause: 2 * time.Millisecond}.begin(ctx)
	stopWriting, stopRevoking := writeThrough(ctx, w, all), revoked.begin(ctx, all, w)
	for _, change := range t.changes {
		<-time.After(2 * time.Second)
		took, e := change.under(p, w)
		if err = e; err != nil {
			err = fmt.Errorf("the leader %s: %w", change.name, err)
			break
		}
		found.spans = append(found.spans, fmt.Sprintf("%.1f s after it %s", took.Seconds(), change.name))
		s.say("%s: written again %s", t.name, found.spans[len(found.spans)-1])
	}
	stopWriting()
	stopRevoking()
	v.end()
	accepted, failed := v.counts()
	found.validations, found.failed = accepted+failed, failed
	if failed > 0 {
		s.say("%s: %d of %d validations failed; the first: %s", t.name, failed, found.validations, v.first)
	}
	return found, errors.Join(err, found.audit(ctx, all, w, revoked))
}

// under makes the change, waits for another leader and the next write, and returns how long that took.
func (c change) under(p *rig.Patroni, w *writer) (time.Duration, error) {
	leader, err := p.Settle(time.Minute)
	if err != nil {
		return 0, err
	}
	start := time.Now()
	if err := c.do(p, leader); err != nil {
		return 0, err
	}
	err = rig.Await(time.Minute, func() error {
		if next, err := p.Leader(); err != nil || next != leader {
			return err
		}
		return errors.New("the same leads")
	})
	if err == nil {
		err = acknowledges(w)
	}
	took := time.Since(start)
	if c.undo != nil {
		err = errors.Join(err, c.undo(leader))
	}
	return took, err
}
