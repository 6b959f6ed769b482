//go:build e2e

package e2e

import (
	"context"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	v4 "github.com/aws/aws-sdk-go-v2/aws/signer/v4"
	"github.com/chromedp/chromedp"

	"github.com/lintel-id/lintel/internal/config"
	"github.com/lintel-id/lintel/internal/identity"
	"github.com/lintel-id/lintel/internal/server/servertest"
)

// keyPages are the pages of EC2/S3 credentials and of the addresses of the APIs.
func keyPages() []stop {
	const list = "/portal/access/ec2-credentials"
	first := func(p *tab) {
		p.script(`document.querySelector("tbody th a").click()`)
		p.until("the key", func() bool { return p.holds(`!!document.querySelector("#access-key")`) })
	}
	create := func(p *tab) {
		p.script(`document.querySelector("form.card button.primary").click()`)
		p.until("the secret", func() bool { return p.holds(`!!document.querySelector("[data-once-page]")`) })
		p.script(`document.querySelector("[data-done] input").click()`)
	}
	return []stop{
		{name: "keys-empty", path: list},
		{name: "key-create", path: list + "/create"},
		{name: "key-secret", path: list + "/create", do: create},
		{name: "key-secret-2", path: list + "/create", do: create},
		{name: "keys", path: list},
		{name: "keys-nothing", path: list + "?q=nothing+like+this"},
		{name: "key", path: list, do: first},
		{name: "key-shown", path: list, do: func(p *tab) {
			first(p)
			p.script(`document.querySelector("dd form button").click()`)
			p.until("the secret", func() bool { return p.holds(`!!document.querySelector("[data-once-page]")`) })
		}},
		{name: "key-delete", path: list, do: func(p *tab) {
			p.script(`document.querySelector("[data-all]").click(); document.querySelector(".under .danger").click()`)
			p.until("the question", func() bool { return p.holds(`!!document.querySelector(".doomed")`) })
		}},
		{name: "api-endpoint", path: "/portal/access/api-endpoint"},
		{name: "instance", path: "/portal/compute/instance"},
	}
}

// fillCatalog gives the cloud services in two regions.
func fillCatalog(env *servertest.Env) {
	for region, name := range map[string]string{"KR1": "Korea (Pangyo)", "JP1": "Japan (Tokyo)"} {
		env.Create("/v3/regions", "region", map[string]any{"id": region, "description": name})
	}
	for kind, path := range map[string]string{"compute": "instance-infrastructure.example.com/v2.1/$(project_id)s", "s3": "object-storage.example.com:6780", "volumev3": "block-storage.example.com/v3/$(project_id)s"} {
		service := env.Create("/v3/services", "service", map[string]any{"name": kind, "type": kind})
		for _, region := range []string{"KR1", "JP1"} {
			env.Create("/v3/endpoints", "endpoint", map[string]any{"service_id": service, "interface": "public", "region_id": region, "url": "https://" + strings.ToLower(region) + "-api-" + path})
		}
	}
}

// signed asks as a service does about a request that the AWS SDK has signed with a key.
func signed(t *testing.T, env *servertest.Env, access, secret string) *servertest.Response {
	t.Helper()
	const emptyHash = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
	r, err := http.NewRequestWithContext(context.Background(), "GET", "https://s3.example.com/bucket", nil)
	if err != nil {
		t.Fatal(err)
	}
	key := aws.Credentials{AccessKeyID: access, SecretAccessKey: secret}
	if err := v4.NewSigner().SignHTTP(context.Background(), key, r, emptyHash, "s3", "RegionOne", time.Now()); err != nil {
		t.Fatal(err)
	}
	authorization := r.Header.Get("Authorization")
	_, signature, _ := strings.Cut(authorization, "Signature=")
	return env.Do("POST", "/v3/ec2tokens", env.AdminToken(), map[string]any{"credentials": map[string]any{"access": access, "signature": signature, "host": r.Host, "verb": "GET",
		"path": "/bucket", "body_hash": emptyHash, "params": map[string]any{},
		"headers": map[string]any{"Host": r.Host, "X-Amz-Date": r.Header.Get("X-Amz-Date"), "Authorization": authorization}}})
}

// A cloud's manual: navigate to Access, EC2/S3 Credentials, click "Create S3/EC2 Credential", save both keys.
func TestTheManualsWayToAnS3Key(t *testing.T) {
	env := servertest.Start(t, servertest.Options{Config: func(c *config.Config) { c.EC2.MaxPerUserProject = 1 }})
	p := openTab(t, env.URL)
	p.open("/")
	p.signIn()
	p.click("link", "Access")
	p.click("link", "EC2/S3 Credentials")
	p.sees("0 of 1 EC2/S3 credentials in the project admin")
	p.click("button", "Create S3/EC2 Credential")
	p.sees("It is for this project alone")
	p.click("button", "Create S3/EC2 Credential")
	p.sees("Save both the Access Key and Secret Key")
	access, secret := p.value("access-key"), p.value("secret-key")
	if strings.Contains(p.text(), secret) {
		t.Error("the secret is shown before anybody asks")
	}
	p.click("DisclosureTriangle", "Show the secret")
	p.sees(secret)
	token := signed(t, env, access, secret).Want(200).Header.Get("X-Subject-Token")
	env.Do("GET", "/v3/auth/tokens", env.AdminToken(), nil, "X-Subject-Token", token).Want(200)
	p.click("checkbox", "I saved it")
	p.click("button", "Done")
	p.sees(access, "1 of 1 EC2/S3 credentials", "Delete one before you create another")
	if !p.holds(`document.querySelector(".head button.primary").disabled`) {
		t.Error("one more can be made than the limit says")
	}

	p.click("link", access)
	p.sees("Get the secret key")
	p.click("button", "Get the secret key")
	p.sees("Show the secret")
	p.click("DisclosureTriangle", "Show the secret")
	p.sees(secret)
	p.open("/portal/access/ec2-credentials")
	p.click("checkbox", "Select "+access)
	p.click("button", "Delete Credential")
	p.sees("Delete this credential?", "Every S3 and EC2 request that is signed with it is refused")
	p.fill("Type "+access[:8]+" to confirm", access[:8])
	p.click("button", "Delete Credential")
	p.sees("The credential was deleted", "No EC2/S3 credentials yet")
	signed(t, env, access, secret).Want(404)
	env.Do("GET", "/v3/auth/tokens", env.AdminToken(), nil, "X-Subject-Token", token).Want(404)
	p.quiet()
}

// Another cloud's manual: on the page Compute, Instance, click Set API Endpoint; there are the tenant ID and the way to
// Set the API Password.
func TestTheManualsWayToTheTenantID(t *testing.T) {
	env := start(t)
	p := openTab(t, env.URL)
	p.open("/")
	p.signIn()
	p.click("link", "Compute")
	p.click("link", "Instance")
	p.click("button", "Set API Endpoint")
	p.sees("Tenant ID", "API User ID", string(env.Admin.Project), string(env.Admin.User))
	p.find("link", "Set the API Password")
	p.quiet()
}

// A reload of the page that shows a secret shows it no more, and what is come back to holds none.
func TestASecretKeyIsNotLeftBehind(t *testing.T) {
	env := start(t)
	key := env.Do("POST", "/v3/users/"+string(env.Admin.User)+"/credentials/OS-EC2", env.AdminToken(), map[string]any{"tenant_id": env.Admin.Project}).Want(201)
	page, secret := "/portal/access/ec2-credentials/"+string(identity.EC2CredentialID(key.Text("credential.access"))), key.Text("credential.secret")
	p := openTab(t, env.URL)
	p.open(page)
	p.fill("User name or e-mail", "admin")
	p.fill("Password", servertest.AdminPassword)
	p.click("button", "Sign in")
	p.sees("Get the secret key")
	p.click("button", "Get the secret key")
	p.sees("Show the secret")
	if got := p.value("secret-key"); got != secret {
		t.Error("another secret is shown")
	}
	p.do(chromedp.Reload())
	p.sees("Get the secret key")
	p.do(chromedp.NavigateBack())
	p.until("the page before", func() bool { return p.holds(`document.readyState === "complete"`) })
	if html := eval[string](p, "document.documentElement.outerHTML"); strings.Contains(html, secret) {
		t.Error("the secret comes back")
	}
	p.quiet()
}
