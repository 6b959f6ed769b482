package portal

import (
	"net/http"
	"strings"

	"github.com/lintel-id/lintel/internal/core"
	"github.com/lintel-id/lintel/internal/identity"
)

// tokenPage says what a token is that the user has pasted.
type tokenPage struct {
	page
	Token  *tokenView // nil: none was asked about
	Note   string     // the token, sealed: it is not sent back to the page
	Errors formErrors
}

// tokenView is a token in words.
type tokenView struct {
	Good     bool
	Reason   string // why not
	Methods  string
	Project  string // "" for none
	Domain   string
	System   bool
	Roles    []string
	Issued   moment
	Expires  moment
	AuditIDs []string
}

const tokenUse = "portal token"

func (h *Handler) tokenForm(w http.ResponseWriter, r *request) error {
	return h.render(w, r, http.StatusOK, "token", &tokenPage{page: *h.page(r, "token.title")})
}

// examineToken tells what a token is. It comes in a form, never in an address, which others log.
func (h *Handler) examineToken(w http.ResponseWriter, r *request) error {
	form, err := readForm(r)
	if err != nil {
		return err
	}
	text := strings.TrimSpace(form.Get("token"))
	p := &tokenPage{page: *h.page(r, "token.title")}
	own, err := h.Core.OwnToken(r.Context(), r.Caller, text)
	switch k := identity.KindOf(err); {
	case text == "" || err != nil && (k == identity.NotFound || k == identity.Unauthorized):
		p.Errors.add("token", p.T("token.bad"))
		p.Error = true
		return h.render(w, r, http.StatusUnprocessableEntity, "token", p)
	case err != nil:
		return err
	}
	p.Token = h.describeToken(r, &own)
	if p.Token.Good {
		if p.Note, err = h.Core.SealNote(tokenUse, []byte(text)); err != nil {
			return err
		}
	}
	return h.render(w, r, http.StatusOK, "token", p)
}

func (h *Handler) describeToken(r *request, own *core.OwnToken) *tokenView {
	v := &tokenView{Good: own.Authorization != nil, Methods: strings.Join(own.Methods, ", "), Project: string(own.ProjectID), Domain: string(own.DomainID), System: own.System,
		Issued: moment{own.IssuedAt}, Expires: moment{own.ExpiresAt}}
	for _, id := range own.AuditIDs {
		v.AuditIDs = append(v.AuditIDs, id.String())
	}
	a := own.Authorization
	if a == nil {
		v.Reason = r.texts.reason(own.Reason)
		return v
	}
	if a.Project != nil {
		v.Project = a.Project.Name
	}
	if a.Domain != nil {
		v.Domain = a.Domain.Name
	}
	v.Roles = roleNames(a.Roles)
	return v
}

// revokeToken ends the token that was examined.
func (h *Handler) revokeToken(w http.ResponseWriter, r *request) error {
	form, err := readForm(r)
	if err != nil {
		return err
	}
	text, err := h.Core.OpenNote(tokenUse, form.Get("note"))
	if err != nil {
		return identity.Invalidf("The form has no token.")
	}
	err = h.Core.RevokeToken(r.Context(), r.Caller, string(text))
	if err != nil && identity.KindOf(err) != identity.NotFound { // it may have ended meanwhile
		return err
	}
	return h.seeWith(w, r, activity, notice{Text: "token_revoked"})
}

// endTokensPage asks whether the tokens of a credential, or all, are to end.
type endTokensPage struct {
	page
	Kind identity.UseKind // "" for all tokens
	ID   string
	Name string
}

func (h *Handler) endTokensForm(w http.ResponseWriter, r *request) error {
	q := r.URL.Query()
	p, err := h.endTokensPage(r, identity.UseKind(q.Get("kind")), q.Get("id"))
	if err != nil {
		return err
	}
	return h.render(w, r, http.StatusOK, "tokens_end", p)
}

func (h *Handler) endTokensPage(r *request, kind identity.UseKind, id string) (*endTokensPage, error) {
	p := &endTokensPage{page: *h.page(r, "tokens_end.title"), Kind: kind, ID: id}
	if kind == "" {
		return p, nil
	}
	views, err := h.usedCredentials(r)
	if err != nil {
		return nil, err
	}
	for _, v := range views {
		if v.Kind == kind && v.ID == id {
			p.Name = v.Name
			return p, nil
		}
	}
	return nil, identity.Missing("credential", id)
}

// endTokens ends the tokens of a credential. Those of the password, and so all, are also those of the session.
func (h *Handler) endTokens(w http.ResponseWriter, r *request) error {
	form, err := readForm(r)
	if err != nil {
		return err
	}
	switch kind := identity.UseKind(form.Get("kind")); kind {
	case "":
		err = h.Core.EndAllTokens(r.Context(), r.Caller)
	case identity.UsePassword:
		err = h.Core.EndSessions(r.Context(), r.Caller)
	default:
		if err := h.Core.EndCredentialTokens(r.Context(), r.Caller, identity.Use{Kind: kind, ID: form.Get("id")}); err != nil {
			return err
		}
		return h.seeWith(w, r, activity, notice{Text: "tokens_ended"})
	}
	if err != nil {
		return err
	}
	return h.leave(w, r, "tokens_ended")
}
