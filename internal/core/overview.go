package core

import (
	"context"
	"time"

	"github.com/lintel-id/lintel/internal/identity"
	"github.com/lintel-id/lintel/internal/snapshot"
)

// Overview is what a cloud has, and what it runs on.
type Overview struct {
	Database string // engine
	Rev      int64  // this process answers from it
	Counts   snapshot.Counts
	Nodes    []NodeStatus
	TokenKey identity.SealedKey // that seals new tokens
	Keys     int                // of the ring, of all purposes
}

// NodeStatus is a server, and how far it is behind this one.
type NodeStatus struct {
	identity.Node
	Behind int64         // revisions that it has not told of yet
	Ago    time.Duration // since its last beat, by the database's clock
	Self   bool
}

// Silent says whether a node has not been heard of for so long that something must be wrong with it.
func (n *NodeStatus) Silent() bool { return n.Lease > 0 && n.Ago > 2*n.Lease }

// Overview counts what the model has and lists the servers on the database.
func (c *Core) Overview(ctx context.Context, caller identity.Caller) (*Overview, error) {
	if err := c.enforce(caller, "lintel:get_overview"); err != nil {
		return nil, err
	}
	s, err := c.fresh(ctx)
	if err != nil {
		return nil, err
	}
	o := &Overview{Database: c.Store.Engine(), Rev: s.Rev, Counts: s.Counts(), Keys: len(s.KeyRing())}
	for _, k := range s.KeyRing() {
		if k.Purpose == identity.TokenKeys && k.State == identity.KeyPrimary {
			o.TokenKey = k
		}
	}
	o.Nodes, err = c.nodes(ctx, s.Rev)
	return o, err
}

func (c *Core) nodes(ctx context.Context, rev int64) ([]NodeStatus, error) {
	listed, err := c.Store.Nodes(ctx)
	if err != nil {
		return nil, err
	}
	now, err := c.Store.DatabaseTime(ctx)
	if err != nil {
		return nil, err
	}
	var self identity.Node
	if c.Node != nil {
		self = c.Node.Node()
	}
	if len(listed) == 0 && c.Node != nil { // SQLite: the one server has no row
		self.Rev, self.SeenAt = rev, now
		listed = append(listed, self)
	}
	nodes := make([]NodeStatus, len(listed))
	for i, n := range listed {
		nodes[i] = NodeStatus{Node: n, Behind: max(0, rev-n.Rev), Ago: max(0, now.Sub(n.SeenAt)), Self: n.ID == self.ID}
	}
	return nodes, nil
}
