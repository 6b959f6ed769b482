package bench

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"sync"
)

// cloud is a server with the project, the user, the application credential and the EC2 key that a run made there.
type cloud struct {
	target *Target
	client *client
	pids   []int
	tokens int // see Options.Tokens

	domain, project, user string // ids
	password              string
	credential            resource
	key                   keyPair

	adminToken, userToken string
}

// setUp makes what a run needs. What was made before a failure is removed.
func setUp(ctx context.Context, t *Target, o *Options) (c *cloud, err error) {
	c = &cloud{target: t, client: newClient(t), pids: t.PIDs, tokens: o.Tokens, password: "Bench-1-" + rand.Text()}
	if len(c.pids) == 0 && t.Local {
		c.pids = listeners(t.Host)
	}
	if err := c.make(ctx, o.Role); err != nil {
		return nil, errors.Join(fmt.Errorf("cannot prepare %s: %w", t.Host, err), c.tearDown(ctx))
	}
	return c, nil
}

func (c *cloud) make(ctx context.Context, roleName string) error {
	admin, who, err := c.client.login(ctx, c.target.Credentials.body())
	if err != nil {
		return err
	}
	c.adminToken, c.domain = admin, who.Token.User.Domain.ID
	role, err := c.role(ctx, roleName)
	if err != nil {
		return err
	}
	name, text := "lintel-bench-"+rand.Text()[:8], "Made by lintel bench; may be deleted."
	project, err := c.client.create(ctx, "/v3/projects", admin, "project", object{"name": name, "domain_id": c.domain, "description": text})
	if err != nil {
		return err
	}
	c.project = project.ID
	user, err := c.client.create(ctx, "/v3/users", admin, "user", object{"name": name, "domain_id": c.domain, "password": c.password, "description": text})
	if err != nil {
		return err
	}
	c.user = user.ID
	grant := "/v3/projects/" + c.project + "/users/" + c.user + "/roles/" + role
	if _, err = c.client.call(ctx, http.MethodPut, grant, admin, nil, nil, http.StatusNoContent); err != nil {
		return err
	}
	if c.userToken, _, err = c.client.login(ctx, c.passwordBody()); err != nil {
		return err
	}
	// The server chooses the secret, as clients do it: one chosen here would cost a password's hash.
	c.credential, err = c.client.create(ctx, "/v3/users/"+c.user+"/application_credentials", c.userToken, "application_credential",
		object{"name": name, "description": text})
	if err != nil {
		return err
	}
	c.key, err = c.client.createKey(ctx, c.user, c.userToken, c.project)
	return err
}

func (c *cloud) role(ctx context.Context, name string) (id string, err error) {
	var found struct {
		Roles []struct {
			ID string `json:"id"`
		} `json:"roles"`
	}
	if _, err := c.client.call(ctx, http.MethodGet, "/v3/roles?name="+url.QueryEscape(name), c.adminToken, nil, &found, http.StatusOK); err != nil {
		return "", err
	}
	if len(found.Roles) == 0 {
		return "", fmt.Errorf("there is no role %q\n  choose another: --role", name)
	}
	return found.Roles[0].ID, nil
}

// tearDown removes what make made, also when ctx has ended, and says what it could not remove.
func (c *cloud) tearDown(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), answerTimeout)
	defer cancel()
	defer c.client.http.CloseIdleConnections()
	if c.user == "" && c.project == "" {
		return nil
	}
	admin, _, err := c.client.login(ctx, c.target.Credentials.body()) // the token of the start may have expired
	if err != nil {
		return fmt.Errorf("cannot remove user %q and project %q: %w", c.user, c.project, err)
	}
	remove := func(path, id string) error {
		if id == "" {
			return nil
		}
		_, err := c.client.call(ctx, http.MethodDelete, path+id, admin, nil, nil, http.StatusNoContent)
		return err
	}
	// The application credential and the EC2 key go with their user.
	return errors.Join(remove("/v3/users/", c.user), remove("/v3/projects/", c.project))
}

func (c *cloud) passwordBody() object {
	return object{"auth": object{
		"identity": object{"methods": []string{"password"}, "password": object{"user": object{"id": c.user, "password": c.password}}},
		"scope":    object{"project": object{"id": c.project}}}}
}

func (c *cloud) applicationCredentialBody() object {
	return object{"auth": object{"identity": object{"methods": []string{"application_credential"},
		"application_credential": object{"id": c.credential.ID, "secret": c.credential.Secret}}}}
}

func (c *cloud) tokenBody() object {
	return object{"auth": object{
		"identity": object{"methods": []string{"token"}, "token": object{"id": c.userToken}},
		"scope":    object{"project": object{"id": c.project}}}}
}

// minters is how many connections mint tokens at once.
const minters = 4

// mint returns n different tokens of the test user.
func (c *cloud) mint(ctx context.Context, n int) ([]string, error) {
	tokens := make([]string, n)
	errs := make([]error, minters)
	var wg sync.WaitGroup
	for m := range minters {
		wg.Go(func() {
			for i := m; i < n && errs[m] == nil; i += minters {
				tokens[i], _, errs[m] = c.client.login(ctx, c.tokenBody())
			}
		})
	}
	wg.Wait()
	return tokens, errors.Join(errs...)
}

// side prepares an operation: fresh tokens, so that none expires during it, and one request
// whose answer is looked at closely.
func (c *cloud) side(ctx context.Context, op operation) (s *side, answer []byte, err error) {
	if c.adminToken, _, err = c.client.login(ctx, c.target.Credentials.body()); err != nil {
		return nil, nil, err
	}
	if c.userToken, _, err = c.client.login(ctx, c.passwordBody()); err != nil {
		return nil, nil, err
	}
	l := &load{once: op.once, head: op.method == http.MethodHead, want: op.want, contains: []byte(op.contains(c))}
	fill := func(ctx context.Context, n int) (err error) {
		l.requests, err = op.requests(ctx, c, n)
		return err
	}
	s = &side{name: c.target.base(), address: &address{c.target.Host, c.target.TLS}, load: l, pids: c.pids, total: newTally()}
	n := c.tokens
	if op.once {
		s.refill, n = fill, 1
	}
	if err := fill(ctx, n); err != nil {
		return nil, nil, err
	}
	answer, err = l.probe(ctx, s.address)
	return s, answer, err
}
