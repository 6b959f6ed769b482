package v2

import (
	"log/slog"
	"net/http"

	"github.com/go-json-experiment/json/jsontext"

	"github.com/lintel-id/lintel/internal/api"
	"github.com/lintel-id/lintel/internal/core"
	"github.com/lintel-id/lintel/internal/identity"
)

// issueToken serves POST /v2.0/tokens. The token stands in the body alone.
func (h *Handler) issueToken(w http.ResponseWriter, r *api.Request) error {
	req, err := h.decodeAuth(r)
	if err != nil {
		return err
	}
	req.Address, req.Client = r.Caller.Address, r.Caller.Client
	text, a, err := h.Core.IssueToken(r.Context(), req)
	if err != nil {
		return err
	}
	h.Core.NoteV2(a.User.ID)
	r.Log = append(r.Log, slog.String("user_id", string(a.User.ID)))
	return h.replyAccess(w, text, a)
}

// validateToken serves GET /v2.0/tokens/{token_id}, and refuses GET /v2.0/tokens/revoked: no
// route of its own could stand beside HEAD's.
func (h *Handler) validateToken(w http.ResponseWriter, r *api.Request) error {
	text := r.PathValue("token_id")
	if text == "revoked" {
		return gonePKI()
	}
	a, err := h.Core.ValidateToken(r.Context(), r.Caller, text, validation(r))
	if err != nil {
		return err
	}
	return h.replyAccess(w, text, a)
}

// tokenEndpoints serves GET /v2.0/tokens/{token_id}/endpoints: the token's catalog as one list.
func (h *Handler) tokenEndpoints(w http.ResponseWriter, r *api.Request) error {
	a, err := h.Core.ValidateToken(r.Context(), r.Caller, r.PathValue("token_id"), validation(r))
	if err != nil {
		return err
	}
	buf := api.GetBuffer()
	defer buf.Put()
	buf.B = append(buf.B, `{"endpoints": `...)
	if a.Project != nil {
		buf.B = h.endpoints.Append(buf.B, h.Core.Catalog(a), a, renderEndpoints)
	} else {
		buf.B = append(buf.B, "[]"...)
	}
	buf.B = append(buf.B, `, "endpoints_links": []}`...)
	api.ReplyBytes(w, http.StatusOK, buf.B)
	return nil
}

// checkToken serves HEAD /v2.0/tokens/{token_id}.
func (h *Handler) checkToken(w http.ResponseWriter, r *api.Request) error {
	if _, err := h.Core.CheckToken(r.Context(), r.Caller, r.PathValue("token_id"), validation(r)); err != nil {
		return err
	}
	w.WriteHeader(http.StatusOK)
	return nil
}

// revokeToken serves DELETE /v2.0/tokens/{token_id}.
func (h *Handler) revokeToken(w http.ResponseWriter, r *api.Request) error {
	if err := h.Core.RevokeToken(r.Context(), r.Caller, r.PathValue("token_id")); err != nil {
		return err
	}
	return api.NoContent(w)
}

// validation reads how the service asks. v2.0 cannot show access rules, so that tokens bound
// to some are never valid here.
func validation(r *api.Request) core.Validation {
	return core.Validation{BelongsTo: identity.ProjectID(r.Query().Get("belongsTo"))}
}

// The body of an issued or validated token. Its catalog is made elsewhere, and is text by then.
type (
	accessOut           access[[]catalogServiceOut]
	access[Catalog any] struct {
		Token          tokenOut       `json:"token"`
		ServiceCatalog Catalog        `json:"serviceCatalog"`
		User           tokenUserOut   `json:"user"`
		Metadata       metadataOut    `json:"metadata"`
		Trust          *tokenTrustOut `json:"trust,omitzero"`
	}
	tokenOut struct {
		ID       string     `json:"id"`
		IssuedAt string     `json:"issued_at"`
		Expires  string     `json:"expires"`
		Tenant   *tenantOut `json:"tenant,omitzero"`
	}
	tokenUserOut struct {
		ID         identity.UserID `json:"id"`
		Name       string          `json:"name"`
		Username   string          `json:"username"`
		Roles      []tokenRoleOut  `json:"roles"`
		RolesLinks []string        `json:"roles_links"` // always empty
	}
	tokenRoleOut struct {
		Name string `json:"name"`
	}
	metadataOut struct {
		IsAdmin int               `json:"is_admin"` // always 0
		Roles   []identity.RoleID `json:"roles"`
	}
	tokenTrustOut struct {
		ID            identity.TrustID `json:"id"`
		TrustorID     identity.UserID  `json:"trustor_user_id"`
		TrusteeID     identity.UserID  `json:"trustee_user_id"`
		Impersonation bool             `json:"impersonation"`
	}
	catalogServiceOut struct {
		Type           string        `json:"type"`
		Name           string        `json:"name"`
		Endpoints      []locationOut `json:"endpoints"`
		EndpointsLinks []string      `json:"endpoints_links"` // always empty
	}
	locationOut struct {
		ID          identity.EndpointID `json:"id,omitzero"`
		Region      identity.RegionID   `json:"region"`
		PublicURL   string              `json:"publicURL,omitzero"`
		InternalURL string              `json:"internalURL,omitzero"`
		AdminURL    string              `json:"adminURL,omitzero"`
	}
	tokenEndpointsOut struct {
		Endpoints      []tokenEndpointOut `json:"endpoints"`
		EndpointsLinks []string           `json:"endpoints_links"` // always empty
	}
	tokenEndpointOut struct {
		Type string `json:"type"`
		Name string `json:"name"`
		locationOut
	}
)

// Layouts of the two times. They differ in v2.0: one has digits of a second and no zone, the
// other a zone and no digits. Tokens carry whole seconds, so that the digits are zeros.
const (
	issuedLayout  = "2006-01-02T15:04:05.000000"
	expiresLayout = "2006-01-02T15:04:05Z"
)

// replyAccess answers with a token's body.
func (h *Handler) replyAccess(w http.ResponseWriter, text string, a *identity.Authorization) error {
	t := a.Token
	out := access[jsontext.Value]{
		Token:          tokenOut{ID: text, IssuedAt: t.IssuedAt.UTC().Format(issuedLayout), Expires: t.ExpiresAt.UTC().Format(expiresLayout)},
		ServiceCatalog: jsontext.Value("[]"),
		User:           tokenUserOut{ID: a.User.ID, Name: a.User.Name, Username: a.User.Name},
	}
	buf := api.GetBuffer()
	defer buf.Put()
	if p := a.Project; p != nil {
		tenant := tenantJSON(nil, p)
		out.Token.Tenant = &tenant
		for _, role := range a.Roles {
			out.User.Roles = append(out.User.Roles, tokenRoleOut{role.Name})
			out.Metadata.Roles = append(out.Metadata.Roles, role.ID)
		}
		buf.B = h.catalog.Append(buf.B, h.Core.Catalog(a), a, renderCatalog)
		out.ServiceCatalog = buf.B
	}
	if t := a.Trust; t != nil {
		out.Trust = &tokenTrustOut{ID: t.ID, TrustorID: t.TrustorID, TrusteeID: t.TrusteeID, Impersonation: t.Impersonation}
	}
	return replyMember(w, "access", &out)
}
