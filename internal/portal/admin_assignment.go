package portal

import (
	"net/http"
	"net/url"
	"slices"
	"strconv"

	"github.com/lintel-id/lintel/internal/core"
	"github.com/lintel-id/lintel/internal/identity"
)

// seat is the side of role assignments that a page is about: an actor, or what roles are held on.
type seat struct {
	actor  identity.Actor
	target identity.Target
	name   string
	domain identity.DomainID // that it is in
	path   string            // of its page
}

func (s *seat) isActor() bool { return s.actor != identity.Actor{} }

// adminInput is what was typed into the forms on the page of something, and what is wrong with it.
type adminInput struct {
	form url.Values
	errs formErrors
}

// adminHome says how to find the thing of an address, and how to show it.
type adminHome struct {
	base string
	find func(*request) (*seat, error)
	show func(http.ResponseWriter, *request, adminInput) error
}

// grants are the routes of the roles on or of something.
func (h *Handler) grants(at adminHome) []route {
	ask := func(w http.ResponseWriter, r *request) error { return h.takeRole(w, r, at) }
	return []route{
		{pattern: "POST " + at.base + "/{id}/roles", who: administrator, handle: func(w http.ResponseWriter, r *request) error { return h.giveRole(w, r, at) }},
		{pattern: "GET " + at.base + "/{id}/roles/remove", who: administrator, handle: ask},
		{pattern: "POST " + at.base + "/{id}/roles/remove", who: administrator, handle: ask},
	}
}

// roleSection lists the roles on or of something, with the form that gives another one.
func (h *Handler) roleSection(r *request, p *page, s *seat, in adminInput) (adminSection, error) {
	list, err := h.Core.RoleAssignments(r.Context(), r.Caller, core.AssignmentQuery{Names: true,
		AssignmentFilter: identity.AssignmentFilter{User: s.actor.User, Group: s.actor.Group, Project: s.target.Project, Domain: s.target.Domain}})
	section := adminSection{ID: "roles", Title: p.T("admin.members"), Lead: p.T("admin.members.lead"), Empty: p.T("admin.members.empty")}
	if s.isActor() {
		section.Title, section.Lead, section.Empty = p.T("column.roles"), p.T("admin.held.lead"), p.T("admin.held.empty")
	}
	if err != nil {
		return section, err
	}
	rows := make([]adminRow, len(list))
	for i := range list {
		rows[i] = p.assignmentRow(s, &list[i])
	}
	sortRows(rows)
	number, _ := strconv.Atoi(r.URL.Query().Get("roles"))
	number = max(0, min(number, (len(rows)-1)/perPage))
	if number > 0 {
		section.First = s.path + "#roles"
	}
	if (number+1)*perPage < len(rows) {
		section.Next = s.path + "?roles=" + strconv.Itoa(number+1) + "#roles"
	}
	rows = rows[number*perPage : min((number+1)*perPage, len(rows))]
	section.Table = adminTable{Caption: section.Title, Titled: true, Head: p.T("column.name"), Columns: []string{p.T("admin.kind"), p.T("sign_in.domain"), p.T("admin.role")}, Action: p.T("column.action"), Rows: rows}
	section.Add, err = h.roleForm(r, p, s, in)
	return section, err
}

// assignmentRow says who has a role, on the page of what it is held on; on the page of who has it, where.
func (p *page) assignmentRow(s *seat, a *core.RoleAssignment) adminRow {
	v := url.Values{"role": {string(a.Role)}}
	row, other, kind := adminRow{}, a.Names.Actor, ""
	switch {
	case !s.isActor() && a.Actor.Group != "":
		kind, row.ID, row.Path = "group", string(a.Actor.Group), adminGroups
	case !s.isActor():
		kind, row.ID, row.Path = "user", string(a.Actor.User), adminUsers
	case a.Scope.System:
		kind, other.Name = "system", p.T("admin.system")
	case a.Scope.Domain != "":
		kind, row.ID, row.Path, other = "domain", string(a.Scope.Domain), adminDomains, a.Names.Scope
	default:
		kind, row.ID, row.Path, other = "project", string(a.Scope.Project), adminProjects, a.Names.Scope
	}
	if row.Name = other.Name; row.ID != "" {
		row.Path += "/" + row.ID
	}
	if row.Name == "" { // it has gone, and left this behind
		row.Name, row.Path = row.ID, ""
	}
	role := adminCell{Chips: []string{a.Names.Role.Name}}
	v.Set(kind, row.ID)
	if kind == "system" {
		v.Set(kind, "all")
	}
	if a.Grant.Inherited {
		v.Set("inherited", "1")
		role.Text = p.T("admin.inherited")
	}
	row.Cells = []adminCell{{Text: p.T("admin.kind." + kind)}, {Text: other.DomainName}, role}
	row.Act = &adminAct{Label: p.T("admin.remove"), For: a.Names.Role.Name + ", " + row.Name, Danger: true, Path: s.path + "/roles/remove?" + v.Encode()}
	return row
}

// roleForm gives a role; nil for those who may not see the roles.
func (h *Handler) roleForm(r *request, p *page, s *seat, in adminInput) (*adminForm, error) {
	roles, err := h.Core.Roles(r.Context(), r.Caller, identity.RoleFilter{})
	if identity.KindOf(err) == identity.Forbidden {
		return nil, nil //nolint:nilnil // there is no form for them
	}
	if err != nil {
		return nil, err
	}
	kinds := [][2]string{{"user", p.T("admin.kind.user")}, {"group", p.T("admin.kind.group")}}
	if s.isActor() {
		kinds = [][2]string{{"project", p.T("admin.kind.project")}, {"domain", p.T("admin.kind.domain")}, {"system", p.T("admin.kind.system")}}
	}
	kind, home, role := in.form.Get("kind"), in.form.Get("domain"), in.form.Get("role")
	if in.form.Get("role") == "" {
		kind, home = kinds[0][0], h.domainName(r, s.domain)
	}
	domain, err := h.domainField(r, home, "")
	if err != nil {
		return nil, err
	}
	slices.SortFunc(roles, func(a, b *identity.Role) int { return cmpFold(a.Name, b.Name) })
	choice := adminField{Name: "role", Label: p.T("admin.role"), Kind: "choice", Value: role}
	for _, one := range roles {
		choice.Options = append(choice.Options, adminOption{Value: string(one.ID), Text: one.Name})
		if role == "" && one.Name == identity.RoleMember {
			choice.Value = string(one.ID)
		}
	}
	// The system has no name.
	name := adminField{Name: "name", Label: p.T("create.name"), Kind: "text", Value: in.form.Get("name"), Length: 255, Free: s.isActor()}
	form := &adminForm{Action: s.path + "/roles", Prefix: "role-", Submit: p.T("admin.role.add"), Fields: []adminField{
		{Name: "kind", Label: p.T("admin.kind"), Kind: "choice", Value: kind, Options: choose(kind, kinds...)}, name, domain, choice}}
	if s.target.Domain != "" {
		form.Fields = append(form.Fields, adminField{Name: "inherited", Label: p.T("admin.inherited"), Kind: "check", Value: in.form.Get("inherited")})
	}
	return form, nil
}

// giveRole gives the role of a form.
func (h *Handler) giveRole(w http.ResponseWriter, r *request, at adminHome) error {
	s, err := at.find(r)
	if err != nil {
		return err
	}
	in := adminInput{}
	if in.form, err = readForm(r); err != nil {
		return err
	}
	a := identity.Assignment{Actor: s.actor, Target: s.target, Role: identity.RoleID(in.form.Get("role")), Inherited: in.form.Get("inherited") != "" && s.target.Domain != ""}
	if err := h.otherSide(r, s, &a, &in); err != nil {
		return err
	}
	if a.Role == "" {
		in.errs.add("role-role", r.texts.text("admin.role.missing"))
	}
	if len(in.errs) > 0 {
		return at.show(w, r, in)
	}
	err = h.Core.GrantRole(r.Context(), r.Caller, a)
	if err != nil && in.errs.blame(r.texts, err, "role-", "name") {
		return at.show(w, r, in)
	}
	if err != nil {
		return err
	}
	return h.seeWith(w, r, s.path, notice{Text: "admin_role_added"})
}

// otherSide finds what a form names by kind, name and domain, and puts it into the assignment.
func (h *Handler) otherSide(r *request, s *seat, a *identity.Assignment, in *adminInput) error {
	kind, name := in.form.Get("kind"), line(in.form, "name")
	if s.isActor() && kind == "system" {
		a.Target.System = true
		return nil
	}
	id, known, err := h.domainNamed(r, line(in.form, "domain"))
	if err != nil {
		return err
	}
	switch {
	case s.isActor() && kind == "domain":
		if id, known, err = h.domainNamed(r, name); name == "" || !known {
			in.errs.add("role-name", r.texts.text("admin.domain.unknown"))
		}
		a.Target.Domain = id
		return err
	case !known, id == "":
		in.errs.add("role-domain", r.texts.text("admin.domain.unknown"))
		return nil
	case name == "":
		in.errs.add("role-name", r.texts.text("create.name.missing"))
		return nil
	case s.isActor():
		p, err := h.projectNamed(r, id, name)
		if err == nil && p == nil {
			in.errs.add("role-name", r.texts.text("admin.project.unknown"))
		}
		if p != nil {
			a.Target.Project = p.ID
		}
		return err
	}
	return h.actorNamed(r, "role-name", kind, id, name, &a.Actor, in)
}

// actorNamed finds a user or a group by its name in a domain; the field is blamed where there is none.
func (h *Handler) actorNamed(r *request, field, kind string, domain identity.DomainID, name string, actor *identity.Actor, in *adminInput) error {
	if kind == "group" {
		g, err := h.groupNamed(r, domain, name)
		if err == nil && g == nil {
			in.errs.add(field, r.texts.text("admin.group.unknown"))
		}
		if g != nil {
			actor.Group = g.ID
		}
		return err
	}
	u, err := h.userNamed(r, domain, name)
	if err == nil && u == nil {
		in.errs.add(field, r.texts.text("admin.user.unknown"))
	}
	if u != nil {
		actor.User = u.ID
	}
	return err
}

// takeRole asks whether a role is to be taken back, and takes it.
func (h *Handler) takeRole(w http.ResponseWriter, r *request, at adminHome) error {
	s, err := at.find(r)
	if err != nil {
		return err
	}
	v, err := asked(r)
	if err != nil {
		return err
	}
	a := identity.Assignment{Actor: s.actor, Target: s.target, Role: identity.RoleID(v.Get("role")), Inherited: v.Get("inherited") != ""}
	other := h.otherIDs(r, s, &a, v)
	role := string(a.Role)
	if one, err := h.Core.Role(r.Context(), r.Caller, a.Role); err == nil {
		role = one.Name
	}
	p := question(h.page(r, "admin.role.remove"), s)
	p.Question = p.T("admin.role.remove.ask", role, other, s.name)
	if s.isActor() {
		p.Question = p.T("admin.role.remove.ask", role, s.name, other)
	}
	p.Effects = []string{p.T("admin.role.remove.effect")}
	if a.Target.Project != "" && h.Core.Settings.ExpireOnLoss {
		p.Effects = append(p.Effects, p.T("admin.role.remove.last"))
	}
	for _, name := range []string{"role", "user", "group", "project", "domain", "system", "inherited"} {
		if v.Get(name) != "" {
			p.Hidden = append(p.Hidden, adminField{Name: name, Value: v.Get(name)})
		}
	}
	return h.ask(w, r, p, func() error {
		if err := h.Core.RevokeGrant(r.Context(), r.Caller, a); err != nil && identity.KindOf(err) != identity.NotFound {
			return err
		}
		return h.seeWith(w, r, s.path, notice{Text: "admin_role_removed"})
	})
}

// otherIDs puts the other side of an assignment, whose id is given, into it, and returns its name.
func (h *Handler) otherIDs(r *request, s *seat, a *identity.Assignment, v url.Values) string {
	switch {
	case s.isActor() && v.Get("system") != "":
		a.Target.System = true
		return r.texts.text("admin.system")
	case s.isActor() && v.Get("domain") != "":
		a.Target.Domain = identity.DomainID(v.Get("domain"))
		return h.domainName(r, a.Target.Domain)
	case s.isActor():
		a.Target.Project = identity.ProjectID(v.Get("project"))
		return h.projectName(r, a.Target.Project)
	case v.Get("group") != "":
		a.Actor.Group = identity.GroupID(v.Get("group"))
		return h.groupName(r, a.Actor.Group)
	}
	a.Actor.User = identity.UserID(v.Get("user"))
	return h.userName(r, a.Actor.User)
}
