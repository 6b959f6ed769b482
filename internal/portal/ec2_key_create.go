package portal

import (
	"cmp"
	"crypto/rand"
	"net/http"
	"net/url"
	"strings"
	"unicode"

	"github.com/lintel-id/lintel/internal/identity"
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
	p := &createKeyPage{page: *h.page(r, "key_create"), ProjectID: string(r.Caller.Project.ID), Once: rand.Text(), Errors: wrong}
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
	key, err := h.Core.CreateEC2KeyOnce(r.Context(), r.Caller, r.Caller.User.ID, project, cmp.Or(form.Get("once"), rand.Text()))
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
	p := &keyPage{page: *h.page(r, "key_secret.title"), Key: *all[0], Secret: key.Secret.Reveal()}
	p.Path = ec2Keys // this page cannot be come back to
	if p.keyUse, err = h.useKey(r, all[0]); err != nil {
		return err
	}
	return h.render(w, r, http.StatusCreated, "ec2_key_secret", p)
}

// keyUse is what a page that shows a secret key says about its use.
type keyUse struct {
	Endpoint  string // of S3; "" where the catalog has none
	Region    string
	Downloads []download
	Test      string // a command that tries the key, without the secret
}

func (h *Handler) useKey(r *request, v *credentialView) (u keyUse, err error) {
	if u.Endpoint, u.Region, err = h.s3(r); err != nil {
		return u, err
	}
	u.Downloads = []download{{Kind: "aws", File: awsFile(v.Name)}}
	u.Test = "AWS_CONFIG_FILE=./" + u.Downloads[0].File + " aws --profile " + fileName(v.Project) + " s3 ls"
	return u, nil
}

// s3 is where S3 is, by the catalog: the service of that type, or what is the root of an object store, as with Swift.
func (h *Handler) s3(r *request) (endpoint, region string, err error) {
	rows, err := h.endpoints(r)
	if err != nil {
		return "", "", err
	}
	for _, row := range rows {
		u, err := url.Parse(row.URL)
		switch {
		case err != nil:
		case row.Type == "s3":
			return row.URL, row.Region, nil
		case row.Type == "object-store" && endpoint == "":
			endpoint, region = u.Scheme+"://"+u.Host, row.Region
		}
	}
	if region == "" {
		region, err = h.region(r)
	}
	return endpoint, region, err
}

func awsFile(access string) string {
	return "aws-" + fileName(access[:min(8, len(access))]) + ".config"
}

// download answers with a file for the key.
func (p *keyPage) download(w http.ResponseWriter, kind string) error {
	if kind != "aws" {
		return identity.Invalidf("There is no such file.")
	}
	if strings.ContainsFunc(p.Secret, unicode.IsControl) {
		return identity.Invalidf("A secret key with control characters cannot stand in this file.")
	}
	head := w.Header()
	head.Set("Content-Type", "application/octet-stream")
	head.Set("Content-Disposition", `attachment; filename="`+awsFile(p.Key.Name)+`"`)
	w.Write([]byte(awsProfile(fileName(p.Key.Project), p.Key.Name, p.Secret, p.Region, p.Endpoint)))
	return nil
}

// awsProfile is a configuration of the AWS tools and SDKs with one profile.
func awsProfile(name, access, secret, region, endpoint string) string {
	text := keepItSecret + "# Use it with: export AWS_CONFIG_FILE=FILE AWS_PROFILE=" + name + "\n" +
		"[profile " + name + "]\naws_access_key_id = " + access + "\naws_secret_access_key = " + secret + "\n"
	if region != "" {
		text += "region = " + region + "\n"
	}
	if endpoint != "" {
		text += "endpoint_url = " + endpoint + "\n"
	}
	return text
}
