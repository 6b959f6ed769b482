package v3_test

import (
	"encoding/base64"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/lintel-id/lintel/internal/config"
	"github.com/lintel-id/lintel/internal/server/servertest"
)

const oauth2Path = "/v3/OS-OAUTH2/token"

// client is an application credential that asks for tokens as RFC 6749 has it.
type client struct {
	*cloud
	user, project, id, secret string
}

func startClient(t *testing.T, o servertest.Options, spec body) *client {
	c := &client{cloud: startCloud(t, o)}
	c.user, c.project = c.member("alice")
	made := c.Do("POST", "/v3/users/"+c.user+"/application_credentials", c.login(c.user, servertest.Project(c.project)),
		body{"application_credential": spec}).Want(http.StatusCreated)
	c.id, c.secret = made.Text("application_credential.id"), made.Text("application_credential.secret")
	return c
}

// ask sends a form, with the client's name and secret as HTTP Basic unless user is "".
func (c *client) ask(form url.Values, user, password string) *servertest.Response {
	c.t.Helper()
	header := []string{"Content-Type", "application/x-www-form-urlencoded"}
	if user != "" {
		header = append(header, "Authorization", "Basic "+base64.StdEncoding.EncodeToString([]byte(user+":"+password)))
	}
	return c.Do("POST", oauth2Path, "", form.Encode(), header...)
}

func grant(more ...string) url.Values {
	form := url.Values{"grant_type": {"client_credentials"}}
	for i := 0; i < len(more); i += 2 {
		form.Set(more[i], more[i+1])
	}
	return form
}

func TestAnApplicationCredentialIsAClientOfOAuth2(t *testing.T) {
	c := startClient(t, servertest.Options{Config: func(cfg *config.Config) { cfg.Token.ApplicationCredential.Duration = 7 * time.Minute }}, body{"name": "app"})
	for way, res := range map[string]*servertest.Response{
		"basic":                    c.ask(grant(), c.id, c.secret),
		"the form":                 c.ask(grant("client_id", c.id, "client_secret", c.secret), "", ""),
		"basic with its own name":  c.ask(grant("client_id", c.id), c.id, c.secret),
		"a parameter nobody knows": c.ask(grant("scope", "x"), c.id, c.secret),
	} {
		if res.Want(http.StatusOK).Text("token_type") != "Bearer" || res.Get("expires_in") != 420.0 || res.Header.Get("Cache-Control") != "no-store" {
			t.Errorf("%s: %v %s", way, res.Header, res.Body)
		}
		token := res.Text("access_token")
		c.alive(token, "member reader")
		seen := c.validate(token)
		if seen.Get("token.application_credential.id") != c.id || seen.Get("token.project.id") != c.project || seen.Get("token.user.id") != c.user {
			t.Errorf("%s: it is another token: %s", way, seen.Body)
		}
	}
	token := c.ask(grant(), c.id, c.secret).Text("access_token")
	c.del("users", c.user)
	c.dead(token)
	c.ask(grant(), c.id, c.secret).Want(http.StatusUnauthorized)
}

func TestASecretThatSomebodyChoseIsTakenAsItIs(t *testing.T) {
	const chosen = "50% off: a+b %41"
	c := startClient(t, servertest.Options{}, body{"name": "app", "secret": chosen})
	c.ask(grant(), c.id, chosen).Want(http.StatusOK)
	c.ask(grant("client_id", c.id, "client_secret", chosen), "", "").Want(http.StatusOK)
}

func TestOAuth2RefusesInItsOwnForm(t *testing.T) {
	c := startClient(t, servertest.Options{}, body{"name": "app"})
	bearer := func(authorization string) *servertest.Response {
		return c.Do("POST", oauth2Path, "", grant().Encode(), "Content-Type", "application/x-www-form-urlencoded", "Authorization", authorization)
	}
	form := func(text, media string) *servertest.Response {
		return c.Do("POST", oauth2Path, "", text, "Content-Type", media)
	}
	const media = "application/x-www-form-urlencoded"
	for what, r := range map[string]struct {
		res  *servertest.Response
		code int
		name string
	}{
		"no grant":                  {c.ask(url.Values{}, c.id, c.secret), 400, "invalid_request"},
		"another grant":             {c.ask(url.Values{"grant_type": {"password"}}, c.id, c.secret), 400, "unsupported_grant_type"},
		"two grants":                {form("grant_type=client_credentials&grant_type=client_credentials", media), 400, "invalid_request"},
		"JSON":                      {form(`{"grant_type": "client_credentials"}`, "application/json"), 400, "invalid_request"},
		"no form":                   {form("grant_type=%zz", media), 400, "invalid_request"},
		"bytes that are not UTF-8":  {form("grant_type=client_credentials&client_id=%ff", media), 400, "invalid_request"},
		"two proofs":                {c.ask(grant("client_id", c.id, "client_secret", c.secret), c.id, c.secret), 400, "invalid_request"},
		"no client":                 {c.ask(grant(), "", ""), 401, "invalid_client"},
		"a name without a secret":   {c.ask(grant("client_id", c.id), "", ""), 401, "invalid_client"},
		"an empty secret":           {c.ask(grant(), c.id, ""), 401, "invalid_client"},
		"a wrong secret":            {c.ask(grant(), c.id, c.secret+"x"), 401, "invalid_client"},
		"an unknown client":         {c.ask(grant(), strings.Repeat("f", 32), c.secret), 401, "invalid_client"},
		"another name in the form":  {c.ask(grant("client_id", "x"), c.id, c.secret), 401, "invalid_client"},
		"a token":                   {bearer("Bearer " + c.admin), 401, "invalid_client"},
		"Basic that is not base 64": {bearer("Basic x"), 401, "invalid_client"},
		"a user's password":         {c.ask(grant(), c.user, cloudPassword), 401, "invalid_client"},
	} {
		if r.res.Status != r.code || r.res.Text("error") != r.name || r.res.Text("error_description") == "" {
			t.Errorf("%s: %d %s, want %d %s", what, r.res.Status, r.res.Body, r.code, r.name)
		}
		if challenge := r.res.Header.Get("WWW-Authenticate"); (challenge == `Keystone uri="`+c.URL+`/v3"`) != (r.code == 401) {
			t.Errorf("%s: WWW-Authenticate %q", what, challenge)
		}
		if r.res.Header.Get("Cache-Control") != "no-store" {
			t.Errorf("%s: the answer may be kept", what)
		}
	}
	for _, method := range []string{"GET", "HEAD", "PUT", "PATCH", "DELETE"} {
		c.Do(method, oauth2Path, "", nil).Want(http.StatusMethodNotAllowed)
	}
	neverKept(t, c.Env, c.secret)
}

func TestManyTriesOfAClientAreTurnedAwayInOAuth2sForm(t *testing.T) {
	c := startClient(t, servertest.Options{Config: func(cfg *config.Config) {
		cfg.RateLimit.Account, cfg.RateLimit.AccountBurst = config.Rate{Count: 1, Per: time.Hour}, 2
	}}, body{"name": "app"})
	for range 2 {
		c.ask(grant(), c.id, "wrong").Want(http.StatusUnauthorized)
	}
	res := c.ask(grant(), c.id, c.secret).Want(http.StatusTooManyRequests)
	if res.Text("error") != "other_error" || res.Header.Get("Retry-After") == "" {
		t.Errorf("%v: %s", res.Header, res.Body)
	}
}
