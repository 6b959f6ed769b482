package v3

import (
	"net/http"

	"github.com/go-json-experiment/json/jsontext"

	"github.com/lintel-id/lintel/internal/api"
	"github.com/lintel-id/lintel/internal/identity"
)

// projectOut is a project on the wire.
type projectOut struct {
	ID          identity.ProjectID  `json:"id"`
	Name        string              `json:"name"`
	DomainID    *identity.DomainID  `json:"domain_id"`
	ParentID    *identity.ProjectID `json:"parent_id"`
	Description string              `json:"description"`
	Enabled     bool                `json:"enabled"`
	IsDomain    bool                `json:"is_domain"`
	Tags        []string            `json:"tags"`
	Options     optionsOut          `json:"options"`
	Links       api.Links           `json:"links"`
	Parents     *any                `json:"parents,omitzero"`
	Subtree     *any                `json:"subtree,omitzero"`
	Limits      *[]limitOut         `json:"limits,omitzero"` // of projects in parents and subtree, with include_limits
	More        jsontext.Value      `json:"extra,omitzero"`  // the extra attributes once more, in answers to PATCH
	Extra       jsontext.Value      `json:",embed"`
}

// optionsOut are the options of projects, domains and roles on the wire.
type optionsOut struct {
	Immutable *bool `json:"immutable,omitzero"`
}

func projectJSON(r *api.Request, p *identity.Project) projectOut {
	return projectOut{ID: p.ID, Name: p.Name, DomainID: nilIfEmpty(p.DomainID), ParentID: nilIfEmpty(p.ParentID), Description: p.Description,
		Enabled: p.Enabled, IsDomain: p.IsDomain, Tags: p.Tags, Options: optionsOut{p.Options.Immutable}, Extra: jsontext.Value(p.Extra),
		Links: api.Links{Self: r.Base() + "/v3/projects/" + string(p.ID)}}
}

// nilIfEmpty makes null of an id that is not there.
func nilIfEmpty[ID ~string](id ID) *ID {
	if id == "" {
		return nil
	}
	return &id
}

// projectIn is the body of creating and changing a project.
type projectIn struct {
	Name        identity.Opt[string]             `json:"name"`
	DomainID    identity.Opt[identity.DomainID]  `json:"domain_id"`
	ParentID    identity.Opt[identity.ProjectID] `json:"parent_id"`
	Description identity.Opt[string]             `json:"description"`
	Enabled     identity.Opt[bool]               `json:"enabled"`
	IsDomain    identity.Opt[bool]               `json:"is_domain"`
	Tags        identity.Opt[[]string]           `json:"tags"`
	Options     optionsIn                        `json:"options"`
	readOnly
	Extra jsontext.Value `json:",embed"`
}

type optionsIn struct {
	Immutable identity.Opt[bool] `json:"immutable"`
	Unknown   jsontext.Value     `json:",embed"`
}

// check refuses options that do not exist.
func (o *optionsIn) check() error {
	if len(o.Unknown) > 0 {
		return identity.Invalidf("Invalid input for field 'options': the only option is immutable.")
	}
	return nil
}

// readOnly are members that clients send back and nobody may set.
type readOnly struct {
	ID    jsontext.Value `json:"id"`
	Links jsontext.Value `json:"links"`
}

// sameID refuses a body whose id is not that of the path.
func (o *readOnly) sameID(id string) error {
	if len(o.ID) > 0 && string(o.ID) != `"`+id+`"` {
		return identity.Invalidf("The id in the body is not the one in the URL.")
	}
	return nil
}

func (in *projectIn) spec() identity.ProjectSpec {
	return identity.ProjectSpec{Name: in.Name.Value, DomainID: in.DomainID.Value, ParentID: in.ParentID.Value, Description: in.Description.Value,
		Enabled: in.Enabled.Or(true), IsDomain: in.IsDomain.Value, Tags: in.Tags.Value,
		Options: identity.ResourceOptions{Immutable: in.Options.immutable()}, Extra: identity.Extra(in.Extra)}
}

func (o *optionsIn) immutable() *bool {
	if !o.Immutable.Set || o.Immutable.Null {
		return nil
	}
	return &o.Immutable.Value
}

func (in *projectIn) patch() identity.ProjectPatch {
	return identity.ProjectPatch{Name: in.Name, Description: in.Description, Enabled: in.Enabled, Tags: in.Tags, Immutable: in.Options.Immutable,
		DomainID: in.DomainID, ParentID: in.ParentID, IsDomain: in.IsDomain, Extra: identity.Extra(in.Extra)}
}

func (h *Handler) listProjects(w http.ResponseWriter, r *api.Request) error {
	q := r.Query()
	page, err := q.Page(h.MaxPage)
	if err != nil {
		return err
	}
	f := identity.ProjectFilter{DomainID: identity.DomainID(q.Get("domain_id")), ParentID: identity.ProjectID(q.Get("parent_id")), Name: q.Get("name"),
		Enabled: q.Bool("enabled"), Tags: q.List("tags"), TagsAny: q.List("tags-any"), NotTags: q.List("not-tags"), NotTagsAny: q.List("not-tags-any"),
		Text: q.Text("name", "description", "domain_id", "parent_id"), Page: page}
	if on := q.Bool("is_domain"); on != nil {
		f.IsDomain = *on
	}
	projects, err := h.Core.Projects(r.Context(), r.Caller, f)
	if err != nil {
		return err
	}
	list := api.Listing[*identity.Project, projectOut]{Name: "projects", Page: page, Out: projectJSON, ID: projectID}
	return list.Reply(w, r, projects)
}

func projectID(p *identity.Project) string { return string(p.ID) }

func replyProjects(w http.ResponseWriter, r *api.Request, projects []*identity.Project, page identity.Page) error {
	return replyList(w, r, "projects", projects, page, projectJSON, projectID)
}

func (h *Handler) createProject(w http.ResponseWriter, r *api.Request) error {
	var in projectIn
	if err := api.DecodeMember(r, "project", &in); err != nil {
		return err
	}
	if err := in.Options.check(); err != nil {
		return err
	}
	p, err := h.Core.CreateProject(r.Context(), r.Caller, in.spec())
	if err != nil {
		return err
	}
	return replyMember(w, http.StatusCreated, "project", projectJSON(r, p))
}

func (h *Handler) getProject(w http.ResponseWriter, r *api.Request) error {
	p, err := h.Core.Project(r.Context(), r.Caller, identity.ProjectID(r.PathValue("project_id")))
	if err != nil {
		return err
	}
	out := projectJSON(r, p)
	if err := h.addTree(r, p, &out); err != nil {
		return err
	}
	return replyMember(w, http.StatusOK, "project", out)
}

func (h *Handler) updateProject(w http.ResponseWriter, r *api.Request) error {
	id := r.PathValue("project_id")
	var in projectIn
	if err := api.DecodeMember(r, "project", &in); err != nil {
		return err
	}
	if err := in.Options.check(); err != nil {
		return err
	}
	if err := in.sameID(id); err != nil {
		return err
	}
	p, err := h.Core.UpdateProject(r.Context(), r.Caller, identity.ProjectID(id), in.patch())
	if err != nil {
		return err
	}
	out := projectJSON(r, p)
	out.More = again(p.Extra)
	return replyMember(w, http.StatusOK, "project", out)
}

// again is the extra attributes as PATCH answers repeat them.
func again(e identity.Extra) jsontext.Value {
	if e == "" {
		return jsontext.Value("{}")
	}
	return jsontext.Value(e)
}

func (h *Handler) deleteProject(w http.ResponseWriter, r *api.Request) error {
	if err := h.Core.DeleteProject(r.Context(), r.Caller, identity.ProjectID(r.PathValue("project_id"))); err != nil {
		return err
	}
	return api.NoContent(w)
}
