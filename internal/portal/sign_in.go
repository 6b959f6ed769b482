package portal

import (
	"errors"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"github.com/go-json-experiment/json"

	"github.com/lintel-id/lintel/internal/api"
	"github.com/lintel-id/lintel/internal/core"
	"github.com/lintel-id/lintel/internal/identity"
)

// signInPage asks for the login password.
type signInPage struct {
	page
	Account string // what was typed as the name
	Realm   string // and as the domain; "" is the default one
	Next    string
	Failure string
	Refused bool // plain HTTP on another machine
}

func (h *Handler) signInForm(w http.ResponseWriter, r *request) error {
	next := safeNext(r.URL.Query().Get("next"))
	if r.session != nil {
		return see(w, next)
	}
	return h.render(w, r, http.StatusOK, "sign_in", &signInPage{page: *h.page(r, "sign_in.title"), Next: next, Refused: !usable(r.Request)})
}

// signIn proves the login password, and begins a session unless the user's rules ask for a passcode as well.
func (h *Handler) signIn(w http.ResponseWriter, r *request) error {
	if !usable(r.Request) {
		return identity.Forbiddenf("Nobody signs in over plain HTTP.")
	}
	form, err := readForm(r)
	if err != nil {
		return err
	}
	user := identity.UserRef{Name: strings.TrimSpace(form.Get("user")), Domain: identity.DomainRef{Name: strings.TrimSpace(form.Get("domain"))}}
	if user.Domain.Name == "" {
		user.Domain.ID = h.Core.Settings.DefaultDomain
	}
	root, _, err := h.proveLogin(r, user, identity.NewSecret(form.Get("password")))
	next := safeNext(form.Get("next"))
	var more *core.Incomplete
	if errors.As(err, &more) && needsPasscode(more) {
		return h.askPasscode(w, r, passcode, more, next)
	}
	var expired *core.ExpiredPassword
	if errors.As(err, &expired) {
		return h.askNewPassword(w, r, expired, next)
	}
	if err != nil {
		return err
	}
	return h.begin(w, r, root, next)
}

// begin starts a session in the user's default project, or else the first.
func (h *Handler) begin(w http.ResponseWriter, r *request, root, next string) error {
	now := h.Core.Now()
	s := &session{root: identity.NewSecret(root), began: now, proved: now, seen: now}
	if err := h.authenticate(r, s); err != nil {
		return err
	}
	if err := h.Core.BeginPortalSession(r.Context(), r.Caller, s.began); err != nil {
		return err
	}
	choices, err := h.projectChoices(r)
	if err != nil {
		return err
	}
	if len(choices) > 0 {
		first := choices[0].ID
		if own := string(r.Caller.User.DefaultProjectID); slices.ContainsFunc(choices, func(c projectChoice) bool { return c.ID == own }) {
			first = own
		}
		// A project that can be no scope just now is no reason to keep anybody out.
		if err := h.enter(r, s, first); err != nil && identity.KindOf(err) != identity.Unauthorized {
			return err
		}
	}
	if err := h.keep(w, r, s); err != nil {
		return err
	}
	return see(w, next)
}

// enter makes the session's token for a project, or what else was chosen.
func (h *Handler) enter(r *request, s *session, choice string) error {
	text, _, err := h.Core.IssueToken(r.Context(), identity.AuthRequest{Methods: []string{identity.MethodToken}, Token: s.root, Address: r.Caller.Address, Client: r.Caller.Client,
		Scope: scopeOf(choice)})
	if err == nil {
		s.scoped = identity.NewSecret(text)
	}
	return err
}

// refuseSignIn shows the form again. What was wrong is not said, but for what the user can wait for or must do.
func (h *Handler) refuseSignIn(w http.ResponseWriter, r *request, err error) {
	form, _ := readForm(r)
	p := &signInPage{page: *h.page(r, "sign_in.title"), Account: form.Get("user"), Realm: form.Get("domain"), Next: safeNext(form.Get("next")), Refused: !usable(r.Request)}
	p.Error = true
	if p.Refused {
		h.mustRender(w, r, http.StatusForbidden, "sign_in", p)
		return
	}
	code, text := failure(w, r, err, r.texts.text("sign_in.failed"))
	if text == "" {
		h.refuse(w, r, err)
		return
	}
	p.Failure = text
	h.mustRender(w, r, code, "sign_in", p)
}

// failure is the status and the text of a failed proof, where wrong says that it is wrong; no text for what is none.
func failure(w http.ResponseWriter, r *request, err error, wrong string) (code int, text string) {
	var e *identity.Error
	switch k := identity.KindOf(err); {
	case k == identity.TooMany || k == identity.Unavailable:
		code, _, _ = api.Explain(w, err)
		return code, r.texts.text("sign_in.later")
	case k == identity.Forbidden:
		return 0, ""
	case errors.As(err, &e) && k == identity.Unauthorized && e.Message != identity.MessageUnauthenticated:
		return http.StatusUnprocessableEntity, r.texts.text("sign_in.expired") // said only to who knew the password
	}
	return http.StatusUnprocessableEntity, wrong
}

// passcodePage asks for the passcode of an authenticator, after the password.
type passcodePage struct {
	page
	Action  string // where the passcode goes
	Account string
	Step    string // what was proved so far, sealed
	Next    string
	Failure string
}

// stepIn is what is sealed of a sign-in between the password and the passcode. The receipt in it says when it ends.
type stepIn struct {
	Receipt string          `json:"receipt"`
	User    identity.UserID `json:"user"`
	Name    string          `json:"name"`
}

const stepUse = "portal sign-in"

// needsPasscode says whether a passcode is all that is missing.
func needsPasscode(more *core.Incomplete) bool {
	return slices.ContainsFunc(more.Required, func(rule []string) bool {
		missing := slices.DeleteFunc(slices.Clone(rule), func(m string) bool { return slices.Contains(more.Methods, m) })
		return len(missing) == 1 && missing[0] == identity.MethodTOTP
	})
}

// askPasscode asks for the rest, which is sent to action.
func (h *Handler) askPasscode(w http.ResponseWriter, r *request, action string, more *core.Incomplete, next string) error {
	plain, err := json.Marshal(stepIn{Receipt: more.Text.Reveal(), User: more.User.ID, Name: more.User.Name})
	if err != nil {
		return err
	}
	step, err := h.Core.SealNote(stepUse, plain)
	if err != nil {
		return err
	}
	return h.render(w, r, http.StatusOK, "passcode", &passcodePage{page: *h.plainPage(r, "passcode.title"), Action: action, Account: more.User.Name, Step: step, Next: next})
}

func (h *Handler) openStep(form url.Values) (in stepIn, err error) {
	plain, err := h.Core.OpenNote(stepUse, form.Get("step"))
	if err != nil {
		return in, err
	}
	err = json.Unmarshal(plain, &in)
	return in, err
}

// signInPasscode is the second step. That there was a first one, with the login password, the sealed step says.
func (h *Handler) signInPasscode(w http.ResponseWriter, r *request) error {
	form, err := readForm(r)
	if err != nil {
		return err
	}
	in, err := h.openStep(form)
	if err != nil {
		return err
	}
	root, _, err := h.provePasscode(r, in, form.Get("passcode"))
	if err != nil {
		return err
	}
	return h.begin(w, r, root, safeNext(form.Get("next")))
}

func (h *Handler) provePasscode(r *request, in stepIn, text string) (string, *identity.Authorization, error) {
	return h.Core.IssueToken(r.Context(), identity.AuthRequest{Methods: []string{identity.MethodTOTP}, Portal: true, Address: r.Caller.Address, Client: r.Caller.Client,
		Receipt: identity.NewSecret(in.Receipt), Scope: identity.ScopeRequest{Kind: identity.ScopeNone},
		TOTP: &identity.TOTPProof{User: identity.UserRef{ID: in.User}, Passcode: identity.NewSecret(strings.ReplaceAll(text, " ", ""))}})
}

// refusePasscode asks again, or for the password when the step is no more.
func (h *Handler) refusePasscode(w http.ResponseWriter, r *request, err error) {
	form, _ := readForm(r)
	in, stepErr := h.openStep(form)
	if stepErr != nil {
		h.refuseSignIn(w, r, err)
		return
	}
	h.againPasscode(w, r, passcode, in, err)
}

// againPasscode asks for the passcode again.
func (h *Handler) againPasscode(w http.ResponseWriter, r *request, action string, in stepIn, err error) {
	form, _ := readForm(r)
	p := &passcodePage{page: *h.plainPage(r, "passcode.title"), Action: action, Account: in.Name, Step: form.Get("step"), Next: safeNext(form.Get("next"))}
	code := http.StatusUnprocessableEntity
	p.Error, p.Failure = true, p.T("passcode.failed")
	if k := identity.KindOf(err); k == identity.TooMany || k == identity.Unavailable {
		code, p.Failure = failure(w, r, err, "")
	}
	h.mustRender(w, r, code, "passcode", p)
}

// safeNext is a page of the portal to go to, or its first page. What leads anywhere else is not followed.
func safeNext(text string) string {
	u, err := url.Parse(text)
	switch {
	case err != nil, u.Scheme != "", u.Host != "", u.User != nil, u.Opaque != "", u.Fragment != "":
	case strings.ContainsFunc(text, func(c rune) bool { return c <= ' ' || c == '\\' || c == 0x7f }):
	case strings.Contains(u.Path, "//"), strings.Contains(u.Path, "/."):
	case u.Path == Root, strings.HasPrefix(u.Path, Root+"/") && !strings.HasPrefix(u.Path, signIn):
		return u.RequestURI()
	}
	return Root
}
