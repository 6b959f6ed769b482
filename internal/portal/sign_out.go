package portal

import "net/http"

// signOut ends the session: its tokens are revoked, so that a copy of the cookie is of no use.
func (h *Handler) signOut(w http.ResponseWriter, r *request) error {
	if err := h.Core.EndSession(r.Context(), r.Caller); err != nil {
		return err
	}
	return h.leave(w, r, "signed_out")
}

// signOutEverywhere ends all of the user's sessions, and the tokens that programs got with the password.
func (h *Handler) signOutEverywhere(w http.ResponseWriter, r *request) error {
	if err := h.Core.EndSessions(r.Context(), r.Caller); err != nil {
		return err
	}
	return h.leave(w, r, "signed_out_everywhere")
}

func (h *Handler) leave(w http.ResponseWriter, r *request, text string) error {
	h.forget(w, r)
	w.Header().Set("Clear-Site-Data", `"cache"`)
	return h.seeWith(w, r, signIn, notice{Text: text})
}
