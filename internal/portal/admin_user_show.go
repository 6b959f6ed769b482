package portal

import (
	"net/http"

	"github.com/lintel-id/lintel/internal/identity"
)

func (h *Handler) userHome() adminHome {
	return adminHome{base: adminUsers, find: h.userSeat, show: h.renderUser}
}

// userSeat is the user of an address.
func (h *Handler) userSeat(r *request) (*seat, error) {
	u, err := h.Core.User(r.Context(), r.Caller, identity.UserID(r.PathValue("id")))
	if err != nil {
		return nil, err
	}
	return &seat{actor: identity.Actor{User: u.ID}, name: u.Name, domain: u.DomainID, path: adminUsers + "/" + string(u.ID)}, nil
}

func (h *Handler) showUser(w http.ResponseWriter, r *request) error {
	return h.renderUser(w, r, adminInput{})
}

func (h *Handler) renderUser(w http.ResponseWriter, r *request, in adminInput) error {
	u, err := h.Core.User(r.Context(), r.Caller, identity.UserID(r.PathValue("id")))
	if err != nil {
		return err
	}
	s := &seat{actor: identity.Actor{User: u.ID}, name: u.Name, domain: u.DomainID, path: adminUsers + "/" + string(u.ID)}
	p := &adminPage{page: *h.page(r, "admin.users"), List: adminUsers, Name: u.Name, Lead: u.Email, Errors: in.errs}
	p.ListName = p.T("admin.users")
	p.Acts = p.acts(s, u.Enabled, adminAct{Label: p.T("admin.password"), Path: s.path + "/password"})
	p.Facts = []adminFact{{Label: p.T("admin.id.user"), ID: "user-id", adminCell: adminCell{Text: string(u.ID)}}, {Label: p.T("column.status"), adminCell: p.enabled(u.Enabled)},
		h.domainFact(r, s.domain), {Label: p.T("admin.default_project"), adminCell: h.projectCell(r, u.DefaultProjectID)}, {Label: p.T("sign_in.password"), adminCell: adminCell{Text: p.passwordState(u.User)}}}
	if !u.CreatedAt.IsZero() {
		p.Facts = append(p.Facts, adminFact{Label: p.T("column.created"), adminCell: adminCell{Text: moment{u.CreatedAt}.Date()}})
	}
	roles, err := h.roleSection(r, &p.page, s, in)
	if err != nil {
		return err
	}
	groups, err := h.groupSection(r, &p.page, s, in)
	if err != nil {
		return err
	}
	p.Sections = []adminSection{roles, groups}
	return h.renderThing(w, r, p)
}

// passwordState says whether a user has a password, and until when.
func (p *page) passwordState(u *identity.User) string {
	switch at := u.Login.ExpiresAt; {
	case u.Login.ID == "":
		return p.T("admin.password.none")
	case !at.IsZero():
		return p.T("admin.password.until", moment{at}.Date())
	}
	return p.T("admin.password.set")
}

func (h *Handler) enableUser(w http.ResponseWriter, r *request) error {
	id := identity.UserID(r.PathValue("id"))
	if _, err := h.Core.UpdateUser(r.Context(), r.Caller, id, identity.UserPatch{Enabled: identity.Some(true)}); err != nil {
		return err
	}
	return h.seeWith(w, r, adminUsers+"/"+string(id), notice{Text: "admin_enabled"})
}

func (h *Handler) disableUser(w http.ResponseWriter, r *request) error {
	s, err := h.userSeat(r)
	if err != nil {
		return err
	}
	p := question(h.page(r, "admin.disable"), s)
	p.Question = p.T("admin.disable.ask", s.name)
	p.Effects = []string{p.T("admin.user.disable.effect"), p.T("admin.user.disable.credentials")}
	p.warnOneself(r, s)
	return h.ask(w, r, p, func() error {
		if _, err := h.Core.UpdateUser(r.Context(), r.Caller, s.actor.User, identity.UserPatch{Enabled: identity.Some(false)}); err != nil {
			return err
		}
		return h.seeWith(w, r, s.path, notice{Text: "admin_disabled"})
	})
}

// warnOneself says so where somebody is about to end the own account.
func (p *adminAskPage) warnOneself(r *request, s *seat) {
	if s.actor.User == r.Caller.User.ID {
		p.Effects = append([]string{p.T("admin.oneself")}, p.Effects...)
	}
}

func (h *Handler) deleteUser(w http.ResponseWriter, r *request) error {
	s, err := h.userSeat(r)
	if err != nil {
		return err
	}
	p := question(h.page(r, "delete.short"), s)
	p.Question = p.T("admin.delete.ask", s.name)
	p.Word = s.name
	p.Effects = []string{p.T("admin.user.delete.tokens"), p.T("admin.user.delete.credentials"), p.T("admin.user.delete.resources"), p.T("admin.delete.forever")}
	p.warnOneself(r, s)
	return h.ask(w, r, p, func() error {
		if err := h.Core.DeleteUser(r.Context(), r.Caller, s.actor.User); err != nil {
			return err
		}
		return h.seeWith(w, r, adminUsers, notice{Text: "admin_deleted"})
	})
}
