package bench

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"time"

	"github.com/go-json-experiment/json"
)

// client prepares and clears away; what is measured does not go through it.
type client struct {
	base string // URL before /v3
	http *http.Client
}

func newClient(t *Target) *client {
	return &client{base: t.base(), http: &http.Client{
		Timeout:       answerTimeout,
		Transport:     &http.Transport{TLSClientConfig: t.TLS, MaxIdleConnsPerHost: minters, IdleConnTimeout: time.Second},
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}}
}

// call sends in as JSON, unless it is nil, and decodes the answer into out, unless that is nil.
// Any status but want is an error with the beginning of the answer.
func (c *client) call(ctx context.Context, method, path, token string, in, out any, want int) (http.Header, error) {
	var body io.Reader
	switch v := in.(type) {
	case nil:
	case []byte:
		body = bytes.NewReader(v)
	default:
		text, err := json.Marshal(v)
		if err != nil {
			return nil, err
		}
		body = bytes.NewReader(text)
	}
	request, err := http.NewRequestWithContext(ctx, method, c.base+path, body)
	if err != nil {
		return nil, err
	}
	if body != nil {
		request.Header.Set("Content-Type", "application/json")
	}
	if token != "" {
		request.Header.Set("X-Auth-Token", token)
	}
	response, err := c.http.Do(request)
	if err != nil {
		return nil, err
	}
	text, err := io.ReadAll(io.LimitReader(response.Body, maxBody))
	if err = errors.Join(err, response.Body.Close()); err != nil {
		return nil, err
	}
	if response.StatusCode != want {
		return nil, fmt.Errorf("%s %s: status %d, not %d: %.300s", method, path, response.StatusCode, want, text)
	}
	if out == nil {
		return response.Header, nil
	}
	return response.Header, json.Unmarshal(text, out)
}

// issued is the part of an issued token's body that a run needs.
type issued struct {
	Token struct {
		User struct {
			ID     string `json:"id"`
			Domain struct {
				ID string `json:"id"`
			} `json:"domain"`
		} `json:"user"`
	} `json:"token"`
}

// login returns the token for a body of POST /v3/auth/tokens.
func (c *client) login(ctx context.Context, body any) (token string, a issued, err error) {
	header, err := c.call(ctx, http.MethodPost, "/v3/auth/tokens", "", body, &a, http.StatusCreated)
	if err != nil {
		return "", a, err
	}
	if token = header.Get("X-Subject-Token"); token == "" {
		return "", a, errors.New("POST /v3/auth/tokens: the answer has no X-Subject-Token")
	}
	return token, a, nil
}

// resource is the part of a created resource's body that a run needs.
type resource struct {
	ID     string `json:"id"`
	Secret string `json:"secret"` // of an application credential
}

// create posts a resource.
func (c *client) create(ctx context.Context, path, token, noun string, spec object) (resource, error) {
	var answer map[string]resource
	if _, err := c.call(ctx, http.MethodPost, path, token, object{noun: spec}, &answer, http.StatusCreated); err != nil {
		return resource{}, err
	}
	if answer[noun].ID == "" {
		return resource{}, fmt.Errorf("POST %s: the answer has no id", path)
	}
	return answer[noun], nil
}
