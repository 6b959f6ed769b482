package v2_test

import (
	"bytes"
	"context"
	"fmt"
	"strings"
	"testing"

	"github.com/lintel-id/lintel/internal/identity"
	"github.com/lintel-id/lintel/internal/server/servertest"
)

// A request that cannot be right is a 400 that says what is missing, in Keystone's words.
func TestMalformedRequests(t *testing.T) {
	c := start(t, servertest.Options{})
	for body, words := range map[string]string{
		``:             "Expecting to find valid JSON in request body",
		`{`:            "Malformed JSON",
		`[]`:           "",
		`{}`:           "Expecting to find auth in request body.",
		`{"auth": []}`: "auth",
		`{"auth": {}}`: "Expecting to find passwordCredentials in auth.",
		`{"auth": {"passwordCredentials": {"username": "user"}}}`:                                   "Expecting to find password in passwordCredentials.",
		`{"auth": {"passwordCredentials": {"password": "p"}}}`:                                      "Expecting to find username or userId in passwordCredentials.",
		`{"auth": {"passwordCredentials": {"username": "", "password": "p"}}}`:                      "Expecting to find username or userId in passwordCredentials.",
		`{"auth": {"passwordCredentials": {"username": "user", "userId": "u", "password": "p"}}}`:   "exclude each other",
		`{"auth": {"passwordCredentials": {"username": 1, "password": "p"}}}`:                       "auth/passwordCredentials/username",
		`{"auth": {"passwordCredentials": {"username": "user", "password": "p", "password": "q"}}}`: "stands twice",
		`{"auth": {"token": {}}}`: "Expecting to find id in token.",
		`{"auth": {"token": {"id": "t"}, "passwordCredentials": {"username": "user", "password": "p"}}}`:               "both",
		`{"auth": {"tenantId": "a", "tenantName": "b", "passwordCredentials": {"username": "user", "password": "p"}}}`: "exclude each other",
	} {
		a := c.login(body).Want(400)
		if got := a.Text("error.message"); !strings.Contains(got, words) || a.Text("error.title") != "Bad Request" {
			t.Errorf("%s: %s", body, a.Body)
		}
	}
}

// Whatever is wrong about who asks or for which tenant, the answer is one and the same 401.
func TestEveryFailureLooksTheSame(t *testing.T) {
	c := start(t, servertest.Options{})
	ctx := context.Background()
	closed, elsewhere := c.newProject(identity.ProjectSpec{Name: "closed"}), c.newProject(identity.ProjectSpec{Name: "elsewhere"})
	c.grant(c.user, closed, "member")
	off := identity.Opt[bool]{Set: true}
	_, err := c.Core.UpdateProject(ctx, operator, closed, identity.ProjectPatch{Enabled: off})
	c.must(err)
	disabled := c.newUser(identity.UserSpec{Name: "disabled"})
	c.grant(disabled, c.tenant, "member")
	_, err = c.Core.UpdateUser(ctx, operator, disabled, identity.UserPatch{Enabled: off})
	c.must(err)
	for _, name := range []string{"twin-1", "twin-2"} {
		c.grant(c.newUser(identity.UserSpec{Name: name, Email: "twins@example.com"}), c.tenant, "member")
	}
	foreign := c.newProject(identity.ProjectSpec{Name: "foreign", DomainID: c.newDomain("organisation")})
	c.grant(c.user, foreign, "member")

	var first []byte
	for name, body := range map[string]any{
		"wrong password":                   auth(c.tenant, "user", "wrong"),
		"empty password":                   auth(c.tenant, "user", ""),
		"unknown user":                     auth(c.tenant, "nobody", userPassword),
		"disabled user":                    auth(c.tenant, "disabled", userPassword),
		"two users of one e-mail address":  auth(c.tenant, "twins@example.com", userPassword),
		"unknown tenant":                   auth("missing", "user", userPassword),
		"tenant without a role":            auth(elsewhere, "user", userPassword),
		"disabled tenant":                  auth(closed, "user", userPassword),
		"unknown tenant name":              `{"auth": {"tenantName": "missing", "passwordCredentials": {"username": "user", "password": "` + userPassword + `"}}}`,
		"tenant name of another domain":    `{"auth": {"tenantName": "foreign", "passwordCredentials": {"username": "user", "password": "` + userPassword + `"}}}`,
		"unknown user id":                  `{"auth": {"passwordCredentials": {"userId": "missing", "password": "` + userPassword + `"}}}`,
		"a token that is none":             `{"auth": {"token": {"id": "nonsense"}}}`,
		"a trust, which is not known here": `{"auth": {"trust_id": "t", "passwordCredentials": {"username": "user", "password": "` + userPassword + `"}}}`,
	} {
		a := c.login(body)
		if a.Status != 401 {
			t.Errorf("%s: %d: %s", name, a.Status, a.Body)
		}
		if first == nil {
			first = a.Body
		}
		if !bytes.Equal(a.Body, first) {
			t.Errorf("%s differs: %s and %s", name, a.Body, first)
		}
	}
}

// Users log in by the names they know: the name or e-mail address in the tenant's domain
// first, then those of the default domain, or the id. The answer shows the name of the user,
// not the one used.
func TestNamesToLogInWith(t *testing.T) {
	c := start(t, servertest.Options{})
	organisation := c.newDomain("organisation")
	tenant := c.newProject(identity.ProjectSpec{Name: "tenant", DomainID: organisation})
	account := c.newUser(identity.UserSpec{Name: "37be6ac0-d660-11e7-ae46-005056ac1497", Email: "user@example.com"})
	iam := c.newUser(identity.UserSpec{Name: "iam", DomainID: organisation, Email: "iam@example.com"})
	namesake := c.newUser(identity.UserSpec{Name: "iam"})
	for _, u := range []identity.UserID{account, iam, namesake} {
		c.grant(u, tenant, "member")
		c.grant(u, c.tenant, "member")
	}
	for _, test := range []struct {
		tenant identity.ProjectID
		name   string
		want   identity.UserID
	}{
		{c.tenant, "user@example.com", account},
		{c.tenant, "37be6ac0-d660-11e7-ae46-005056ac1497", account},
		{tenant, "user@example.com", account},
		{tenant, "iam", iam},
		{tenant, "iam@example.com", iam},
		{c.tenant, "iam", namesake},
		{"", "user@example.com", account},
	} {
		a := c.login(auth(test.tenant, test.name, userPassword)).Want(200)
		if got := a.Text("access.user.id"); got != string(test.want) {
			t.Errorf("%s in %q is %s, want %s", test.name, test.tenant, got, test.want)
		}
		if a.Text("access.user.name") == "user@example.com" || a.Text("access.user.name") != a.Text("access.user.username") {
			t.Errorf("%s", a.Body)
		}
	}
	c.login(auth("", "iam@example.com", userPassword)).Want(401) // IAM accounts exist in their organisation only
	byID := fmt.Sprintf(`{"auth": {"tenantId": %q, "passwordCredentials": {"userId": %q, "password": %q}}}`, tenant, iam, userPassword)
	if got := c.login(byID).Want(200).Text("access.user.id"); got != string(iam) {
		t.Errorf("userId %s gives %s", iam, got)
	}
}

// A tenant can be named by id, or by name in the default domain.
func TestTenantByName(t *testing.T) {
	c := start(t, servertest.Options{})
	c.newProject(identity.ProjectSpec{Name: "tenant", DomainID: c.newDomain("organisation")})
	body := `{"auth": {"tenantName": "tenant", "tenantId": "", "passwordCredentials": {"username": "user", "password": "` + userPassword + `"}}}`
	if got := c.login(body).Want(200).Text("access.token.tenant.id"); got != string(c.tenant) {
		t.Errorf("tenant %s, want %s", got, c.tenant)
	}
}
