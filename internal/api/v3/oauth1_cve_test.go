package v3_test

import (
	"net/http"
	"testing"

	"github.com/lintel-id/lintel/internal/server/servertest"
)

func Test_CVE_2020_12690_AnAccessTokenHasTheAuthorizedRolesAndNoMore(t *testing.T) {
	c := startCloud(t, servertest.Options{})
	alice, project, token := c.boss("alice")
	cook := c.newRole("cook", "")
	c.put("projects", project, "users", alice, "roles", cook)
	s := c.access(token, project, "member", "cook")
	issued := s.loggedIn()
	c.alive(issued, "cook member reader")
	// Nothing that the user gets later, and nothing that the user has lost.
	c.put("projects", project, "users", alice, "roles", c.newRole("baker", ""))
	c.alive(s.loggedIn(), "cook member reader")
	c.del("projects", project, "users", alice, "roles", cook)
	c.alive(issued, "member reader")
	c.alive(s.loggedIn(), "member reader")
	c.put("projects", project, "users", alice, "roles", cook)
	c.alive(issued, "cook member reader")
	// A role that is deleted leaves the access token; the others stay.
	c.del("roles", cook)
	c.alive(issued, "member reader")
	if roles := roleNames(c.Do("GET", "/v3/users/"+alice+"/OS-OAUTH1/access_tokens/"+s.token+"/roles", token, nil).Want(http.StatusOK), "roles"); roles != "member" {
		t.Errorf("the access token has the roles %q", roles)
	}
	c.del("projects", project, "users", alice, "roles", c.role("admin"))
	c.dead(issued)
	s.login().Want(http.StatusUnauthorized)
}

// CVE-2014-3476, and commit 29246c5fd of Keystone: no delegation comes of a delegation.
func Test_CVE_2014_3476_ATokenOfOAuth1MakesNoDelegation(t *testing.T) {
	c := startCloud(t, servertest.Options{})
	alice, project, token := c.boss("alice")
	other := c.user("olga", "default")
	s := c.access(token, project, "admin")
	lent := s.loggedIn()
	asked := c.newConsumer()
	asked = asked.with(asked.request(project))
	ac := c.Do("POST", "/v3/users/"+alice+"/application_credentials", token, body{"application_credential": body{"name": "x"}}).Want(http.StatusCreated).Text("application_credential.id")
	trust := body{"trust": body{"trustor_user_id": alice, "trustee_user_id": other, "impersonation": true, "project_id": project, "roles": []any{body{"name": "admin"}}}}
	for _, call := range []struct {
		method, path string
		body         any
	}{
		{"POST", "/v3/OS-TRUST/trusts", trust},
		{"GET", "/v3/OS-TRUST/trusts?trustor_user_id=" + alice, nil},
		{"POST", "/v3/users/" + alice + "/application_credentials", body{"application_credential": body{"name": "y"}}},
		{"GET", "/v3/users/" + alice + "/application_credentials", nil},
		{"GET", "/v3/users/" + alice + "/application_credentials/" + ac, nil},
		{"DELETE", "/v3/users/" + alice + "/application_credentials/" + ac, nil},
		{"GET", "/v3/users/" + alice + "/access_rules", nil},
		{"POST", "/v3/users/" + alice + "/credentials/OS-EC2", body{"tenant_id": project}},
		{"GET", "/v3/users/" + alice + "/credentials/OS-EC2", nil},
		{"POST", "/v3/credentials", body{"credential": body{"type": "cert", "blob": "x", "user_id": alice}}},
		{"PUT", "/v3/OS-OAUTH1/authorize/" + asked.token, body{"roles": []any{body{"name": "admin"}}}},
		{"GET", "/v3/users/" + alice + "/OS-OAUTH1/access_tokens", nil},
		{"GET", "/v3/users/" + alice + "/OS-OAUTH1/access_tokens/" + s.token, nil},
		{"DELETE", "/v3/users/" + alice + "/OS-OAUTH1/access_tokens/" + s.token, nil},
	} {
		if res := c.Do(call.method, call.path, lent, call.body); res.Status != http.StatusForbidden {
			t.Errorf("%s %s: %d %s", call.method, call.path, res.Status, res.Body)
		}
	}
	// Its list of credentials is empty, as for every delegated token.
	if list := c.Do("GET", "/v3/credentials", lent, nil).Want(http.StatusOK).Get("credentials").([]any); len(list) > 0 {
		t.Errorf("it sees %v", list)
	}
}

func TestATokenOfOAuth1CannotBeExchanged(t *testing.T) {
	c := startCloud(t, servertest.Options{})
	alice, project, token := c.boss("alice")
	other := c.project("other", "default")
	c.put("projects", other, "users", alice, "roles", c.role("admin"))
	lent := c.access(token, project, "admin").loggedIn()
	for _, scope := range []any{nil, "unscoped", servertest.Project(project), servertest.Project(other), servertest.Domain("default"), body{"system": body{"all": true}}} {
		c.Do("POST", "/v3/auth/tokens", "", exchange(lent, scope)).Want(http.StatusForbidden)
	}
	c.Do("POST", "/v2.0/tokens", "", body{"auth": body{"tenantId": other, "token": body{"id": lent}}}).Want(http.StatusForbidden)
}

// Each thing that an access token hangs on, taken away.
func TestTheTokensOfAnAccessTokenEndWithIt(t *testing.T) {
	for what, end := range map[string]func(c *cloud, s signer, user, project string){
		"the access token": func(c *cloud, s signer, user, _ string) { c.del("users", user, "OS-OAUTH1/access_tokens", s.token) },
		"the consumer":     func(c *cloud, s signer, _, _ string) { c.del("OS-OAUTH1/consumers", s.consumer) },
		"the user":         func(c *cloud, _ signer, user, _ string) { c.del("users", user) },
		"the project":      func(c *cloud, _ signer, _, project string) { c.del("projects", project) },
		"the only role": func(c *cloud, _ signer, user, project string) {
			c.del("projects", project, "users", user, "roles", c.role("admin"))
		},
		"the user's being enabled": func(c *cloud, _ signer, user, _ string) {
			c.Do("PATCH", "/v3/users/"+user, c.admin, body{"user": body{"enabled": false}}).Want(200)
		},
		"the project's being enabled": func(c *cloud, _ signer, _, project string) {
			c.Do("PATCH", "/v3/projects/"+project, c.admin, body{"project": body{"enabled": false}}).Want(200)
		},
	} {
		t.Run(what, func(t *testing.T) {
			c := startCloud(t, servertest.Options{})
			user, project, token := c.boss("alice")
			s := c.access(token, project, "admin")
			another := c.access(token, project, "admin")
			issued := s.loggedIn()
			c.alive(issued, "admin manager member reader")
			end(c, s, user, project)
			c.dead(issued)
			s.login().Want(http.StatusUnauthorized)
			if what == "the access token" || what == "the consumer" {
				another.loggedIn()
			}
		})
	}
}

func TestRequestTokensEndWithTheirConsumerAndProject(t *testing.T) {
	c := startCloud(t, servertest.Options{})
	_, project, token := c.boss("alice")
	s := c.newConsumer()
	asked := s.with(s.request(project))
	pin := c.authorize(token, asked.token, "reader").Want(http.StatusOK).Text("token.oauth_verifier")
	c.del("OS-OAUTH1/consumers", s.consumer)
	asked.exchange(pin).Want(http.StatusUnauthorized)
	c.authorize(token, asked.token, "reader").Want(http.StatusNotFound)
	s = c.newConsumer()
	asked = s.with(s.request(project))
	pin = c.authorize(token, asked.token, "reader").Want(http.StatusOK).Text("token.oauth_verifier")
	c.del("projects", project)
	asked.exchange(pin).Want(http.StatusUnauthorized)
}
