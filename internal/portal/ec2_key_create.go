package portal

import (
	"cmp"
	"net/http"

	"github.com/lintel-id/lintel/internal/identity"
	"github.com/lintel-id/lintel/internal/portal/handout"
)

// createKeyPage asks whether an EC2/S3 credential is to be made for the session's project.
type createKeyPage struct {
	page
	ProjectID string
	Once      string
	Counts    []string
	NoRoom    bool
	Errors    formErrors
}

func (h *Handler) createEC2KeyForm(w http.ResponseWriter, r *request) error {
	return h.renderCreateKey(w, r, http.StatusOK, nil)
}

func (h *Handler) renderCreateKey(w http.ResponseWriter, r *request, code int, wrong formErrors) (err error) {
	p := &createKeyPage{page: *h.page(r, "key_create"), ProjectID: string(r.Caller.Project.ID), Once: h.newOnce(), Errors: wrong}
	p.Error = len(wrong) > 0
	if p.Counts, p.NoRoom, err = h.keyRoom(r); err != nil {
		return err
	}
	return h.render(w, r, code, "ec2_key_create", p)
}

// createEC2Key makes the key and answers with its secret at once. The form names the project that it showed: the session
// may have gone on to another one in another tab.
func (h *Handler) createEC2Key(w http.ResponseWriter, r *request) error {
	form, err := readForm(r)
	if err != nil {
		return err
	}
	project := r.Caller.Project.ID
	if form.Get("project_id") != string(project) {
		return h.renderCreateKey(w, r, http.StatusUnprocessableEntity, formErrors{{"", r.texts.text("key_create.other_project", r.Caller.Project.Name)}})
	}
	once := cmp.Or(form.Get("once"), h.newOnce())
	if h.tooOld(once) {
		return h.renderCreateKey(w, r, http.StatusUnprocessableEntity, formErrors{{"", r.texts.text("form.old")}})
	}
	key, err := h.Core.CreateEC2KeyOnce(r.Context(), r.Caller, r.Caller.User.ID, project, once)
	if identity.KindOf(err) == identity.Gone {
		return h.seeWith(w, r, ec2Keys, notice{Text: "key_created_before"})
	}
	if err != nil {
		return err
	}
	all, err := h.describeKeys(r, []*identity.Credential{key.Credential})
	if err != nil {
		return err
	}
	v, err := h.keyValues(r, all[0], key.Secret.Reveal())
	if err != nil {
		return err
	}
	p := &keyPage{page: *h.page(r, "key_secret.title"), Key: *all[0], Secret: v.Secret, keyUse: useOf(v)}
	p.Path = ec2Keys // this page cannot be come back to
	return h.render(w, r, http.StatusCreated, "ec2_key_secret", p)
}

// keyUse is what a page that shows a secret key says about its use.
type keyUse struct {
	Endpoint  string // of S3; "" where the catalog has none
	Region    string
	Downloads []offer
	Test      string // a command that tries the key, without the secret
}

func useOf(v handout.Values) keyUse {
	use := keyUse{Endpoint: v.S3, Region: v.S3Region, Downloads: offers(handout.EC2Key(), v)}
	if file, ok := handout.EC2Key().Find("ec2rc"); ok {
		use.Test = ". ./" + file.Name(v) + " && aws --endpoint-url \"$AWS_ENDPOINT_URL\" s3 ls"
	}
	return use
}

// keyValues are what the files for a key are filled with.
func (h *Handler) keyValues(r *request, k *credentialView, secret string) (handout.Values, error) {
	v, err := h.handoutValues(r)
	v.Name, v.ID, v.Secret = k.Project, k.Name, secret
	return v, err
}
