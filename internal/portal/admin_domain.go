package portal

import (
	"net/http"
	"net/url"

	"github.com/lintel-id/lintel/internal/identity"
)

func (h *Handler) adminDomains(w http.ResponseWriter, r *request) error {
	q := readAdminQuery(r.URL.Query())
	p := &adminListPage{page: *h.page(r, "admin.domains"), Base: adminDomains}
	p.Lead, p.Create, p.Empty = p.T("admin.domains.lead"), p.T("admin.domain.create"), p.T("admin.domains.empty")
	p.Table = adminTable{Caption: p.T("admin.domains"), Head: p.T("column.name"), Columns: []string{p.T("column.status")}}
	list, err := collect(h.Core.Domains(r.Context(), r.Caller, identity.ProjectFilter{Text: q.text(), Page: q.page()}))
	if err != nil {
		return h.renderList(w, r, p, err)
	}
	var rows []adminRow
	for _, d := range list {
		rows = append(rows, adminRow{Name: d.Name, Path: adminDomains + "/" + string(d.ID), Sub: d.Description, ID: string(d.ID), Cells: []adminCell{p.enabled(d.Enabled)}})
	}
	p.paged(q, rows)
	return h.renderList(w, r, p, nil)
}

// createDomain asks for a domain, and makes it.
func (h *Handler) createDomain(w http.ResponseWriter, r *request) error {
	p := &adminFormPage{page: *h.page(r, "admin.domain.create"), List: adminDomains}
	p.ListName = p.T("admin.domains")
	form := url.Values{"enabled": {"1"}}
	if r.Method == http.MethodPost {
		var err error
		if form, err = readForm(r); err != nil {
			return err
		}
		if p.Errors.named(r.texts, form) {
			made, err := h.Core.CreateDomain(r.Context(), r.Caller, identity.ProjectSpec{Name: line(form, "name"), Description: prose(form, "description"), Enabled: form.Get("enabled") != ""})
			if err == nil {
				return h.seeWith(w, r, adminDomains+"/"+string(made.ID), notice{Text: "admin_created"})
			}
			if !p.Errors.blame(r.texts, err, "", "name", "description") {
				return err
			}
		}
	}
	p.Form = adminForm{Action: adminDomains + "/create", Submit: p.T("admin.domain.create"), Cancel: adminDomains, Fields: []adminField{p.nameField(form, 64), p.descriptionField(form), p.enabledField(form)}}
	return h.renderForm(w, r, p)
}

func (h *Handler) domainHome() adminHome {
	return adminHome{base: adminDomains, find: h.domainSeat, show: h.renderDomain}
}

// domainSeat is the domain of an address.
func (h *Handler) domainSeat(r *request) (*seat, error) {
	d, err := h.Core.Domain(r.Context(), r.Caller, identity.DomainID(r.PathValue("id")))
	if err != nil {
		return nil, err
	}
	return &seat{target: identity.Target{Domain: d.OwnDomain()}, name: d.Name, domain: d.OwnDomain(), path: adminDomains + "/" + string(d.ID)}, nil
}

func (h *Handler) showDomain(w http.ResponseWriter, r *request) error {
	return h.renderDomain(w, r, adminInput{})
}

func (h *Handler) renderDomain(w http.ResponseWriter, r *request, in adminInput) error {
	d, err := h.Core.Domain(r.Context(), r.Caller, identity.DomainID(r.PathValue("id")))
	if err != nil {
		return err
	}
	s, err := h.domainSeat(r)
	if err != nil {
		return err
	}
	p := &adminPage{page: *h.page(r, "admin.domains"), List: adminDomains, Name: d.Name, Lead: d.Description, Errors: in.errs}
	p.ListName = p.T("admin.domains")
	p.Acts = p.acts(s, d.Enabled)
	inside := adminQuery{Domain: d.Name}
	p.Facts = []adminFact{{Label: p.T("admin.id.domain"), ID: "domain-id", adminCell: adminCell{Text: string(d.ID)}}, {Label: p.T("column.status"), adminCell: p.enabled(d.Enabled)},
		{Label: p.T("admin.projects"), adminCell: adminCell{Text: p.T("admin.domain.projects"), Path: inside.link(adminProjects)}},
		{Label: p.T("admin.users"), adminCell: adminCell{Text: p.T("admin.domain.users"), Path: inside.link(adminUsers)}},
		{Label: p.T("admin.groups"), adminCell: adminCell{Text: p.T("admin.domain.groups"), Path: inside.link(adminGroups)}}}
	roles, err := h.roleSection(r, &p.page, s, in)
	if err != nil {
		return err
	}
	p.Sections = []adminSection{roles}
	return h.renderThing(w, r, p)
}

func (h *Handler) editDomain(w http.ResponseWriter, r *request) error {
	d, err := h.Core.Domain(r.Context(), r.Caller, identity.DomainID(r.PathValue("id")))
	if err != nil {
		return err
	}
	return h.editNamed(w, r, adminDomains+"/"+string(d.ID), d.Name, d.Description, 64, func(name, description string) error {
		_, err := h.Core.UpdateDomain(r.Context(), r.Caller, d.OwnDomain(), identity.ProjectPatch{Name: identity.Some(name), Description: identity.Some(description)})
		return err
	})
}

func (h *Handler) enableDomain(w http.ResponseWriter, r *request) error {
	id := identity.DomainID(r.PathValue("id"))
	if _, err := h.Core.UpdateDomain(r.Context(), r.Caller, id, identity.ProjectPatch{Enabled: identity.Some(true)}); err != nil {
		return err
	}
	return h.seeWith(w, r, adminDomains+"/"+string(id), notice{Text: "admin_enabled"})
}

func (h *Handler) disableDomain(w http.ResponseWriter, r *request) error {
	s, err := h.domainSeat(r)
	if err != nil {
		return err
	}
	p := question(h.page(r, "admin.disable"), s)
	p.Question = p.T("admin.disable.ask", s.name)
	p.Effects = []string{p.T("admin.domain.disable.effect"), p.T("admin.project.disable.later")}
	if r.Caller.User.DomainID == s.domain {
		p.Effects = append([]string{p.T("admin.domain.oneself")}, p.Effects...)
	}
	p.Word = s.name
	return h.ask(w, r, p, func() error {
		if _, err := h.Core.UpdateDomain(r.Context(), r.Caller, s.domain, identity.ProjectPatch{Enabled: identity.Some(false)}); err != nil {
			return err
		}
		return h.seeWith(w, r, s.path, notice{Text: "admin_disabled"})
	})
}

// deleteDomain asks whether a domain is to go, which must be disabled first.
func (h *Handler) deleteDomain(w http.ResponseWriter, r *request) error {
	s, err := h.domainSeat(r)
	if err != nil {
		return err
	}
	d, err := h.Core.Domain(r.Context(), r.Caller, s.domain)
	if err != nil {
		return err
	}
	p := question(h.page(r, "delete.short"), s)
	p.Question = p.T("admin.delete.ask", s.name)
	p.Word = s.name
	p.Effects = []string{p.T("admin.domain.delete.contents"), p.T("admin.project.delete.resources"), p.T("admin.delete.forever")}
	if d.Enabled && r.Method != http.MethodPost {
		p.Refused = p.T("admin.domain.delete.enabled")
	}
	return h.ask(w, r, p, func() error {
		if err := h.Core.DeleteDomain(r.Context(), r.Caller, s.domain); err != nil {
			return err
		}
		return h.seeWith(w, r, adminDomains, notice{Text: "admin_deleted"})
	})
}
