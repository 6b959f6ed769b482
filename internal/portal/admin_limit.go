package portal

import (
	"net/http"
	"net/url"
	"strconv"

	"github.com/lintel-id/lintel/internal/identity"
)

// limitedView is what a limit is for, in words.
type limitedView struct{ Name, Domain, Path string }

func (h *Handler) limited(r *request, l *identity.Limit) limitedView {
	if l.DomainID != "" {
		name := h.domainName(r, l.DomainID)
		return limitedView{r.texts.text("limits.domain", name), name, adminDomains + "/" + string(l.DomainID)}
	}
	return limitedView{h.projectName(r, l.ProjectID), h.domainName(r, l.ProjectDomainID), adminProjects + "/" + string(l.ProjectID)}
}

// showRegisteredLimit shows a registered limit, and the limits of projects and domains that override it.
func (h *Handler) showRegisteredLimit(w http.ResponseWriter, r *request) error {
	return h.renderRegistered(w, r, url.Values{"domain": {h.homeDomain(r)}}, nil)
}

func (h *Handler) renderRegistered(w http.ResponseWriter, r *request, form url.Values, errs formErrors) error {
	p := &adminPage{page: *h.page(r, "limits.title"), List: adminLimits, Errors: errs}
	v, _, err := h.registeredAsked(r, &p.page)
	if err != nil {
		return err
	}
	p.ListName, p.Name, p.Lead = p.T("limits.title"), v.ResourceName, v.Description
	p.Acts = []adminAct{{Label: p.T("admin.edit"), Path: v.Path + "/edit", For: v.ResourceName}, {Label: p.T("delete.short"), Path: v.Path + "/delete", For: v.ResourceName, Danger: true}}
	model, err := h.model(r)
	if err != nil {
		return err
	}
	p.Facts = []adminFact{{Label: p.T("limits.service"), adminCell: adminCell{Text: v.Service}}, {Label: p.T("catalog.region"), adminCell: adminCell{Text: v.Region}},
		{Label: p.T("limits.default"), adminCell: adminCell{Text: p.amount(v.Default)}}}
	section, err := h.limitSection(r, &p.page, v)
	if err != nil {
		return err
	}
	section.Lead = model
	domain, err := h.domainField(r, line(form, "domain"), "")
	if err != nil {
		return err
	}
	section.Add = &adminForm{Action: v.Path, Prefix: "limit-", Submit: p.T("limits.create"), Fields: []adminField{domain,
		{Name: "project", Label: p.T("project"), Hint: p.T("limits.project.hint"), Kind: "text", Value: form.Get("project"), Optional: p.T("optional"), Length: 64},
		{Name: "resource_limit", Label: p.T("limits.value"), Hint: p.T("limits.value.hint"), Kind: "text", Value: form.Get("resource_limit"), Length: 11}}}
	p.Sections = []adminSection{section}
	return h.renderThing(w, r, p)
}

// limitSection is a page of the limits that override a registered limit.
func (h *Handler) limitSection(r *request, p *page, v registeredView) (s adminSection, err error) {
	q := adminQuery{Marker: r.URL.Query().Get("marker")}
	list, err := h.Core.AllLimits(r.Context(), r.Caller, identity.LimitFilter{RegisteredID: v.ID, Page: q.page()})
	if err != nil {
		return s, err
	}
	s = adminSection{ID: "limits", Title: p.T("limits.projects"), Empty: p.T("limits.projects.empty", p.amount(v.Default)), Table: adminTable{Titled: true, Caption: p.T("limits.projects.caption", v.ResourceName),
		Head: p.T("limits.of"), Columns: []string{p.T("sign_in.domain"), p.T("limits.value")}, Action: p.T("column.action")}}
	more := len(list) > perPage
	for _, l := range list[:min(len(list), perPage)] {
		of, path := h.limited(r, l), v.Path+"/of/"+url.PathEscape(string(l.ID))
		s.Table.Rows = append(s.Table.Rows, adminRow{Name: of.Name, Path: path + "/edit", Sub: l.Description, Cells: []adminCell{{Text: of.Domain}, {Text: p.amount(l.Value)}},
			Act: &adminAct{Label: p.T("delete.short"), Path: path + "/delete", For: of.Name, Danger: true}})
		q.Marker = string(l.ID)
	}
	if r.URL.Query().Get("marker") != "" {
		s.First = v.Path
	}
	if more {
		s.Next = q.link(v.Path)
	}
	if s.First == "" && s.Next == "" {
		sortRows(s.Table.Rows)
	}
	return s, nil
}

// createLimit gives a project or a domain a limit of its own.
func (h *Handler) createLimit(w http.ResponseWriter, r *request) error {
	p := h.page(r, "limits.title")
	v, _, err := h.registeredAsked(r, p)
	if err != nil {
		return err
	}
	form, err := readForm(r)
	if err != nil {
		return err
	}
	var errs formErrors
	spec := identity.LimitSpec{ServiceID: v.ServiceID, RegionID: v.RegionID, ResourceName: v.ResourceName, Value: readAmount(form, "resource_limit", p, &errs)}
	if err := h.limitFor(r, form, &spec, &errs); err != nil {
		return err
	}
	if len(errs) == 0 {
		_, err := h.Core.CreateLimits(r.Context(), r.Caller, []identity.LimitSpec{spec})
		if err == nil {
			return h.seeWith(w, r, v.Path, notice{Text: "limit_saved"})
		}
		if text, ok := forbidden(err); ok {
			errs.add("resource_limit", text)
		} else if identity.KindOf(err) == identity.Conflict {
			errs.add("project", p.T("limits.taken"))
		} else if !errs.blame(r.texts, err, "", "project", "domain", "resource_limit") {
			return err
		}
	}
	for i := range errs {
		if errs[i].Field != "" {
			errs[i].Field = "limit-" + errs[i].Field
		}
	}
	return h.renderRegistered(w, r, form, errs)
}

// limitFor finds the project, or the domain, that was named.
func (h *Handler) limitFor(r *request, form url.Values, spec *identity.LimitSpec, errs *formErrors) error {
	domain, found, err := h.domainNamed(r, line(form, "domain"))
	if err != nil {
		return err
	}
	name := line(form, "project")
	switch {
	case !found || domain == "":
		errs.add("domain", r.texts.text("admin.domain.unknown"))
	case name == "":
		spec.DomainID = domain
	default:
		project, err := h.projectNamed(r, domain, name)
		if err != nil {
			return err
		}
		if project == nil {
			errs.add("project", r.texts.text("admin.project.unknown"))
			return nil
		}
		spec.ProjectID = project.ID
	}
	return nil
}

// limitAsked is the limit that the address names, and the registered limit that it overrides.
func (h *Handler) limitAsked(r *request, p *page) (*identity.Limit, registeredView, error) {
	v, _, err := h.registeredAsked(r, p)
	if err != nil {
		return nil, v, err
	}
	id := identity.LimitID(r.PathValue("limit"))
	l, err := h.Core.Limit(r.Context(), r.Caller, id)
	if err == nil && l.RegisteredID != v.ID {
		err = identity.Missing("limit", id)
	}
	return l, v, err
}

func (h *Handler) editLimit(w http.ResponseWriter, r *request) error {
	p := &adminFormPage{page: *h.page(r, "limits.edit")}
	l, v, err := h.limitAsked(r, &p.page)
	if err != nil {
		return err
	}
	p.Title = p.T("limits.edit", v.ResourceName, h.limited(r, l).Name)
	p.List, p.ListName, p.Form.Submit = v.Path, v.ResourceName, p.T("admin.save")
	if p.Lead, err = h.model(r); err != nil {
		return err
	}
	begin := url.Values{"resource_limit": {strconv.FormatInt(l.Value, 10)}, "description": {l.Description}}
	return h.submit(w, r, p, begin, &formAct{next: v.Path, notice: "limit_saved",
		fields: func(form url.Values) []adminField {
			return []adminField{{Name: "resource_limit", Label: p.T("limits.value"), Hint: p.T("limits.value.hint"), Kind: "text", Value: form.Get("resource_limit"), Length: 11}, p.descriptionField(form)}
		},
		do: func(form url.Values, errs *formErrors) error {
			patch := identity.LimitPatch{Value: readAmount(form, "resource_limit", &p.page, errs), Description: identity.Some(prose(form, "description"))}
			if len(*errs) > 0 {
				return nil
			}
			_, err := h.Core.UpdateLimit(r.Context(), r.Caller, l.ID, patch)
			if text, ok := forbidden(err); ok {
				errs.add("resource_limit", text)
				return nil
			}
			return err
		}})
}

// deleteLimit says what holds afterwards, and asks.
func (h *Handler) deleteLimit(w http.ResponseWriter, r *request) error {
	p := &adminAskPage{page: *h.page(r, "delete.short")}
	l, v, err := h.limitAsked(r, &p.page)
	if err != nil {
		return err
	}
	p.Title = p.T("limits.delete", v.ResourceName, h.limited(r, l).Name)
	p.Question, p.Submit, p.List, p.ListName, p.Cancel = p.Title, p.T("delete.short"), v.Path, v.ResourceName, v.Path
	p.Effects = []string{p.T("limits.delete.effect", p.amount(l.Value), p.amount(v.Default))}
	return h.ask(w, r, p, func() error {
		if err := h.Core.DeleteLimit(r.Context(), r.Caller, l.ID); err != nil {
			return err
		}
		return h.seeWith(w, r, v.Path, notice{Text: "limit_deleted"})
	})
}
