package v3

import (
	"net/http"

	"github.com/lintel-id/lintel/internal/api"
	"github.com/lintel-id/lintel/internal/identity"
)

// projectEndpoint is what the path says: a project and an endpoint.
func projectEndpoint(r *api.Request) identity.ProjectEndpoint {
	return identity.ProjectEndpoint{ProjectID: identity.ProjectID(r.PathValue("project_id")), EndpointID: identity.EndpointID(r.PathValue("endpoint_id"))}
}

func (h *Handler) checkProjectEndpoint(w http.ResponseWriter, r *api.Request) error {
	if err := h.Core.CheckProjectEndpoint(r.Context(), r.Caller, projectEndpoint(r)); err != nil {
		return err
	}
	return api.NoContent(w)
}

func (h *Handler) addProjectEndpoint(w http.ResponseWriter, r *api.Request) error {
	if err := h.Core.AddProjectEndpoint(r.Context(), r.Caller, projectEndpoint(r)); err != nil {
		return err
	}
	return api.NoContent(w)
}

func (h *Handler) removeProjectEndpoint(w http.ResponseWriter, r *api.Request) error {
	if err := h.Core.RemoveProjectEndpoint(r.Context(), r.Caller, projectEndpoint(r)); err != nil {
		return err
	}
	return api.NoContent(w)
}

func (h *Handler) listEndpointsOfProject(w http.ResponseWriter, r *api.Request) error {
	endpoints, err := h.Core.EndpointsOfProject(r.Context(), r.Caller, identity.ProjectID(r.PathValue("project_id")))
	if err != nil {
		return err
	}
	return replyEndpoints(w, r, endpoints)
}

func (h *Handler) listEndpointGroupsOfProject(w http.ResponseWriter, r *api.Request) error {
	groups, err := h.Core.EndpointGroupsOfProject(r.Context(), r.Caller, identity.ProjectID(r.PathValue("project_id")))
	if err != nil {
		return err
	}
	return replyEndpointGroups(w, r, groups)
}

func (h *Handler) listProjectsOfEndpoint(w http.ResponseWriter, r *api.Request) error {
	projects, err := h.Core.ProjectsOfEndpoint(r.Context(), r.Caller, identity.EndpointID(r.PathValue("endpoint_id")))
	if err != nil {
		return err
	}
	return replyProjects(w, r, projects, identity.Page{})
}

func (h *Handler) listEndpointsOfGroup(w http.ResponseWriter, r *api.Request) error {
	endpoints, err := h.Core.EndpointsOfGroup(r.Context(), r.Caller, identity.EndpointGroupID(r.PathValue("endpoint_group_id")))
	if err != nil {
		return err
	}
	return replyEndpoints(w, r, endpoints)
}

func (h *Handler) listProjectsOfEndpointGroup(w http.ResponseWriter, r *api.Request) error {
	projects, err := h.Core.ProjectsOfEndpointGroup(r.Context(), r.Caller, identity.EndpointGroupID(r.PathValue("endpoint_group_id")))
	if err != nil {
		return err
	}
	return replyProjects(w, r, projects, identity.Page{})
}

// projectEndpointGroupOut is the association of a project with an endpoint group on the wire.
type projectEndpointGroupOut struct {
	EndpointGroupID identity.EndpointGroupID `json:"endpoint_group_id"`
	ProjectID       identity.ProjectID       `json:"project_id"`
	Links           api.Links                `json:"links"`
}

func projectEndpointGroup(r *api.Request) identity.ProjectEndpointGroup {
	return identity.ProjectEndpointGroup{ProjectID: identity.ProjectID(r.PathValue("project_id")),
		EndpointGroupID: identity.EndpointGroupID(r.PathValue("endpoint_group_id"))}
}

func (h *Handler) getProjectEndpointGroup(w http.ResponseWriter, r *api.Request) error {
	p := projectEndpointGroup(r)
	if err := h.Core.CheckProjectEndpointGroup(r.Context(), r.Caller, p); err != nil {
		return err
	}
	self := r.Base() + "/v3/OS-EP-FILTER/endpoint_groups/" + string(p.EndpointGroupID) + "/projects/" + string(p.ProjectID)
	return replyMember(w, http.StatusOK, "project_endpoint_group",
		projectEndpointGroupOut{EndpointGroupID: p.EndpointGroupID, ProjectID: p.ProjectID, Links: api.Links{Self: self}})
}

func (h *Handler) addProjectEndpointGroup(w http.ResponseWriter, r *api.Request) error {
	if err := h.Core.AddProjectEndpointGroup(r.Context(), r.Caller, projectEndpointGroup(r)); err != nil {
		return err
	}
	return api.NoContent(w)
}

func (h *Handler) removeProjectEndpointGroup(w http.ResponseWriter, r *api.Request) error {
	if err := h.Core.RemoveProjectEndpointGroup(r.Context(), r.Caller, projectEndpointGroup(r)); err != nil {
		return err
	}
	return api.NoContent(w)
}
