package portal

import (
	"crypto/rand"
	"net/http"
	"net/url"
	"strings"

	"github.com/lintel-id/lintel/internal/identity"
)

// adminPasswordPage shows a password that was generated for a user, once.
type adminPasswordPage struct {
	page
	Account  string // whose it is
	Realm    string // and in which domain
	Password string
}

// passwordFields ask how a password is to be made: generated, or typed twice. None is an answer for a new user.
func (p *page) passwordFields(form url.Values, none bool) []adminField {
	ways := [][2]string{{"generate", p.T("admin.password.generate")}, {"type", p.T("admin.password.type")}}
	if none {
		ways = append(ways, [2]string{"none", p.T("admin.password.without")})
	}
	return []adminField{{Name: "how", Label: p.T("sign_in.password"), Kind: "options", Value: form.Get("how"), Options: choose("", ways...), Hint: p.T("admin.password.hint")},
		{Name: "password", Label: p.T("admin.password.new"), Kind: "password", Free: true}, {Name: "again", Label: p.T("admin.password.again"), Kind: "password", Free: true}}
}

// readPassword returns the password that a form asks for: the one typed, or a new one.
func readPassword(t catalogue, form url.Values, errs *formErrors) identity.Secret {
	switch how := form.Get("how"); {
	case how == "generate":
		return identity.NewSecret(newPassword())
	case how == "none":
	case how != "type":
		errs.add("how", t.text("admin.password.how"))
	case form.Get("password") == "":
		errs.add("password", t.text("admin.password.missing"))
	case form.Get("password") != form.Get("again"):
		errs.add("again", t.text("admin.password.differ"))
	default:
		return identity.NewSecret(form.Get("password"))
	}
	return identity.Secret{}
}

// newPassword is a random password of letters, digits and dashes (over 110 bits), without those that look alike, and
// with one of each kind, since rules for passwords ask for that.
func newPassword() string {
	const letters = "abcdefghijkmnpqrstuvwxyzABCDEFGHJKLMNPQRSTUVWXYZ23456789"
	for {
		var b strings.Builder
		for b.Len() < 24 {
			if b.Len()%6 == 5 && b.Len() < 23 {
				b.WriteByte('-')
				continue
			}
			var one [1]byte
			rand.Read(one[:])
			if int(one[0]) < 256/len(letters)*len(letters) { // each is as likely
				b.WriteByte(letters[int(one[0])%len(letters)])
			}
		}
		if s := b.String(); strings.ContainsAny(s, letters[:24]) && strings.ContainsAny(s, letters[24:48]) && strings.ContainsAny(s, letters[48:]) {
			return s
		}
	}
}

// renderPassword shows a password that was generated: it is in this answer and nowhere else.
func (h *Handler) renderUserPassword(w http.ResponseWriter, r *request, u *identity.User, password identity.Secret, code int) error {
	p := &adminPasswordPage{page: *h.page(r, "admin.password.title"), Account: u.Name, Realm: h.domainName(r, u.DomainID), Password: password.Reveal()}
	p.Path = adminUsers + "/" + string(u.ID) // this page cannot be come back to
	return h.render(w, r, code, "admin_password", p)
}

// setPassword asks for a user's new password, and sets it.
func (h *Handler) setPassword(w http.ResponseWriter, r *request) error {
	u, err := h.Core.User(r.Context(), r.Caller, identity.UserID(r.PathValue("id")))
	if err != nil {
		return err
	}
	path := adminUsers + "/" + string(u.ID)
	p := &adminFormPage{page: *h.page(r, "admin.password"), List: path, ListName: u.Name}
	p.Lead = p.T("admin.password.lead", u.Name)
	form := url.Values{"how": {"generate"}, "which": {"login"}}
	if r.Method == http.MethodPost {
		if form, err = readForm(r); err != nil {
			return err
		}
		fresh := readPassword(r.texts, form, &p.Errors)
		if fresh.Empty() && len(p.Errors) == 0 {
			p.Errors.add("how", p.T("admin.password.how"))
		}
		if len(p.Errors) == 0 {
			if err = h.changePassword(r, u.ID, form.Get("which"), fresh); err == nil && form.Get("how") == "generate" {
				return h.renderUserPassword(w, r, u.User, fresh, http.StatusOK)
			}
			if err == nil {
				return h.seeWith(w, r, path, notice{Text: "admin_password"})
			}
			if identity.KindOf(err) == identity.Conflict || !p.Errors.blame(r.texts, err, "", "password") {
				return err
			}
		}
	}
	p.Form = adminForm{Action: path + "/password", Submit: p.T("admin.password"), Cancel: path, Fields: p.passwordFields(form, false)}
	if separate := h.Core.Settings.SeparatePasswords; separate != nil && separate(u.DomainID) {
		which := adminField{Name: "which", Label: p.T("admin.password.which"), Kind: "options", Value: form.Get("which"),
			Options: choose("", [2]string{"login", p.T("admin.password.login")}, [2]string{"api", p.T("admin.password.api")})}
		p.Form.Fields = append([]adminField{which}, p.Form.Fields...)
	}
	return h.renderForm(w, r, p)
}

func (h *Handler) changePassword(r *request, id identity.UserID, which string, fresh identity.Secret) error {
	if which == "api" {
		return h.Core.SetAPIPassword(r.Context(), r.Caller, id, fresh)
	}
	_, err := h.Core.UpdateUser(r.Context(), r.Caller, id, identity.UserPatch{Password: identity.Some(fresh)})
	return err
}
