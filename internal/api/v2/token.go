package v2

import (
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
	req.Address = r.Caller.Address
	text, a, err := h.Core.IssueToken(r.Context(), req)
	if err != nil {
		return err
	}
	return h.replyAccess(w, text, a)
}

// validateToken serves GET /v2.0/tokens/{token_id}.
func (h *Handler) validateToken(w http.ResponseWriter, r *api.Request) error {
	text := r.PathValue("token_id")
	a, err := h.Core.ValidateToken(r.Context(), r.Caller, text, validation(r))
	if err != nil {
		return err
	}
	return h.replyAccess(w, text, a)
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

// The body of an issued or validated token.
type (
	accessOut struct {
		Token          tokenOut       `json:"token"`
		ServiceCatalog jsontext.Value `json:"serviceCatalog"`
		User           userOut        `json:"user"`
		Metadata       metadataOut    `json:"metadata"`
	}
	tokenOut struct {
		ID       string     `json:"id"`
		IssuedAt string     `json:"issued_at"`
		Expires  string     `json:"expires"`
		Tenant   *tenantOut `json:"tenant,omitzero"`
	}
	tenantOut struct {
		ID          identity.ProjectID `json:"id"`
		Name        string             `json:"name"`
		Description string             `json:"description"`
		Enabled     bool               `json:"enabled"`
		Extra       jsontext.Value     `json:",embed"`
	}
	userOut struct {
		ID         identity.UserID `json:"id"`
		Name       string          `json:"name"`
		Username   string          `json:"username"`
		Roles      []roleOut       `json:"roles"`
		RolesLinks []string        `json:"roles_links"` // always empty
	}
	roleOut struct {
		Name string `json:"name"`
	}
	metadataOut struct {
		IsAdmin int               `json:"is_admin"` // always 0
		Roles   []identity.RoleID `json:"roles"`
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
	out := accessOut{
		Token:          tokenOut{ID: text, IssuedAt: t.IssuedAt.UTC().Format(issuedLayout), Expires: t.ExpiresAt.UTC().Format(expiresLayout)},
		ServiceCatalog: jsontext.Value("[]"),
		User:           userOut{ID: a.User.ID, Name: a.User.Name, Username: a.User.Name},
	}
	buf := api.GetBuffer()
	defer buf.Put()
	if p := a.Project; p != nil {
		out.Token.Tenant = &tenantOut{ID: p.ID, Name: p.Name, Description: p.Description, Enabled: p.Enabled, Extra: jsontext.Value(p.Extra)}
		for _, role := range a.Roles {
			out.User.Roles = append(out.User.Roles, roleOut{role.Name})
			out.Metadata.Roles = append(out.Metadata.Roles, role.ID)
		}
		buf.B = h.catalog.Append(buf.B, h.Core.Catalog(a), a, renderCatalog)
		out.ServiceCatalog = buf.B
	}
	return api.Reply(w, http.StatusOK, map[string]*accessOut{"access": &out})
}
