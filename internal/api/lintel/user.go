package lintel

import (
	"net/http"

	"github.com/lintel-id/lintel/internal/api"
	"github.com/lintel-id/lintel/internal/identity"
)

// apiPasswordIn is the body of setting an API password.
type apiPasswordIn struct {
	Password *identity.Secret `json:"password" required:"true"`
}

// setAPIPassword serves PUT /lintel/v1/users/{user_id}/api-password with {"password": "..."}:
// the password that the APIs take from users of a domain in separate mode.
func (h *Handler) setAPIPassword(w http.ResponseWriter, r *api.Request) error {
	var in apiPasswordIn
	if err := api.Decode(r, &in); err != nil {
		return err
	}
	if in.Password == nil {
		return identity.Invalidf("Invalid input: 'password' is a required property.")
	}
	if err := h.Core.SetAPIPassword(r.Context(), r.Caller, identity.UserID(r.PathValue("user_id")), *in.Password); err != nil {
		return err
	}
	return api.NoContent(w)
}
