// Package handout writes what customers take along: configuration files of the tools that they use, and snippets of
// code, filled with their own values. It owns the formats and their quoting: no name, however it was chosen, can become
// anything but a value.
//
// It knows no page, no request and no rule: who may have a handout has been decided before. Snippets never hold a
// secret; they read it from the environment.
package handout

import (
	"bytes"
	"embed"
	"net/url"
	"regexp"
	"strings"
	"sync"
	"text/template"
)

//go:embed files
var sources embed.FS

// Values are what handouts are filled with. Those that a format cannot hold are left out of it.
type Values struct {
	Name   string // of the credential, as its user chose it; "" for none
	ID     string // of the application credential, or the access key of an EC2 key
	Secret string // of either
	Base   string // of the identity service, "https://host:port"
	Region string // "" for none

	User, DomainID     string // who signs in with a password: name, and id of the user's domain
	Project, ProjectID string

	S3       string // where object storage speaks S3, "https://host:port"; "" where nobody knows
	S3Region string // that it is in
}

// V3 and V2 are the identity service's URLs by version.
func (v Values) V3() string { return v.Base + "/v3" }

// V2 is the older one.
func (v Values) V2() string { return v.Base + "/v2.0" }

var notInAlias = regexp.MustCompile(`[^A-Za-z0-9._-]+`)

// Alias is the name as part of a file's, and as the name that a tool's configuration gives to the cloud: at most 64
// letters, digits, dots, dashes and underscores.
func (v Values) Alias() string {
	name := strings.Trim(notInAlias.ReplaceAllString(v.Name, "-"), "-.")
	name = strings.TrimRight(name[:min(len(name), 64)], "-.")
	if name == "" {
		return "credential"
	}
	return name
}

// S3Host is S3 without its scheme, and S3TLS whether that is https.
func (v Values) S3Host() string {
	if u, err := url.Parse(v.S3); err == nil {
		return u.Host
	}
	return ""
}

// S3TLS says whether S3 is reached with TLS.
func (v Values) S3TLS() bool { return !strings.HasPrefix(v.S3, "http://") }

// File is a file for one tool. Make it with Text.
type File struct {
	Kind string // tells the files of a set apart: in an address, in a form
	name string // with * for the alias
	text *template.Template
}

// Name is what the file is called.
func (f File) Name(v Values) string { return strings.ReplaceAll(f.name, "*", v.Alias()) }

// Text is the file.
func (f File) Text(v Values) string {
	var b bytes.Buffer
	if err := f.text.Execute(&b, v); err != nil {
		panic(err) // the template is part of the program, and Values has what it names
	}
	return b.String()
}

// Set is the files for one kind of credential, in the order to show them.
type Set []File

// Find returns the file of a kind.
func (s Set) Find(kind string) (f File, ok bool) {
	for _, one := range s {
		if one.Kind == kind {
			return one, true
		}
	}
	return File{}, false
}

// ApplicationCredential are files with an application credential's secret, but for clouds_public and terraform, which go
// together with secure and tfvars.
func ApplicationCredential() Set {
	return Set{
		file("openrc", "app-cred-*-openrc.sh", "openrc.sh"),
		file("clouds", "clouds.yaml", "clouds.yaml"),
		file("clouds_public", "clouds-public.yaml", "clouds-public.yaml"),
		file("secure", "secure.yaml", "secure.yaml"),
		file("terraform", "openstack.tf", "openstack.tf"),
		file("tfvars", "openstack.auto.tfvars", "openstack.auto.tfvars"),
		file("cloud_conf", "cloud.conf", "cloud.conf"),
		file("json", "app-cred-*.json", "credential.json"),
	}
}

// Password are files for somebody with a password, which they ask for. Name is the project's.
func Password() Set {
	return Set{
		file("openrc_v3", "*-openrc.sh", "openrc-password.sh"),
		file("openrc_v2", "*-openrc-v2.sh", "openrc-v2.sh"),
	}
}

// EC2Key are files with the secret of an EC2 key.
func EC2Key() Set {
	return Set{
		file("aws_credentials", "aws-credentials", "aws-credentials"),
		file("aws_config", "aws-config", "aws-config"),
		file("s3cmd", "s3cfg", "s3cfg"),
		file("rclone", "rclone.conf", "rclone.conf"),
		file("mc", "mc-*.json", "mc.json"),
		file("ec2rc", "*-ec2rc.sh", "ec2rc.sh"),
	}
}

// Snippets are programs in several languages that get a token with an application credential and use it. They read its
// secret from the environment variable OS_APPLICATION_CREDENTIAL_SECRET.
func Snippets() Set {
	return Set{
		file("curl", "identity.sh", "snippet.sh"),
		file("python", "identity.py", "snippet.py"),
		file("go", "identity.go", "snippet.go"),
		file("java", "Identity.java", "snippet.java"),
		file("php", "identity.php", "snippet.php"),
		file("node", "identity.mjs", "snippet.mjs"),
	}
}

// Export is the line of a shell that gives the snippets their secret.
func Export(secret string) string {
	return "export OS_APPLICATION_CREDENTIAL_SECRET=" + shell(secret)
}

// Ask is the line that asks for the secret instead, so that it stays out of the shell's history.
const Ask = "read -rs OS_APPLICATION_CREDENTIAL_SECRET; export OS_APPLICATION_CREDENTIAL_SECRET"

// templates are all of them, read once. They are part of the program: it panics when they are broken.
var templates = sync.OnceValue(func() *template.Template {
	t := template.New("").Funcs(template.FuncMap{"shell": shell, "yaml": escape, "python": escape, "golang": escape, "java": java, "javascript": units, "json": units,
		"php": php, "hcl": hcl, "ini": ini})
	return template.Must(t.ParseFS(sources, "files/*.tmpl"))
})

func file(kind, name, source string) File {
	return File{Kind: kind, name: name, text: templates().Lookup(source + ".tmpl")}
}
