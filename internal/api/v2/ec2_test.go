package v2_test

import (
	"regexp"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/lintel-id/lintel/internal/config"
	"github.com/lintel-id/lintel/internal/identity"
	"github.com/lintel-id/lintel/internal/server/servertest"
)

// A key has the members that NHN Cloud documents, the secret in lists too, and is the same key
// in v3.
func TestAnEC2KeyLivesFromPostToDelete(t *testing.T) {
	c := start(t, servertest.Options{})
	token, path := c.token(), "/v2.0/users/"+string(c.user)+"/credentials/OS-EC2"
	made := c.Do("POST", path, token, object{"tenant_id": c.tenant}).Want(200)
	key := made.Get("credential").(object)
	for member, form := range map[string]string{"access": `^[0-9a-f]{32}$`, "secret": `^[0-9a-f]{32}$`, "created_at": `^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z$`,
		"user_id": "^" + string(c.user) + "$", "tenant_id": "^" + string(c.tenant) + "$"} {
		if text, _ := key[member].(string); !regexp.MustCompile(form).MatchString(text) {
			t.Errorf("%s is %q, not of the form %s", member, text, form)
		}
	}
	for _, absent := range []string{"trust_id", "accessed_at"} {
		if v, there := key[absent]; !there || v != nil {
			t.Errorf("%s: %v", absent, v)
		}
	}
	if got := made.Header.Get("Cache-Control"); got != "no-store" {
		t.Errorf("Cache-Control: %s", got)
	}
	one := path + "/" + key["access"].(string)
	if diff := cmp.Diff(key, c.Do("GET", one, token, nil).Want(200).Get("credential")); diff != "" {
		t.Error(diff)
	}
	if diff := cmp.Diff([]any{key}, c.Do("GET", path, token, nil).Want(200).Get("credentials")); diff != "" {
		t.Error(diff)
	}
	if got := c.Do("GET", "/v3"+one[len("/v2.0"):], token, nil).Want(200).Text("credential.secret"); got != key["secret"] {
		t.Error("v3 has another secret")
	}
	c.Do("DELETE", one, token, nil).Want(204)
	c.Do("GET", one, token, nil).Want(404)
	c.Do("POST", path, token, `{}`).Want(400)
	c.Do("POST", path, token, `{"tenant_id": "missing"}`).Want(404)
}

// Keys are their owner's and the administrators'; users of another domain have them, too.
func TestWhoHasEC2Keys(t *testing.T) {
	c := start(t, servertest.Options{})
	domain := c.newDomain("organisation")
	iam, tenant := c.newUser(identity.UserSpec{Name: "iam", DomainID: domain}), c.newProject(identity.ProjectSpec{Name: "p", DomainID: domain})
	c.grant(iam, tenant, "member")
	path := "/v2.0/users/" + string(iam) + "/credentials/OS-EC2"
	token := c.login(auth(tenant, "iam", userPassword)).Want(200).Text("access.token.id")
	access := c.Do("POST", path, token, object{"tenant_id": tenant}).Want(200).Text("credential.access")
	c.Do("POST", path, token, object{"tenant_id": c.tenant}).Want(403)
	for method, at := range map[string]string{"GET": path, "DELETE": path + "/" + access} {
		c.Do(method, at, c.token(), nil).Want(403)
		c.Do(method, at, "", nil).Want(401)
	}
	c.Do("GET", path+"/"+access, c.AdminToken(), nil).Want(200)
	c.Do("DELETE", path+"/"+access, c.AdminToken(), nil).Want(204)
}

// A user has at most so many keys in a tenant as the operator says.
func TestLimitOfEC2Keys(t *testing.T) {
	c := start(t, configured(func(cfg *config.Config) { cfg.EC2.MaxPerUserProject = 3 }))
	path := "/v2.0/users/" + string(c.user) + "/credentials/OS-EC2"
	for range 3 {
		c.Do("POST", path, c.token(), object{"tenant_id": c.tenant}).Want(200)
	}
	c.Do("POST", path, c.token(), object{"tenant_id": c.tenant}).Want(403)
}
