package portal

import (
	"net/http"
	"slices"

	"github.com/lintel-id/lintel/internal/api"
)

// Where the pages are. Root and the pages that the documents of clouds name are stable.
const (
	Root                   = "/portal"
	signIn                 = Root + "/sign-in"
	passcode               = Root + "/sign-in/passcode"
	sessionsPath           = Root + "/sessions"
	activity               = Root + "/access/activity"
	confirm                = Root + "/confirm"
	confirmPasscode        = confirm + "/passcode"
	projects               = Root + "/projects"
	applicationCredentials = Root + "/access/application-credentials"
	createCredential       = applicationCredentials + "/create"
	deleteCredential       = applicationCredentials + "/delete"
	downloadCredential     = applicationCredentials + "/download"
	openRC                 = Root + "/access/openrc"
)

// access says who may open a page.
type access uint8

const (
	signedIn  access = iota // whoever has a session
	inProject               // whoever has a session that is in a project
	anybody
	administrator // whoever policy lets list users or projects; what each act needs is the verbs' question
)

// route is one line of the table of contents.
type route struct {
	pattern string
	who     access
	fresh   bool // a sensitive act: who it is must have been proved within Options.Confirm
	handle  func(w http.ResponseWriter, r *request) error
	form    string                                             // the page with the form of a POST, where it is not at the same address
	refuse  func(w http.ResponseWriter, r *request, err error) // nil: the page of an error
}

// table is the table of contents, an area at a time.
func (h *Handler) table() []route {
	return slices.Concat(
		h.frame(),
		h.sessions(), h.activity(),
		h.access(),
		h.keys(),
		h.apiEndpoints(),
		h.handouts(),
		h.administration(),
		h.cloud(),
		h.passwords(),
		h.welcomes(),
		h.guides(),
	)
}

func (h *Handler) frame() []route {
	return []route{
		{pattern: "GET " + Root, handle: h.home},
		{pattern: "GET " + Root + "/static/{file}", who: anybody, handle: h.getAsset},
		{pattern: "POST " + Root + "/preferences", who: anybody, handle: h.setPreferences},
		{pattern: "GET " + Root + "/{path...}", who: anybody, handle: nothingHere},
		{pattern: "POST " + Root + "/{path...}", who: anybody, handle: nothingHere},
	}
}

func (h *Handler) sessions() []route {
	return []route{
		{pattern: "GET " + signIn, who: anybody, handle: h.signInForm},
		{pattern: "POST " + signIn, who: anybody, handle: h.signIn, refuse: h.refuseSignIn},
		{pattern: "POST " + passcode, who: anybody, handle: h.signInPasscode, refuse: h.refusePasscode},
		{pattern: "GET " + confirm, handle: h.confirmForm},
		{pattern: "POST " + confirm, handle: h.confirm, refuse: h.refuseConfirm},
		{pattern: "POST " + confirmPasscode, handle: h.confirmPasscode, refuse: h.refuseConfirmPasscode},
		{pattern: "POST " + Root + "/sign-out", form: sessionsPath, handle: h.signOut},
		{pattern: "POST " + Root + "/sign-out-everywhere", fresh: true, form: sessionsPath, handle: h.signOutEverywhere},
		{pattern: "GET " + sessionsPath, handle: h.listSessions},
		{pattern: "POST " + sessionsPath + "/end", form: sessionsPath, handle: h.endSession},
		{pattern: "POST " + Root + "/stay", handle: h.stay},
		{pattern: "GET " + projects, handle: h.listProjects},
		{pattern: "POST " + projects, handle: h.switchProject},
	}
}

func (h *Handler) activity() []route {
	return []route{
		{pattern: "GET " + activity, handle: h.showActivity},
		{pattern: "GET " + activity + "/token", handle: h.tokenForm},
		{pattern: "POST " + activity + "/token", handle: h.examineToken},
		{pattern: "POST " + activity + "/token/revoke", form: activity + "/token", handle: h.revokeToken},
		{pattern: "GET " + activity + "/end", fresh: true, handle: h.endTokensForm},
		{pattern: "POST " + activity + "/end", fresh: true, form: activity, handle: h.endTokens},
	}
}

func (h *Handler) access() []route {
	return []route{
		{pattern: "GET " + Root + "/access", handle: redirect(applicationCredentials)},
		{pattern: "GET " + Root + "/identity", handle: redirect(applicationCredentials)},
		{pattern: "GET " + Root + "/identity/application-credentials", handle: redirect(applicationCredentials)},
		{pattern: "GET " + applicationCredentials, who: inProject, handle: h.listApplicationCredentials},
		{pattern: "GET " + createCredential, who: inProject, fresh: true, handle: h.createApplicationCredentialForm},
		{pattern: "POST " + createCredential, who: inProject, fresh: true, handle: h.createApplicationCredential},
		{pattern: "GET " + deleteCredential, who: inProject, fresh: true, handle: h.deleteApplicationCredentialsForm},
		{pattern: "POST " + deleteCredential, who: inProject, fresh: true, handle: h.deleteApplicationCredentials},
		{pattern: "POST " + downloadCredential, who: inProject, handle: h.downloadApplicationCredential},
		{pattern: "GET " + applicationCredentials + "/{id}", who: inProject, handle: h.showApplicationCredential},
	}
}

func (h *Handler) handouts() []route {
	return []route{
		{pattern: "GET " + openRC + "/{kind}", who: inProject, handle: h.downloadOpenRC},
	}
}

// Routes returns the table in the router's form. The portal reads no X-Auth-Token.
func (h *Handler) Routes() (routes []api.Route) {
	for _, rt := range h.table() {
		routes = append(routes, api.Route{Pattern: rt.pattern, Login: true, Handle: h.serve(rt), Refuse: h.answer(rt)})
	}
	return routes
}
