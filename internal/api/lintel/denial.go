package lintel

import (
	"net/http"

	"github.com/lintel-id/lintel/internal/api"
	"github.com/lintel-id/lintel/internal/core"
	"github.com/lintel-id/lintel/internal/identity"
)

// denialOut explains one request that was answered 403.
type denialOut struct {
	RequestID   string             `json:"request_id"`
	At          string             `json:"at"`
	Message     string             `json:"message"` // what the client was told
	Reason      string             `json:"reason"`
	Caller      denialCallerOut    `json:"caller"`
	Action      *string            `json:"action"` // null where no rule was asked about
	Target      map[string]*string `json:"target"`
	Rule        *core.RuleInfo     `json:"rule"`
	Explanation *core.Explanation  `json:"explanation"` // null where it was not the rule that refused
}

type denialCallerOut struct {
	UserID     *string  `json:"user_id"` // null for a request without a token
	DomainID   *string  `json:"user_domain_id"`
	Scope      string   `json:"scope"`
	ScopeID    *string  `json:"scope_id"` // of the project or domain
	Roles      []string `json:"roles"`
	Delegation string   `json:"delegation"`
}

func nilIfEmpty(s string) *string {
	if s == "" {
		return nil
	}
	return &s
}

func denialJSON(d *core.Denial) denialOut {
	c := &d.Caller
	out := denialOut{RequestID: d.RequestID, At: string(identity.AppendTime(nil, d.At)), Message: d.Message, Reason: d.Reason, Action: nilIfEmpty(d.Action),
		Target: map[string]*string{}, Rule: d.Rule, Explanation: d.Why,
		Caller: denialCallerOut{UserID: nilIfEmpty(c.UserID), DomainID: nilIfEmpty(c.UserDomainID), Scope: c.Scope.String(),
			ScopeID: nilIfEmpty(c.ProjectID + c.DomainID), Roles: c.Roles, Delegation: d.Delegation.String()}}
	for _, a := range d.Target {
		out.Target[a.Name] = nil
		if !a.Null {
			out.Target[a.Name] = &a.Value
		}
	}
	return out
}

// getDenial serves GET /lintel/v1/denials/{request_id}.
func (h *Handler) getDenial(w http.ResponseWriter, r *api.Request) error {
	d, err := h.Core.Denial(r.Caller, r.PathValue("request_id"))
	if err != nil {
		return err
	}
	return api.Reply(w, http.StatusOK, map[string]any{"denial": denialJSON(d)})
}
