package v3

import (
	"net/http"

	"github.com/lintel-id/lintel/internal/api"
	"github.com/lintel-id/lintel/internal/core"
	"github.com/lintel-id/lintel/internal/identity"
)

// accessRuleOut is an access rule on the wire.
type accessRuleOut struct {
	heldRuleOut
	Links api.Links `json:"links"`
}

func accessRuleJSON(r *api.Request, rule *identity.AccessRule) accessRuleOut {
	return accessRuleOut{heldRuleJSON(rule), api.Links{Self: r.Base() + "/v3/users/" + string(rule.UserID) + "/access_rules/" + string(rule.ID)}}
}

func (h *Handler) listAccessRules(w http.ResponseWriter, r *api.Request) error {
	q := r.Query()
	rules, err := h.Core.AccessRules(r.Context(), r.Caller, identity.UserID(r.PathValue("user_id")),
		core.AccessRuleFilter{Service: q.Get("service"), Method: q.Get("method"), Path: q.Get("path"),
			Text: q.Text("service", "method", "path")})
	if err != nil {
		return err
	}
	return replyList(w, r, "access_rules", rules, identity.Page{}, accessRuleJSON, func(rule *identity.AccessRule) string { return string(rule.ID) })
}

func (h *Handler) getAccessRule(w http.ResponseWriter, r *api.Request) error {
	rule, err := h.Core.AccessRule(r.Context(), r.Caller, identity.UserID(r.PathValue("user_id")), identity.AccessRuleID(r.PathValue("access_rule_id")))
	if err != nil {
		return err
	}
	return replyMember(w, http.StatusOK, "access_rule", accessRuleJSON(r, rule))
}

func (h *Handler) deleteAccessRule(w http.ResponseWriter, r *api.Request) error {
	err := h.Core.DeleteAccessRule(r.Context(), r.Caller, identity.UserID(r.PathValue("user_id")), identity.AccessRuleID(r.PathValue("access_rule_id")))
	if err != nil {
		return err
	}
	return api.NoContent(w)
}
