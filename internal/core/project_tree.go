package core

import (
	"context"

	"github.com/lintel-id/lintel/internal/identity"
)

// ProjectNode is a project's place in the tree: the nodes next to it, upwards (one or none) or
// downwards.
type ProjectNode struct {
	ID   identity.ProjectID
	Next []ProjectNode
}

// ProjectParents returns what is above a project, the nearest first, up to its domain. Ask
// for the project itself first: this asks no policy.
func (c *Core) ProjectParents(p *identity.Project) []ProjectNode {
	s := c.Live.Current()
	if p.ParentID == "" {
		return nil
	}
	node := ProjectNode{ID: p.ParentID}
	if parent := s.Project(p.ParentID); parent != nil {
		node.Next = c.ProjectParents(parent)
	}
	return []ProjectNode{node}
}

// ProjectSubtree returns what is below a project, in order of id. Ask for the project itself
// first: this asks no policy.
func (c *Core) ProjectSubtree(id identity.ProjectID) (nodes []ProjectNode) {
	for child := range c.Live.Current().Children(id) {
		nodes = append(nodes, ProjectNode{ID: child, Next: c.ProjectSubtree(child)})
	}
	return nodes
}

// OwnProjects returns the projects of the nodes, and of those behind them, on which the caller
// has a role.
func (c *Core) OwnProjects(ctx context.Context, caller identity.Caller, nodes []ProjectNode) ([]*identity.Project, error) {
	s, err := c.fresh(ctx)
	if err != nil {
		return nil, err
	}
	var own []*identity.Project
	for _, n := range nodes {
		if p := s.Project(n.ID); p != nil && len(s.EffectiveRoles(caller.User.ID, identity.Target{Project: n.ID})) > 0 {
			own = append(own, p)
		}
		further, err := c.OwnProjects(ctx, caller, n.Next)
		if err != nil {
			return nil, err
		}
		own = append(own, further...)
	}
	return own, nil
}
