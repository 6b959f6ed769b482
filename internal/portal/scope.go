package portal

import (
	"net/http"
	"strings"

	"github.com/lintel-id/lintel/internal/identity"
)

// A session is in a project, or, for those who administer, in a domain or the system. The choices of the latter two are
// named so that no project's id is like them.
const (
	inSystem       = "system:"
	inDomainPrefix = "domain:"
)

// wideChoices are the domains and the system where the user has a role.
func (h *Handler) wideChoices(r *request) (all []projectChoice, err error) {
	domains, err := h.Core.AuthDomains(r.Context(), r.Caller)
	if err != nil {
		return nil, err
	}
	for _, d := range domains {
		all = append(all, projectChoice{ID: inDomainPrefix + string(d.ID), Name: d.Name, Description: r.texts.text("admin.scope.domain"), Current: chosen(r) == inDomainPrefix+string(d.ID)})
	}
	system, err := h.Core.AuthSystem(r.Context(), r.Caller)
	if system {
		all = append(all, projectChoice{ID: inSystem, Name: r.texts.text("admin.system"), Description: r.texts.text("admin.scope.system"), Current: chosen(r) == inSystem})
	}
	return all, err
}

// scopeOf is the scope of a choice.
func scopeOf(choice string) identity.ScopeRequest {
	if choice == inSystem {
		return identity.ScopeRequest{Kind: identity.ScopeSystem}
	}
	if id, ok := strings.CutPrefix(choice, inDomainPrefix); ok {
		return identity.ScopeRequest{Kind: identity.ScopeDomain, Domain: identity.DomainRef{ID: identity.DomainID(id)}}
	}
	return identity.ScopeRequest{Kind: identity.ScopeProject, ProjectID: identity.ProjectID(choice)}
}

// chosen is the choice of where the session is; "" for nowhere.
func chosen(r *request) string {
	switch a := r.Caller.Authorization; {
	case a.Project != nil:
		return string(a.Project.ID)
	case a.Domain != nil:
		return inDomainPrefix + string(a.Domain.ID)
	case a.Token.System:
		return inSystem
	}
	return ""
}

// scopeName says where the session is, for the top of the page; "" for nowhere.
func scopeName(r *request) string {
	switch a := r.Caller.Authorization; {
	case a.Project != nil:
		return a.Project.Name
	case a.Domain != nil:
		return a.Domain.Name
	case a.Token.System:
		return r.texts.text("admin.system")
	}
	return ""
}

// home is the first page: the credentials of a project; the administration for those who are in none.
func (h *Handler) home(w http.ResponseWriter, r *request) error {
	if r.Caller.Project == nil && h.Core.Administers(r.Caller) == nil {
		return see(w, administration)
	}
	return see(w, applicationCredentials)
}
