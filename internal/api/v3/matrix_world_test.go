package v3_test

import (
	"fmt"
	"strings"
	"time"

	"github.com/lintel-id/lintel/internal/config"
	"github.com/lintel-id/lintel/internal/server/servertest"
)

// enableAll switches on what is off by default, so that the whole API is there.
func enableAll(cfg *config.Config) {
	cfg.Identity.SeparatePasswordDomains = []string{apartDomain}
	cfg.Trust.AllowRedelegation = true
}

// apartDomain is a domain whose users have an API password of their own.
const apartDomain = "5e9a7a7e5e9a7a7e5e9a7a7e5e9a7a7e"

// apart returns it, made when it is first asked for.
func (m *matrix) apart() string {
	if m.Do("GET", "/v3/domains/"+apartDomain, m.admin, nil).Status == 404 {
		m.post("/v3/domains", "domain", map[string]any{"name": m.name(), "explicit_domain_id": apartDomain})
	}
	return apartDomain
}

// name is a name that nothing has yet.
func (m *matrix) name() string {
	m.n++
	return fmt.Sprintf("matrix-%d", m.n)
}

// valid makes what an operation needs to succeed for the administrator.
func (m *matrix) valid(o *operation) *call {
	m.t.Helper()
	c := &call{operation: o, ids: map[string]string{}}
	for _, p := range o.params {
		c.ids[p] = m.makeFor(o, p, c.ids)
	}
	if make := bodies[o.name()]; make != nil {
		c.body = make(m, c.ids)
	} else if o.hasBody {
		c.body = map[string]any{"description": m.name()}
	}
	if strings.Contains(o.path, "/{domain_id}/config") && o.name() != "PUT /v3/domains/{domain_id}/config" {
		m.Do("PUT", "/v3/domains/"+c.ids["domain_id"]+"/config", m.admin, map[string]any{"config": domainConfigBody(m, nil)}).Want(201)
	}
	m.associate(c)
	return c
}

// associate makes what a path names by two ids or more, before it is read or deleted: PUT on
// the same path does.
func (m *matrix) associate(c *call) {
	m.t.Helper()
	if c.method == "PUT" || len(c.params) < 2 || c.hasBody {
		return
	}
	for _, o := range m.operations {
		if o.method == "PUT" && o.path == c.path && !o.hasBody {
			put := &call{operation: o, ids: c.ids}
			if res := m.Do("PUT", put.url(), m.admin, nil); res.Status >= 300 {
				m.t.Errorf("PUT %s: status %d: %s", put.url(), res.Status, res.Body)
			}
		}
	}
}

func (m *matrix) headers(o *operation) []string {
	if o.path == "/v3/auth/tokens" && o.method != "POST" {
		return []string{"X-Subject-Token", m.AdminToken()}
	}
	return nil
}

// me is the administrator, who owns what only its owner may touch.
func (m *matrix) me() string { return string(m.Admin.User) }

// ownOnly are parts of paths below a user that work only for that user.
var ownOnly = []string{"/application_credentials", "/access_rules", "/credentials/OS-EC2", "/OS-OAUTH1/"}

func (m *matrix) makeFor(o *operation, param string, ids map[string]string) string {
	m.t.Helper()
	if param == "user_id" {
		for _, part := range ownOnly {
			if strings.Contains(o.path, part) {
				return m.me()
			}
		}
	}
	if param == "user_id" && strings.HasSuffix(o.path, "/api-password") {
		return m.user(m.name(), m.apart())
	}
	if param == "domain_id" && o.method == "DELETE" && o.path == "/v3/domains/{domain_id}" {
		id := m.domain(m.name())
		m.Do("PATCH", "/v3/domains/"+id, m.admin, map[string]any{"domain": map[string]any{"enabled": false}}).Want(200)
		return id
	}
	if param == "role_id" && strings.Contains(o.path, "/OS-OAUTH1/") {
		return m.role("admin")
	}
	make := makers[param]
	if make == nil {
		m.t.Fatalf("%s: the matrix cannot make a %s", o.name(), param)
	}
	return make(m, ids)
}

// makers make what a parameter of a path names.
var makers = map[string]func(m *matrix, ids map[string]string) string{
	"user_id":         func(m *matrix, _ map[string]string) string { return m.user(m.name(), "default") },
	"group_id":        func(m *matrix, _ map[string]string) string { return m.group(m.name(), "default") },
	"domain_id":       func(m *matrix, _ map[string]string) string { return m.domain(m.name()) },
	"project_id":      func(m *matrix, _ map[string]string) string { return m.project(m.name(), "default") },
	"role_id":         func(m *matrix, _ map[string]string) string { return m.newRole(m.name(), "") },
	"prior_role_id":   func(m *matrix, _ map[string]string) string { return m.newRole(m.name(), "") },
	"implied_role_id": func(m *matrix, _ map[string]string) string { return m.newRole(m.name(), "") },
	"region_id":       func(m *matrix, _ map[string]string) string { return m.post("/v3/regions", "region", map[string]any{}) },
	"service_id":      func(m *matrix, _ map[string]string) string { return m.service() },
	"endpoint_id":     func(m *matrix, _ map[string]string) string { return m.endpoint() },
	"application_credential_id": func(m *matrix, _ map[string]string) string {
		return m.post("/v3/users/"+m.me()+"/application_credentials", "application_credential", map[string]any{"name": m.name()})
	},
	"access_rule_id": func(m *matrix, _ map[string]string) string { return m.accessRule() },
	"trust_id": func(m *matrix, _ map[string]string) string {
		return m.post("/v3/OS-TRUST/trusts", "trust", m.trustBody(m.user(m.name(), "default")))
	},
	"credential_id": func(m *matrix, _ map[string]string) string {
		return m.post("/v3/credentials", "credential", credentialBody(m, nil))
	},
	"policy_id": func(m *matrix, _ map[string]string) string { return m.policy() },
	"endpoint_group_id": func(m *matrix, _ map[string]string) string {
		return m.post("/v3/OS-EP-FILTER/endpoint_groups", "endpoint_group", endpointGroupBody(m, nil))
	},
	"registered_limit_id": func(m *matrix, _ map[string]string) string {
		id, _, _ := m.registeredLimit()
		return id
	},
	"limit_id": func(m *matrix, _ map[string]string) string {
		return m.Do("POST", "/v3/limits", m.admin, m.limitBody()).Want(201).Text("limits.0.id")
	},
	"idp_id": func(m *matrix, _ map[string]string) string {
		return m.chosen("/v3/OS-FEDERATION/identity_providers", "identity_provider", map[string]any{"domain_id": "default"})
	},
	"mapping_id": func(m *matrix, _ map[string]string) string { return m.mapping() },
	"protocol_id": func(m *matrix, ids map[string]string) string {
		return m.chosen("/v3/OS-FEDERATION/identity_providers/"+ids["idp_id"]+"/protocols", "protocol", protocolBody(m, nil))
	},
	"sp_id": func(m *matrix, _ map[string]string) string {
		return m.chosen("/v3/OS-FEDERATION/service_providers", "service_provider", serviceProviderBody(m, nil))
	},
	"consumer_id":      func(m *matrix, _ map[string]string) string { return m.newConsumer().consumer },
	"request_token_id": func(m *matrix, _ map[string]string) string { return m.askedFor().token },
	"access_token_id":  func(m *matrix, _ map[string]string) string { return m.accessFor().token },
	"value":            func(m *matrix, _ map[string]string) string { return m.name() },
	"group":            func(*matrix, map[string]string) string { return "ldap" },
	"option":           func(*matrix, map[string]string) string { return "url" },
	"request_id": func(m *matrix, _ map[string]string) string {
		member, _ := m.strangers()
		return m.Do("POST", "/v3/domains", member, map[string]any{"domain": map[string]any{"name": m.name()}}).Want(403).Header.Get("X-Openstack-Request-Id")
	},
	"access": func(m *matrix, _ map[string]string) string {
		return m.Do("POST", "/v3/users/"+m.me()+"/credentials/OS-EC2", m.admin, m.ec2Body()).Want(201).Text("credential.access")
	},
}

func (m *matrix) registeredLimit() (id, service, resource string) {
	m.t.Helper()
	service, resource = m.service(), m.name()
	res := m.Do("POST", "/v3/registered_limits", m.admin, map[string]any{"registered_limits": []any{
		map[string]any{"service_id": service, "resource_name": resource, "default_limit": 10}}}).Want(201)
	return res.Text("registered_limits.0.id"), service, resource
}

func (m *matrix) limitBody() map[string]any {
	m.t.Helper()
	_, service, resource := m.registeredLimit()
	return map[string]any{"limits": []any{map[string]any{"service_id": service, "resource_name": resource, "resource_limit": 5,
		"project_id": m.project(m.name(), "default")}}}
}

func (m *matrix) policy() string {
	m.t.Helper()
	return m.post("/v3/policies", "policy", map[string]any{"blob": "{}", "type": "application/json"})
}

// chosen makes what has an id of its maker's choice.
func (m *matrix) chosen(path, noun string, body map[string]any) string {
	m.t.Helper()
	id := m.name()
	m.Do("PUT", path+"/"+id, m.admin, map[string]any{noun: body}).Want(201)
	return id
}

func mappingBody(*matrix, map[string]string) map[string]any {
	return map[string]any{"rules": []any{map[string]any{"local": []any{map[string]any{"user": map[string]any{"name": "{0}"}}},
		"remote": []any{map[string]any{"type": "REMOTE_USER"}}}}}
}

func (m *matrix) mapping() string {
	m.t.Helper()
	return m.chosen("/v3/OS-FEDERATION/mappings", "mapping", mappingBody(m, nil))
}

func serviceProviderBody(*matrix, map[string]string) map[string]any {
	return map[string]any{"auth_url": "https://sp.example.com/auth", "sp_url": "https://sp.example.com/sp"}
}

func (m *matrix) service() string {
	return m.post("/v3/services", "service", map[string]any{"type": m.name()})
}

func (m *matrix) endpoint() string {
	return m.post("/v3/endpoints", "endpoint", map[string]any{"interface": "public", "service_id": m.service(), "url": "https://s.example.com/" + m.name()})
}

// accessRule makes a rule that no credential holds any more.
func (m *matrix) accessRule() string {
	res := m.Do("POST", "/v3/users/"+m.me()+"/application_credentials", m.admin, map[string]any{"application_credential": map[string]any{
		"name": m.name(), "access_rules": []any{map[string]any{"service": "compute", "method": "GET", "path": "/" + m.name()}}}}).Want(201)
	m.del("users", m.me(), "application_credentials", res.Text("application_credential.id"))
	return res.Text("application_credential.access_rules.0.id")
}

func (m *matrix) ec2Body() map[string]any {
	return map[string]any{"tenant_id": string(m.Admin.Project)}
}

func (m *matrix) keyPair() keyPair {
	m.t.Helper()
	r := m.Do("POST", "/v3/users/"+m.me()+"/credentials/OS-EC2", m.admin, m.ec2Body()).Want(201)
	return keyPair{r.Text("credential.access"), r.Text("credential.secret")}
}

// bodies are of operations whose body needs more than a description.
var bodies = map[string]func(m *matrix, ids map[string]string) map[string]any{
	"POST /v3/auth/tokens": func(*matrix, map[string]string) map[string]any {
		return servertest.PasswordAuth("admin-is-not-an-id", "wrong", nil)["auth"].(map[string]any)
	},
	"POST /v3/ec2tokens": func(m *matrix, _ map[string]string) map[string]any { return m.keyPair().ec2(m.t, *m.now) },
	"POST /v3/s3tokens":  func(m *matrix, _ map[string]string) map[string]any { return m.keyPair().s3(*m.now) },

	"POST /v3/domains":  named,
	"POST /v3/projects": named,
	"POST /v3/users":    named,
	"POST /v3/groups":   named,
	"POST /v3/roles":    named,
	"POST /v3/services": func(m *matrix, _ map[string]string) map[string]any { return map[string]any{"type": m.name()} },
	"POST /v3/endpoints": func(m *matrix, _ map[string]string) map[string]any {
		return map[string]any{"interface": "public", "service_id": m.service(), "url": "https://s.example.com"}
	},
	"PUT /v3/regions/{region_id}": func(_ *matrix, ids map[string]string) map[string]any {
		ids["region_id"] += "-new"
		return map[string]any{"description": "another"}
	},
	"POST /v3/users/{user_id}/password": func(m *matrix, _ map[string]string) map[string]any {
		return map[string]any{"original_password": cloudPassword, "password": m.name()}
	},
	"POST /v3/users/{user_id}/application_credentials": named,
	"POST /v3/users/{user_id}/credentials/OS-EC2":      func(m *matrix, _ map[string]string) map[string]any { return m.ec2Body() },
	"POST /v3/OS-TRUST/trusts":                         func(m *matrix, _ map[string]string) map[string]any { return m.trustBody(m.user(m.name(), "default")) },
	"POST /v3/credentials":                             credentialBody,
	"PATCH /v3/credentials/{credential_id}":            func(m *matrix, _ map[string]string) map[string]any { return map[string]any{"blob": m.name()} },
	"POST /v3/policies": func(*matrix, map[string]string) map[string]any {
		return map[string]any{"blob": "{}", "type": "application/json"}
	},
	"PATCH /v3/policies/{policy_id}":        func(*matrix, map[string]string) map[string]any { return map[string]any{"blob": "[]"} },
	"POST /v3/OS-EP-FILTER/endpoint_groups": endpointGroupBody,
	"POST /v3/limits":                       func(m *matrix, _ map[string]string) map[string]any { return m.limitBody() },
	"POST /v3/registered_limits": func(m *matrix, _ map[string]string) map[string]any {
		return map[string]any{"registered_limits": []any{map[string]any{"service_id": m.service(), "resource_name": m.name(), "default_limit": 10}}}
	},
	"PUT /v3/OS-FEDERATION/identity_providers/{idp_id}":                           anew("idp_id", func(*matrix, map[string]string) map[string]any { return map[string]any{"domain_id": "default"} }),
	"PUT /v3/OS-FEDERATION/mappings/{mapping_id}":                                 anew("mapping_id", mappingBody),
	"PATCH /v3/OS-FEDERATION/mappings/{mapping_id}":                               mappingBody,
	"PUT /v3/OS-FEDERATION/service_providers/{sp_id}":                             anew("sp_id", serviceProviderBody),
	"PUT /v3/OS-FEDERATION/identity_providers/{idp_id}/protocols/{protocol_id}":   anew("protocol_id", protocolBody),
	"PATCH /v3/OS-FEDERATION/identity_providers/{idp_id}/protocols/{protocol_id}": protocolBody,
	"PUT /v3/domains/{domain_id}/config":                                          domainConfigBody,
	"PATCH /v3/domains/{domain_id}/config":                                        domainConfigBody,
	"PATCH /v3/domains/{domain_id}/config/{group}":                                domainConfigBody,
	"PATCH /v3/domains/{domain_id}/config/{group}/{option}":                       func(*matrix, map[string]string) map[string]any { return map[string]any{"url": "ldap://c.example.com"} },
	"PUT /v3/OS-OAUTH1/authorize/{request_token_id}": func(*matrix, map[string]string) map[string]any {
		return map[string]any{"roles": []any{map[string]any{"name": "admin"}}}
	},
	"PUT /v3/projects/{project_id}/tags": func(m *matrix, _ map[string]string) map[string]any { return map[string]any{"tags": []any{m.name()}} },
	"PUT /lintel/v1/users/{user_id}/api-password": func(m *matrix, _ map[string]string) map[string]any {
		return map[string]any{"password": m.name()}
	},
}

func domainConfigBody(*matrix, map[string]string) map[string]any {
	return map[string]any{"ldap": map[string]any{"url": "ldap://b.example.com"}}
}

// askedFor is a consumer with a request token for the administrator's project.
func (m *matrix) askedFor() signer {
	s := m.newConsumer()
	s.now = func() time.Time { return *m.now }
	return s.with(s.request(string(m.Admin.Project)))
}

// accessFor is a consumer with an access token of the administrator.
func (m *matrix) accessFor() signer {
	s := m.newConsumer()
	s.now = func() time.Time { return *m.now }
	return s.access(m.admin, string(m.Admin.Project), "admin")
}

func credentialBody(m *matrix, _ map[string]string) map[string]any {
	return map[string]any{"type": "cert", "blob": m.name(), "user_id": m.me()}
}

func endpointGroupBody(m *matrix, _ map[string]string) map[string]any {
	return map[string]any{"name": m.name(), "filters": map[string]any{"interface": "public"}}
}

func protocolBody(m *matrix, _ map[string]string) map[string]any {
	return map[string]any{"mapping_id": m.mapping()}
}

// anew makes of a path that names an existing object one that names none, for PUT to create it.
func anew(param string, body func(*matrix, map[string]string) map[string]any) func(*matrix, map[string]string) map[string]any {
	return func(m *matrix, ids map[string]string) map[string]any {
		ids[param] = m.name()
		return body(m, ids)
	}
}

func named(m *matrix, _ map[string]string) map[string]any { return map[string]any{"name": m.name()} }
