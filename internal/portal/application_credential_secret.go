package portal

import (
	"net/http"
	"regexp"
	"strings"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"

	"github.com/lintel-id/lintel/internal/core"
	"github.com/lintel-id/lintel/internal/identity"
)

// secretPage shows a new application credential with its secret, once.
type secretPage struct {
	page
	Credential credentialView
	Secret     string
	AuthURL    string
	Region     string
	Downloads  []download
	Test       string // a command that tries the credential, without the secret
}

func (h *Handler) renderSecret(w http.ResponseWriter, r *request, ac *core.ApplicationCredential, secret identity.Secret) error {
	names, err := h.projectNames(r)
	if err != nil {
		return err
	}
	p := &secretPage{page: *h.page(r, "secret.title"), Credential: describe(ac, names, h.Core.Now()), Secret: secret.Reveal(), AuthURL: r.Base() + "/v3"}
	p.Path = applicationCredentials // this page cannot be come back to
	if p.Region, err = h.region(r); err != nil {
		return err
	}
	p.Downloads = downloads()
	for i := range p.Downloads {
		p.Downloads[i].File = p.Downloads[i].name(fileName(ac.Name))
	}
	p.Test = ". ./" + p.Downloads[0].File + " && openstack token issue"
	return h.render(w, r, http.StatusCreated, "secret", p)
}

// region is where clients look for the services: that of the identity service, or else the first of the catalog.
func (h *Handler) region(r *request) (string, error) {
	catalog, err := h.Core.AuthCatalog(r.Context(), r.Caller)
	if err != nil {
		return "", err
	}
	first := ""
	for _, s := range catalog.Services {
		for _, e := range s.Endpoints {
			if s.Type == "identity" && e.RegionID != "" {
				return string(e.RegionID), nil
			}
			if first == "" {
				first = string(e.RegionID)
			}
		}
	}
	return first, nil
}

var notInFileName = regexp.MustCompile(`[^A-Za-z0-9._-]+`)

// fileName is a name as part of a file's.
func fileName(name string) string {
	if name = strings.Trim(notInFileName.ReplaceAllString(name, "-"), "-."); name == "" {
		return "credential"
	}
	return name[:min(len(name), 64)]
}

// download is a file for one kind of client.
type download struct {
	Kind string // in the form, and of the text that names it
	File string
	name func(credential string) string
	text func(c clientFile) string
}

// clientFile is what the files are made of.
type clientFile struct {
	Name, Cloud, ID, Secret, AuthURL, Region string
}

// downloads are the files that hold a secret. They are made from what the form of the one-time page sends back: the
// server has forgotten it.
func downloads() []download {
	return []download{
		{Kind: "openrc", name: func(c string) string { return "app-cred-" + c + "-openrc.sh" }, text: openrc},
		{Kind: "clouds", name: func(string) string { return "clouds.yaml" }, text: cloudsYAML},
		{Kind: "json", name: func(c string) string { return "app-cred-" + c + ".json" }, text: credentialJSON},
	}
}

var generatedSecret = regexp.MustCompile(`^[A-Za-z0-9_-]{86}$`)

// downloadApplicationCredential makes a file for a credential of the caller's.
func (h *Handler) downloadApplicationCredential(w http.ResponseWriter, r *request) error {
	form, err := readForm(r)
	if err != nil {
		return err
	}
	v, err := h.credential(r, form.Get("id"))
	if err != nil {
		return err
	}
	secret, kind := form.Get("secret"), form.Get("kind")
	if !generatedSecret.MatchString(secret) {
		return identity.Invalidf("The form has no secret of a credential.")
	}
	c := clientFile{Name: v.Name, Cloud: fileName(v.Name), ID: v.ID, Secret: secret, AuthURL: r.Base() + "/v3"}
	if c.Region, err = h.region(r); err != nil {
		return err
	}
	for _, d := range downloads() {
		if d.Kind == kind {
			head := w.Header()
			head.Set("Content-Type", "application/octet-stream")
			head.Set("Content-Disposition", `attachment; filename="`+d.name(c.Cloud)+`"`)
			w.Write([]byte(d.text(c)))
			return nil
		}
	}
	return identity.Invalidf("There is no such file.")
}

// shellQuote and yamlQuote make any text one word.
func shellQuote(s string) string { return "'" + strings.ReplaceAll(s, "'", `'\''`) + "'" }
func yamlQuote(s string) string  { return "'" + strings.ReplaceAll(s, "'", "''") + "'" }

const keepItSecret = "# This file holds a secret. Keep it to yourself (chmod 600), and never commit it.\n"

// openrc sets the variables of the openstack command, after unsetting those of another login: an application credential
// cannot be sent with a scope.
func openrc(c clientFile) string {
	var b strings.Builder
	b.WriteString("#!/usr/bin/env bash\n" + keepItSecret + "# Use it with: source FILE\n")
	b.WriteString("for v in $(env | sed -n 's/^\\(OS_[A-Z0-9_]*\\)=.*/\\1/p'); do unset \"$v\"; done\n")
	for _, v := range [][2]string{{"OS_AUTH_TYPE", "v3applicationcredential"}, {"OS_AUTH_URL", c.AuthURL}, {"OS_IDENTITY_API_VERSION", "3"},
		{"OS_REGION_NAME", c.Region}, {"OS_INTERFACE", "public"}, {"OS_APPLICATION_CREDENTIAL_ID", c.ID}, {"OS_APPLICATION_CREDENTIAL_SECRET", c.Secret}} {
		if v[1] != "" {
			b.WriteString("export " + v[0] + "=" + shellQuote(v[1]) + "\n")
		}
	}
	return b.String()
}

// cloudsYAML is a configuration of openstacksdk with one cloud.
func cloudsYAML(c clientFile) string {
	text := keepItSecret + "clouds:\n  " + yamlQuote(c.Cloud) + ":\n    auth_type: v3applicationcredential\n    auth:\n" +
		"      auth_url: " + yamlQuote(c.AuthURL) + "\n      application_credential_id: " + yamlQuote(c.ID) +
		"\n      application_credential_secret: " + yamlQuote(c.Secret) + "\n"
	if c.Region != "" {
		text += "    region_name: " + yamlQuote(c.Region) + "\n"
	}
	return text + "    interface: public\n    identity_api_version: '3'\n"
}

// credentialJSON is what programs of one's own read.
func credentialJSON(c clientFile) string {
	text, err := json.Marshal(struct {
		Name    string `json:"name"`
		ID      string `json:"application_credential_id"`
		Secret  string `json:"application_credential_secret"`
		AuthURL string `json:"auth_url"`
		Region  string `json:"region_name,omitzero"`
	}{c.Name, c.ID, c.Secret, c.AuthURL, c.Region}, jsontext.Multiline(true))
	if err != nil {
		return "" // a struct of texts is always JSON
	}
	return string(text) + "\n"
}
