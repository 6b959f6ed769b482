package portal_test

import (
	"strings"
	"testing"

	"github.com/lintel-id/lintel/internal/server/servertest"
)

// What each file and snippet does is tried with the real tools in test/interop.
func TestSnippetsAreOnTheCredentialsPagesWithoutTheSecret(t *testing.T) {
	env := servertest.Start(t, servertest.Options{})
	b := newBrowser(t, env).signIn()
	page := b.makeCredential("ci").want(201, "Use it in a program", "Python", "Node.js")
	id, secret := page.id("credential-id"), page.id("credential-secret")
	if got := page.id("export"); got != "export OS_APPLICATION_CREDENTIAL_SECRET='"+secret+"'" {
		t.Errorf("the line to export is %q", got)
	}
	shown := b.get(list+"/"+id).want(200, "read -rs OS_APPLICATION_CREDENTIAL_SECRET").without(secret)
	for _, kind := range []string{"curl", "python", "go", "java", "php", "node"} {
		text := page.id("snippet-" + kind)
		if text != shown.id("snippet-"+kind) || strings.Contains(text, secret) || !strings.Contains(text, id) || !strings.Contains(text, env.URL+"/v3") {
			t.Errorf("%s:\n%s", kind, text)
		}
	}
}

func TestFilesForAPasswordHoldNone(t *testing.T) {
	env := servertest.Start(t, servertest.Options{})
	b := newBrowser(t, env)
	b.get("/portal/access/openrc/openrc_v3").want(200, "Sign in")
	b.signIn()
	for kind, c := range map[string]struct{ file, says string }{
		"openrc_v3": {"admin-openrc.sh", "export OS_AUTH_URL='" + env.URL + "/v3'"},
		"openrc_v2": {"admin-openrc-v2.sh", "export OS_AUTH_URL='" + env.URL + "/v2.0'"},
	} {
		f := b.get("/portal/access/openrc/" + kind).without(servertest.AdminPassword)
		if got := f.Header.Get("Content-Disposition"); f.Status != 200 || got != `attachment; filename="`+c.file+`"` {
			t.Errorf("%s: status %d, %q", kind, f.Status, got)
		}
		if !strings.Contains(f.Body, c.says) || !strings.Contains(f.Body, "read -rs OS_PASSWORD") {
			t.Errorf("%s:\n%s", kind, f.Body)
		}
	}
	b.get("/portal/access/openrc/openrc").want(404)
}

// The region in a key's files is that of the object storage, wherever the identity service is.
func TestFilesForAKeyLeadToTheObjectStorageAndItsRegion(t *testing.T) {
	env := servertest.Start(t, servertest.Options{})
	env.Do("POST", "/v3/regions", env.AdminToken(), map[string]any{"region": map[string]any{"id": "KR1"}}).Want(201)
	b := newBrowser(t, env).signIn()
	config := func() string {
		access := b.makeKey().want(201).id("access-key")
		return b.post(keyPage(access), "kind", "aws_config").want(200).Body
	}
	if got := config(); !strings.Contains(got, "# The catalog has no object storage.") || strings.Contains(got, "\nendpoint_url") {
		t.Errorf("without object storage:\n%s", got)
	}
	for _, s := range []struct{ kind, url, want string }{
		{"object-store", "https://swift.example:8080/v1/AUTH_%(project_id)s", "endpoint_url = https://swift.example:8080\n"},
		{"s3", "https://s3.example:6780", "endpoint_url = https://s3.example:6780\n"},
	} {
		service := env.Create("/v3/services", "service", map[string]any{"type": s.kind, "name": s.kind})
		env.Create("/v3/endpoints", "endpoint", map[string]any{"service_id": service, "interface": "public", "region_id": "KR1", "url": s.url})
		if got := config(); !strings.Contains(got, s.want) || !strings.Contains(got, "region = KR1\n") {
			t.Errorf("with %s:\n%s", s.kind, got)
		}
	}
}
