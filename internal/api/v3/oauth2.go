package v3

import (
	"errors"
	"net/http"

	"github.com/lintel-id/lintel/internal/api"
	"github.com/lintel-id/lintel/internal/identity"
)

// oauth2In is the form of asking for a token (RFC 6749, section 4.4.2). The client is an
// application credential, which may name itself by HTTP Basic instead, or a user who shows a
// certificate.
type oauth2In struct {
	GrantType    string `json:"grant_type" required:"true"` // client_credentials
	ClientID     string `json:"client_id"`
	ClientSecret string `json:"client_secret"`
}

// oauth2Out is the token.
type oauth2Out struct {
	AccessToken string `json:"access_token"`
	TokenType   string `json:"token_type"`
	ExpiresIn   int64  `json:"expires_in"` // seconds
}

// issueOAuth2Token serves POST /v3/OS-OAUTH2/token.
func (h *Handler) issueOAuth2Token(w http.ResponseWriter, r *api.Request) error {
	who, err := decodeClient(r)
	if err != nil {
		return err
	}
	var text string
	var a *identity.Authorization
	if who.secret.Empty() {
		text, a, err = h.Core.IssueCertificateToken(r.Context(), identity.CertificateProof{UserID: identity.UserID(who.id), Certificate: r.Certificate(), Address: r.Caller.Address})
	} else {
		text, a, err = h.Core.IssueToken(r.Context(), identity.AuthRequest{Methods: []string{identity.MethodApplicationCredential}, Address: r.Caller.Address, Client: r.Caller.Client,
			ApplicationCredential: &identity.ApplicationCredentialProof{ID: identity.ApplicationCredentialID(who.id), Secret: who.secret}})
	}
	if err != nil {
		return err
	}
	noStore(w)
	return api.Reply(w, http.StatusOK, oauth2Out{AccessToken: text, TokenType: "Bearer", ExpiresIn: int64(a.Token.ExpiresAt.Sub(a.Token.IssuedAt).Seconds())})
}

// oauth2Client is who asks: an application credential with its secret, or a user who has shown
// a certificate instead.
type oauth2Client struct {
	id     string
	secret identity.Secret
}

// unsupportedGrant is the error of a grant that there is not.
type unsupportedGrant struct{ error }

func (e unsupportedGrant) Unwrap() error { return e.error }

// decodeClient reads who asks. A client that proves itself in two ways is a bad request
// (RFC 6749, section 2.3).
func decodeClient(r *api.Request) (who oauth2Client, err error) {
	form, err := api.DecodeForm(r)
	switch {
	case err != nil:
		return who, err
	case form["grant_type"] == "":
		return who, identity.Invalidf("The parameter grant_type is required.")
	case form["grant_type"] != "client_credentials":
		return who, unsupportedGrant{identity.Invalidf("The only grant_type that is supported is client_credentials.")}
	}
	who = oauth2Client{form["client_id"], identity.NewSecret(form["client_secret"])}
	if r.Header.Get("Authorization") != "" {
		if !who.secret.Empty() {
			return who, identity.Invalidf("The client proves itself in more than one way.")
		}
		// Not decoded once more, as the standard has it: Keystone takes the two as they are.
		user, password, ok := r.BasicAuth()
		if !ok || password == "" || who.id != "" && who.id != user {
			return who, identity.Unauthenticated("the client's authorization is not Basic, or is another's")
		}
		who = oauth2Client{user, identity.NewSecret(password)}
	}
	if who.id == "" || who.secret.Empty() && r.Certificate() == nil {
		return who, identity.Unauthenticated("the client does not prove itself")
	}
	return who, nil
}

// refuseOAuth2 answers an error in the form of RFC 6749, section 5.2, with Keystone's word for
// those that have none there.
func refuseOAuth2(w http.ResponseWriter, r *api.Request, err error) {
	code, _, message := api.Explain(w, err)
	name := "other_error"
	var unsupported unsupportedGrant
	switch {
	case errors.As(err, &unsupported):
		name = "unsupported_grant_type"
	case code == http.StatusBadRequest:
		name = "invalid_request"
	case code == http.StatusUnauthorized:
		name = "invalid_client"
		api.Challenge(w, r.Base())
	}
	noStore(w)
	body := struct {
		Error       string `json:"error"`
		Description string `json:"error_description"`
	}{name, message}
	if api.Reply(w, code, body) != nil {
		w.WriteHeader(code)
	}
}
