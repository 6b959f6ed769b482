package v3

import (
	"net/http"
	"strings"

	"github.com/lintel-id/lintel/internal/api"
	"github.com/lintel-id/lintel/internal/identity"
)

// grant is the assignment that a route names. All grant routes are of one form: a target (a
// project, a domain or the system), an actor, a role and, at the end, whether it is inherited.
func grant(r *api.Request) identity.Assignment {
	t := identity.Target{Project: identity.ProjectID(r.PathValue("project_id")), Domain: identity.DomainID(r.PathValue("domain_id"))}
	t.System = t.Project == "" && t.Domain == ""
	return identity.Assignment{
		Actor:     identity.Actor{User: identity.UserID(r.PathValue("user_id")), Group: identity.GroupID(r.PathValue("group_id"))},
		Target:    t,
		Role:      identity.RoleID(r.PathValue("role_id")),
		Inherited: strings.HasSuffix(r.Pattern, "/inherited_to_projects"),
	}
}

func (h *Handler) listGrants(w http.ResponseWriter, r *api.Request) error {
	a := grant(r)
	roles, err := h.Core.Grants(r.Context(), r.Caller, a.Actor, a.Target, a.Inherited)
	if err != nil {
		return err
	}
	return replyRoles(w, r, roles)
}

func (h *Handler) grantRole(w http.ResponseWriter, r *api.Request) error {
	if err := h.Core.GrantRole(r.Context(), r.Caller, grant(r)); err != nil {
		return err
	}
	return api.NoContent(w)
}

func (h *Handler) checkGrant(w http.ResponseWriter, r *api.Request) error {
	if err := h.Core.CheckGrant(r.Context(), r.Caller, grant(r)); err != nil {
		return err
	}
	return api.NoContent(w)
}

func (h *Handler) revokeGrant(w http.ResponseWriter, r *api.Request) error {
	if err := h.Core.RevokeGrant(r.Context(), r.Caller, grant(r)); err != nil {
		return err
	}
	return api.NoContent(w)
}
