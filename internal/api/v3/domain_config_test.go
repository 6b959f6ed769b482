package v3_test

import (
	"net/http"
	"os"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/lintel-id/lintel/internal/config"
	"github.com/lintel-id/lintel/internal/identity"
	"github.com/lintel-id/lintel/internal/server/servertest"
)

// config asks for a part of a domain's configuration.
func (c *cloud) config(domain, part string) *servertest.Response {
	c.t.Helper()
	return c.Do("GET", "/v3/domains/"+domain+"/config"+part, c.admin, nil)
}

// wantConfig says what a part of a domain's configuration is.
func (c *cloud) wantConfig(domain, part string, want any) {
	c.t.Helper()
	if diff := cmp.Diff(want, c.config(domain, part).Want(http.StatusOK).Get("config")); diff != "" {
		c.t.Errorf("config%s: %s", part, diff)
	}
}

func TestADomainsConfigurationIsReplacedReadAndRemoved(t *testing.T) {
	c := startCloud(t, servertest.Options{})
	acme := c.domain("acme")
	path := "/v3/domains/" + acme + "/config"
	c.config(acme, "").Want(http.StatusNotFound)
	made := c.Do("PUT", path, c.admin, `{"config": {"identity": {"driver": "ldap"}, "ldap": {"url": "ldaps://a", "page_size": 5, "use_tls": true, "user_attribute_ignore": ["x"]}}}`)
	want := body{"identity": body{"driver": "ldap"}, "ldap": body{"url": "ldaps://a", "page_size": 5.0, "use_tls": true, "user_attribute_ignore": []any{"x"}}}
	if diff := cmp.Diff(any(want), made.Want(http.StatusCreated).Get("config")); diff != "" {
		t.Error(diff)
	}
	c.wantConfig(acme, "", want)
	c.wantConfig(acme, "/identity", body{"identity": body{"driver": "ldap"}})
	c.wantConfig(acme, "/ldap/page_size", body{"page_size": 5.0})
	c.config(acme, "/ldap/suffix").Want(http.StatusNotFound)

	again := c.Do("PUT", path, c.admin, `{"config": {"ldap": {"suffix": "dc=a"}}}`).Want(http.StatusOK)
	if diff := cmp.Diff(any(body{"ldap": body{"suffix": "dc=a"}}), again.Get("config")); diff != "" {
		t.Error(diff)
	}
	c.config(acme, "/identity").Want(http.StatusNotFound)
	c.del("domains", acme, "config")
	c.config(acme, "").Want(http.StatusNotFound)
	c.del("domains", acme, "config") // nothing is there, and that is no error, as in Keystone
}

func TestAPartOfADomainsConfigurationIsChangedAndRemoved(t *testing.T) {
	c := startCloud(t, servertest.Options{})
	acme := c.domain("acme")
	path := "/v3/domains/" + acme + "/config"
	patch := func(part, text string, want int) *servertest.Response {
		t.Helper()
		return c.Do("PATCH", path+part, c.admin, text).Want(want)
	}
	patch("/ldap", `{"config": {"ldap": {"url": "ldap://b"}}}`, http.StatusNotFound) // the part is not there yet
	patch("", `{"config": {"ldap": {"url": "ldap://a", "suffix": "dc=a"}}}`, http.StatusOK)
	patch("/ldap", `{"config": {"ldap": {"url": "ldap://b", "page_size": 0}}}`, http.StatusOK)
	patch("/identity", `{"config": {"identity": {"driver": "ldap"}}}`, http.StatusNotFound)
	patch("/ldap/user", `{"config": {"user": "cn=root"}}`, http.StatusNotFound)
	answer := patch("/ldap/url", `{"config": {"url": "ldap://c"}}`, http.StatusOK)
	want := body{"ldap": body{"url": "ldap://c", "suffix": "dc=a", "page_size": 0.0}}
	if diff := cmp.Diff(any(want), answer.Get("config")); diff != "" {
		t.Errorf("the answer is not the whole: %s", diff)
	}
	patch("/ldap", `{"config": {"ldap": {"url": "x"}, "identity": {"driver": "ldap"}}}`, http.StatusForbidden)
	patch("/ldap", `{"config": {"identity": {"driver": "ldap"}}}`, http.StatusForbidden)
	patch("/ldap/url", `{"config": {"suffix": "x"}}`, http.StatusForbidden)
	patch("/ldap/url", `{"config": {"url": "x", "suffix": "x"}}`, http.StatusForbidden)
	patch("/ldap/url", `{"config": {"ldap": {"url": "x"}}}`, http.StatusForbidden)
	c.wantConfig(acme, "", want)

	c.del("domains", acme, "config/ldap/page_size")
	c.Do("DELETE", path+"/ldap/page_size", c.admin, nil).Want(http.StatusNotFound)
	c.wantConfig(acme, "", body{"ldap": body{"url": "ldap://c", "suffix": "dc=a"}})
	c.Do("DELETE", path+"/identity", c.admin, nil).Want(http.StatusNotFound)
	c.del("domains", acme, "config/ldap")
	c.config(acme, "").Want(http.StatusNotFound)
}

func TestAConfigurationThatNoDomainCanHaveIsRefused(t *testing.T) {
	c := startCloud(t, servertest.Options{})
	acme := c.domain("acme")
	path := "/v3/domains/" + acme + "/config"
	for text, want := range map[string]int{`{}`: 400, `{"config": 5}`: 400, `{"config": null}`: 400, `{"config": {"ldap": {"url": "a", "url": "b"}}}`: 400,
		`{"config": {}}`: 403, `{"config": {"ldap": {}}}`: 403, `{"config": {"ldap": "x"}}`: 403, `{"config": {"ldap": null}}`: 403,
		`{"config": {"database": {"connection": "x"}}}`: 403, `{"config": {"ldap": {"colour": "red"}}}`: 403,
		`{"config": {"security_compliance": {"password_regex": "x"}}}`: 403, `{"config": {"ldap": {"url": "a"}, "token": {"provider": "x"}}}`: 403} {
		for _, method := range []string{"PUT", "PATCH"} {
			if answer := c.Do(method, path, c.admin, text); answer.Status != want {
				t.Errorf("%s %s: status %d, want %d", method, text, answer.Status, want)
			}
		}
	}
	for _, part := range []string{"/database", "/ldap/colour", "/database/connection"} {
		c.config(acme, part).Want(http.StatusForbidden)
		c.Do("DELETE", path+part, c.admin, nil).Want(http.StatusForbidden)
	}
	c.config(acme, "").Want(http.StatusNotFound)
}

func TestTheLDAPPasswordIsSealedAndNeverShown(t *testing.T) {
	c := startCloud(t, servertest.Options{})
	acme := c.domain("acme")
	path := "/v3/domains/" + acme + "/config"
	const secret = "correct-horse-battery"
	text := `{"config": {"ldap": {"password": "` + secret + `", "url": "ldap://%(password)s@a/100%%", "suffix": "%(nothing)s", "user": "50%"}}}`
	shown := body{"ldap": body{"url": "ldap://%(password)s@a/100%%", "suffix": "%(nothing)s", "user": "50%"}}
	for _, answer := range []*servertest.Response{c.Do("PUT", path, c.admin, text).Want(201), c.Do("PATCH", path, c.admin, text).Want(200),
		c.Do("PATCH", path+"/ldap/password", c.admin, `{"config": {"password": "`+secret+`"}}`).Want(200), c.config(acme, "").Want(200)} {
		if diff := cmp.Diff(any(shown), answer.Get("config")); diff != "" {
			t.Error(diff)
		}
	}
	c.config(acme, "/ldap/password").Want(http.StatusNotFound)
	for _, file := range []string{c.Database, c.Database + "-wal"} {
		rows, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		if strings.Contains(string(rows), secret) {
			t.Errorf("%s holds the password", file)
		}
	}
	if strings.Contains(c.Log(), secret) {
		t.Error("the log holds the password")
	}
	c.del("domains", acme, "config/ldap/password")
	c.Do("DELETE", path+"/ldap/password", c.admin, nil).Want(http.StatusNotFound)
}

func TestAConfigurationDiesWithItsDomain(t *testing.T) {
	c := startCloud(t, servertest.Options{})
	acme := c.domain("acme")
	c.Do("PUT", "/v3/domains/"+acme+"/config", c.admin, `{"config": {"ldap": {"url": "ldap://a", "password": "x"}}}`).Want(http.StatusCreated)
	c.Do("PATCH", "/v3/domains/"+acme, c.admin, `{"domain": {"enabled": false}}`).Want(http.StatusOK)
	c.del("domains", acme)
	rows, err := c.Core.Store.ListDomainConfig(t.Context(), identity.DomainID(acme))
	if err != nil || len(rows) != 0 {
		t.Errorf("rows left: %v, %v", rows, err)
	}
}

func TestDefaultsOfADomainsConfigurationAreKeystones(t *testing.T) {
	c := startCloud(t, servertest.Options{})
	all := c.Do("GET", "/v3/domains/config/default", c.admin, nil).Want(http.StatusOK).Get("config").(body)
	if len(all) != 2 || len(all["ldap"].(body)) != 49 {
		t.Errorf("the defaults are %v", all)
	}
	for path, want := range map[string]any{
		"identity/default":                   body{"identity": body{"driver": "sql", "list_limit": nil}},
		"identity/driver/default":            body{"driver": "sql"},
		"ldap/url/default":                   body{"url": "ldap://localhost"},
		"ldap/pool_retry_delay/default":      body{"pool_retry_delay": 0.1},
		"ldap/use_pool/default":              body{"use_pool": true},
		"ldap/user_attribute_ignore/default": body{"user_attribute_ignore": []any{"default_project_id"}},
		"ldap/user/default":                  body{"user": nil},
	} {
		if diff := cmp.Diff(want, c.Do("GET", "/v3/domains/config/"+path, c.admin, nil).Want(http.StatusOK).Get("config")); diff != "" {
			t.Errorf("%s: %s", path, diff)
		}
	}
	if diff := cmp.Diff(any(body{"ldap": all["ldap"]}), c.Do("GET", "/v3/domains/config/ldap/default", c.admin, nil).Want(http.StatusOK).Get("config")); diff != "" {
		t.Error(diff)
	}
	for _, path := range []string{"ldap/password/default", "ldap/colour/default", "security_compliance/default", "security_compliance/password_regex/default"} {
		c.Do("GET", "/v3/domains/config/"+path, c.admin, nil).Want(http.StatusForbidden)
	}
	member := memberToken(t, c.Env)
	for _, path := range []string{"default", "ldap/default", "ldap/url/default"} {
		c.Do("GET", "/v3/domains/config/"+path, "", nil).Want(http.StatusUnauthorized)
		c.Do("GET", "/v3/domains/config/"+path, member, nil).Want(http.StatusForbidden)
		c.Do("GET", "/v3/domains/config/"+path, c.SystemToken(), nil).Want(http.StatusOK)
	}
}

func TestEverybodyMayReadThePasswordRules(t *testing.T) {
	for regex, want := range map[string]any{"": nil, `^(?=.*\d).{7,}$`: `^(?=.*\d).{7,}$`} {
		env := servertest.Start(t, servertest.Options{Config: func(c *config.Config) {
			if err := c.SecurityCompliance.PasswordRegex.UnmarshalText([]byte(regex)); err != nil {
				t.Fatal(err)
			}
			c.SecurityCompliance.PasswordRegexDescription = "seven with a digit"
		}})
		project := env.Create("/v3/projects", "project", body{"name": "garden"})
		user := env.Create("/v3/users", "user", body{"name": "mia", "password": "member-Pass-1"})
		c := &cloud{env, t, env.AdminToken()}
		c.put("projects", project, "users", user, "roles", c.role("member"))
		member := env.Login(servertest.PasswordAuth(user, "member-Pass-1", servertest.Project(project)))
		const path = "/v3/domains/default/config/security_compliance"
		group := env.Do("GET", path, member, nil).Want(http.StatusOK)
		if diff := cmp.Diff(any(body{"security_compliance": body{"password_regex": want, "password_regex_description": "seven with a digit"}}), group.Get("config")); diff != "" {
			t.Error(diff)
		}
		option := env.Do("GET", path+"/password_regex", member, nil).Want(http.StatusOK)
		if diff := cmp.Diff(any(body{"password_regex": want}), option.Get("config")); diff != "" {
			t.Error(diff)
		}
		env.Do("GET", path, "", nil).Want(http.StatusUnauthorized)
		env.Do("GET", path+"/lockout_duration", member, nil).Want(http.StatusForbidden)
		env.Do("GET", "/v3/domains/"+c.domain("acme")+"/config/security_compliance", c.admin, nil).Want(http.StatusForbidden)
		env.Do("PATCH", path, c.admin, `{"config": {"security_compliance": {"password_regex": "x"}}}`).Want(http.StatusForbidden)
		env.Do("DELETE", path, c.admin, nil).Want(http.StatusForbidden)
	}
}

func TestADomainsConfigurationIsTheAdministrators(t *testing.T) {
	c := startCloud(t, servertest.Options{})
	acme := c.domain("acme")
	good := `{"config": {"ldap": {"url": "ldap://a"}}}`
	c.Do("PUT", "/v3/domains/"+acme+"/config", c.admin, good).Want(http.StatusCreated)
	ada := c.user("ada", acme)
	c.put("domains", acme, "users", ada, "roles", c.role("manager"))
	for token, want := range map[string]int{"": http.StatusUnauthorized, c.login(ada, servertest.Domain(acme)): http.StatusForbidden} {
		for _, domain := range []string{acme, "nowhere"} {
			path := "/v3/domains/" + domain + "/config"
			c.Do("PUT", path, token, good).Want(want)
			c.Do("PUT", path, token, `{"config": []}`).Want(http.StatusBadRequest)
			for _, part := range []string{"", "/ldap", "/ldap/url"} {
				c.Do("GET", path+part, token, nil).Want(want)
				c.Do("PATCH", path+part, token, good).Want(want)
				c.Do("DELETE", path+part, token, nil).Want(want)
			}
		}
	}
	for _, part := range []string{"", "/ldap", "/ldap/url"} {
		c.config("nowhere", part).Want(http.StatusNotFound)
		c.Do("DELETE", "/v3/domains/nowhere/config"+part, c.admin, nil).Want(http.StatusNotFound)
	}
	c.Do("PUT", "/v3/domains/nowhere/config", c.admin, good).Want(http.StatusNotFound)
	c.wantConfig(acme, "", body{"ldap": body{"url": "ldap://a"}})
}
