package lintel

import (
	"net/http"

	"github.com/lintel-id/lintel/internal/api"
	"github.com/lintel-id/lintel/internal/identity"
)

// v2UseOut is who used the v2.0 API, and when last.
type v2UseOut struct {
	UserID     identity.UserID   `json:"user_id"`
	Name       string            `json:"name"`
	DomainID   identity.DomainID `json:"domain_id"`
	LastUsedAt string            `json:"last_used_at"`
}

// listV2Users serves GET /lintel/v1/v2-users: who used v2.0, the latest first.
func (h *Handler) listV2Users(w http.ResponseWriter, r *api.Request) error {
	users, err := h.Core.V2Users(r.Context(), r.Caller)
	if err != nil {
		return err
	}
	out := make([]v2UseOut, len(users))
	for i, u := range users {
		out[i] = v2UseOut{UserID: u.ID, Name: u.Name, DomainID: u.DomainID, LastUsedAt: identity.FormatTime(u.At)}
	}
	return api.Reply(w, http.StatusOK, map[string]any{"v2_users": out})
}
