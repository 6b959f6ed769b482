package portal

import (
	"net/http"
	"net/url"

	"github.com/lintel-id/lintel/internal/identity"
)

func (h *Handler) adminUsers(w http.ResponseWriter, r *request) error {
	q := readAdminQuery(r.URL.Query())
	p := &adminListPage{page: *h.page(r, "admin.users"), Base: adminUsers}
	p.Lead, p.Create, p.Empty = p.T("admin.users.lead"), p.T("admin.user.create"), p.T("admin.users.empty")
	p.Table = adminTable{Caption: p.T("admin.users"), Head: p.T("column.name"), Columns: []string{p.T("sign_in.domain"), p.T("admin.default_project"), p.T("column.status")}}
	domain, found, err := h.domainNamed(r, q.Domain)
	if err != nil {
		return err
	}
	var list []*identity.User
	if found {
		if list, err = collect(h.Core.Users(r.Context(), r.Caller, identity.UserFilter{DomainID: domain, Text: q.text(), Page: q.page()})); err != nil {
			return h.renderList(w, r, p, err)
		}
	}
	var rows []adminRow
	for _, u := range list {
		rows = append(rows, adminRow{Name: u.Name, Path: adminUsers + "/" + string(u.ID), Sub: u.Email, ID: string(u.ID),
			Cells: []adminCell{{Text: h.domainName(r, u.DomainID)}, h.projectCell(r, u.DefaultProjectID), p.enabled(u.Enabled)}})
	}
	p.paged(q, rows)
	p.Domains, err = h.domainFilter(r, q)
	return h.renderList(w, r, p, err)
}

// projectCell names a project; "" is none.
func (h *Handler) projectCell(r *request, id identity.ProjectID) adminCell {
	if id == "" {
		return adminCell{Text: r.texts.text("admin.parent.none")}
	}
	return adminCell{Text: h.projectName(r, id), Path: adminProjects + "/" + string(id)}
}

// createUser asks for a user, and makes it. A password that was generated is in the answer and nowhere else.
func (h *Handler) createUser(w http.ResponseWriter, r *request) error {
	p := &adminFormPage{page: *h.page(r, "admin.user.create"), List: adminUsers}
	p.ListName = p.T("admin.users")
	form := url.Values{"domain": {h.homeDomain(r)}, "how": {"generate"}, "enabled": {"1"}}
	if r.Method == http.MethodPost {
		var err error
		if form, err = readForm(r); err != nil {
			return err
		}
		spec := identity.UserSpec{Name: line(form, "name"), Email: line(form, "email"), Enabled: form.Get("enabled") != ""}
		spec.Password = readPassword(r.texts, form, &p.Errors)
		made, err := h.makeUser(r, form, spec, &p.Errors)
		if err != nil {
			return err
		}
		if made != nil {
			path := adminUsers + "/" + string(made.ID)
			if form.Get("how") == "generate" {
				return h.renderUserPassword(w, r, made.User, spec.Password, http.StatusCreated)
			}
			return h.seeWith(w, r, path, notice{Text: "admin_created"})
		}
	}
	domain, err := h.domainField(r, line(form, "domain"), "")
	if err != nil {
		return err
	}
	p.Form = adminForm{Action: adminUsers + "/create", Submit: p.T("admin.user.create"), Cancel: adminUsers,
		Fields: append([]adminField{p.nameField(form, 255), p.emailField(form), domain, p.defaultProjectField(form)}, p.passwordFields(form, true)...)}
	p.Form.Fields = append(p.Form.Fields, p.enabledField(form))
	return h.renderForm(w, r, p)
}

func (p *page) emailField(form url.Values) adminField {
	return adminField{Name: "email", Label: p.T("admin.email"), Kind: "email", Value: form.Get("email"), Optional: p.T("optional"), Length: 255}
}

func (p *page) defaultProjectField(form url.Values) adminField {
	return adminField{Name: "project", Label: p.T("admin.default_project"), Hint: p.T("admin.default_project.hint"), Kind: "text", Value: form.Get("project"), Optional: p.T("optional"), Length: 64}
}

// makeUser makes the user of a form; nil with a field to blame.
func (h *Handler) makeUser(r *request, form url.Values, spec identity.UserSpec, errs *formErrors) (*identity.FederatedUser, error) {
	errs.named(r.texts, form)
	domain, found, err := h.domainNamed(r, line(form, "domain"))
	if err != nil {
		return nil, err
	}
	if spec.DomainID = domain; !found {
		errs.add("domain", r.texts.text("admin.domain.unknown"))
	} else if spec.DefaultProjectID, err = h.projectGiven(r, domain, line(form, "project"), errs); err != nil {
		return nil, err
	}
	if len(*errs) > 0 {
		return nil, nil //nolint:nilnil // what is wrong is in errs
	}
	made, err := h.Core.CreateUser(r.Context(), r.Caller, spec)
	if err != nil && !errs.blame(r.texts, err, "", "name", "email", "password") {
		return nil, err
	}
	return made, nil
}

// projectGiven finds a project by its name in a domain or, wherever it is, by its id.
func (h *Handler) projectGiven(r *request, domain identity.DomainID, text string, errs *formErrors) (identity.ProjectID, error) {
	if text == "" {
		return "", nil
	}
	p, err := h.projectNamed(r, domain, text)
	if err == nil && p == nil {
		p, err = h.Core.Project(r.Context(), r.Caller, identity.ProjectID(text))
	}
	switch k := identity.KindOf(err); {
	case err == nil:
		return p.ID, nil
	case k == identity.NotFound || k == identity.Forbidden:
		errs.add("project", r.texts.text("admin.project.unknown"))
		return "", nil
	}
	return "", err
}

// editUser asks for what a user is called, and changes it.
func (h *Handler) editUser(w http.ResponseWriter, r *request) error {
	u, err := h.Core.User(r.Context(), r.Caller, identity.UserID(r.PathValue("id")))
	if err != nil {
		return err
	}
	path := adminUsers + "/" + string(u.ID)
	p := &adminFormPage{page: *h.page(r, "admin.edit"), List: path, ListName: u.Name}
	form := url.Values{"name": {u.Name}, "email": {u.Email}, "project": {string(u.DefaultProjectID)}}
	if one, err := h.Core.Project(r.Context(), r.Caller, u.DefaultProjectID); err == nil && one.OwnDomain() == u.DomainID {
		form.Set("project", one.Name)
	}
	if r.Method == http.MethodPost {
		if form, err = readForm(r); err != nil {
			return err
		}
		patch := identity.UserPatch{Name: identity.Some(line(form, "name")), Email: identity.Some(line(form, "email"))}
		if text := line(form, "project"); text != string(u.DefaultProjectID) { // one that is gone may stay
			id, err := h.projectGiven(r, u.DomainID, text, &p.Errors)
			if err != nil {
				return err
			}
			patch.DefaultProjectID = identity.Some(id)
		}
		if p.Errors.named(r.texts, form) && len(p.Errors) == 0 {
			if _, err = h.Core.UpdateUser(r.Context(), r.Caller, u.ID, patch); err == nil {
				return h.seeWith(w, r, path, notice{Text: "admin_saved"})
			}
			if !p.Errors.blame(r.texts, err, "", "name", "email") {
				return err
			}
		}
	}
	p.Form = adminForm{Action: path + "/edit", Submit: p.T("admin.save"), Cancel: path, Fields: []adminField{p.nameField(form, 255), p.emailField(form), p.defaultProjectField(form)}}
	return h.renderForm(w, r, p)
}
