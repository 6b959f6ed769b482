// Package wire is a small client of the Identity API v3 for drills: every answer is told apart, none is retried. It
// refuses to know how a server is run.
package wire

import (
	"bytes"
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"time"

	"github.com/go-json-experiment/json"
)

// Object is a JSON object.
type Object = map[string]any

// Client speaks to one node.
type Client struct {
	Base string // "http://127.0.0.1:PORT"
	HTTP *http.Client
}

// New makes a client that waits for an answer no longer than limit. TLS may be nil.
func New(base string, limit time.Duration, config *tls.Config) *Client {
	const connections = 64
	dialer := net.Dialer{Timeout: limit}
	return &Client{Base: base, HTTP: &http.Client{
		Timeout: limit,
		Transport: &http.Transport{DialContext: dialer.DialContext, TLSClientConfig: config,
			MaxIdleConnsPerHost: connections, IdleConnTimeout: time.Minute},
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}}
}

// StatusError is an answer that was not the wanted one.
type StatusError struct {
	Status int
	Text   string
}

func (e *StatusError) Error() string { return e.Text }

// StatusOf is the status of the answer that an error is about, 0 where there was none.
func StatusOf(err error) int {
	var s *StatusError
	if errors.As(err, &s) {
		return s.Status
	}
	return 0
}

// Call sends in as JSON, unless it is nil, and decodes the answer into out, unless that is nil. Any status but want
// is a *StatusError.
func (c *Client) Call(ctx context.Context, method, path, token string, in, out any, want int) (http.Header, error) {
	var body io.Reader
	if in != nil {
		text, err := json.Marshal(in)
		if err != nil {
			return nil, err
		}
		body = bytes.NewReader(text)
	}
	r, err := http.NewRequestWithContext(ctx, method, c.Base+path, body)
	if err != nil {
		return nil, err
	}
	if in != nil {
		r.Header.Set("Content-Type", "application/json")
	}
	if token != "" {
		r.Header.Set("X-Auth-Token", token)
	}
	return c.send(r, out, want)
}

func (c *Client) send(r *http.Request, out any, want int) (http.Header, error) {
	answer, err := c.HTTP.Do(r)
	if err != nil {
		return nil, err
	}
	text, err := io.ReadAll(answer.Body)
	if err = errors.Join(err, answer.Body.Close()); err != nil {
		return nil, err
	}
	if answer.StatusCode != want {
		return nil, &StatusError{answer.StatusCode, fmt.Sprintf("%s %s: status %d, not %d: %.300s", r.Method, r.URL.Path, answer.StatusCode, want, text)}
	}
	if out == nil {
		return answer.Header, nil
	}
	return answer.Header, json.Unmarshal(text, out)
}

// Create posts a resource and returns its id and, where it has one, its secret.
func (c *Client) Create(ctx context.Context, path, token, noun string, spec Object) (id, secret string, err error) {
	var answer map[string]struct {
		ID     string `json:"id"`
		Secret string `json:"secret"`
	}
	if _, err := c.Call(ctx, http.MethodPost, path, token, Object{noun: spec}, &answer, http.StatusCreated); err != nil {
		return "", "", err
	}
	return answer[noun].ID, answer[noun].Secret, nil
}

// Project is a scope.
func Project(id string) Object { return Object{"project": Object{"id": id}} }

// Domain is a scope.
func Domain(id string) Object { return Object{"domain": Object{"id": id}} }

// Trust is a scope.
func Trust(id string) Object { return Object{"OS-TRUST:trust": Object{"id": id}} }

// Password logs a user in by id. A nil scope is none.
func (c *Client) Password(ctx context.Context, user, password string, scope Object) (string, error) {
	return c.login(ctx, Object{"methods": []string{"password"}, "password": Object{"user": Object{"id": user, "password": password}}}, scope)
}

// Exchange gives a token for another scope.
func (c *Client) Exchange(ctx context.Context, token string, scope Object) (string, error) {
	return c.login(ctx, Object{"methods": []string{"token"}, "token": Object{"id": token}}, scope)
}

// ApplicationCredential logs in with one.
func (c *Client) ApplicationCredential(ctx context.Context, id, secret string) (string, error) {
	return c.login(ctx, Object{"methods": []string{"application_credential"}, "application_credential": Object{"id": id, "secret": secret}}, nil)
}

func (c *Client) login(ctx context.Context, identity, scope Object) (string, error) {
	auth := Object{"identity": identity}
	if scope != nil {
		auth["scope"] = scope
	}
	header, err := c.Call(ctx, http.MethodPost, "/v3/auth/tokens", "", Object{"auth": auth}, nil, http.StatusCreated)
	return header.Get("X-Subject-Token"), err
}

// Admin logs in the administrator that lintel bootstrap made, on its project.
func (c *Client) Admin(ctx context.Context, password string) (string, error) {
	domain := Object{"id": "default"}
	return c.login(ctx, Object{"methods": []string{"password"}, "password": Object{"user": Object{"name": "admin", "domain": domain, "password": password}}},
		Object{"project": Object{"name": "admin", "domain": domain}})
}

// Verdict is what a node says of a token.
type Verdict int

const (
	Unknown  Verdict = iota // it did not answer, or could not know: 503
	Accepted                // 200
	Refused                 // 404, or 401 where the caller shows the token itself
)

// Validate asks whether subject is good, with caller's own token. The error says why a verdict is Unknown.
func (c *Client) Validate(ctx context.Context, caller, subject string) (Verdict, error) {
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, c.Base+"/v3/auth/tokens?nocatalog", nil)
	if err != nil {
		return Unknown, err
	}
	r.Header.Set("X-Auth-Token", caller)
	r.Header.Set("X-Subject-Token", subject)
	_, err = c.send(r, nil, http.StatusOK)
	switch status := StatusOf(err); {
	case err == nil:
		return Accepted, nil
	case status == http.StatusNotFound:
		return Refused, nil
	case status == http.StatusUnauthorized && caller == subject:
		return Refused, nil
	}
	return Unknown, err
}

// Revoke ends a token.
func (c *Client) Revoke(ctx context.Context, caller, subject string) error {
	r, err := http.NewRequestWithContext(ctx, http.MethodDelete, c.Base+"/v3/auth/tokens", nil)
	if err != nil {
		return err
	}
	r.Header.Set("X-Auth-Token", caller)
	r.Header.Set("X-Subject-Token", subject)
	_, err = c.send(r, nil, http.StatusNoContent)
	return err
}
