//go:build interop

package interop

import (
	"encoding/json"
	"os/exec"
	"regexp"
	"strings"
	"testing"
)

// The commands are those of a cloud's manual; only host and credentials are put in.
const (
	curlLogin = `curl -X POST \
HOST/v3/auth/tokens \
-H 'Content-Type: application/json' \
-d '{
"auth": {
"identity": {
"methods": ["application_credential"],
"application_credential": {
"id": "YOUR_CREDENTIAL_ID",
"secret": "YOUR_CREDENTIAL_SECRET"
}
}
}
}'`
	curlRevoke = `curl -X DELETE \
HOST/v3/auth/tokens \
-H 'X-Auth-Token: YOUR_TOKEN' \
-H 'X-Subject-Token: TOKEN_TO_REVOKE'`
)

func testCurl(t *testing.T, c *cloud) {
	fill := strings.NewReplacer("HOST", c.url, "YOUR_CREDENTIAL_ID", c.demo["AC_ID"], "YOUR_CREDENTIAL_SECRET", c.demo["AC_SECRET"])
	var body struct {
		Token struct {
			Methods []string
			Project struct{ ID string }
		}
	}
	must(t, json.Unmarshal([]byte(c.shell(t, fill.Replace(curlLogin))), &body))
	if len(body.Token.Methods) != 1 || body.Token.Methods[0] != "application_credential" || body.Token.Project.ID != c.demo["DEMO_PROJECT_ID"] {
		t.Errorf("the manual's login answers %+v", body)
	}
	first, second := c.curlToken(t, fill.Replace(curlLogin)), c.curlToken(t, fill.Replace(curlLogin))
	revoke := strings.NewReplacer("HOST", c.url, "YOUR_TOKEN", first, "TOKEN_TO_REVOKE", second).Replace(curlRevoke)
	for _, want := range []string{"204", "404"} { // the second time it is gone
		if got := c.shell(t, revoke+` -s -o /dev/null -w '%{http_code}'`); got != want {
			t.Errorf("the manual's revocation answers %s, want %s", got, want)
		}
	}
	own := strings.NewReplacer("HOST", c.url, "YOUR_TOKEN", first, "TOKEN_TO_REVOKE", first).Replace(curlRevoke)
	for _, want := range []string{"204", "401"} {
		if got := c.shell(t, own+` -s -o /dev/null -w '%{http_code}'`); got != want {
			t.Errorf("revoking a token with itself answers %s, want %s", got, want)
		}
	}
}

var subjectToken = regexp.MustCompile(`(?mi)^X-Subject-Token: (\S+)\r$`)

func (c *cloud) curlToken(t *testing.T, command string) string {
	t.Helper()
	m := subjectToken.FindStringSubmatch(c.shell(t, command+" -s -i"))
	if m == nil {
		t.Fatal("the login's answer has no X-Subject-Token")
	}
	return m[1]
}

func (c *cloud) shell(t *testing.T, command string) string {
	t.Helper()
	cmd := exec.Command("bash", "-c", command)
	cmd.Env = c.demoEnv
	return output(t, cmd)
}

func testOpenStack(t *testing.T, c *cloud) {
	t.Run("every form of the URL is understood", func(t *testing.T) {
		for _, url := range []string{c.url, c.url + "/", c.url + "/v3", c.url + "/v3/"} {
			c.openstack(t, "", "--os-auth-url", url, "--os-username", "demo", "--os-password", c.demo["DEMO_PASSWORD"],
				"--os-project-name", "demo", "--os-user-domain-id", "default", "--os-project-domain-id", "default", "token", "issue")
		}
	})
	t.Run("an application credential is enough", func(t *testing.T) {
		got := c.openstack(t, "dev-demo", "token", "issue", "-c", "project_id", "-f", "value")
		if strings.TrimSpace(got) != c.demo["DEMO_PROJECT_ID"] {
			t.Errorf("the token is for project %s", got)
		}
		token := strings.TrimSpace(c.openstack(t, "dev-demo", "token", "issue", "-c", "id", "-f", "value"))
		c.openstack(t, "dev-demo", "token", "revoke", token)
		c.openstack(t, "dev-demo", "catalog", "list")
	})
	t.Run("an administrator runs the cloud", func(t *testing.T) {
		for _, command := range []string{
			"project create shop --property groupId=g1",
			"user create bob --project shop --password interop-Pass-2 --email bob@example.org",
			"role add --user bob --project shop member",
			"role assignment list --names --user bob",
			"group create crew",
			"group add user crew bob",
			"group contains user crew bob",
			"user show bob",
			"user set --disable bob",
			"user list --long",
			"project list --long",
			"project set --description things shop",
			"domain create acme",
			"domain set --disable acme",
			"domain delete acme",
			"service create --name shop shop",
			"endpoint create --region RegionTwo shop public http://127.0.0.1:9292",
			"endpoint list",
			"region list",
			"role create cook",
			"implied role create cook --implied-role reader",
			"implied role list",
			"role delete cook",
			"project set --tag blue shop",
			"registered limit create --service shop --default-limit 10 things",
			"limit create --service shop --project shop --resource-limit 5 things",
			"policy list",
			"credential create --type cert --project shop bob blob",
			"endpoint group list",
			"mapping list",
			"identity provider create --domain default acme-idp",
			"identity provider delete acme-idp",
			"group delete crew",
			"user delete bob",
			"project delete shop",
		} {
			c.openstack(t, "dev-admin", strings.Fields(command)...)
		}
	})
	t.Run("a system token lists what there is", func(t *testing.T) {
		c.openstack(t, "dev-system", "user", "list")
		c.openstack(t, "dev-system", "domain", "list")
	})
	t.Run("a user keeps credentials of its own", func(t *testing.T) {
		password := []string{"--os-auth-url", c.url + "/v3", "--os-username", "demo", "--os-password", c.demo["DEMO_PASSWORD"],
			"--os-project-name", "demo", "--os-user-domain-id", "default", "--os-project-domain-id", "default", "--os-identity-api-version", "3"}
		for _, command := range []string{
			"application credential create app1 --role reader",
			"application credential show app1",
			"application credential list",
			"application credential delete app1",
			"ec2 credentials create",
			"ec2 credentials list",
		} {
			c.openstack(t, "", append(password, strings.Fields(command)...)...)
		}
	})
	t.Run("a member is told what it may not do", func(t *testing.T) {
		c.refused(t, "identity:create_user", "--os-cloud", "dev-demo", "user", "create", "x")
	})
	t.Run("an application credential cannot request a scope", func(t *testing.T) {
		c.refused(t, "Application credentials cannot request a scope.", "--os-auth-type", "v3applicationcredential", "--os-auth-url", c.url+"/v3",
			"--os-application-credential-id", c.demo["AC_ID"], "--os-application-credential-secret", c.demo["AC_SECRET"],
			"--os-project-id", c.demo["DEMO_PROJECT_ID"], "token", "issue")
	})
}

// openstack runs Debian's client; cloudName "" means that the arguments say where to go.
func (c *cloud) openstack(t *testing.T, cloudName string, args ...string) string {
	t.Helper()
	if cloudName != "" {
		args = append([]string{"--os-cloud", cloudName}, args...)
	}
	return output(t, c.client(args))
}

// refused runs a command that must fail with this text.
func (c *cloud) refused(t *testing.T, text string, args ...string) {
	t.Helper()
	out, err := c.client(args).CombinedOutput()
	if err == nil || !strings.Contains(string(out), text) {
		t.Errorf("openstack %s: error %v, want one with %q:\n%s", strings.Join(args, " "), err, text, out)
	}
}

func (c *cloud) client(args []string) *exec.Cmd {
	cmd := exec.Command("/usr/bin/openstack", args...)
	cmd.Env = []string{"PATH=/usr/bin:/bin", "PYTHONWARNINGS=ignore", "HOME=/nonexistent", "OS_CLIENT_CONFIG_FILE=" + c.demo["OS_CLIENT_CONFIG_FILE"]}
	return cmd
}

func testAWS(t *testing.T, c *cloud) {
	cmd := exec.Command("/usr/bin/aws", "configure", "get", "aws_access_key_id", "--profile", "lintel-dev")
	cmd.Env = c.demoEnv
	access := strings.TrimSpace(output(t, cmd))
	listed := c.openstack(t, "dev-admin", "ec2", "credentials", "list", "--user", c.demo["DEMO_USER_ID"], "-f", "value", "-c", "Access")
	if access == "" || !strings.Contains(listed, access) {
		t.Errorf("the profile's key %q is not among demo's keys %q", access, listed)
	}
}
