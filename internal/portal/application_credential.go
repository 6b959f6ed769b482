package portal

import (
	"net/http"
	"strings"
	"time"

	"github.com/lintel-id/lintel/internal/core"
	"github.com/lintel-id/lintel/internal/identity"
	"github.com/lintel-id/lintel/internal/portal/handout"
)

// credentialView is a credential in words: an application credential or, with the access key as its name and without what
// such keys do not have, an EC2/S3 credential.
type credentialView struct {
	ID           string
	Name         string
	Description  string
	Project      string // by name where the user can see it, else by id
	ProjectID    string
	Roles        []string
	Unrestricted bool
	Rules        []identity.AccessRule
	Created      moment
	Expires      moment
	Used         moment
	Status       credentialStatus
	From, FromID string // of an EC2/S3 credential: the application credential it was made with; "" for none

	folded string // the name to sort by
}

// credentialStatus is also the end of the key of its text.
type credentialStatus string

const (
	statusActive   credentialStatus = "active"
	statusExpiring credentialStatus = "expiring" // within expiringSoon
	statusExpired  credentialStatus = "expired"
	statusEnded    credentialStatus = "ended" // with the loss of the last role on its project
)

const expiringSoon = 14 * 24 * time.Hour

func statusOf(ac *identity.ApplicationCredential, now time.Time) credentialStatus {
	switch {
	case ac.Disabled:
		return statusEnded
	case ac.Expired(now):
		return statusExpired
	case ac.Expired(now.Add(expiringSoon)):
		return statusExpiring
	}
	return statusActive
}

// describe puts an application credential into words, all but its last use. projects are names by id.
func describe(ac *core.ApplicationCredential, projects map[identity.ProjectID]string, now time.Time) credentialView {
	v := credentialView{ID: string(ac.ID), Name: ac.Name, folded: strings.ToLower(ac.Name), Description: ac.Description, ProjectID: string(ac.ProjectID), Project: projects[ac.ProjectID],
		Unrestricted: ac.Unrestricted, Rules: ac.AccessRules, Created: moment{ac.CreatedAt}, Expires: moment{ac.ExpiresAt}, Status: statusOf(ac.ApplicationCredential, now)}
	if v.Project == "" {
		v.Project = v.ProjectID
	}
	for _, role := range ac.RoleObjects {
		v.Roles = append(v.Roles, role.Name)
	}
	return v
}

// projectNames are the names of the caller's projects.
func (h *Handler) projectNames(r *request) (map[identity.ProjectID]string, error) {
	list, err := h.Core.AuthProjects(r.Context(), r.Caller)
	if err != nil {
		return nil, err
	}
	names := make(map[identity.ProjectID]string, len(list))
	for _, p := range list {
		names[p.ID] = p.Name
	}
	return names, nil
}

// noteUses fills in when the views' credentials were last used.
func (h *Handler) noteUses(r *request, kind identity.UseKind, views []*credentialView) error {
	ids := make([]string, len(views))
	for i, v := range views {
		ids[i] = v.ID
	}
	last, err := h.Core.LastUses(r.Context(), kind, ids)
	for _, v := range views {
		v.Used = moment{last[v.ID]}
	}
	return err
}

// credentialPage shows one application credential.
type credentialPage struct {
	page
	Credential credentialView
	Ask        string // the line that gives the snippets the secret
	Snippets   []offer
}

func (h *Handler) showApplicationCredential(w http.ResponseWriter, r *request) error {
	v, err := h.credential(r, r.PathValue("id"))
	if err != nil {
		return err
	}
	values, err := h.handoutValues(r)
	if err != nil {
		return err
	}
	values.ID = v.ID
	p := &credentialPage{page: *h.page(r, "credentials.title"), Credential: *v, Ask: handout.Ask, Snippets: snippets(values)}
	p.Title = v.Name
	return h.render(w, r, http.StatusOK, "application_credential", p)
}

// credential returns one of the caller's own application credentials in words.
func (h *Handler) credential(r *request, id string) (*credentialView, error) {
	ac, err := h.Core.ApplicationCredential(r.Context(), r.Caller, r.Caller.User.ID, identity.ApplicationCredentialID(id))
	if err != nil {
		return nil, err
	}
	names, err := h.projectNames(r)
	if err != nil {
		return nil, err
	}
	v := describe(ac, names, h.Core.Now())
	return &v, h.noteUses(r, identity.UseApplicationCredential, []*credentialView{&v})
}

// matches says whether a search finds the credential.
func (v *credentialView) matches(query string) bool {
	return contains(query, v.Name, v.Description, v.ID, strings.Join(v.Roles, " "))
}
