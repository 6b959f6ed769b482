package v3

import (
	"net/http"

	"github.com/lintel-id/lintel/internal/api"
	"github.com/lintel-id/lintel/internal/core"
	"github.com/lintel-id/lintel/internal/identity"
)

// applicationCredentialOut is an application credential on the wire. The secret stands only in
// the answer that creates it.
type applicationCredentialOut struct {
	ID           identity.ApplicationCredentialID `json:"id"`
	Name         string                           `json:"name"`
	Description  *string                          `json:"description"`
	UserID       identity.UserID                  `json:"user_id"`
	ProjectID    identity.ProjectID               `json:"project_id"`
	System       *string                          `json:"system"` // always null: there are none for the system
	Roles        []heldRoleOut                    `json:"roles"`
	ExpiresAt    *string                          `json:"expires_at"`
	Unrestricted bool                             `json:"unrestricted"`
	AccessRules  []heldRuleOut                    `json:"access_rules,omitempty"`
	Secret       string                           `json:"secret,omitzero"`
	Links        api.Links                        `json:"links"`
}

// heldRoleOut is a role of an application credential: all of the role but links.
type heldRoleOut struct {
	ID          identity.RoleID    `json:"id"`
	Name        string             `json:"name"`
	DomainID    *identity.DomainID `json:"domain_id"`
	Description *string            `json:"description"`
	Options     optionsOut         `json:"options"`
}

// heldRuleOut is an access rule of an application credential.
type heldRuleOut struct {
	ID      identity.AccessRuleID `json:"id"`
	Service string                `json:"service"`
	Method  string                `json:"method"`
	Path    string                `json:"path"`
}

// expiryTime is how application credentials show when they end: without a Z, which
// gophercloud would not read.
const expiryTime = "2006-01-02T15:04:05.000000"

func applicationCredentialJSON(r *api.Request, ac *core.ApplicationCredential) applicationCredentialOut {
	out := applicationCredentialOut{ID: ac.ID, Name: ac.Name, Description: nilIfEmpty(ac.Description), UserID: ac.UserID, ProjectID: ac.ProjectID,
		Unrestricted: ac.Unrestricted, Links: api.Links{Self: r.Base() + "/v3/users/" + string(ac.UserID) + "/application_credentials/" + string(ac.ID)}}
	for _, role := range ac.RoleObjects {
		out.Roles = append(out.Roles, heldRoleOut{ID: role.ID, Name: role.Name, DomainID: nilIfEmpty(role.DomainID),
			Description: nilIfEmpty(role.Description), Options: optionsOut{role.Options.Immutable}})
	}
	if !ac.ExpiresAt.IsZero() {
		text := ac.ExpiresAt.UTC().Format(expiryTime)
		out.ExpiresAt = &text
	}
	for i := range ac.AccessRules {
		out.AccessRules = append(out.AccessRules, heldRuleJSON(&ac.AccessRules[i]))
	}
	return out
}

func heldRuleJSON(rule *identity.AccessRule) heldRuleOut {
	return heldRuleOut{ID: rule.ID, Service: rule.Service, Method: rule.Method, Path: rule.Path}
}

// applicationCredentialIn is the body of creating an application credential.
type applicationCredentialIn struct {
	Name         string                        `json:"name"`
	Description  string                        `json:"description"`
	Secret       identity.Opt[identity.Secret] `json:"secret"`
	ExpiresAt    string                        `json:"expires_at"`
	Roles        []heldRoleIn                  `json:"roles"`
	Unrestricted bool                          `json:"unrestricted"`
	AccessRules  []heldRuleIn                  `json:"access_rules"`
}

type heldRoleIn struct {
	ID   identity.RoleID `json:"id"`
	Name string          `json:"name"`
}

type heldRuleIn struct {
	ID      identity.AccessRuleID `json:"id"`
	Service string                `json:"service"`
	Method  string                `json:"method"`
	Path    string                `json:"path"`
}

func (in *applicationCredentialIn) spec() (identity.ApplicationCredentialSpec, error) {
	spec := identity.ApplicationCredentialSpec{Name: in.Name, Description: in.Description, Secret: in.Secret.Value, Unrestricted: in.Unrestricted}
	if in.ExpiresAt != "" {
		at, ok := identity.ParseTime(in.ExpiresAt)
		if !ok || at.IsZero() { // the zero time would mean never
			return spec, identity.Invalidf("Invalid input for field 'expires_at': it is not a time in ISO 8601 form.")
		}
		spec.ExpiresAt = at
	}
	for _, role := range in.Roles {
		spec.Roles = append(spec.Roles, identity.RoleRef{ID: role.ID, Name: role.Name})
	}
	for _, rule := range in.AccessRules {
		if rule.ID != "" {
			rule = heldRuleIn{ID: rule.ID} // an existing rule is what it is
		}
		spec.AccessRules = append(spec.AccessRules, identity.AccessRule{ID: rule.ID, Service: rule.Service, Method: rule.Method, Path: rule.Path})
	}
	return spec, nil
}

func (h *Handler) listApplicationCredentials(w http.ResponseWriter, r *api.Request) error {
	q := r.Query()
	list, err := h.Core.ApplicationCredentials(r.Context(), r.Caller, identity.UserID(r.PathValue("user_id")), q.Get("name"), q.Text("name"))
	if err != nil {
		return err
	}
	return replyList(w, r, "application_credentials", list, identity.Page{}, applicationCredentialJSON,
		func(ac *core.ApplicationCredential) string { return string(ac.ID) })
}

func (h *Handler) createApplicationCredential(w http.ResponseWriter, r *api.Request) error {
	var in applicationCredentialIn
	if err := api.DecodeMember(r, "application_credential", &in); err != nil {
		return err
	}
	spec, err := in.spec()
	if err != nil {
		return err
	}
	ac, secret, err := h.Core.CreateApplicationCredential(r.Context(), r.Caller, identity.UserID(r.PathValue("user_id")), spec)
	if err != nil {
		return err
	}
	out := applicationCredentialJSON(r, ac)
	out.Secret = secret.Reveal()
	noStore(w)
	return replyMember(w, http.StatusCreated, "application_credential", out)
}

// noStore keeps an answer with a secret out of caches.
func noStore(w http.ResponseWriter) { w.Header()["Cache-Control"] = []string{"no-store"} }

func (h *Handler) getApplicationCredential(w http.ResponseWriter, r *api.Request) error {
	ac, err := h.Core.ApplicationCredential(r.Context(), r.Caller, identity.UserID(r.PathValue("user_id")),
		identity.ApplicationCredentialID(r.PathValue("application_credential_id")))
	if err != nil {
		return err
	}
	return replyMember(w, http.StatusOK, "application_credential", applicationCredentialJSON(r, ac))
}

func (h *Handler) deleteApplicationCredential(w http.ResponseWriter, r *api.Request) error {
	err := h.Core.DeleteApplicationCredential(r.Context(), r.Caller, identity.UserID(r.PathValue("user_id")),
		identity.ApplicationCredentialID(r.PathValue("application_credential_id")))
	if err != nil {
		return err
	}
	return api.NoContent(w)
}
