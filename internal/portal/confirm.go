package portal

import (
	"errors"
	"net/http"

	"github.com/lintel-id/lintel/internal/core"
	"github.com/lintel-id/lintel/internal/identity"
)

// confirmPage asks whoever is signed in for the password again, before a sensitive act.
type confirmPage struct {
	page
	Account string
	Next    string
	Failure string
}

func (h *Handler) confirmForm(w http.ResponseWriter, r *request) error {
	return h.render(w, r, http.StatusOK, "confirm", h.confirmPage(r, safeNext(r.URL.Query().Get("next"))))
}

func (h *Handler) confirmPage(r *request, next string) *confirmPage {
	return &confirmPage{page: *h.plainPage(r, "confirm.title"), Account: r.Caller.User.Name, Next: next}
}

// confirm proves the password of whoever is signed in, and asks for a passcode as well where signing in would.
func (h *Handler) confirm(w http.ResponseWriter, r *request) error {
	if !usable(r.Request) {
		return identity.Forbiddenf("Nobody signs in over plain HTTP.")
	}
	form, err := readForm(r)
	if err != nil {
		return err
	}
	root, proved, err := h.proveLogin(r, r.own(), identity.NewSecret(form.Get("password")))
	next := safeNext(form.Get("next"))
	var more *core.Incomplete
	if errors.As(err, &more) && needsPasscode(more) {
		return h.askPasscode(w, r, confirmPasscode, more, next)
	}
	if err != nil {
		return err
	}
	return h.renew(w, r, root, proved, next)
}

func (h *Handler) confirmPasscode(w http.ResponseWriter, r *request) error {
	form, err := readForm(r)
	if err != nil {
		return err
	}
	in, err := h.openStep(form)
	if err != nil {
		return err
	}
	if in.User != r.Caller.User.ID {
		return identity.Unauthenticated("the password was another user's")
	}
	root, proved, err := h.provePasscode(r, in, form.Get("passcode"))
	if err != nil {
		return err
	}
	return h.renew(w, r, root, proved, safeNext(form.Get("next")))
}

// renew goes on with the session, where it is, on the token of the new proof. The token of the one before ends,
// and with it each copy of the cookie. The session is not prolonged: it began with the sign-in.
func (h *Handler) renew(w http.ResponseWriter, r *request, root string, proved *identity.Authorization, next string) error {
	if proved.User.ID != r.Caller.User.ID {
		return identity.Unauthenticated("the proof is another user's")
	}
	s, err := h.renewed(r, root, proved)
	if err != nil {
		return err
	}
	if err := h.Core.EndSession(r.Context(), r.Caller); err != nil {
		return err
	}
	if err := h.keep(w, r, s); err != nil {
		return err
	}
	return see(w, next)
}

// renewed is the session, where it is, on the token of a new proof.
func (h *Handler) renewed(r *request, root string, proved *identity.Authorization) (*session, error) {
	s, now := *r.session, h.Core.Now()
	s.root, s.scoped, s.proved, s.seen = identity.NewSecret(root), identity.Secret{}, now, now
	if choice := chosen(r); choice != "" {
		if err := h.enter(r, &s, choice); err != nil && identity.KindOf(err) != identity.Unauthorized {
			return nil, err
		}
	}
	caller := r.Caller
	caller.Authorization = proved
	return &s, h.Core.BeginPortalSession(r.Context(), caller, s.began)
}

// refuseConfirm shows the form again.
func (h *Handler) refuseConfirm(w http.ResponseWriter, r *request, err error) {
	code, text := failure(w, r, err, r.texts.text("confirm.failed"))
	if r.Caller.Authorization == nil || text == "" {
		h.refuse(w, r, err)
		return
	}
	form, _ := readForm(r)
	p := h.confirmPage(r, safeNext(form.Get("next")))
	p.Error, p.Failure = true, text
	h.mustRender(w, r, code, "confirm", p)
}

// refuseConfirmPasscode asks for the passcode again, or for the password when the step is no more or another user's.
func (h *Handler) refuseConfirmPasscode(w http.ResponseWriter, r *request, err error) {
	form, _ := readForm(r)
	in, stepErr := h.openStep(form)
	if r.Caller.Authorization == nil || stepErr != nil || in.User != r.Caller.User.ID {
		h.refuseConfirm(w, r, err)
		return
	}
	h.againPasscode(w, r, confirmPasscode, in, err)
}
