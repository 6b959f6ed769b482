package v3

import (
	"net/http"
	"strconv"
	"strings"

	"github.com/lintel-id/lintel/internal/api"
	"github.com/lintel-id/lintel/internal/core"
	"github.com/lintel-id/lintel/internal/identity"
)

// signed is the request as its client has signed it: for the URL that the client uses, which a
// public endpoint or a trusted proxy may make another one than what arrives here.
func signed(r *api.Request) (*identity.SignedRequest, error) {
	path, _, _ := strings.Cut(r.RequestURI, "?") // as sent: with its encoding, and a slash at the end
	form, err := r.FormText()
	return &identity.SignedRequest{Method: r.Method, URL: r.Base() + path, Query: r.URL.RawQuery, Form: form,
		Authorization: r.Header.Get("Authorization"), Address: r.Caller.Address}, err
}

// oauth1TokenOut is what a form says of a request token or an access token.
type oauth1TokenOut struct {
	Token     string `json:"oauth_token"`
	Secret    string `json:"oauth_token_secret"`
	ExpiresAt string `json:"oauth_expires_at,omitzero"`
}

// replyOAuth1Token answers with a form as Keystone writes it: the colons of the time are bare.
func replyOAuth1Token(w http.ResponseWriter, t *core.OAuth1Token) error {
	text := "oauth_token=" + t.ID + "&oauth_token_secret=" + t.Secret.Reveal()
	if !t.ExpiresAt.IsZero() {
		text += "&oauth_expires_at=" + identity.FormatTime(t.ExpiresAt)
	}
	noStore(w)
	w.Header().Set("Content-Type", api.Form)
	w.Header().Set("Content-Length", strconv.Itoa(len(text)))
	w.WriteHeader(http.StatusCreated)
	_, err := w.Write([]byte(text))
	return err
}

const requestedProjectHeader = "Requested-Project-Id"

// createRequestToken serves POST /v3/OS-OAUTH1/request_token.
func (h *Handler) createRequestToken(w http.ResponseWriter, r *api.Request) error {
	request, err := signed(r)
	if err != nil {
		return err
	}
	t, err := h.Core.IssueRequestToken(r.Context(), *request, identity.ProjectID(r.Header.Get(requestedProjectHeader)))
	if err != nil {
		return err
	}
	return replyOAuth1Token(w, t)
}

// createAccessToken serves POST /v3/OS-OAUTH1/access_token.
func (h *Handler) createAccessToken(w http.ResponseWriter, r *api.Request) error {
	request, err := signed(r)
	if err != nil {
		return err
	}
	t, err := h.Core.IssueAccessToken(r.Context(), *request)
	if err != nil {
		return err
	}
	return replyOAuth1Token(w, t)
}

// authorizeIn is the body of authorising a request token.
type authorizeIn struct {
	Roles []heldRoleIn `json:"roles" required:"true"`
}

// verifierOut is the answer to it.
type verifierOut struct {
	Verifier string `json:"oauth_verifier"`
}

// authorizeRequestToken serves PUT /v3/OS-OAUTH1/authorize/{request_token_id}.
func (h *Handler) authorizeRequestToken(w http.ResponseWriter, r *api.Request) error {
	var in authorizeIn
	if err := api.Decode(r, &in); err != nil {
		return err
	}
	roles := make([]identity.RoleRef, len(in.Roles))
	for i, role := range in.Roles {
		roles[i] = identity.RoleRef{ID: role.ID, Name: role.Name}
	}
	verifier, err := h.Core.AuthorizeRequestToken(r.Context(), r.Caller, identity.RequestTokenID(r.PathValue("request_token_id")), roles)
	if err != nil {
		return err
	}
	noStore(w)
	return replyMember(w, http.StatusOK, "token", verifierOut{verifier.Reveal()})
}
