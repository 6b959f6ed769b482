package portal

import (
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/lintel-id/lintel/internal/core"
	"github.com/lintel-id/lintel/internal/identity"
	"github.com/lintel-id/lintel/internal/portal/handout"
)

// Where the pages of EC2/S3 credentials are.
const (
	ec2Keys      = Root + "/access/ec2-credentials"
	createEC2Key = ec2Keys + "/create"
	deleteEC2Key = ec2Keys + "/delete"
)

func (h *Handler) keys() []route {
	return []route{
		{pattern: "GET " + Root + "/identity/ec2-credentials", handle: redirect(ec2Keys)},
		{pattern: "GET " + ec2Keys, who: inProject, handle: h.listEC2Keys},
		{pattern: "GET " + createEC2Key, who: inProject, fresh: true, handle: h.createEC2KeyForm},
		{pattern: "POST " + createEC2Key, who: inProject, fresh: true, handle: h.createEC2Key},
		{pattern: "GET " + deleteEC2Key, who: inProject, fresh: true, handle: h.deleteEC2KeysForm},
		{pattern: "POST " + deleteEC2Key, who: inProject, fresh: true, handle: h.deleteEC2Keys},
		{pattern: "GET " + ec2Keys + "/{id}", who: inProject, handle: h.showEC2Key},
		{pattern: "POST " + ec2Keys + "/{id}", who: inProject, fresh: true, handle: h.revealEC2Key},
	}
}

func (h *Handler) ec2Key() *credentialKind {
	return &credentialKind{path: ec2Keys, use: identity.UseEC2Key,
		statuses: []credentialStatus{statusActive, statusExpiring, statusExpired, statusEnded},
		columns:  []string{"key", "project", "created", "used", "status"},
		sorts:    []string{"created", "key", "project", "used"},
		typed:    8,
		one:      h.key,
		remove: func(r *request, v *credentialView) error {
			return h.Core.DeleteEC2Key(r.Context(), r.Caller, r.Caller.User.ID, v.Name)
		}}
}

// describeKey puts an EC2/S3 credential into words, all but its last use. One that was made with an application
// credential is as alive as that.
func describeKey(cred *identity.Credential, from map[identity.ApplicationCredentialID]*core.ApplicationCredential, projects map[identity.ProjectID]string, now time.Time) credentialView {
	v := credentialView{ID: string(cred.ID), Name: cred.Access, folded: strings.ToLower(cred.Access), ProjectID: string(cred.ProjectID), Project: projects[cred.ProjectID],
		Created: moment{cred.CreatedAt}, Status: statusActive}
	if v.Project == "" {
		v.Project = v.ProjectID
	}
	if ac := from[cred.ApplicationCredentialID]; ac != nil {
		v.From, v.FromID, v.Expires, v.Status = ac.Name, string(ac.ID), moment{ac.ExpiresAt}, statusOf(ac.ApplicationCredential, now)
	}
	if cred.Disabled {
		v.Status = statusEnded
	}
	return v
}

// describeKeys is describeKey of many.
func (h *Handler) describeKeys(r *request, list []*identity.Credential) ([]*credentialView, error) {
	projects, err := h.projectNames(r)
	if err != nil {
		return nil, err
	}
	var own []*core.ApplicationCredential
	if slices.ContainsFunc(list, func(c *identity.Credential) bool { return c.ApplicationCredentialID != "" }) {
		if own, err = h.Core.ApplicationCredentials(r.Context(), r.Caller, r.Caller.User.ID, "", nil); err != nil {
			return nil, err
		}
	}
	from := make(map[identity.ApplicationCredentialID]*core.ApplicationCredential, len(own))
	for _, ac := range own {
		from[ac.ID] = ac
	}
	now, all := h.Core.Now(), make([]*credentialView, len(list))
	for i, cred := range list {
		v := describeKey(cred, from, projects, now)
		all[i] = &v
	}
	return all, nil
}

// key returns one of the caller's own EC2/S3 credentials in words, without the secret. Its id is that of the credential:
// an access key that a client chose may be what no path can name.
func (h *Handler) key(r *request, id string) (*credentialView, error) {
	cred, err := h.Core.Credential(r.Context(), r.Caller, identity.CredentialID(id))
	if err != nil {
		return nil, err
	}
	if cred.UserID != r.Caller.User.ID || cred.Type != identity.CredentialEC2 {
		return nil, identity.Missing("credential", id)
	}
	all, err := h.describeKeys(r, []*identity.Credential{cred.Credential})
	if err != nil {
		return nil, err
	}
	return all[0], h.noteUses(r, identity.UseEC2Key, all)
}

// keysPage lists the user's EC2/S3 credentials.
type keysPage struct {
	credentialsPage
	Counts []string // against each limit there is
	NoRoom bool
}

func (h *Handler) listEC2Keys(w http.ResponseWriter, r *request) error {
	list, err := h.Core.EC2Credentials(r.Context(), r.Caller, r.Caller.User.ID)
	if err != nil {
		return err
	}
	all, err := h.describeKeys(r, list)
	if err != nil {
		return err
	}
	p := &keysPage{credentialsPage: credentialsPage{page: *h.page(r, "keys.title")}}
	if err := h.fillList(r, &p.credentialsPage, h.ec2Key(), all); err != nil {
		return err
	}
	if p.Counts, p.NoRoom, err = h.keyRoom(r); err != nil {
		return err
	}
	return h.render(w, r, http.StatusOK, "ec2_keys", p)
}

// keyRoom says how many keys there may be in the session's project, and whether these are all.
func (h *Handler) keyRoom(r *request) (counts []string, full bool, err error) {
	room, err := h.Core.EC2Room(r.Context(), r.Caller, r.Caller.User.ID, r.Caller.Project.ID)
	if err != nil {
		return nil, false, err
	}
	if room.KeyLimit >= 0 {
		counts = append(counts, r.texts.text("keys.count", room.Keys, room.KeyLimit, r.Caller.Project.Name))
	}
	if room.Limit >= 0 {
		counts = append(counts, r.texts.text("keys.count.all", room.All, room.Limit))
	}
	return counts, room.KeysFull(), nil
}

// keyPage shows one EC2/S3 credential; the secret key only to whoever asks for it with a POST.
type keyPage struct {
	page
	Key    credentialView
	Secret string
	keyUse
}

func (h *Handler) showEC2Key(w http.ResponseWriter, r *request) error {
	v, err := h.key(r, r.PathValue("id"))
	if err != nil {
		return err
	}
	p := &keyPage{page: *h.page(r, "keys.title"), Key: *v}
	p.Title = v.Name
	return h.render(w, r, http.StatusOK, "ec2_key", p)
}

// revealEC2Key shows the secret key, or makes the file that the form asks for. The secret is the server's to read: no form
// holds it.
func (h *Handler) revealEC2Key(w http.ResponseWriter, r *request) error {
	form, err := readForm(r)
	if err != nil {
		return err
	}
	shown, err := h.key(r, r.PathValue("id"))
	if err != nil {
		return err
	}
	key, err := h.Core.EC2Key(r.Context(), r.Caller, r.Caller.User.ID, shown.Name)
	if err != nil {
		return err
	}
	v, err := h.keyValues(r, shown, key.Secret.Reveal())
	if err != nil {
		return err
	}
	if kind := form.Get("kind"); kind != "" {
		return sendFile(w, handout.EC2Key(), kind, v)
	}
	p := &keyPage{page: *h.page(r, "keys.title"), Key: *shown, Secret: v.Secret, keyUse: useOf(v)}
	p.Title, p.Path = shown.Name, ec2Keys+"/"+shown.ID
	return h.render(w, r, http.StatusOK, "ec2_key", p)
}

func (h *Handler) deleteEC2KeysForm(w http.ResponseWriter, r *request) error {
	p := &deletePage{page: *h.page(r, "delete.title")}
	if err := h.gather(r, p, h.ec2Key(), r.URL.Query()["id"]); err != nil {
		return err
	}
	if len(p.Credentials) == 0 {
		return h.seeWith(w, r, ec2Keys, notice{Text: "none_selected"})
	}
	return h.render(w, r, http.StatusOK, "ec2_key_delete", p)
}

func (h *Handler) deleteEC2Keys(w http.ResponseWriter, r *request) error {
	p := &deletePage{page: *h.page(r, "delete.title")}
	done, err := h.delete(r, p, h.ec2Key())
	switch {
	case err != nil:
		return err
	case !done:
		return h.render(w, r, http.StatusUnprocessableEntity, "ec2_key_delete", p)
	}
	return h.seeWith(w, r, ec2Keys, notice{Text: "deleted", Count: len(p.Credentials)})
}
