package v3_test

import (
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"sync/atomic"
	"time"

	"github.com/lintel-id/lintel/internal/auth/oauth1"
	"github.com/lintel-id/lintel/internal/auth/percent"
	"github.com/lintel-id/lintel/internal/server/servertest"
)

// signer is a program that signs its requests: a consumer, with a token or without.
type signer struct {
	*cloud
	consumer, consumerSecret string
	token, tokenSecret       string
	now                      func() time.Time
	base                     string // what it takes the server's URL for
}

// nonces makes each signature another one.
var nonces atomic.Int64

// newConsumer makes a consumer and returns it as a signer without a token.
func (c *cloud) newConsumer() signer {
	c.t.Helper()
	made := c.Do("POST", "/v3/OS-OAUTH1/consumers", c.admin, body{"consumer": body{}}).Want(http.StatusCreated)
	return signer{cloud: c, consumer: made.Text("consumer.id"), consumerSecret: made.Text("consumer.secret"), now: time.Now, base: c.URL}
}

// with is the signer with the token of a form that it was answered.
func (s signer) with(answer *servertest.Response) signer {
	s.t.Helper()
	form, err := url.ParseQuery(string(answer.Want(http.StatusCreated).Body))
	if err != nil {
		s.t.Fatal(err)
	}
	s.token, s.tokenSecret = form.Get("oauth_token"), form.Get("oauth_token_secret")
	return s
}

// sign is the Authorization header of a request, with more protocol parameters if there are any.
func (s signer) sign(method, path string, extra ...oauth1.Param) string {
	s.t.Helper()
	return s.signForm(method, path, "", extra...)
}

func (s signer) signForm(method, path, form string, extra ...oauth1.Param) string {
	s.t.Helper()
	params := append([]oauth1.Param{{Name: "oauth_consumer_key", Value: s.consumer}, {Name: "oauth_signature_method", Value: "HMAC-SHA1"},
		{Name: "oauth_timestamp", Value: fmt.Sprint(s.now().Unix())}, {Name: "oauth_nonce", Value: fmt.Sprint("n", nonces.Add(1))}, {Name: "oauth_version", Value: "1.0"}}, extra...)
	if s.token != "" {
		params = append(params, oauth1.Param{Name: "oauth_token", Value: s.token})
	}
	path, query, _ := strings.Cut(path, "?")
	base, err := oauth1.BaseString(&oauth1.Request{Method: method, URL: s.base + path, Query: query, Form: form}, params)
	if err != nil {
		s.t.Fatal(err)
	}
	var header []string
	for _, p := range append(params, oauth1.Param{Name: "oauth_signature", Value: oauth1.Signature(base, s.consumerSecret, s.tokenSecret)}) {
		header = append(header, p.Name+`="`+percent.Encode(p.Value)+`"`)
	}
	return "OAuth " + strings.Join(header, ", ")
}

const (
	requestTokenPath = "/v3/OS-OAUTH1/request_token"
	accessTokenPath  = "/v3/OS-OAUTH1/access_token"
	authPath         = "/v3/auth/tokens"
)

func callback() oauth1.Param { return oauth1.Param{Name: "oauth_callback", Value: "oob"} }

func verifier(text string) oauth1.Param { return oauth1.Param{Name: "oauth_verifier", Value: text} }

// request asks for a request token.
func (s signer) request(project string) *servertest.Response {
	s.t.Helper()
	return s.Do("POST", requestTokenPath, "", nil, "Authorization", s.sign("POST", requestTokenPath, callback()), "Requested-Project-Id", project)
}

// exchange asks for an access token.
func (s signer) exchange(pin string) *servertest.Response {
	s.t.Helper()
	return s.Do("POST", accessTokenPath, "", nil, "Authorization", s.sign("POST", accessTokenPath, verifier(pin)))
}

// oauth1Login is the body of a login that the header proves.
func oauth1Login() body {
	return body{"auth": body{"identity": body{"methods": []any{"oauth1"}, "oauth1": body{}}}}
}

// login asks for a token.
func (s signer) login() *servertest.Response {
	s.t.Helper()
	return s.Do("POST", authPath, "", oauth1Login(), "Authorization", s.sign("POST", authPath))
}

// loggedIn returns a token.
func (s signer) loggedIn() string {
	s.t.Helper()
	return s.login().Want(http.StatusCreated).Header.Get("X-Subject-Token")
}

// authorize lets a request token's consumer act with some roles, by name.
func (c *cloud) authorize(token, requestToken string, roles ...string) *servertest.Response {
	c.t.Helper()
	list := []any{}
	for _, name := range roles {
		list = append(list, body{"name": name})
	}
	return c.Do("PUT", "/v3/OS-OAUTH1/authorize/"+requestToken, token, body{"roles": list})
}

// access is a new consumer with an access token that the holder of a token has given it.
func (c *cloud) access(token, project string, roles ...string) signer {
	c.t.Helper()
	return c.newConsumer().access(token, project, roles...)
}

func (s signer) access(token, project string, roles ...string) signer {
	s.t.Helper()
	asked := s.with(s.request(project))
	pin := s.authorize(token, asked.token, roles...).Want(http.StatusOK).Text("token.oauth_verifier")
	return asked.with(asked.exchange(pin))
}

// boss makes a user with the role admin on a project of its own, and logs it in there.
func (c *cloud) boss(name string) (user, project, token string) {
	c.t.Helper()
	user, project = c.user(name, "default"), c.project(name+"-project", "default")
	c.put("projects", project, "users", user, "roles", c.role("admin"))
	return user, project, c.login(user, servertest.Project(project))
}
