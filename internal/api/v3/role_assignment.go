package v3

import (
	"net/http"

	"github.com/lintel-id/lintel/internal/api"
	"github.com/lintel-id/lintel/internal/core"
	"github.com/lintel-id/lintel/internal/identity"
)

// namedOut is an object of a role assignment: its id and, if names were asked for, its name and
// the domain it is in.
type namedOut struct {
	ID     string     `json:"id"`
	Name   *string    `json:"name,omitzero"`
	Domain *domainRef `json:"domain,omitzero"`
}

type domainRef struct {
	ID   identity.DomainID `json:"id"`
	Name string            `json:"name"`
}

// roleAssignmentOut is a role assignment on the wire. Of the pointers in it and in its scope one
// each is set.
type roleAssignmentOut struct {
	Scope struct {
		Project   *namedOut       `json:"project,omitzero"`
		Domain    *namedOut       `json:"domain,omitzero"`
		System    map[string]bool `json:"system,omitzero"`
		Inherited string          `json:"OS-INHERIT:inherited_to,omitzero"`
	} `json:"scope"`
	User  *namedOut `json:"user,omitzero"`
	Group *namedOut `json:"group,omitzero"`
	Role  *namedOut `json:"role"`
	Links struct {
		Assignment string `json:"assignment"`
		Membership string `json:"membership,omitzero"`
		PriorRole  string `json:"prior_role,omitzero"`
	} `json:"links"`
}

func roleAssignmentJSON(r *api.Request, a core.RoleAssignment) (out roleAssignmentOut) {
	var names core.AssignmentNames
	named := a.Names != nil
	if named {
		names = *a.Names
	}
	switch {
	case a.Scope.System:
		out.Scope.System = map[string]bool{"all": true}
	case a.Scope.Domain != "":
		out.Scope.Domain = &namedOut{ID: string(a.Scope.Domain)}
		if named {
			out.Scope.Domain.Name = &names.Scope.Name
		}
	default:
		out.Scope.Project = namedJSON(a.Scope.Project, named, names.Scope)
	}
	if a.Grant.Inherited {
		out.Scope.Inherited = "projects"
	}
	if a.Actor.Group != "" {
		out.Group = namedJSON(a.Actor.Group, named, names.Actor)
	} else {
		out.User = namedJSON(a.Actor.User, named, names.Actor)
	}
	out.Role = namedJSON(a.Role, named, names.Role)
	if names.Role.DomainID == "" {
		out.Role.Domain = nil
	}
	out.Links.Assignment = grantURL(r, a.Grant)
	if group := a.Grant.Actor.Group; group != "" && a.Actor.User != "" {
		out.Links.Membership = r.Base() + "/v3/groups/" + string(group) + "/users/" + string(a.Actor.User)
	}
	if a.Prior != "" {
		out.Links.PriorRole = r.Base() + "/v3/roles/" + string(a.Prior) + "/implies/" + string(a.Role)
	}
	return out
}

func namedJSON[ID ~string](id ID, named bool, n core.Named) *namedOut {
	out := &namedOut{ID: string(id)}
	if named {
		out.Name, out.Domain = &n.Name, &domainRef{n.DomainID, n.DomainName}
	}
	return out
}

// grantURL is where a grant can be checked and revoked.
func grantURL(r *api.Request, a identity.Assignment) string {
	path := "/system"
	switch {
	case a.Target.Domain != "":
		path = "/domains/" + string(a.Target.Domain)
	case a.Target.Project != "":
		path = "/projects/" + string(a.Target.Project)
	}
	kind, actor := a.Actor.Row()
	path += "/" + kind + "s/" + actor + "/roles/" + string(a.Role)
	if a.Inherited {
		path = "/OS-INHERIT" + path + "/inherited_to_projects"
	}
	return r.Base() + "/v3" + path
}

func (h *Handler) listRoleAssignments(w http.ResponseWriter, r *api.Request) error {
	q := r.Query()
	list, err := h.Core.RoleAssignments(r.Context(), r.Caller, core.AssignmentQuery{
		AssignmentFilter: identity.AssignmentFilter{
			User: identity.UserID(q.Get("user.id")), Group: identity.GroupID(q.Get("group.id")), Role: identity.RoleID(q.Get("role.id")),
			Project: identity.ProjectID(q.Get("scope.project.id")), Domain: identity.DomainID(q.Get("scope.domain.id")),
			System: q.Has("scope.system"), Inherited: q.Get("scope.OS-INHERIT:inherited_to") == "projects",
		},
		Effective: q.Flag("effective"), Subtree: q.Flag("include_subtree"), Names: q.Flag("include_names"),
	})
	if err != nil {
		return err
	}
	return replyList(w, r, "role_assignments", list, identity.Page{}, roleAssignmentJSON, func(core.RoleAssignment) string { return "" })
}
