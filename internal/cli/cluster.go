package cli

import (
	"context"
	"fmt"
	"text/tabwriter"
	"time"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"

	"github.com/lintel-id/lintel/internal/core"
	"github.com/lintel-id/lintel/internal/identity"
)

type clusterCmd struct {
	Status clusterStatusCmd `cmd:"" help:"Show the servers on the database and how far each is."`
}

type clusterStatusCmd struct {
	configFlag
	JSON bool `name:"json" help:"Print JSON."`
}

// clusterStatus is what status prints as JSON.
type clusterStatus struct {
	Database string       `json:"database"`
	Revision int64        `json:"revision"`
	TokenKey string       `json:"token_key"` // id of the key that seals new tokens
	Nodes    []nodeStatus `json:"nodes"`
}

type nodeStatus struct {
	ID        string  `json:"id"`
	Name      string  `json:"name"`
	Address   string  `json:"address"`
	Version   string  `json:"version"`
	State     string  `json:"state"`
	Revision  int64   `json:"revision"`
	Behind    int64   `json:"behind"` // revisions that it has not told of yet
	Lease     float64 `json:"lease_seconds"`
	SeenAt    string  `json:"seen_at"`
	Ago       float64 `json:"seen_seconds_ago"`
	StartedAt *string `json:"started_at"`

	silent bool
}

// Run prints the nodes as they tell of themselves in the database.
func (s clusterStatusCmd) Run(p Process) error {
	cfg, err := s.load(p)
	if err != nil {
		return err
	}
	return withCore(p, cfg, false, func(ctx context.Context, c *core.Core) error {
		status, err := readCluster(ctx, c)
		if err != nil {
			return err
		}
		if s.JSON {
			return json.MarshalWrite(p.Out, status, jsontext.Multiline(true))
		}
		return status.print(p)
	})
}

func readCluster(ctx context.Context, c *core.Core) (*clusterStatus, error) {
	o, err := c.Overview(ctx, identity.Caller{Local: true})
	if err != nil {
		return nil, err
	}
	s := &clusterStatus{Database: o.Database, Revision: o.Rev, TokenKey: o.TokenKey.ID, Nodes: []nodeStatus{}}
	for _, n := range o.Nodes {
		s.Nodes = append(s.Nodes, nodeStatus{ID: n.ID, Name: n.Name, Address: n.Address, Version: n.Version, State: n.State, Revision: n.Rev,
			Behind: n.Behind, Lease: n.Lease.Seconds(), SeenAt: n.SeenAt.UTC().Format(time.RFC3339), Ago: n.Ago.Seconds(), StartedAt: timeText(n.StartedAt), silent: n.Silent()})
	}
	return s, nil
}

func (s *clusterStatus) print(p Process) error {
	fmt.Fprintf(p.Out, "%s at revision %d, token key %s\n\n", s.Database, s.Revision, s.TokenKey)
	if len(s.Nodes) == 0 {
		_, err := fmt.Fprintln(p.Out, "No server runs on this database.\n  start one: lintel serve")
		return err
	}
	w := tabwriter.NewWriter(p.Out, 0, 0, 2, ' ', 0)
	fmt.Fprintln(w, "NODE\tADDRESS\tVERSION\tSTATE\tREVISION\tBEHIND\tLAST BEAT")
	for _, n := range s.Nodes {
		state := n.State
		if n.silent {
			state = "silent"
		}
		fmt.Fprintf(w, "%s\t%s\t%s\t%s\t%d\t%d\t%.1f s ago\n", n.Name, n.Address, n.Version, state, n.Revision, n.Behind, n.Ago)
	}
	return w.Flush()
}
