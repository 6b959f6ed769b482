package v2

import (
	"github.com/lintel-id/lintel/internal/api"
	"github.com/lintel-id/lintel/internal/identity"
)

// authIn is the "auth" of an authentication request. An empty name or id counts as none.
type authIn struct {
	TenantID   identity.ProjectID `json:"tenantId"`
	TenantName string             `json:"tenantName"`
	TrustID    identity.TrustID   `json:"trust_id"`
	Password   *struct {
		Username string           `json:"username"`
		UserID   identity.UserID  `json:"userId"`
		Password *identity.Secret `json:"password"`
	} `json:"passwordCredentials"`
	Token *struct {
		ID identity.Secret `json:"id"`
	} `json:"token"`
}

// decodeAuth reads an authentication request. What is missing is a 400 before anything is
// proved; what does not exist is a 401 afterwards.
func (h *Handler) decodeAuth(r *api.Request) (identity.AuthRequest, error) {
	req := identity.AuthRequest{V2: true}
	var body struct {
		Auth *authIn `json:"auth"`
	}
	if err := api.Decode(r, &body); err != nil {
		return req, err
	}
	in := body.Auth
	if in == nil {
		return req, missing("auth", "request body")
	}
	var err error
	if req.Scope, err = in.scope(h.Core.Settings.DefaultDomain); err != nil {
		return req, err
	}
	if h.Core.Settings.V2RequireTenant && req.Scope.Kind == identity.ScopeDefault {
		return req, missing("tenantId or tenantName", "auth")
	}
	switch {
	case in.Token != nil && in.Password != nil:
		return req, identity.Invalidf("Invalid input for field 'auth': it names both passwordCredentials and token; one is needed.")
	case in.Token != nil:
		if in.Token.ID.Empty() {
			return req, missing("id", "token")
		}
		req.Methods, req.Token = []string{identity.MethodToken}, in.Token.ID
	default:
		req.Methods = []string{identity.MethodPassword}
		req.Password, err = in.proof()
	}
	return req, err
}

// missing is a 400 in the words of Keystone's v2.0 API.
func missing(name, in string) error {
	return identity.Invalidf("Expecting to find %s in %s. The server could not comply with the request since it is either malformed or otherwise incorrect. The client is assumed to be in error.", name, in)
}

// scope is the tenant. A tenant's name is looked for in the default domain, the only one that
// v2.0 knows.
func (in *authIn) scope(domain identity.DomainID) (identity.ScopeRequest, error) {
	switch {
	case in.TenantID != "" && in.TenantName != "":
		return identity.ScopeRequest{}, identity.Invalidf("Invalid input for field 'auth': tenantId and tenantName exclude each other.")
	case in.TrustID != "":
		return identity.ScopeRequest{Kind: identity.ScopeTrust, TrustID: in.TrustID}, nil
	case in.TenantID != "":
		return identity.ScopeRequest{Kind: identity.ScopeProject, ProjectID: in.TenantID}, nil
	case in.TenantName != "":
		return identity.ScopeRequest{Kind: identity.ScopeProject, ProjectName: in.TenantName, Domain: identity.DomainRef{ID: domain}}, nil
	}
	return identity.ScopeRequest{}, nil
}

func (in *authIn) proof() (*identity.PasswordProof, error) {
	p := in.Password
	switch {
	case p == nil:
		return nil, missing("passwordCredentials", "auth")
	case p.Password == nil:
		return nil, missing("password", "passwordCredentials")
	case p.Username == "" && p.UserID == "":
		return nil, missing("username or userId", "passwordCredentials")
	case p.Username != "" && p.UserID != "":
		return nil, identity.Invalidf("Invalid input for field 'auth/passwordCredentials': username and userId exclude each other.")
	}
	return &identity.PasswordProof{User: identity.UserRef{ID: p.UserID, Name: p.Username}, Password: *p.Password}, nil
}
