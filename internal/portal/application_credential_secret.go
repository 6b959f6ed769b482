package portal

import (
	"net/http"
	"regexp"

	"github.com/lintel-id/lintel/internal/core"
	"github.com/lintel-id/lintel/internal/identity"
	"github.com/lintel-id/lintel/internal/portal/handout"
)

// secretPage shows a new application credential with its secret, once.
type secretPage struct {
	page
	Credential credentialView
	Secret     string
	AuthURL    string
	Region     string
	Downloads  []offer
	Test       string // a command that tries the credential, without the secret
	Export     string // the line that gives the snippets the secret
	Snippets   []offer
}

func (h *Handler) renderSecret(w http.ResponseWriter, r *request, ac *core.ApplicationCredential, secret identity.Secret) error {
	names, err := h.projectNames(r)
	if err != nil {
		return err
	}
	v, err := h.handoutValues(r)
	if err != nil {
		return err
	}
	v.Name, v.ID, v.Secret = ac.Name, string(ac.ID), secret.Reveal()
	p := &secretPage{page: *h.page(r, "secret.title"), Credential: describe(ac, names, h.Core.Now()), Secret: v.Secret, AuthURL: v.V3(), Region: v.Region,
		Downloads: offers(handout.ApplicationCredential(), v), Export: handout.Export(v.Secret), Snippets: snippets(v)}
	p.Path = applicationCredentials // this page cannot be come back to
	p.Test = ". ./" + p.Downloads[0].File + " && openstack token issue"
	return h.render(w, r, http.StatusCreated, "secret", p)
}

var generatedSecret = regexp.MustCompile(`^[A-Za-z0-9_-]{86}$`)

// downloadApplicationCredential makes a file for a credential of the caller's, with the secret that the form of the one-time page
// sends back: the server has forgotten it.
func (h *Handler) downloadApplicationCredential(w http.ResponseWriter, r *request) error {
	form, err := readForm(r)
	if err != nil {
		return err
	}
	ac, err := h.credential(r, form.Get("id"))
	if err != nil {
		return err
	}
	secret := form.Get("secret")
	if !generatedSecret.MatchString(secret) {
		return identity.Invalidf("The form has no secret of a credential.")
	}
	v, err := h.handoutValues(r)
	if err != nil {
		return err
	}
	v.Name, v.ID, v.Secret = ac.Name, ac.ID, secret
	return sendFile(w, handout.ApplicationCredential(), form.Get("kind"), v)
}
