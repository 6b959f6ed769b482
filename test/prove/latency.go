package main

import (
	"context"
	"fmt"
	"time"

	"github.com/lintel-id/lintel/test/rig"
	"github.com/lintel-id/lintel/test/rig/wire"
)

// latencyDrill is row 23: the database answers two seconds late, and who validates does not notice.
func latencyDrill(ctx context.Context, s *stage) ([]row, error) {
	pg, err := rig.NewPostgres(s.dir, "pg")
	if err != nil {
		return nil, err
	}
	c, err := rig.NewCluster(ctx, rig.Options{Dir: s.dir, Binary: s.binary, Name: "node", Postgres: pg})
	if err != nil {
		return nil, err
	}
	all := clients(c)
	w, err := newWriter(ctx, all[0], c.Password)
	if err != nil {
		return nil, err
	}
	var rows []row
	for _, late := range []time.Duration{200 * time.Millisecond, 2 * time.Second} {
		l := load{clients: all, each: 4, caller: w.token, subject: always(w.token), pause: 2 * time.Millisecond}
		figures, err := compare(ctx, l, 1, lease+4*time.Second, func() func() {
			c.Links[0].Delay(late)
			stop := writeThrough(ctx, w, []*wire.Client{all[0], all[0]})
			return func() {
				c.Links[0].Delay(0)
				stop()
			}
		})
		if err != nil {
			return nil, err
		}
		if figures.failed > 0 {
			s.say("with %s: %s", late, figures.first)
		}
		if err := c.Nodes[0].AwaitReady(10 * time.Second); err != nil {
			return nil, err
		}
		rows = append(rows, row{number: 23, measure: fmt.Sprintf("p99 of validations with the database %s late, against idle", late), goal: "2 x; 0 failed",
			got: figures.got(), pass: figures.good()})
	}
	return rows, nil
}
