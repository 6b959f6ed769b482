package portal

import (
	"net/http"
	"net/url"

	"github.com/lintel-id/lintel/internal/identity"
)

// memberships are the routes of who is in which group, on the page of a group or of a user.
func (h *Handler) memberships(at adminHome) []route {
	ask := func(w http.ResponseWriter, r *request) error { return h.removeMember(w, r, at) }
	return []route{
		{pattern: "POST " + at.base + "/{id}/members", who: administrator, handle: func(w http.ResponseWriter, r *request) error { return h.addMember(w, r, at) }},
		{pattern: "GET " + at.base + "/{id}/members/remove", who: administrator, handle: ask},
		{pattern: "POST " + at.base + "/{id}/members/remove", who: administrator, handle: ask},
	}
}

// memberSection lists the users in a group, with the form that puts another one into it.
func (h *Handler) memberSection(r *request, p *page, s *seat, in adminInput) (adminSection, error) {
	section := adminSection{ID: "members", Title: p.T("admin.group.members"), Empty: p.T("admin.group.members.empty")}
	q := adminQuery{Marker: r.URL.Query().Get("marker")}
	list, err := collect(h.Core.GroupUsers(r.Context(), r.Caller, s.actor.Group, identity.UserFilter{Page: q.page()}))
	if err != nil {
		return section, err
	}
	var rows []adminRow
	for _, u := range list {
		rows = append(rows, adminRow{Name: u.Name, Path: adminUsers + "/" + string(u.ID), Sub: u.Email, ID: string(u.ID), Cells: []adminCell{{Text: h.domainName(r, u.DomainID)}, p.enabled(u.Enabled)},
			Act: &adminAct{Label: p.T("admin.remove"), For: u.Name, Danger: true, Path: s.path + "/members/remove?user=" + url.QueryEscape(string(u.ID))}})
	}
	section.Table = adminTable{Caption: section.Title, Titled: true, Head: p.T("column.name"), Columns: []string{p.T("sign_in.domain"), p.T("column.status")}, Action: p.T("column.action")}
	section.page(s.path, q, rows)
	section.Add, err = h.memberForm(r, p, s, in)
	return section, err
}

// groupSection lists the groups of a user, with the form that puts it into another one.
func (h *Handler) groupSection(r *request, p *page, s *seat, in adminInput) (adminSection, error) {
	section := adminSection{ID: "groups", Title: p.T("admin.groups"), Empty: p.T("admin.user.groups.empty")}
	q := adminQuery{Marker: r.URL.Query().Get("marker")}
	list, err := collect(h.Core.UserGroups(r.Context(), r.Caller, s.actor.User, identity.GroupFilter{Page: q.page()}))
	if err != nil {
		return section, err
	}
	var rows []adminRow
	for _, g := range list {
		rows = append(rows, adminRow{Name: g.Name, Path: adminGroups + "/" + string(g.ID), Sub: g.Description, ID: string(g.ID), Cells: []adminCell{{Text: h.domainName(r, g.DomainID)}},
			Act: &adminAct{Label: p.T("admin.remove"), For: g.Name, Danger: true, Path: s.path + "/members/remove?group=" + url.QueryEscape(string(g.ID))}})
	}
	section.Table = adminTable{Caption: section.Title, Titled: true, Head: p.T("column.name"), Columns: []string{p.T("sign_in.domain")}, Action: p.T("column.action")}
	section.page(s.path, q, rows)
	section.Add, err = h.memberForm(r, p, s, in)
	return section, err
}

// page fills in a page of the rows, as adminListPage.paged does.
func (s *adminSection) page(base string, q adminQuery, rows []adminRow) {
	p := adminListPage{Base: base}
	p.paged(q, rows)
	s.Table.Rows = p.Table.Rows
	if s.First = p.First; s.First != "" {
		s.First += "#" + s.ID
	}
	if s.Next = p.Next; s.Next != "" {
		s.Next += "#" + s.ID
	}
}

func (h *Handler) memberForm(r *request, p *page, s *seat, in adminInput) (*adminForm, error) {
	label, submit, name, home := p.T("admin.kind.group"), p.T("admin.user.group.add"), "", h.domainName(r, s.domain)
	if s.actor.Group != "" {
		label, submit = p.T("admin.kind.user"), p.T("admin.member.add")
	}
	if in.form.Has("member") {
		name, home = in.form.Get("member"), in.form.Get("domain")
	}
	domain, err := h.domainField(r, home, "")
	return &adminForm{Action: s.path + "/members", Prefix: "member-", Submit: submit,
		Fields: []adminField{{Name: "member", Label: label, Kind: "text", Value: name, Length: 255}, domain}}, err
}

// addMember puts the user of a form into the group of the address, or the user of the address into the group of a form.
func (h *Handler) addMember(w http.ResponseWriter, r *request, at adminHome) error {
	s, err := at.find(r)
	if err != nil {
		return err
	}
	in := adminInput{}
	if in.form, err = readForm(r); err != nil {
		return err
	}
	m := identity.Membership{UserID: s.actor.User, GroupID: s.actor.Group}
	if err := h.otherMember(r, &m, &in); err != nil {
		return err
	}
	if len(in.errs) > 0 {
		return at.show(w, r, in)
	}
	if err := h.Core.AddMember(r.Context(), r.Caller, m); err != nil {
		return err
	}
	return h.seeWith(w, r, s.path, notice{Text: "admin_member_added"})
}

// otherMember finds the user or the group that a form names, and puts it into the membership.
func (h *Handler) otherMember(r *request, m *identity.Membership, in *adminInput) error {
	domain, known, err := h.domainNamed(r, line(in.form, "domain"))
	if err != nil {
		return err
	}
	if !known || domain == "" {
		in.errs.add("member-domain", r.texts.text("admin.domain.unknown"))
		return nil
	}
	name := line(in.form, "member")
	if name == "" {
		in.errs.add("member-member", r.texts.text("create.name.missing"))
		return nil
	}
	kind := "user"
	if m.GroupID == "" {
		kind = "group"
	}
	found := identity.Actor{User: m.UserID, Group: m.GroupID}
	err = h.actorNamed(r, "member-member", kind, domain, name, &found, in)
	m.UserID, m.GroupID = found.User, found.Group
	return err
}

// removeMember asks whether a user is to leave a group, and takes it out.
func (h *Handler) removeMember(w http.ResponseWriter, r *request, at adminHome) error {
	s, err := at.find(r)
	if err != nil {
		return err
	}
	v, err := asked(r)
	if err != nil {
		return err
	}
	m := identity.Membership{UserID: s.actor.User, GroupID: s.actor.Group}
	user, group := s.name, s.name
	var hidden adminField
	if m.GroupID == "" {
		m.GroupID = identity.GroupID(v.Get("group"))
		group, hidden = h.groupName(r, m.GroupID), adminField{Name: "group", Value: v.Get("group")}
	} else {
		m.UserID = identity.UserID(v.Get("user"))
		user, hidden = h.userName(r, m.UserID), adminField{Name: "user", Value: v.Get("user")}
	}
	p := question(h.page(r, "admin.member.remove"), s)
	p.Question, p.Hidden = p.T("admin.member.remove.ask", user, group), []adminField{hidden}
	p.Effects = []string{p.T("admin.member.remove.effect")}
	return h.ask(w, r, p, func() error {
		if err := h.Core.RemoveMember(r.Context(), r.Caller, m); err != nil && identity.KindOf(err) != identity.NotFound {
			return err
		}
		return h.seeWith(w, r, s.path, notice{Text: "admin_member_removed"})
	})
}
