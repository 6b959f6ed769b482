package portal

import (
	"errors"
	"net/http"
	"net/url"
	"time"

	"github.com/lintel-id/lintel/internal/api"
	"github.com/lintel-id/lintel/internal/core"
	"github.com/lintel-id/lintel/internal/identity"
)

const (
	loginPassword   = Root + "/password"
	apiPassword     = Root + "/access/api-password"
	expiredPassword = signIn + "/password"
)

func (h *Handler) passwords() []route {
	return []route{
		{pattern: "GET " + loginPassword, handle: h.loginPasswordForm},
		{pattern: "POST " + loginPassword, handle: h.changeLoginPassword},
		{pattern: "GET " + apiPassword, handle: h.apiPasswordForm},
		{pattern: "POST " + apiPassword, handle: h.setAPIPassword},
		{pattern: "POST " + expiredPassword, who: anybody, handle: h.changeExpiredPassword},
	}
}

// passwordKind says what a page of passwords is about. It is also a part of its texts' keys.
type passwordKind string

const (
	passwordLogin   passwordKind = "login"   // the one of the portal, and of the APIs unless they have one apart
	passwordAPI     passwordKind = "api"     // the one apart
	passwordExpired passwordKind = "expired" // the portal's, which must be changed to sign in
)

// passwordPage asks for a new password, and for the login password in use.
type passwordPage struct {
	page
	Kind    passwordKind
	Action  string   // where the form goes
	Account string   // whose password it is, for those who let the browser keep it
	Rules   []string // what a new one must be, in words
	One     bool     // the API page where there is no password apart
	Step    string   // of passwordExpired: whose sign-in it is, sealed
	Next    string
	Errors  formErrors
}

// Section keeps the API password apart from the login password where browsers remember them.
func (p *passwordPage) Section() string {
	if p.Kind == passwordAPI {
		return "section-api "
	}
	return ""
}

const (
	day         = 24 * time.Hour
	shownLength = 256 // nobody types more, so that a longer limit is no rule worth reading
)

// passwordRules are the operator's rules for a new password in words.
func (h *Handler) passwordRules(texts catalogue) (rules []string) {
	set := &h.Core.Settings
	switch r := &set.Passwords; {
	case r.Description != "":
		rules = append(rules, r.Description)
	case r.Pattern != "":
		rules = append(rules, texts.text("password.rule.pattern", r.Pattern))
	}
	if n := set.Passwords.History; n > 1 {
		rules = append(rules, texts.text("password.rule.history", n))
	} else {
		rules = append(rules, texts.text("password.rule.other"))
	}
	if n := set.MaxPasswordLength; n > 0 && n <= shownLength {
		rules = append(rules, texts.text("password.rule.length", n))
	}
	if d := set.Passwords.MinAge; d > 0 {
		rules = append(rules, texts.count("password.rule.kept", int(d/day)))
	}
	if d := set.Passwords.Life; d > 0 {
		rules = append(rules, texts.count("password.rule.life", int(d/day)))
	}
	return rules
}

func (h *Handler) loginPasswordForm(w http.ResponseWriter, r *request) error {
	return h.renderPassword(w, r, http.StatusOK, &passwordPage{Kind: passwordLogin})
}

func (h *Handler) apiPasswordForm(w http.ResponseWriter, r *request) error {
	return h.renderPassword(w, r, http.StatusOK, &passwordPage{Kind: passwordAPI})
}

func (h *Handler) renderPassword(w http.ResponseWriter, r *request, code int, p *passwordPage) error {
	p.page = *h.page(r, "password."+string(p.Kind)+".title")
	p.Error = len(p.Errors) > 0
	p.Rules = h.passwordRules(r.texts)
	switch p.Kind {
	case passwordLogin:
		p.Action = loginPassword
	case passwordAPI:
		p.Action, p.One = apiPassword, !h.Core.Settings.Separate(r.Caller.User.DomainID)
	case passwordExpired:
		p.Action = expiredPassword
	}
	if p.Account == "" {
		p.Account = p.User
	}
	return h.render(w, r, code, "password", p)
}

// changeLoginPassword and setAPIPassword end the user's tokens and sessions, but for this one, which goes on with a token
// of the login password just typed.
func (h *Handler) changeLoginPassword(w http.ResponseWriter, r *request) error {
	form, err := readForm(r)
	if err != nil {
		return err
	}
	p := &passwordPage{Kind: passwordLogin}
	fresh := p.read(form, r.texts)
	if len(p.Errors) == 0 {
		if err := h.Core.ChangeLoginPassword(r.Context(), r.Caller, r.Caller.User.ID, identity.NewSecret(form.Get("current")), fresh); err != nil {
			return h.refusePassword(w, r, p, err)
		}
		return h.goOn(w, r, fresh, loginPassword, notice{Text: "password_changed"})
	}
	return h.renderPassword(w, r, http.StatusUnprocessableEntity, p)
}

func (h *Handler) setAPIPassword(w http.ResponseWriter, r *request) error {
	form, err := readForm(r)
	if err != nil {
		return err
	}
	p, login := &passwordPage{Kind: passwordAPI}, identity.NewSecret(form.Get("current"))
	fresh := p.read(form, r.texts)
	if len(p.Errors) == 0 {
		if err := h.Core.ChangeAPIPassword(r.Context(), r.Caller, r.Caller.User.ID, login, fresh); err != nil {
			return h.refusePassword(w, r, p, err)
		}
		return h.goOn(w, r, login, apiPassword, notice{Text: "api_password_set"})
	}
	return h.renderPassword(w, r, http.StatusUnprocessableEntity, p)
}

// read notes what is missing in the form, and returns the new password.
func (p *passwordPage) read(form url.Values, texts catalogue) identity.Secret {
	fresh := form.Get("new")
	if form.Get("current") == "" {
		p.Errors.add("current", texts.text("password.current.missing"))
	}
	switch {
	case fresh == "":
		p.Errors.add("new", texts.text("password.new.missing"))
	case form.Get("again") != fresh:
		p.Errors.add("again", texts.text("password.again.differs"))
	}
	return identity.NewSecret(fresh)
}

// refusePassword shows the form again with what a verb says beside its field.
func (h *Handler) refusePassword(w http.ResponseWriter, r *request, p *passwordPage, err error) error {
	code := http.StatusUnprocessableEntity
	var expired *core.ExpiredPassword
	switch k := identity.KindOf(err); {
	case errors.As(err, &expired):
		p.Errors.add("current", r.texts.text("sign_in.expired"))
	case k == identity.Unauthorized:
		p.Errors.add("current", r.texts.text("password.current.wrong"))
	case k == identity.Conflict:
		p.Errors.add("", r.texts.text("password.raced"))
	case k == identity.TooMany || k == identity.Unavailable:
		code, _, _ = api.Explain(w, err)
		p.Errors.add("", r.texts.text("sign_in.later"))
	case k == identity.Invalid:
		p.Errors.add("new", h.whyRefused(r.texts, err))
	default:
		return err
	}
	return h.renderPassword(w, r, code, p)
}

// whyRefused says in words why a new password is not taken.
func (h *Handler) whyRefused(texts catalogue, err error) string {
	rules := &h.Core.Settings.Passwords
	switch {
	case errors.Is(err, core.ErrPasswordRules) && rules.Description != "":
		return texts.text("password.new.described", rules.Description)
	case errors.Is(err, core.ErrPasswordRules):
		return texts.text("password.new.pattern", rules.Pattern)
	case errors.Is(err, core.ErrPasswordUsed) && rules.History > 1:
		return texts.text("password.new.used", rules.History)
	case errors.Is(err, core.ErrPasswordUsed):
		return texts.text("password.new.same")
	case errors.Is(err, core.ErrPasswordLong):
		return texts.text("password.new.long")
	case errors.Is(err, core.ErrPasswordFresh):
		return texts.count("password.new.early", int(rules.MinAge/day))
	case errors.Is(err, core.ErrPasswordLocked):
		return texts.text("password.new.locked")
	}
	var e *identity.Error
	errors.As(err, &e)
	return e.Message
}

// goOn gives this browser a session of the login password after a change that ended all of the user's. Who needs a
// passcode as well is asked for it; and if nothing else helps, the user signs in.
func (h *Handler) goOn(w http.ResponseWriter, r *request, login identity.Secret, path string, n notice) error {
	root, proved, err := h.proveLogin(r, r.own(), login)
	var more *core.Incomplete
	switch {
	case errors.As(err, &more) && needsPasscode(more):
		h.forget(w, r)
		r.notice = n
		return h.askPasscode(w, r, passcode, more, path)
	case identity.KindOf(err) != identity.Internal:
		h.forget(w, r)
		return h.seeWith(w, r, signIn+"?next="+url.QueryEscape(path), n)
	case err != nil:
		return err
	}
	s, err := h.renewed(r, root, proved)
	if err != nil {
		return err
	}
	if err := h.keep(w, r, s); err != nil {
		return err
	}
	return h.seeWith(w, r, path, n)
}

// proveLogin issues the token of a sign-in with the login password.
func (h *Handler) proveLogin(r *request, user identity.UserRef, login identity.Secret) (root string, proved *identity.Authorization, err error) {
	return h.Core.IssueToken(r.Context(), identity.AuthRequest{Methods: []string{identity.MethodPassword}, Portal: true, Address: r.Caller.Address, Client: r.Caller.Client,
		Password: &identity.PasswordProof{User: user, Password: login}, Scope: identity.ScopeRequest{Kind: identity.ScopeNone}})
}

// own names whoever is signed in, as the sign-in would.
func (r *request) own() identity.UserRef {
	return identity.UserRef{Name: r.Caller.User.Name, Domain: identity.DomainRef{ID: r.Caller.User.DomainID}}
}
