package main

import (
	"context"
	"fmt"
	"strings"

	"github.com/lintel-id/lintel/test/prove/restart"
)

// rollingDrill is row 12: a server is restarted again and again under its clients, in both ways that may lose nothing,
// and in two that must.
func rollingDrill(ctx context.Context, s *stage) ([]row, error) {
	restarts, requests := s.size(16, 3), s.size(13_000, 1500)
	var rows []row
	for _, way := range []restart.Way{restart.Supervised, restart.Handover} {
		r, err := restarted(ctx, s, way, restarts, requests)
		if err != nil {
			return nil, err
		}
		rows = append(rows, row{number: 12, measure: "requests that failed in restarts, " + string(way), goal: "0",
			got:  fmt.Sprintf("%d of %d in %d restarts; slowest answer %s", r.Failed, r.Requests, r.Restarts, milliseconds(r.Slowest)),
			pass: r.Failed == 0 && r.Restarts == restarts && r.Requests >= requests})
	}
	var controls []string
	for _, way := range []restart.Way{restart.Undrained, restart.Killed} {
		r, err := restarted(ctx, s, way, s.size(6, 2), s.size(3000, 800))
		if err != nil {
			return nil, err
		}
		controls = append(controls, fmt.Sprintf("%s: %d of %d requests failed in %d restarts", way, r.Failed, r.Requests, r.Restarts))
		// A shutdown without draining loses few, and with luck none; kill -9 cannot be missed.
		rows[0].pass = rows[0].pass && (way != restart.Killed || r.Failed > 0)
	}
	rows[0].control = strings.Join(controls, "; ")
	return rows, nil
}

func restarted(ctx context.Context, s *stage, way restart.Way, restarts, requests int) (restart.Result, error) {
	const clients = 16
	r, err := restart.Run(ctx, restart.Options{Binary: s.binary, Way: way, Restarts: restarts, Clients: clients, Requests: requests})
	if err != nil {
		return r, fmt.Errorf("%s: %w", way, err)
	}
	s.say("%s: %s", way, r)
	if way == restart.Supervised || way == restart.Handover {
		for _, failure := range r.Failures {
			s.say("  %s", failure)
		}
	}
	return r, nil
}
