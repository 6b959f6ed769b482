package portal

import (
	"net/http"
	"net/url"

	"github.com/lintel-id/lintel/internal/identity"
)

func (h *Handler) adminProjects(w http.ResponseWriter, r *request) error {
	q := readAdminQuery(r.URL.Query())
	p := &adminListPage{page: *h.page(r, "admin.projects"), Base: adminProjects}
	p.Lead, p.Create, p.Empty = p.T("admin.projects.lead"), p.T("admin.project.create"), p.T("admin.projects.empty")
	p.Table = adminTable{Caption: p.T("admin.projects"), Head: p.T("column.name"), Columns: []string{p.T("sign_in.domain"), p.T("admin.parent"), p.T("column.status")}}
	domain, found, err := h.domainNamed(r, q.Domain)
	if err != nil {
		return err
	}
	var list []*identity.Project
	if found {
		if list, err = collect(h.Core.Projects(r.Context(), r.Caller, identity.ProjectFilter{DomainID: domain, Text: q.text(), Page: q.page()})); err != nil {
			return h.renderList(w, r, p, err)
		}
	}
	var rows []adminRow
	for _, one := range list {
		rows = append(rows, adminRow{Name: one.Name, Path: adminProjects + "/" + string(one.ID), Sub: one.Description, ID: string(one.ID),
			Cells: []adminCell{{Text: h.domainName(r, one.DomainID)}, h.parentCell(r, one), p.enabled(one.Enabled)}})
	}
	p.paged(q, rows)
	p.Domains, err = h.domainFilter(r, q)
	return h.renderList(w, r, p, err)
}

// createProject asks for a project, and makes it.
func (h *Handler) createProject(w http.ResponseWriter, r *request) error {
	p := &adminFormPage{page: *h.page(r, "admin.project.create"), List: adminProjects}
	p.ListName = p.T("admin.projects")
	form := url.Values{"domain": {h.homeDomain(r)}, "enabled": {"1"}}
	if r.Method == http.MethodPost {
		var err error
		if form, err = readForm(r); err != nil {
			return err
		}
		made, err := h.makeProject(r, form, &p.Errors)
		if err != nil {
			return err
		}
		if made != nil {
			return h.seeWith(w, r, adminProjects+"/"+string(made.ID), notice{Text: "admin_created"})
		}
	}
	domain, err := h.domainField(r, line(form, "domain"), "")
	if err != nil {
		return err
	}
	p.Form = adminForm{Action: adminProjects + "/create", Submit: p.T("admin.project.create"), Cancel: adminProjects, Fields: []adminField{
		p.nameField(form, 64), p.descriptionField(form), domain,
		{Name: "parent", Label: p.T("admin.parent"), Hint: p.T("admin.parent.hint"), Kind: "text", Value: line(form, "parent"), Optional: p.T("optional"), Length: 64},
		p.enabledField(form)}}
	return h.renderForm(w, r, p)
}

// makeProject makes the project of a form; nil with a field to blame.
func (h *Handler) makeProject(r *request, form url.Values, errs *formErrors) (*identity.Project, error) {
	spec := identity.ProjectSpec{Name: line(form, "name"), Description: prose(form, "description"), Enabled: form.Get("enabled") != ""}
	errs.named(r.texts, form)
	domain, found, err := h.domainNamed(r, line(form, "domain"))
	if err != nil {
		return nil, err
	}
	if spec.DomainID = domain; !found {
		errs.add("domain", r.texts.text("admin.domain.unknown"))
	}
	if name := line(form, "parent"); name != "" && found {
		parent, err := h.projectNamed(r, domain, name)
		if err != nil {
			return nil, err
		}
		if parent == nil {
			errs.add("parent", r.texts.text("admin.project.unknown"))
		} else {
			spec.ParentID = parent.ID
		}
	}
	if len(*errs) > 0 {
		return nil, nil //nolint:nilnil // what is wrong is in errs
	}
	made, err := h.Core.CreateProject(r.Context(), r.Caller, spec)
	if err != nil && !errs.blame(r.texts, err, "", "name", "description", "parent") {
		return nil, err
	}
	return made, nil
}

// nameField, descriptionField and enabledField are those that most forms have.
func (p *page) nameField(form url.Values, length int) adminField {
	return adminField{Name: "name", Label: p.T("create.name"), Kind: "text", Value: form.Get("name"), Length: length}
}

func (p *page) descriptionField(form url.Values) adminField {
	return adminField{Name: "description", Label: p.T("create.description"), Kind: "area", Value: form.Get("description"), Optional: p.T("optional")}
}

func (p *page) enabledField(form url.Values) adminField {
	return adminField{Name: "enabled", Label: p.T("admin.enabled"), Kind: "check", Value: form.Get("enabled")}
}
