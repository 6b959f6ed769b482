package v3

import (
	"net/http"

	"github.com/lintel-id/lintel/internal/api"
	"github.com/lintel-id/lintel/internal/core"
	"github.com/lintel-id/lintel/internal/identity"
)

// roleRefOut is a role as implications show it.
type roleRefOut struct {
	ID    identity.RoleID `json:"id"`
	Name  string          `json:"name"`
	Links api.Links       `json:"links"`
}

func roleRefJSON(r *api.Request, o *identity.Role) roleRefOut {
	return roleRefOut{o.ID, o.Name, api.Links{Self: r.Base() + "/v3/roles/" + string(o.ID)}}
}

// inferenceOut is a role with all that it implies directly.
type inferenceOut struct {
	Prior   roleRefOut   `json:"prior_role"`
	Implies []roleRefOut `json:"implies"`
}

func inferenceJSON(r *api.Request, in core.RoleInference) inferenceOut {
	out := inferenceOut{Prior: roleRefJSON(r, in.Prior)}
	for _, o := range in.Implies {
		out.Implies = append(out.Implies, roleRefJSON(r, o))
	}
	return out
}

func (h *Handler) listImplications(w http.ResponseWriter, r *api.Request) error {
	in, err := h.Core.Implications(r.Context(), r.Caller, identity.RoleID(r.PathValue("prior_role_id")))
	if err != nil {
		return err
	}
	return api.Reply(w, http.StatusOK, inferenceReplyOut{inferenceJSON(r, in), selfLink(r)})
}

func (h *Handler) listRoleInferences(w http.ResponseWriter, r *api.Request) error {
	all, err := h.Core.RoleInferences(r.Context(), r.Caller)
	if err != nil {
		return err
	}
	return replyList(w, r, "role_inferences", all, identity.Page{}, inferenceJSON, func(in core.RoleInference) string { return string(in.Prior.ID) })
}

// One inference, or one implication, and the link to itself.
type (
	inferenceReplyOut struct {
		Inference inferenceOut `json:"role_inference"`
		Links     api.Links    `json:"links"`
	}
	implicationReplyOut struct {
		Implication implicationOut `json:"role_inference"`
		Links       api.Links      `json:"links"`
	}
	// implicationOut is a role and one that it implies.
	implicationOut struct {
		Prior   roleRefOut `json:"prior_role"`
		Implies roleRefOut `json:"implies"`
	}
)

func selfLink(r *api.Request) api.Links { return api.Links{Self: r.Base() + r.URL.Path} }

// replyImplication answers with one implication: "implies" is then an object.
func replyImplication(w http.ResponseWriter, r *api.Request, code int, in core.RoleInference) error {
	out := inferenceJSON(r, in)
	return api.Reply(w, code, implicationReplyOut{implicationOut{out.Prior, out.Implies[0]}, selfLink(r)})
}

func implication(r *api.Request) identity.Implication {
	return identity.Implication{Prior: identity.RoleID(r.PathValue("prior_role_id")), Implied: identity.RoleID(r.PathValue("implied_role_id"))}
}

func (h *Handler) createImplication(w http.ResponseWriter, r *api.Request) error {
	in, err := h.Core.CreateImplication(r.Context(), r.Caller, implication(r))
	if err != nil {
		return err
	}
	return replyImplication(w, r, http.StatusCreated, in)
}

func (h *Handler) getImplication(w http.ResponseWriter, r *api.Request) error {
	in, err := h.Core.Implication(r.Context(), r.Caller, implication(r))
	if err != nil {
		return err
	}
	return replyImplication(w, r, http.StatusOK, in)
}

func (h *Handler) checkImplication(w http.ResponseWriter, r *api.Request) error {
	if err := h.Core.CheckImplication(r.Context(), r.Caller, implication(r)); err != nil {
		return err
	}
	return api.NoContent(w)
}

func (h *Handler) deleteImplication(w http.ResponseWriter, r *api.Request) error {
	if err := h.Core.DeleteImplication(r.Context(), r.Caller, implication(r)); err != nil {
		return err
	}
	return api.NoContent(w)
}
