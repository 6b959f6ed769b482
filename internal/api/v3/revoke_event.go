package v3

import (
	"net/http"
	"time"

	"github.com/lintel-id/lintel/internal/api"
	"github.com/lintel-id/lintel/internal/identity"
)

// revokeEventOut is a revocation on the wire: it ends the tokens that have all its attributes
// and were issued before.
type revokeEventOut struct {
	UserID       identity.UserID    `json:"user_id,omitzero"`
	ProjectID    identity.ProjectID `json:"project_id,omitzero"`
	DomainID     identity.DomainID  `json:"domain_id,omitzero"`
	AuditID      string             `json:"audit_id,omitzero"`
	AuditChainID string             `json:"audit_chain_id,omitzero"`
	IssuedBefore string             `json:"issued_before"`
	RevokedAt    string             `json:"revoked_at"`
}

type revokeEventsOut struct {
	Events []revokeEventOut `json:"events"`
	Links  api.ListLinks    `json:"links"`
}

// revokeEventJSON is not ok for a revocation that no attribute of an event can tell: an event
// without attributes ends every token.
func revokeEventJSON(v *identity.Revocation) (out revokeEventOut, ok bool) {
	at := identity.FormatTime(v.At)
	out = revokeEventOut{IssuedBefore: at, RevokedAt: at}
	switch v.Kind {
	case identity.RevokeToken:
		out.AuditID = v.Key
	case identity.RevokeChain:
		out.AuditChainID = v.Key
	case identity.RevokeUser, identity.RevokePassword:
		out.UserID = identity.UserID(v.Key)
	case identity.RevokeUserProject:
		out.UserID, out.ProjectID = v.UserProject()
	case identity.RevokeProject:
		out.ProjectID = identity.ProjectID(v.Key)
	case identity.RevokeDomain:
		out.DomainID = identity.DomainID(v.Key)
	case identity.RevokeAll:
	default:
		return out, false
	}
	return out, true
}

// listRevokeEvents serves GET /v3/OS-REVOKE/events, for services that look at revocations
// themselves.
func (h *Handler) listRevokeEvents(w http.ResponseWriter, r *api.Request) error {
	var since time.Time
	if text := r.Query().Get("since"); text != "" {
		var ok bool
		if since, ok = identity.ParseTime(text); !ok {
			return identity.Invalidf("Invalid input for field 'since': it is not a time in ISO 8601 form.")
		}
	}
	revocations, err := h.Core.Revocations(r.Context(), r.Caller, since)
	if err != nil {
		return err
	}
	out := revokeEventsOut{Links: api.ListLinks{Self: r.Base() + r.URL.Path}}
	for _, v := range revocations {
		if event, ok := revokeEventJSON(v); ok {
			out.Events = append(out.Events, event)
		}
	}
	return api.Reply(w, http.StatusOK, out)
}
