package v3

import (
	"errors"
	"net/http"
	"strconv"
	"strings"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"

	"github.com/lintel-id/lintel/internal/api"
	"github.com/lintel-id/lintel/internal/core"
	"github.com/lintel-id/lintel/internal/identity"
)

const subjectHeader = "X-Subject-Token"

// issueToken serves POST /v3/auth/tokens.
func (h *Handler) issueToken(w http.ResponseWriter, r *api.Request) error {
	req, err := decodeAuth(r)
	if err != nil {
		return err
	}
	req.Address, req.Client = r.Caller.Address, r.Caller.Client
	text, a, err := h.Core.IssueToken(r.Context(), req)
	var incomplete *core.Incomplete
	if errors.As(err, &incomplete) {
		return replyReceipt(w, incomplete)
	}
	if err != nil {
		return err
	}
	w.Header()[subjectHeader] = []string{text}
	return h.replyToken(w, r, http.StatusCreated, a)
}

// validateToken serves GET /v3/auth/tokens.
func (h *Handler) validateToken(w http.ResponseWriter, r *api.Request) error {
	a, err := h.Core.ValidateToken(r.Context(), r.Caller, r.Header.Get(subjectHeader), validation(r))
	if err != nil {
		return err
	}
	w.Header()[subjectHeader] = r.Header[subjectHeader]
	return h.replyToken(w, r, http.StatusOK, a)
}

// checkToken serves HEAD /v3/auth/tokens.
func (h *Handler) checkToken(w http.ResponseWriter, r *api.Request) error {
	if _, err := h.Core.CheckToken(r.Context(), r.Caller, r.Header.Get(subjectHeader), validation(r)); err != nil {
		return err
	}
	w.Header()[subjectHeader] = r.Header[subjectHeader]
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(http.StatusOK)
	return nil
}

// revokeToken serves DELETE /v3/auth/tokens.
func (h *Handler) revokeToken(w http.ResponseWriter, r *api.Request) error {
	if err := h.Core.RevokeToken(r.Context(), r.Caller, r.Header.Get(subjectHeader)); err != nil {
		return err
	}
	return api.NoContent(w)
}

// validation reads how the service asks (keystonemiddleware's contract).
func validation(r *api.Request) core.Validation {
	var v core.Validation
	if r.URL.RawQuery != "" {
		if on := r.Query().Bool("allow_expired"); on != nil {
			v.AllowExpired = *on
		}
	}
	if rules := r.Header["Openstack-Identity-Access-Rules"]; len(rules) > 0 {
		version, err := strconv.ParseFloat(strings.TrimSpace(rules[0]), 64)
		v.AccessRules = err == nil && version >= 1
	}
	return v
}

// replyToken answers with a token's body, with the catalog unless the token has no scope or
// the request says nocatalog.
func (h *Handler) replyToken(w http.ResponseWriter, r *api.Request, code int, a *identity.Authorization) error {
	var catalog *identity.Catalog
	scoped := a.Project != nil || a.Domain != nil || a.Token.System
	if scoped && (r.URL.RawQuery == "" || !r.Query().Has("nocatalog")) {
		catalog = h.Core.Catalog(a)
	}
	buf := api.GetBuffer()
	defer buf.Put()
	buf.B = h.appendToken(buf.B, a, catalog, h.Core.ShownServiceProviders())
	api.ReplyBytes(w, code, buf.B)
	return nil
}

// The body of an authentication request.
type (
	authIn struct {
		Identity *identityIn    `json:"identity"`
		Scope    jsontext.Value `json:"scope"`
	}
	identityIn struct {
		Methods  []string    `json:"methods"`
		Password *passwordIn `json:"password"`
		Token    *struct {
			ID identity.Secret `json:"id"`
		} `json:"token"`
		TOTP                  *totpIn                       `json:"totp"`
		OAuth1                *struct{}                     `json:"oauth1"` // the proof is the Authorization header
		ApplicationCredential *applicationCredentialProofIn `json:"application_credential"`
	}
	passwordIn struct {
		User *struct {
			userRefIn
			Password *identity.Secret `json:"password"`
		} `json:"user"`
	}
	totpIn struct {
		User *struct {
			userRefIn
			Passcode *identity.Secret `json:"passcode"`
		} `json:"user"`
	}
	applicationCredentialProofIn struct {
		ID     identity.ApplicationCredentialID `json:"id"`
		Name   string                           `json:"name"`
		User   *userRefIn                       `json:"user"`
		Secret *identity.Secret                 `json:"secret"`
	}
	userRefIn struct {
		ID     identity.UserID `json:"id"`
		Name   string          `json:"name"`
		Domain *domainRefIn    `json:"domain"`
	}
	domainRefIn struct {
		ID   identity.DomainID `json:"id"`
		Name string            `json:"name"`
	}
	projectRefIn struct {
		ID     identity.ProjectID `json:"id"`
		Name   string             `json:"name"`
		Domain *domainRefIn       `json:"domain"`
	}
)

// decodeAuth reads an authentication request. What is missing is a 400 before anything is
// proved; what does not exist is a 401 afterwards.
func decodeAuth(r *api.Request) (req identity.AuthRequest, err error) {
	var body struct {
		Auth *authIn `json:"auth"`
	}
	if err := api.Decode(r, &body); err != nil {
		return req, err
	}
	if body.Auth == nil || body.Auth.Identity == nil {
		return req, required("identity", "auth")
	}
	in := body.Auth.Identity
	if in.Methods == nil {
		return req, required("methods", "auth/identity")
	}
	req.Methods = in.Methods
	if in.Password != nil {
		if req.Password, err = in.Password.proof(); err != nil {
			return req, err
		}
	}
	if in.Token != nil {
		req.Token = in.Token.ID
	}
	if in.TOTP != nil {
		if req.TOTP, err = in.TOTP.proof(); err != nil {
			return req, err
		}
	}
	if in.OAuth1 != nil {
		if req.OAuth1, err = signed(r); err != nil {
			return req, err
		}
	}
	if in.ApplicationCredential != nil {
		if req.ApplicationCredential, err = in.ApplicationCredential.proof(); err != nil {
			return req, err
		}
	}
	req.Receipt = identity.NewSecret(r.Header.Get(receiptHeader))
	req.Scope, err = decodeScope(body.Auth.Scope)
	return req, err
}

func required(name, in string) error {
	return identity.Invalidf("Invalid input for field '%s': '%s' is a required property.", in, name)
}

func (in *passwordIn) proof() (*identity.PasswordProof, error) {
	if in.User == nil {
		return nil, required("user", "auth/identity/password")
	}
	if in.User.Password == nil {
		return nil, required("password", "auth/identity/password/user")
	}
	ref, err := in.User.ref("auth/identity/password/user")
	return &identity.PasswordProof{User: ref, Password: *in.User.Password}, err
}

func (in *totpIn) proof() (*identity.TOTPProof, error) {
	if in.User == nil {
		return nil, required("user", "auth/identity/totp")
	}
	if in.User.Passcode == nil {
		return nil, required("passcode", "auth/identity/totp/user")
	}
	ref, err := in.User.ref("auth/identity/totp/user")
	return &identity.TOTPProof{User: ref, Passcode: *in.User.Passcode}, err
}

func (in *applicationCredentialProofIn) proof() (*identity.ApplicationCredentialProof, error) {
	const at = "auth/identity/application_credential"
	if in.Secret == nil {
		return nil, required("secret", at)
	}
	p := &identity.ApplicationCredentialProof{ID: in.ID, Name: in.Name, Secret: *in.Secret}
	if in.ID != "" {
		return p, nil // the owner is the credential's; a user in the request has no say
	}
	if in.Name == "" || in.User == nil {
		return nil, required("id", at)
	}
	var err error
	p.User, err = in.User.ref(at + "/user")
	return p, err
}

func (in *userRefIn) ref(at string) (identity.UserRef, error) {
	ref := identity.UserRef{ID: in.ID, Name: in.Name}
	if in.ID != "" {
		return ref, nil
	}
	if in.Name == "" {
		return ref, required("id", at)
	}
	var err error
	ref.Domain, err = in.Domain.ref(at)
	return ref, err
}

func (in *domainRefIn) ref(at string) (identity.DomainRef, error) {
	if in == nil {
		return identity.DomainRef{}, required("domain", at)
	}
	if in.ID == "" && in.Name == "" {
		return identity.DomainRef{}, required("id", at+"/domain")
	}
	return identity.DomainRef{ID: in.ID, Name: in.Name}, nil
}

// decodeScope reads the scope: absent, "unscoped", or an object of one kind.
func decodeScope(v jsontext.Value) (s identity.ScopeRequest, err error) {
	if len(v) == 0 || v.Kind() == 'n' {
		return s, nil
	}
	if v.Kind() == '"' {
		if string(v) != `"unscoped"` {
			return s, identity.Invalidf("Invalid input for field 'auth/scope': the only word for a scope is unscoped.")
		}
		return identity.ScopeRequest{Kind: identity.ScopeNone}, nil
	}
	var in map[string]jsontext.Value
	if err := json.Unmarshal(v, &in); err != nil {
		return s, identity.Invalidf("Invalid input for field 'auth/scope': it is not an object.")
	}
	if len(in) != 1 {
		return s, identity.Invalidf("Invalid input for field 'auth/scope': it names %d scopes; one is needed.", len(in))
	}
	for kind, value := range in {
		s, err = decodeScopeKind(kind, value)
	}
	return s, err
}

func decodeScopeKind(kind string, v jsontext.Value) (s identity.ScopeRequest, err error) {
	at := "auth/scope/" + kind
	switch kind {
	case "unscoped":
		return identity.ScopeRequest{Kind: identity.ScopeNone}, nil
	case "system":
		return identity.ScopeRequest{Kind: identity.ScopeSystem}, nil
	case "project":
		var in projectRefIn
		if err := api.DecodeValue(v, at, &in); err != nil {
			return s, err
		}
		s = identity.ScopeRequest{Kind: identity.ScopeProject, ProjectID: in.ID, ProjectName: in.Name}
		switch {
		case in.ID != "":
		case in.Name == "":
			return s, required("id", at)
		default:
			s.Domain, err = in.Domain.ref(at)
		}
		return s, err
	case "domain":
		var in domainRefIn
		if err := api.DecodeValue(v, at, &in); err != nil {
			return s, err
		}
		s.Kind = identity.ScopeDomain
		s.Domain, err = in.ref(at)
		return s, err
	case "OS-TRUST:trust":
		var in struct {
			ID identity.TrustID `json:"id"`
		}
		err := api.DecodeValue(v, at, &in)
		return identity.ScopeRequest{Kind: identity.ScopeTrust, TrustID: in.ID}, err
	}
	return s, identity.Invalidf("Invalid input for field 'auth/scope': it is none of project, domain, system, unscoped and OS-TRUST:trust.")
}
