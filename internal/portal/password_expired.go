package portal

import (
	"errors"
	"net/http"
	"time"

	"github.com/go-json-experiment/json"

	"github.com/lintel-id/lintel/internal/core"
	"github.com/lintel-id/lintel/internal/identity"
)

// expiredIn is what is sealed of a sign-in whose password was right and must be changed. It is no proof: the form asks
// for the password once more. It keeps whose it is, so that nobody need type that again.
type expiredIn struct {
	User   identity.UserID   `json:"user"`
	Name   string            `json:"name"`
	Domain identity.DomainID `json:"domain"`
	Until  int64             `json:"until"` // Unix seconds
}

const (
	expiredUse  = "portal password"
	expiredLife = 15 * time.Minute
)

// askNewPassword leads whoever signs in with an expired password to a new one.
func (h *Handler) askNewPassword(w http.ResponseWriter, r *request, expired *core.ExpiredPassword, next string) error {
	u := expired.User
	plain, err := json.Marshal(expiredIn{u.ID, u.Name, u.DomainID, h.Core.Now().Add(expiredLife).Unix()})
	if err != nil {
		return err
	}
	step, err := h.Core.SealNote(expiredUse, plain)
	if err != nil {
		return err
	}
	return h.renderPassword(w, r, http.StatusOK, &passwordPage{Kind: passwordExpired, Account: u.Name, Step: step, Next: next})
}

// changeExpiredPassword changes the password and goes on with the sign-in.
func (h *Handler) changeExpiredPassword(w http.ResponseWriter, r *request) error {
	if !usable(r.Request) {
		return identity.Forbiddenf("Nobody changes a password over plain HTTP.")
	}
	form, err := readForm(r)
	if err != nil {
		return err
	}
	var in expiredIn
	plain, err := h.Core.OpenNote(expiredUse, form.Get("step"))
	if err == nil {
		err = json.Unmarshal(plain, &in)
	}
	if err != nil || h.Core.Now().Unix() >= in.Until {
		return see(w, signIn)
	}
	p := &passwordPage{Kind: passwordExpired, Account: in.Name, Step: form.Get("step"), Next: safeNext(form.Get("next"))}
	fresh := p.read(form, r.texts)
	if len(p.Errors) > 0 {
		return h.renderPassword(w, r, http.StatusUnprocessableEntity, p)
	}
	if err := h.Core.ChangeLoginPassword(r.Context(), r.Caller, in.User, identity.NewSecret(form.Get("current")), fresh); err != nil {
		return h.refusePassword(w, r, p, err)
	}
	root, _, err := h.proveLogin(r, identity.UserRef{Name: in.Name, Domain: identity.DomainRef{ID: in.Domain}}, fresh)
	var more *core.Incomplete
	if errors.As(err, &more) && needsPasscode(more) {
		return h.askPasscode(w, r, passcode, more, p.Next)
	}
	if identity.KindOf(err) != identity.Internal {
		return h.seeWith(w, r, signIn, notice{Text: "password_changed"})
	}
	if err != nil {
		return err
	}
	return h.begin(w, r, root, p.Next)
}
