package portal

import (
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/lintel-id/lintel/internal/identity"
)

// deletePage says what dies with some application credentials, and asks.
type deletePage struct {
	page
	Credentials []credentialView
	Recent      bool   // one of them was used just now: then a word must be typed
	Word        string // which
	Typed       string
	Errors      formErrors
}

const (
	recently     = 24 * time.Hour
	maxDeletions = 200 // at once
)

func (h *Handler) deleteApplicationCredentialsForm(w http.ResponseWriter, r *request) error {
	p, err := h.deletion(r, r.URL.Query()["id"])
	if err != nil {
		return err
	}
	if len(p.Credentials) == 0 {
		return h.seeWith(w, r, applicationCredentials, notice{Text: "none_selected"})
	}
	return h.render(w, r, http.StatusOK, "application_credential_delete", p)
}

// deletion gathers what is to be deleted. What is gone already needs no deleting.
func (h *Handler) deletion(r *request, ids []string) (*deletePage, error) {
	ids = slices.Compact(slices.Sorted(slices.Values(ids)))
	if len(ids) > maxDeletions {
		return nil, identity.Invalidf("More than %d at once.", maxDeletions)
	}
	p := &deletePage{page: *h.page(r, "delete.title")}
	for _, id := range ids {
		v, err := h.credential(r, id)
		if identity.KindOf(err) == identity.NotFound {
			continue
		}
		if err != nil {
			return nil, err
		}
		p.Credentials = append(p.Credentials, *v)
		p.Recent = p.Recent || !v.Used.IsZero() && h.Core.Now().Sub(v.Used.Time) < recently
	}
	switch n := len(p.Credentials); n {
	case 0:
	case 1:
		p.Word = p.Credentials[0].Name
	default:
		p.Word = strconv.Itoa(n)
	}
	return p, nil
}

func (h *Handler) deleteApplicationCredentials(w http.ResponseWriter, r *request) error {
	form, err := readForm(r)
	if err != nil {
		return err
	}
	p, err := h.deletion(r, form["id"])
	if err != nil {
		return err
	}
	if p.Typed = form.Get("confirm"); p.Recent && strings.TrimSpace(p.Typed) != p.Word {
		p.Errors.add("confirm", p.T("delete.confirm.bad", p.Word))
		p.Error = true
		return h.render(w, r, http.StatusUnprocessableEntity, "application_credential_delete", p)
	}
	for _, v := range p.Credentials {
		err := h.Core.DeleteApplicationCredential(r.Context(), r.Caller, r.Caller.User.ID, identity.ApplicationCredentialID(v.ID))
		if err != nil && identity.KindOf(err) != identity.NotFound {
			return err
		}
	}
	return h.seeWith(w, r, applicationCredentials, notice{Text: "deleted", Count: len(p.Credentials)})
}
