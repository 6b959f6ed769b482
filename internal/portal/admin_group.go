package portal

import (
	"net/http"
	"net/url"

	"github.com/lintel-id/lintel/internal/identity"
)

func (h *Handler) adminGroups(w http.ResponseWriter, r *request) error {
	q := readAdminQuery(r.URL.Query())
	p := &adminListPage{page: *h.page(r, "admin.groups"), Base: adminGroups}
	p.Lead, p.Create, p.Empty = p.T("admin.groups.lead"), p.T("admin.group.create"), p.T("admin.groups.empty")
	p.Table = adminTable{Caption: p.T("admin.groups"), Head: p.T("column.name"), Columns: []string{p.T("sign_in.domain")}}
	domain, found, err := h.domainNamed(r, q.Domain)
	if err != nil {
		return err
	}
	var list []*identity.Group
	if found {
		if list, err = collect(h.Core.Groups(r.Context(), r.Caller, identity.GroupFilter{DomainID: domain, Text: q.text(), Page: q.page()})); err != nil {
			return h.renderList(w, r, p, err)
		}
	}
	var rows []adminRow
	for _, g := range list {
		rows = append(rows, adminRow{Name: g.Name, Path: adminGroups + "/" + string(g.ID), Sub: g.Description, ID: string(g.ID), Cells: []adminCell{{Text: h.domainName(r, g.DomainID)}}})
	}
	p.paged(q, rows)
	p.Domains, err = h.domainFilter(r, q)
	return h.renderList(w, r, p, err)
}

// createGroup asks for a group, and makes it.
func (h *Handler) createGroup(w http.ResponseWriter, r *request) error {
	p := &adminFormPage{page: *h.page(r, "admin.group.create"), List: adminGroups}
	p.ListName = p.T("admin.groups")
	form := url.Values{"domain": {h.homeDomain(r)}}
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
			made, err := h.Core.CreateGroup(r.Context(), r.Caller, identity.GroupSpec{DomainID: id, Name: line(form, "name"), Description: prose(form, "description")})
			if err == nil {
				return h.seeWith(w, r, adminGroups+"/"+string(made.ID), notice{Text: "admin_created"})
			}
			if !p.Errors.blame(r.texts, err, "", "name", "description") {
				return err
			}
		}
	}
	domain, err := h.domainField(r, line(form, "domain"), "")
	if err != nil {
		return err
	}
	p.Form = adminForm{Action: adminGroups + "/create", Submit: p.T("admin.group.create"), Cancel: adminGroups, Fields: []adminField{p.nameField(form, 64), p.descriptionField(form), domain}}
	return h.renderForm(w, r, p)
}

func (h *Handler) groupHome() adminHome {
	return adminHome{base: adminGroups, find: h.groupSeat, show: h.renderGroup}
}

// groupSeat is the group of an address.
func (h *Handler) groupSeat(r *request) (*seat, error) {
	g, err := h.Core.Group(r.Context(), r.Caller, identity.GroupID(r.PathValue("id")))
	if err != nil {
		return nil, err
	}
	return &seat{actor: identity.Actor{Group: g.ID}, name: g.Name, domain: g.DomainID, path: adminGroups + "/" + string(g.ID)}, nil
}

func (h *Handler) showGroup(w http.ResponseWriter, r *request) error {
	return h.renderGroup(w, r, adminInput{})
}

func (h *Handler) renderGroup(w http.ResponseWriter, r *request, in adminInput) error {
	g, err := h.Core.Group(r.Context(), r.Caller, identity.GroupID(r.PathValue("id")))
	if err != nil {
		return err
	}
	s := &seat{actor: identity.Actor{Group: g.ID}, name: g.Name, domain: g.DomainID, path: adminGroups + "/" + string(g.ID)}
	p := &adminPage{page: *h.page(r, "admin.groups"), List: adminGroups, Name: g.Name, Lead: g.Description, Errors: in.errs}
	p.ListName = p.T("admin.groups")
	p.Acts = p.plainActs(s)
	p.Facts = []adminFact{{Label: p.T("admin.id.group"), ID: "group-id", adminCell: adminCell{Text: string(g.ID)}}, h.domainFact(r, s.domain)}
	members, err := h.memberSection(r, &p.page, s, in)
	if err != nil {
		return err
	}
	roles, err := h.roleSection(r, &p.page, s, in)
	if err != nil {
		return err
	}
	p.Sections = []adminSection{members, roles}
	return h.renderThing(w, r, p)
}

// plainActs are what can be done to something that is neither enabled nor disabled.
func (p *page) plainActs(s *seat) []adminAct {
	return []adminAct{{Label: p.T("admin.edit"), Path: s.path + "/edit"}, {Label: p.T("delete.short"), Path: s.path + "/delete", Danger: true}}
}

func (h *Handler) editGroup(w http.ResponseWriter, r *request) error {
	g, err := h.Core.Group(r.Context(), r.Caller, identity.GroupID(r.PathValue("id")))
	if err != nil {
		return err
	}
	return h.editNamed(w, r, adminGroups+"/"+string(g.ID), g.Name, g.Description, 64, func(name, description string) error {
		_, err := h.Core.UpdateGroup(r.Context(), r.Caller, g.ID, identity.GroupPatch{Name: identity.Some(name), Description: identity.Some(description)})
		return err
	})
}

func (h *Handler) deleteGroup(w http.ResponseWriter, r *request) error {
	s, err := h.groupSeat(r)
	if err != nil {
		return err
	}
	p := question(h.page(r, "delete.short"), s)
	p.Question = p.T("admin.delete.ask", s.name)
	p.Word = s.name
	p.Effects = []string{p.T("admin.group.delete.roles"), p.T("admin.group.delete.users"), p.T("admin.delete.forever")}
	return h.ask(w, r, p, func() error {
		if err := h.Core.DeleteGroup(r.Context(), r.Caller, s.actor.Group); err != nil {
			return err
		}
		return h.seeWith(w, r, adminGroups, notice{Text: "admin_deleted"})
	})
}
