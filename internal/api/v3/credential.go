package v3

import (
	"net/http"

	"github.com/go-json-experiment/json/jsontext"

	"github.com/lintel-id/lintel/internal/api"
	"github.com/lintel-id/lintel/internal/core"
	"github.com/lintel-id/lintel/internal/identity"
)

// credentialOut is a credential on the wire. The blob is text, for an EC2 key that of a JSON object.
type credentialOut struct {
	ID        identity.CredentialID `json:"id"`
	Type      string                `json:"type"`
	Blob      string                `json:"blob"`
	UserID    identity.UserID       `json:"user_id"`
	ProjectID *identity.ProjectID   `json:"project_id"`
	Links     api.Links             `json:"links"`
	Extra     jsontext.Value        `json:",embed"`
}

func credentialJSON(r *api.Request, c *core.Credential) credentialOut {
	return credentialOut{ID: c.ID, Type: c.Type, Blob: c.Blob.Reveal(), UserID: c.UserID, ProjectID: nilIfEmpty(c.ProjectID),
		Extra: jsontext.Value(c.Extra), Links: api.Links{Self: r.Base() + "/v3/credentials/" + string(c.ID)}}
}

// credentialIn is the body of creating a credential. Its id is the server's to choose.
type credentialIn struct {
	ID        jsontext.Value     `json:"id"`
	Type      string             `json:"type" required:"true"`
	Blob      *identity.Secret   `json:"blob" required:"true"`
	UserID    identity.UserID    `json:"user_id" required:"true"`
	ProjectID identity.ProjectID `json:"project_id"`
	Links     jsontext.Value     `json:"links"`
	Extra     jsontext.Value     `json:",embed"`
}

// credentialPatchIn is the body of changing a credential. The blob changes; the rest may only
// be repeated.
type credentialPatchIn struct {
	ID        identity.Opt[identity.CredentialID] `json:"id"`
	Type      identity.Opt[string]                `json:"type"`
	Blob      *identity.Secret                    `json:"blob" required:"true"`
	UserID    identity.Opt[identity.UserID]       `json:"user_id"`
	ProjectID identity.Opt[identity.ProjectID]    `json:"project_id"`
	Links     jsontext.Value                      `json:"links"`
	Extra     jsontext.Value                      `json:",embed"`
}

// listCredentials serves GET /v3/credentials.
func (h *Handler) listCredentials(w http.ResponseWriter, r *api.Request) error {
	q := r.Query()
	creds, err := h.Core.Credentials(r.Context(), r.Caller, identity.CredentialFilter{UserID: identity.UserID(q.Get("user_id")), Type: q.Get("type")})
	if err != nil {
		return err
	}
	noStore(w)
	return replyList(w, r, "credentials", creds, identity.Page{}, credentialJSON, func(c *core.Credential) string { return string(c.ID) })
}

// createCredential serves POST /v3/credentials.
func (h *Handler) createCredential(w http.ResponseWriter, r *api.Request) error {
	var in credentialIn
	if err := api.DecodeMember(r, "credential", &in); err != nil {
		return err
	}
	if in.Blob == nil {
		return required("blob", "credential")
	}
	cred, err := h.Core.CreateCredential(r.Context(), r.Caller, identity.CredentialSpec{UserID: in.UserID, ProjectID: in.ProjectID, Type: in.Type,
		Blob: *in.Blob, Extra: identity.Extra(in.Extra)})
	if err != nil {
		return err
	}
	noStore(w)
	return replyMember(w, http.StatusCreated, "credential", credentialJSON(r, cred))
}

// getCredential serves GET /v3/credentials/{credential_id}.
func (h *Handler) getCredential(w http.ResponseWriter, r *api.Request) error {
	cred, err := h.Core.Credential(r.Context(), r.Caller, identity.CredentialID(r.PathValue("credential_id")))
	if err != nil {
		return err
	}
	noStore(w)
	return replyMember(w, http.StatusOK, "credential", credentialJSON(r, cred))
}

// updateCredential serves PATCH /v3/credentials/{credential_id}.
func (h *Handler) updateCredential(w http.ResponseWriter, r *api.Request) error {
	id := identity.CredentialID(r.PathValue("credential_id"))
	var in credentialPatchIn
	if err := api.DecodeMember(r, "credential", &in); err != nil {
		return err
	}
	switch {
	case in.Blob == nil:
		return required("blob", "credential")
	case len(in.Extra) > 0:
		return identity.Invalidf("Invalid input for field 'credential': only the blob of a credential can be changed.")
	case in.ID.Or(id) != id:
		return identity.Invalidf("Cannot change credential ID")
	}
	cred, err := h.Core.UpdateCredential(r.Context(), r.Caller, id, identity.CredentialPatch{Blob: *in.Blob, UserID: in.UserID, ProjectID: in.ProjectID, Type: in.Type})
	if err != nil {
		return err
	}
	noStore(w)
	return replyMember(w, http.StatusOK, "credential", credentialJSON(r, cred))
}

// deleteCredential serves DELETE /v3/credentials/{credential_id}.
func (h *Handler) deleteCredential(w http.ResponseWriter, r *api.Request) error {
	if err := h.Core.DeleteCredential(r.Context(), r.Caller, identity.CredentialID(r.PathValue("credential_id"))); err != nil {
		return err
	}
	return api.NoContent(w)
}
