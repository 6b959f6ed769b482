package v3

import (
	"github.com/lintel-id/lintel/internal/api"
	"github.com/lintel-id/lintel/internal/core"
	"github.com/lintel-id/lintel/internal/identity"
)

// addTree adds the parents and the subtree that the query asks for: nested ids, or a list of
// the projects that the caller has a role on.
func (h *Handler) addTree(r *api.Request, p *identity.Project, out *projectOut) (err error) {
	q := r.Query()
	if out.Parents, err = h.tree(r, "parents", q, func() []core.ProjectNode { return h.Core.ProjectParents(p) }); err != nil {
		return err
	}
	out.Subtree, err = h.tree(r, "subtree", q, func() []core.ProjectNode { return h.Core.ProjectSubtree(p.ID) })
	return err
}

// tree returns nil when the query does not ask for it, else a pointer to its wire form.
func (h *Handler) tree(r *api.Request, name string, q api.Query, nodes func() []core.ProjectNode) (*any, error) {
	ids, list := q.Flag(name+"_as_ids"), q.Flag(name+"_as_list")
	var out any
	switch {
	case ids && list:
		return nil, identity.Invalidf("Cannot use %s_as_list and %s_as_ids query params at the same time.", name, name)
	case ids:
		out = nestedIDs(nodes())
	case list:
		members, err := h.treeMembers(r, nodes(), q.Flag("include_limits"))
		if err != nil {
			return nil, err
		}
		out = members
	default:
		return nil, nil
	}
	return &out, nil
}

// treeMembers is a list of the nodes' projects that the caller has a role on, with their
// limits if asked for.
func (h *Handler) treeMembers(r *api.Request, nodes []core.ProjectNode, limits bool) ([]map[string]projectOut, error) {
	projects, err := h.Core.OwnProjects(r.Context(), r.Caller, nodes)
	if err != nil {
		return nil, err
	}
	members := []map[string]projectOut{}
	for _, p := range projects {
		out := projectJSON(r, p)
		if limits {
			own, err := h.Core.ProjectLimits(r.Context(), p.ID)
			if err != nil {
				return nil, err
			}
			list := make([]limitOut, len(own))
			for i, l := range own {
				list[i] = bareLimitJSON(l)
			}
			out.Limits = &list
		}
		members = append(members, map[string]projectOut{"project": out})
	}
	return members, nil
}

// nestedIDs is {"id": {"id": null}}; null for no nodes.
func nestedIDs(nodes []core.ProjectNode) any {
	if len(nodes) == 0 {
		return nil
	}
	out := map[identity.ProjectID]any{}
	for _, n := range nodes {
		out[n.ID] = nestedIDs(n.Next)
	}
	return out
}
