package main

import (
	"context"
	"crypto/rand"
	"fmt"
	"net/http"
	"sync/atomic"

	"github.com/lintel-id/lintel/test/rig/wire"
)

// revocation is a token that is good, and the act that ends it.
type revocation struct {
	kind  string
	name  string // of the token in the history
	token string
	act   func(context.Context, *wire.Client) error
}

// kinds makes revocations of every kind on a cloud of three standing users.
type kinds struct {
	*writer
	next             *atomic.Int64
	trustor, trustee standing
}

// standing is a user that stays: member of the administrator's project, with a token for it.
type standing struct{ id, token string }

func newKinds(ctx context.Context, c *wire.Client, password string) (*kinds, error) {
	w, err := newWriter(ctx, c, password)
	if err != nil {
		return nil, err
	}
	k := &kinds{writer: w, next: &atomic.Int64{}}
	for _, s := range []*standing{&k.trustor, &k.trustee} {
		if s.id, s.token, _, err = k.user(ctx, c, "default", wire.Project(k.project), "/v3/projects/"+k.project); err != nil {
			return nil, err
		}
	}
	return k, nil
}

// user makes a user of a domain with a password, grants it the role member on a target (the path of a project or a
// domain) and logs it in for scope.
func (k *kinds) user(ctx context.Context, c *wire.Client, domain string, scope wire.Object, target string) (id, token, password string, err error) {
	password = "Kind-1-" + rand.Text()
	id, _, err = c.Create(ctx, "/v3/users", k.token, "user", wire.Object{"name": k.unique("user"), "domain_id": domain, "password": password})
	if err != nil {
		return "", "", "", err
	}
	if _, err = c.Call(ctx, http.MethodPut, target+"/users/"+id+"/roles/"+k.role, k.token, nil, nil, http.StatusNoContent); err != nil {
		return "", "", "", err
	}
	token, err = c.Password(ctx, id, password, scope)
	return id, token, password, err
}

func (k *kinds) unique(noun string) string { return fmt.Sprintf("%s-%d", noun, k.next.Add(1)) }

// kind makes a token and what ends it, through one node.
type kind struct {
	name   string
	weight int // how often it is chosen, where thousands are needed: some kinds take several writes to prepare
	make   func(context.Context, *wire.Client) (token string, act func(context.Context, *wire.Client) error, err error)
}

func (k *kinds) all() []kind {
	return []kind{
		{"token revoked by itself", 24, k.self},
		{"user disabled", 1, k.userDisabled},
		{"password changed", 1, k.passwordChanged},
		{"grant removed", 1, k.grantRemoved},
		{"application credential deleted", 4, k.credentialDeleted},
		{"trust deleted", 4, k.trustDeleted},
		{"project disabled", 1, k.projectDisabled},
		{"domain disabled", 1, k.domainDisabled},
	}
}

// act is a request that ends a token.
func act(method, path, token string, in any, want int) func(context.Context, *wire.Client) error {
	return func(ctx context.Context, c *wire.Client) error {
		_, err := c.Call(ctx, method, path, token, in, nil, want)
		return err
	}
}

func disable(noun, path, token string) func(context.Context, *wire.Client) error {
	return act(http.MethodPatch, path, token, wire.Object{noun: wire.Object{"enabled": false}}, http.StatusOK)
}

type acts = func(context.Context, *wire.Client) error

func (k *kinds) self(ctx context.Context, c *wire.Client) (string, acts, error) {
	token, err := c.Exchange(ctx, k.trustor.token, wire.Project(k.project))
	return token, func(ctx context.Context, c *wire.Client) error { return c.Revoke(ctx, token, token) }, err
}

func (k *kinds) userDisabled(ctx context.Context, c *wire.Client) (string, acts, error) {
	id, token, _, err := k.user(ctx, c, "default", wire.Project(k.project), "/v3/projects/"+k.project)
	return token, disable("user", "/v3/users/"+id, k.token), err
}

func (k *kinds) passwordChanged(ctx context.Context, c *wire.Client) (string, acts, error) {
	id, token, password, err := k.user(ctx, c, "default", wire.Project(k.project), "/v3/projects/"+k.project)
	change := wire.Object{"user": wire.Object{"original_password": password, "password": "Kind-2-" + rand.Text()}}
	return token, act(http.MethodPost, "/v3/users/"+id+"/password", token, change, http.StatusNoContent), err
}

func (k *kinds) grantRemoved(ctx context.Context, c *wire.Client) (string, acts, error) {
	target := "/v3/projects/" + k.project
	id, token, _, err := k.user(ctx, c, "default", wire.Project(k.project), target)
	return token, act(http.MethodDelete, target+"/users/"+id+"/roles/"+k.role, k.token, nil, http.StatusNoContent), err
}

func (k *kinds) credentialDeleted(ctx context.Context, c *wire.Client) (string, acts, error) {
	path := "/v3/users/" + k.trustor.id + "/application_credentials"
	id, secret, err := c.Create(ctx, path, k.trustor.token, "application_credential", wire.Object{"name": k.unique("credential")})
	if err != nil {
		return "", nil, err
	}
	token, err := c.ApplicationCredential(ctx, id, secret)
	return token, act(http.MethodDelete, path+"/"+id, k.trustor.token, nil, http.StatusNoContent), err
}

func (k *kinds) trustDeleted(ctx context.Context, c *wire.Client) (string, acts, error) {
	id, _, err := c.Create(ctx, "/v3/OS-TRUST/trusts", k.trustor.token, "trust", wire.Object{"trustor_user_id": k.trustor.id, "trustee_user_id": k.trustee.id,
		"project_id": k.project, "impersonation": false, "roles": []wire.Object{{"id": k.role}}})
	if err != nil {
		return "", nil, err
	}
	token, err := c.Exchange(ctx, k.trustee.token, wire.Trust(id))
	return token, act(http.MethodDelete, "/v3/OS-TRUST/trusts/"+id, k.trustor.token, nil, http.StatusNoContent), err
}

func (k *kinds) projectDisabled(ctx context.Context, c *wire.Client) (string, acts, error) {
	id, _, err := c.Create(ctx, "/v3/projects", k.token, "project", wire.Object{"name": k.unique("project"), "domain_id": "default"})
	if err != nil {
		return "", nil, err
	}
	target := "/v3/projects/" + id
	if _, err = c.Call(ctx, http.MethodPut, target+"/users/"+k.trustor.id+"/roles/"+k.role, k.token, nil, nil, http.StatusNoContent); err != nil {
		return "", nil, err
	}
	token, err := c.Exchange(ctx, k.trustor.token, wire.Project(id))
	return token, disable("project", target, k.token), err
}

func (k *kinds) domainDisabled(ctx context.Context, c *wire.Client) (string, acts, error) {
	id, _, err := c.Create(ctx, "/v3/domains", k.token, "domain", wire.Object{"name": k.unique("domain")})
	if err != nil {
		return "", nil, err
	}
	_, token, _, err := k.user(ctx, c, id, wire.Domain(id), "/v3/domains/"+id)
	return token, disable("domain", "/v3/domains/"+id, k.token), err
}
