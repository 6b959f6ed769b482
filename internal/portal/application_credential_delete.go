package portal

import (
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/lintel-id/lintel/internal/identity"
)

// deletePage says what dies with some credentials of one kind, and asks.
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
	p := &deletePage{page: *h.page(r, "delete.title")}
	if err := h.gather(r, p, h.applicationCredential(), r.URL.Query()["id"]); err != nil {
		return err
	}
	if len(p.Credentials) == 0 {
		return h.seeWith(w, r, applicationCredentials, notice{Text: "none_selected"})
	}
	return h.render(w, r, http.StatusOK, "application_credential_delete", p)
}

// gather fills in what is to be deleted. What is gone already needs no deleting.
func (h *Handler) gather(r *request, p *deletePage, kind *credentialKind, ids []string) error {
	ids = slices.Compact(slices.Sorted(slices.Values(ids)))
	if len(ids) > maxDeletions {
		return identity.Invalidf("More than %d at once.", maxDeletions)
	}
	for _, id := range ids {
		v, err := kind.one(r, id)
		if identity.KindOf(err) == identity.NotFound {
			continue
		}
		if err != nil {
			return err
		}
		p.Credentials = append(p.Credentials, *v)
		p.Recent = p.Recent || !v.Used.IsZero() && h.Core.Now().Sub(v.Used.Time) < recently
	}
	switch n := len(p.Credentials); n {
	case 0:
	case 1:
		if p.Word = p.Credentials[0].Name; kind.typed > 0 {
			p.Word = p.Word[:min(kind.typed, len(p.Word))]
		}
	default:
		p.Word = strconv.Itoa(n)
	}
	return nil
}

func (h *Handler) deleteApplicationCredentials(w http.ResponseWriter, r *request) error {
	p := &deletePage{page: *h.page(r, "delete.title")}
	done, err := h.delete(r, p, h.applicationCredential())
	switch {
	case err != nil:
		return err
	case !done:
		return h.render(w, r, http.StatusUnprocessableEntity, "application_credential_delete", p)
	}
	return h.seeWith(w, r, applicationCredentials, notice{Text: "deleted", Count: len(p.Credentials)})
}

// delete deletes what the form names; done is false where the word is missing.
func (h *Handler) delete(r *request, p *deletePage, kind *credentialKind) (done bool, err error) {
	form, err := readForm(r)
	if err != nil {
		return false, err
	}
	if err := h.gather(r, p, kind, form["id"]); err != nil {
		return false, err
	}
	if p.Typed = form.Get("confirm"); p.Recent && strings.TrimSpace(p.Typed) != p.Word {
		p.Errors.add("confirm", p.T("delete.confirm.bad", p.Word))
		p.Error = true
		return false, nil
	}
	for i := range p.Credentials {
		if err := kind.remove(r, &p.Credentials[i]); err != nil && identity.KindOf(err) != identity.NotFound {
			return false, err
		}
	}
	return true, nil
}
