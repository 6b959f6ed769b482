package portal

import (
	"net/http"
	"net/url"
	"slices"

	"github.com/lintel-id/lintel/internal/identity"
)

func (h *Handler) projectHome() adminHome {
	return adminHome{base: adminProjects, find: h.projectSeat, show: h.renderProject}
}

// projectSeat is the project of an address.
func (h *Handler) projectSeat(r *request) (*seat, error) {
	p, err := h.Core.Project(r.Context(), r.Caller, identity.ProjectID(r.PathValue("id")))
	if err != nil {
		return nil, err
	}
	return &seat{target: identity.Target{Project: p.ID}, name: p.Name, domain: p.OwnDomain(), path: adminProjects + "/" + string(p.ID)}, nil
}

func (h *Handler) showProject(w http.ResponseWriter, r *request) error {
	return h.renderProject(w, r, adminInput{})
}

func (h *Handler) renderProject(w http.ResponseWriter, r *request, in adminInput) error {
	one, err := h.Core.Project(r.Context(), r.Caller, identity.ProjectID(r.PathValue("id")))
	if err != nil {
		return err
	}
	s, err := h.projectSeat(r)
	if err != nil {
		return err
	}
	p := &adminPage{page: *h.page(r, "admin.projects"), List: adminProjects, Name: one.Name, Lead: one.Description, Errors: in.errs}
	p.ListName = p.T("admin.projects")
	p.Acts = p.acts(s, one.Enabled)
	p.Facts = []adminFact{{Label: p.T("admin.id.project"), ID: "project-id", adminCell: adminCell{Text: string(one.ID)}},
		{Label: p.T("column.status"), adminCell: p.enabled(one.Enabled)}, h.domainFact(r, s.domain), {Label: p.T("admin.parent"), adminCell: h.parentCell(r, one)}}
	if len(one.Tags) > 0 {
		p.Facts = append(p.Facts, adminFact{Label: p.T("admin.tags"), adminCell: adminCell{Chips: one.Tags}})
	}
	roles, err := h.roleSection(r, &p.page, s, in)
	if err != nil {
		return err
	}
	p.Sections = []adminSection{roles}
	return h.renderThing(w, r, p)
}

// parentCell names the project that a project is part of.
func (h *Handler) parentCell(r *request, p *identity.Project) adminCell {
	if p.ParentID == identity.ProjectID(p.DomainID) {
		return adminCell{Text: r.texts.text("admin.parent.none")}
	}
	return adminCell{Text: h.projectName(r, p.ParentID), Path: adminProjects + "/" + string(p.ParentID)}
}

// domainFact names the domain that something is in.
func (h *Handler) domainFact(r *request, id identity.DomainID) adminFact {
	return adminFact{Label: r.texts.text("sign_in.domain"), adminCell: adminCell{Text: h.domainName(r, id), Path: adminDomains + "/" + string(id)}}
}

// acts are what can be done to something that is enabled or disabled. more come before the last one.
func (p *page) acts(s *seat, enabled bool, more ...adminAct) []adminAct {
	turn := adminAct{Label: p.T("admin.enable"), Path: s.path + "/enable", Post: true}
	if enabled {
		turn = adminAct{Label: p.T("admin.disable"), Path: s.path + "/disable"}
	}
	return slices.Concat([]adminAct{{Label: p.T("admin.edit"), Path: s.path + "/edit"}}, more, []adminAct{turn, {Label: p.T("delete.short"), Path: s.path + "/delete", Danger: true}})
}

// editProject asks for the name and the description of a project, and changes them.
func (h *Handler) editProject(w http.ResponseWriter, r *request) error {
	one, err := h.Core.Project(r.Context(), r.Caller, identity.ProjectID(r.PathValue("id")))
	if err != nil {
		return err
	}
	path := adminProjects + "/" + string(one.ID)
	return h.editNamed(w, r, path, one.Name, one.Description, 64, func(name, description string) error {
		_, err := h.Core.UpdateProject(r.Context(), r.Caller, one.ID, identity.ProjectPatch{Name: identity.Some(name), Description: identity.Some(description)})
		return err
	})
}

// editNamed is the form of what has a name and a description and nothing else to change.
func (h *Handler) editNamed(w http.ResponseWriter, r *request, path, name, description string, length int, change func(name, description string) error) error {
	p := &adminFormPage{page: *h.page(r, "admin.edit"), List: path, ListName: name}
	form := url.Values{"name": {name}, "description": {description}}
	if r.Method == http.MethodPost {
		var err error
		if form, err = readForm(r); err != nil {
			return err
		}
		if p.Errors.named(r.texts, form) {
			err = change(line(form, "name"), prose(form, "description"))
			if err == nil {
				return h.seeWith(w, r, path, notice{Text: "admin_saved"})
			}
			if !p.Errors.blame(r.texts, err, "", "name", "description") {
				return err
			}
		}
	}
	p.Form = adminForm{Action: path + "/edit", Submit: p.T("admin.save"), Cancel: path, Fields: []adminField{p.nameField(form, length), p.descriptionField(form)}}
	return h.renderForm(w, r, p)
}

func (h *Handler) enableProject(w http.ResponseWriter, r *request) error {
	id := identity.ProjectID(r.PathValue("id"))
	if _, err := h.Core.UpdateProject(r.Context(), r.Caller, id, identity.ProjectPatch{Enabled: identity.Some(true)}); err != nil {
		return err
	}
	return h.seeWith(w, r, adminProjects+"/"+string(id), notice{Text: "admin_enabled"})
}

func (h *Handler) disableProject(w http.ResponseWriter, r *request) error {
	s, err := h.projectSeat(r)
	if err != nil {
		return err
	}
	p := question(h.page(r, "admin.disable"), s)
	p.Question = p.T("admin.disable.ask", s.name)
	p.Effects = []string{p.T("admin.project.disable.effect"), p.T("admin.project.disable.later")}
	return h.ask(w, r, p, func() error {
		if _, err := h.Core.UpdateProject(r.Context(), r.Caller, s.target.Project, identity.ProjectPatch{Enabled: identity.Some(false)}); err != nil {
			return err
		}
		return h.seeWith(w, r, s.path, notice{Text: "admin_disabled"})
	})
}

func (h *Handler) deleteProject(w http.ResponseWriter, r *request) error {
	s, err := h.projectSeat(r)
	if err != nil {
		return err
	}
	p := question(h.page(r, "delete.short"), s)
	p.Question = p.T("admin.delete.ask", s.name)
	p.Word = s.name
	p.Effects = []string{p.T("admin.project.delete.roles"), p.T("admin.project.delete.credentials"), p.T("admin.project.delete.resources"), p.T("admin.delete.forever")}
	return h.ask(w, r, p, func() error {
		if err := h.Core.DeleteProject(r.Context(), r.Caller, s.target.Project); err != nil {
			return err
		}
		return h.seeWith(w, r, adminProjects, notice{Text: "admin_deleted"})
	})
}

// question begins a page that asks about something; its title is what the button says.
func question(p *page, s *seat) *adminAskPage {
	return &adminAskPage{page: *p, List: s.path, ListName: s.name, Cancel: s.path, Submit: p.Title}
}
