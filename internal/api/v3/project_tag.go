package v3

import (
	"net/http"
	"net/url"

	"github.com/lintel-id/lintel/internal/api"
	"github.com/lintel-id/lintel/internal/identity"
)

// projectTagsOut is all tags of a project on the wire.
type projectTagsOut struct {
	Tags  []string  `json:"tags"`
	Links api.Links `json:"links"`
}

// projectTagsIn is the body of replacing all tags of a project.
type projectTagsIn struct {
	Tags *[]string `json:"tags"`
}

func replyTags(w http.ResponseWriter, r *api.Request, p *identity.Project) error {
	return api.Reply(w, http.StatusOK, projectTagsOut{Tags: p.Tags, Links: api.Links{Self: r.Base() + r.URL.EscapedPath()}})
}

func (h *Handler) listProjectTags(w http.ResponseWriter, r *api.Request) error {
	p, err := h.Core.ProjectTags(r.Context(), r.Caller, identity.ProjectID(r.PathValue("project_id")))
	if err != nil {
		return err
	}
	return replyTags(w, r, p)
}

func (h *Handler) setProjectTags(w http.ResponseWriter, r *api.Request) error {
	var in projectTagsIn
	if err := api.Decode(r, &in); err != nil {
		return err
	}
	if in.Tags == nil {
		return identity.Invalidf("Invalid input: 'tags' is a required property.")
	}
	p, err := h.Core.SetProjectTags(r.Context(), r.Caller, identity.ProjectID(r.PathValue("project_id")), *in.Tags)
	if err != nil {
		return err
	}
	return replyTags(w, r, p)
}

func (h *Handler) deleteProjectTags(w http.ResponseWriter, r *api.Request) error {
	if err := h.Core.DeleteProjectTags(r.Context(), r.Caller, identity.ProjectID(r.PathValue("project_id"))); err != nil {
		return err
	}
	return api.NoContent(w)
}

func (h *Handler) checkProjectTag(w http.ResponseWriter, r *api.Request) error {
	if err := h.Core.CheckProjectTag(r.Context(), r.Caller, identity.ProjectID(r.PathValue("project_id")), r.PathValue("value")); err != nil {
		return err
	}
	return api.NoContent(w)
}

// addProjectTag serves PUT /v3/projects/{project_id}/tags/{value}. Keystone's Location leaves
// out "projects".
func (h *Handler) addProjectTag(w http.ResponseWriter, r *api.Request) error {
	id, tag := r.PathValue("project_id"), r.PathValue("value")
	if err := h.Core.AddProjectTag(r.Context(), r.Caller, identity.ProjectID(id), tag); err != nil {
		return err
	}
	w.Header().Set("Location", r.Base()+"/v3/"+url.PathEscape(id)+"/tags/"+url.PathEscape(tag))
	w.WriteHeader(http.StatusCreated)
	return nil
}

func (h *Handler) deleteProjectTag(w http.ResponseWriter, r *api.Request) error {
	if err := h.Core.DeleteProjectTag(r.Context(), r.Caller, identity.ProjectID(r.PathValue("project_id")), r.PathValue("value")); err != nil {
		return err
	}
	return api.NoContent(w)
}
