package bench

import (
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	"net/url"
	"strings"

	"github.com/go-json-experiment/json"
)

// Target is a server to load.
type Target struct {
	Host        string      // "host:port"
	Path        string      // before /v3, as in "/identity"; "" for none
	TLS         *tls.Config // nil for plain HTTP
	Local       bool        // it is on this machine, by its address
	PIDs        []int       // its processes; empty: those that listen on its port, if they can be found
	Credentials Credentials
}

// ErrRemote refuses a server that is not on this machine.
var ErrRemote = errors.New("is not on this machine; a load test disturbs whoever else uses a server\n  to load it all the same: --allow-remote")

// NewTarget reads a server's URL, with or without /v3 at the end. Only a loopback address, or the
// name localhost, is on this machine: any other is refused with ErrRemote unless remote is set.
func NewTarget(text string, remote bool) (*Target, error) {
	u, err := url.Parse(text)
	if err != nil {
		return nil, err
	}
	port := map[string]string{"http": "80", "https": "443"}[u.Scheme]
	if port == "" || u.Hostname() == "" || u.User != nil || u.RawQuery != "" {
		return nil, fmt.Errorf("%q is not the URL of a server: http://HOST:PORT[/PATH]", u.Redacted())
	}
	if u.Port() != "" {
		port = u.Port()
	}
	t := &Target{Host: net.JoinHostPort(u.Hostname(), port), Path: strings.TrimSuffix(strings.TrimSuffix(u.EscapedPath(), "/"), "/v3")}
	ip := net.ParseIP(u.Hostname())
	t.Local = u.Hostname() == "localhost" || ip != nil && ip.IsLoopback()
	if !t.Local && !remote {
		return nil, fmt.Errorf("%s %w", u.Host, ErrRemote)
	}
	if u.Scheme == "https" {
		t.TLS = &tls.Config{ServerName: u.Hostname(), MinVersion: tls.VersionTLS12}
	}
	return t, nil
}

func (t *Target) base() string {
	scheme := "http"
	if t.TLS != nil {
		scheme = "https"
	}
	return scheme + "://" + t.Host + t.Path
}

// Credentials are an administrator's: who may create users and validate tokens. They print
// as nothing readable.
type Credentials struct {
	body func() []byte // of POST /v3/auth/tokens; behind a function so that fmt cannot print it
}

type object = map[string]any

// NewCredentials reads credentials by the names they have in clouds.yaml under auth
// ("username", "password", "project_name", "application_credential_id", ...); value returns "" for what
// is not given.
func NewCredentials(value func(string) string) (Credentials, error) {
	auth := object{}
	switch {
	case value("application_credential_secret") != "":
		proof := object{"secret": value("application_credential_secret")}
		if id := value("application_credential_id"); id != "" {
			proof["id"] = id
		} else {
			proof["name"], proof["user"] = value("application_credential_name"), named(value, "user")
		}
		auth["identity"] = object{"methods": []string{"application_credential"}, "application_credential": proof}
	case value("password") != "":
		user := named(value, "user")
		user["password"] = value("password")
		auth["identity"] = object{"methods": []string{"password"}, "password": object{"user": user}}
		if scope := scopeOf(value); scope != nil {
			auth["scope"] = scope
		}
	default:
		return Credentials{}, errors.New("no credentials: neither a password nor an application credential's secret is given")
	}
	body, err := json.Marshal(object{"auth": auth}, json.Deterministic(true))
	return Credentials{body: func() []byte { return body }}, err
}

// named is how a request names a user or a project: by id, or by name and domain.
func named(value func(string) string, noun string) object {
	if id := value(noun + "_id"); id != "" {
		return object{"id": id}
	}
	name := value(noun + "_name")
	if noun == "user" {
		name = value("username")
	}
	domain := object{"id": "default"}
	switch {
	case value(noun+"_domain_id") != "":
		domain = object{"id": value(noun + "_domain_id")}
	case value(noun+"_domain_name") != "":
		domain = object{"name": value(noun + "_domain_name")}
	}
	return object{"name": name, "domain": domain}
}

func scopeOf(value func(string) string) object {
	switch {
	case value("system_scope") != "":
		return object{"system": object{"all": true}}
	case value("project_id") != "" || value("project_name") != "":
		return object{"project": named(value, "project")}
	case value("domain_id") != "":
		return object{"domain": object{"id": value("domain_id")}}
	case value("domain_name") != "":
		return object{"domain": object{"name": value("domain_name")}}
	}
	return nil
}
