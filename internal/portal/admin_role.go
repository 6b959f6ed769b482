package portal

import (
	"net/http"
	"net/url"
	"slices"

	"github.com/lintel-id/lintel/internal/identity"
)

// adminRoles lists the roles of the cloud, or those of a domain's own. There are few of them: a page is a part of all.
func (h *Handler) adminRoles(w http.ResponseWriter, r *request) error {
	q := readAdminQuery(r.URL.Query())
	p := &adminListPage{page: *h.page(r, "admin.roles"), Base: adminRoles}
	p.Lead, p.Create, p.Empty = p.T("admin.roles.lead"), p.T("admin.role.create"), p.T("admin.roles.empty")
	p.Table = adminTable{Caption: p.T("admin.roles"), Head: p.T("column.name"), Columns: []string{p.T("admin.role.implies")}}
	domain, found, err := h.domainNamed(r, q.Domain)
	if err != nil {
		return err
	}
	var list []*identity.Role
	if found {
		if list, err = h.Core.Roles(r.Context(), r.Caller, identity.RoleFilter{DomainID: domain, Text: q.text()}); err != nil {
			return err
		}
	}
	list = slices.DeleteFunc(list, func(one *identity.Role) bool { return string(one.ID) <= q.Marker })
	var rows []adminRow
	for _, one := range list[:min(len(list), perPage+1)] {
		rows = append(rows, adminRow{Name: one.Name, Path: adminRoles + "/" + string(one.ID), Sub: one.Description, ID: string(one.ID), Cells: []adminCell{{Chips: h.implied(r, one.ID)}}})
	}
	p.paged(q, rows)
	if p.Domains, err = h.domainFilter(r, q); p.Domains != nil && p.Domains.Kind == "choice" {
		p.Domains.Options[0].Text = p.T("admin.role.global")
	}
	return h.renderList(w, r, p, err)
}

// implied are the names of the roles that a role implies; none where the caller may not see them.
func (h *Handler) implied(r *request, id identity.RoleID) (names []string) {
	in, err := h.Core.Implications(r.Context(), r.Caller, id)
	if err != nil {
		return nil
	}
	for _, one := range in.Implies {
		names = append(names, one.Name)
	}
	slices.SortFunc(names, cmpFold)
	return names
}

// createRole asks for a role, and makes it.
func (h *Handler) createRole(w http.ResponseWriter, r *request) error {
	p := &adminFormPage{page: *h.page(r, "admin.role.create"), List: adminRoles}
	p.ListName, p.Lead = p.T("admin.roles"), p.T("admin.role.create.lead")
	form := url.Values{}
	if r.Method == http.MethodPost {
		var err error
		if form, err = readForm(r); err != nil {
			return err
		}
		id, found, err := h.domainNamed(r, line(form, "domain"))
		if err != nil {
			return err
		}
		if !found {
			p.Errors.add("domain", p.T("admin.domain.unknown"))
		}
		if p.Errors.named(r.texts, form) && found {
			made, err := h.Core.CreateRole(r.Context(), r.Caller, identity.RoleSpec{DomainID: id, Name: line(form, "name"), Description: prose(form, "description")})
			if err == nil {
				return h.seeWith(w, r, adminRoles+"/"+string(made.ID), notice{Text: "admin_created"})
			}
			if !p.Errors.blame(r.texts, err, "", "name", "description") {
				return err
			}
		}
	}
	domain, err := h.domainField(r, line(form, "domain"), p.T("admin.role.global"))
	if err != nil {
		return err
	}
	domain.Hint = p.T("admin.role.domain.hint")
	p.Form = adminForm{Action: adminRoles + "/create", Submit: p.T("admin.role.create"), Cancel: adminRoles, Fields: []adminField{p.nameField(form, 255), p.descriptionField(form), domain}}
	return h.renderForm(w, r, p)
}

// roleSeat is the role of an address.
func (h *Handler) roleSeat(r *request) (*seat, *identity.Role, error) {
	one, err := h.Core.Role(r.Context(), r.Caller, identity.RoleID(r.PathValue("id")))
	if err != nil {
		return nil, nil, err
	}
	return &seat{name: one.Name, domain: one.DomainID, path: adminRoles + "/" + string(one.ID)}, one, nil
}

func (h *Handler) showRole(w http.ResponseWriter, r *request) error {
	s, one, err := h.roleSeat(r)
	if err != nil {
		return err
	}
	p := &adminPage{page: *h.page(r, "admin.roles"), List: adminRoles, Name: one.Name, Lead: one.Description}
	p.ListName = p.T("admin.roles")
	p.Facts = []adminFact{{Label: p.T("admin.id.role"), ID: "role-id", adminCell: adminCell{Text: string(one.ID)}}, {Label: p.T("sign_in.domain"), adminCell: adminCell{Text: p.T("admin.role.global")}}}
	if one.DomainID != "" {
		p.Facts[1] = h.domainFact(r, one.DomainID)
	}
	if one.Options.IsImmutable() {
		p.Facts = append(p.Facts, adminFact{Label: p.T("admin.protected"), adminCell: adminCell{Text: p.T("admin.protected.text")}})
	} else {
		p.Acts = p.plainActs(s)
	}
	section, err := h.impliedSection(r, &p.page, s, one)
	if err != nil {
		return err
	}
	p.Sections = []adminSection{section}
	return h.renderThing(w, r, p)
}

// impliedSection lists the roles that a role implies, with the form that lets it imply another one.
func (h *Handler) impliedSection(r *request, p *page, s *seat, role *identity.Role) (adminSection, error) {
	section := adminSection{ID: "implied", Title: p.T("admin.role.implies"), Lead: p.T("admin.role.implies.lead"), Empty: p.T("admin.role.implies.empty")}
	in, err := h.Core.Implications(r.Context(), r.Caller, role.ID)
	if identity.KindOf(err) == identity.Forbidden {
		return section, nil
	}
	if err != nil {
		return section, err
	}
	held := map[identity.RoleID]bool{role.ID: true}
	var rows []adminRow
	for _, one := range in.Implies {
		held[one.ID] = true
		rows = append(rows, adminRow{Name: one.Name, Path: adminRoles + "/" + string(one.ID), ID: string(one.ID), Cells: []adminCell{{Text: one.Description}},
			Act: &adminAct{Label: p.T("admin.remove"), For: one.Name, Danger: true, Path: s.path + "/implied/remove?role=" + url.QueryEscape(string(one.ID))}})
	}
	sortRows(rows)
	section.Table = adminTable{Caption: section.Title, Titled: true, Head: p.T("column.name"), Columns: []string{p.T("create.description")}, Action: p.T("column.action"), Rows: rows}
	roles, err := h.Core.Roles(r.Context(), r.Caller, identity.RoleFilter{})
	if err != nil {
		return section, err
	}
	slices.SortFunc(roles, func(a, b *identity.Role) int { return cmpFold(a.Name, b.Name) })
	choice := adminField{Name: "role", Label: p.T("admin.role"), Kind: "choice"}
	for _, one := range roles {
		if !held[one.ID] && one.Name != identity.RoleAdmin { // which no role implies
			choice.Options = append(choice.Options, adminOption{Value: string(one.ID), Text: one.Name})
		}
	}
	if len(choice.Options) > 0 {
		section.Add = &adminForm{Action: s.path + "/implied", Prefix: "implied-", Submit: p.T("admin.role.imply"), Fields: []adminField{choice}}
	}
	return section, nil
}

func (h *Handler) addImplied(w http.ResponseWriter, r *request) error {
	form, err := readForm(r)
	if err != nil {
		return err
	}
	i := identity.Implication{Prior: identity.RoleID(r.PathValue("id")), Implied: identity.RoleID(form.Get("role"))}
	if _, err := h.Core.CreateImplication(r.Context(), r.Caller, i); err != nil && identity.KindOf(err) != identity.Conflict { // it is so already
		return err
	}
	return h.seeWith(w, r, adminRoles+"/"+string(i.Prior), notice{Text: "admin_saved"})
}

func (h *Handler) removeImplied(w http.ResponseWriter, r *request) error {
	s, one, err := h.roleSeat(r)
	if err != nil {
		return err
	}
	v, err := asked(r)
	if err != nil {
		return err
	}
	i := identity.Implication{Prior: one.ID, Implied: identity.RoleID(v.Get("role"))}
	name := string(i.Implied)
	if implied, err := h.Core.Role(r.Context(), r.Caller, i.Implied); err == nil {
		name = implied.Name
	}
	p := question(h.page(r, "admin.remove"), s)
	p.Question, p.Hidden = p.T("admin.role.imply.remove.ask", s.name, name), []adminField{{Name: "role", Value: v.Get("role")}}
	p.Effects = []string{p.T("admin.role.remove.effect")}
	return h.ask(w, r, p, func() error {
		if err := h.Core.DeleteImplication(r.Context(), r.Caller, i); err != nil && identity.KindOf(err) != identity.NotFound {
			return err
		}
		return h.seeWith(w, r, s.path, notice{Text: "admin_saved"})
	})
}

func (h *Handler) editRole(w http.ResponseWriter, r *request) error {
	s, one, err := h.roleSeat(r)
	if err != nil {
		return err
	}
	return h.editNamed(w, r, s.path, one.Name, one.Description, 255, func(name, description string) error {
		_, err := h.Core.UpdateRole(r.Context(), r.Caller, one.ID, identity.RolePatch{Name: identity.Some(name), Description: identity.Some(description)})
		return err
	})
}

func (h *Handler) deleteRole(w http.ResponseWriter, r *request) error {
	s, one, err := h.roleSeat(r)
	if err != nil {
		return err
	}
	p := question(h.page(r, "delete.short"), s)
	p.Question = p.T("admin.delete.ask", s.name)
	p.Word = s.name
	p.Effects = []string{p.T("admin.role.delete.holders"), p.T("admin.role.delete.credentials"), p.T("admin.delete.forever")}
	return h.ask(w, r, p, func() error {
		if err := h.Core.DeleteRole(r.Context(), r.Caller, one.ID); err != nil {
			return err
		}
		return h.seeWith(w, r, adminRoles, notice{Text: "admin_deleted"})
	})
}
