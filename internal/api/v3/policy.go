package v3

import (
	"net/http"

	"github.com/go-json-experiment/json/jsontext"

	"github.com/lintel-id/lintel/internal/api"
	"github.com/lintel-id/lintel/internal/identity"
)

// policyOut is a policy document on the wire.
type policyOut struct {
	ID    identity.PolicyID `json:"id"`
	Type  string            `json:"type"`
	Blob  string            `json:"blob"`
	Links api.Links         `json:"links"`
	Extra jsontext.Value    `json:",embed"`
}

func policyJSON(r *api.Request, p *identity.PolicyDocument) policyOut {
	return policyOut{ID: p.ID, Type: p.Type, Blob: p.Blob, Extra: jsontext.Value(p.Extra), Links: api.Links{Self: r.Base() + "/v3/policies/" + string(p.ID)}}
}

// policyIn is the body of creating and changing a policy document.
type policyIn struct {
	Type identity.Opt[string] `json:"type"`
	Blob identity.Opt[string] `json:"blob"`
	readOnly
	Extra jsontext.Value `json:",embed"`
}

func (h *Handler) listPolicies(w http.ResponseWriter, r *api.Request) error {
	q := r.Query()
	policies, err := h.Core.PolicyDocuments(r.Context(), r.Caller, identity.PolicyDocumentFilter{Type: q.Get("type"), Text: q.Text("type")})
	if err != nil {
		return err
	}
	return replyList(w, r, "policies", policies, identity.Page{}, policyJSON, func(p *identity.PolicyDocument) string { return string(p.ID) })
}

func (h *Handler) createPolicy(w http.ResponseWriter, r *api.Request) error {
	var in policyIn
	if err := api.DecodeMember(r, "policy", &in); err != nil {
		return err
	}
	switch {
	case !in.Blob.Set || in.Blob.Null:
		return required("blob", "policy")
	case !in.Type.Set || in.Type.Null:
		return required("type", "policy")
	}
	p, err := h.Core.CreatePolicyDocument(r.Context(), r.Caller, identity.PolicyDocumentSpec{Type: in.Type.Value, Blob: in.Blob.Value, Extra: identity.Extra(in.Extra)})
	if err != nil {
		return err
	}
	return replyMember(w, http.StatusCreated, "policy", policyJSON(r, p))
}

func (h *Handler) getPolicy(w http.ResponseWriter, r *api.Request) error {
	p, err := h.Core.PolicyDocument(r.Context(), r.Caller, identity.PolicyID(r.PathValue("policy_id")))
	if err != nil {
		return err
	}
	return replyMember(w, http.StatusOK, "policy", policyJSON(r, p))
}

func (h *Handler) updatePolicy(w http.ResponseWriter, r *api.Request) error {
	id := r.PathValue("policy_id")
	var in policyIn
	if err := api.DecodeMember(r, "policy", &in); err != nil {
		return err
	}
	if err := in.sameID(id); err != nil {
		return err
	}
	p, err := h.Core.UpdatePolicyDocument(r.Context(), r.Caller, identity.PolicyID(id), identity.PolicyDocumentPatch{Type: in.Type, Blob: in.Blob, Extra: identity.Extra(in.Extra)})
	if err != nil {
		return err
	}
	return replyMember(w, http.StatusOK, "policy", policyJSON(r, p))
}

func (h *Handler) deletePolicy(w http.ResponseWriter, r *api.Request) error {
	if err := h.Core.DeletePolicyDocument(r.Context(), r.Caller, identity.PolicyID(r.PathValue("policy_id"))); err != nil {
		return err
	}
	return api.NoContent(w)
}
