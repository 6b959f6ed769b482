package portal

import (
	"errors"
	"net/http"

	"github.com/lintel-id/lintel/internal/core"
	"github.com/lintel-id/lintel/internal/identity"
)

const welcome = Root + "/welcome"

func (h *Handler) welcomes() []route {
	return []route{
		{pattern: "GET " + welcome + "/{code}", who: anybody, handle: h.welcome},
		{pattern: "POST " + welcome, who: anybody, handle: h.takeWelcome, refuse: h.refuseWelcome},
	}
}

// welcomePage is where the link leads that dev mode prints: a sign-in that is good once, for a few minutes.
//
// The code stands in the path, because a fragment would need JavaScript and a query is what others log; we log the route,
// never the path. To open the link changes nothing: whatever looks at links before people do (a preview, a prefetch) does
// not use it up. The button sends the code in a form, and from then on the address in the browser's history is of no use.
type welcomePage struct {
	page
	Code string
	Over bool // the code is no more, or never was one
}

func (h *Handler) welcome(w http.ResponseWriter, r *request) error {
	if !h.Core.OffersSignIn() {
		return nothingHere(w, r)
	}
	return h.render(w, r, http.StatusOK, "welcome", &welcomePage{page: *h.plainPage(r, "welcome.title"), Code: r.PathValue("code")})
}

func (h *Handler) takeWelcome(w http.ResponseWriter, r *request) error {
	if !h.Core.OffersSignIn() {
		return nothingHere(w, r)
	}
	if !usable(r.Request) {
		return identity.Forbiddenf("Nobody signs in over plain HTTP.")
	}
	form, err := readForm(r)
	if err != nil {
		return err
	}
	root, _, err := h.Core.TakeSignIn(r.Context(), identity.NewSecret(form.Get("code")), r.Caller.Address)
	var more *core.Incomplete
	if errors.As(err, &more) && needsPasscode(more) {
		return h.askPasscode(w, r, passcode, more, Root)
	}
	if err != nil {
		return err
	}
	return h.begin(w, r, root, Root)
}

// refuseWelcome leads on to the sign-in.
func (h *Handler) refuseWelcome(w http.ResponseWriter, r *request, err error) {
	if identity.KindOf(err) != identity.Unauthorized {
		h.refuse(w, r, err)
		return
	}
	p := &welcomePage{page: *h.plainPage(r, "welcome.title"), Over: true}
	p.Error = true
	h.mustRender(w, r, http.StatusUnprocessableEntity, "welcome", p)
}
