package bench

import (
	"bytes"
	"context"
	"fmt"
	"net/http"
	"strings"

	"github.com/go-json-experiment/json"
)

// operation is a kind of request.
type operation struct {
	name     string
	method   string
	path     string // after the server's own
	want     int    // status of a right answer
	once     bool   // a request works only once
	caller   caller
	subjects bool                // X-Subject-Token: another token in each request
	body     func(*cloud) object // nil for none
	contains func(*cloud) string // what stands in the body of a right answer
}

// caller is whose token a request carries.
type caller int

const (
	byNobody caller = iota
	byAdmin
	byUser
)

func operations() []operation {
	const tokens = "/v3/auth/tokens"
	userID := func(c *cloud) string { return c.user }
	nothing := func(*cloud) string { return "" }
	return []operation{
		{name: "validate", method: http.MethodGet, path: tokens, want: 200, caller: byAdmin, subjects: true, contains: userID},
		{name: "validate-nocatalog", method: http.MethodGet, path: tokens + "?nocatalog", want: 200, caller: byAdmin, subjects: true, contains: userID},
		{name: "head", method: http.MethodHead, path: tokens, want: 200, caller: byAdmin, subjects: true, contains: nothing},
		{name: "login-appcred", method: http.MethodPost, path: tokens, want: 201, body: (*cloud).applicationCredentialBody, contains: userID},
		{name: "login-password", method: http.MethodPost, path: tokens, want: 201, body: (*cloud).passwordBody, contains: userID},
		{name: "rescope", method: http.MethodPost, path: tokens, want: 201, body: (*cloud).tokenBody, contains: userID},
		{name: "revoke", method: http.MethodDelete, path: tokens, want: 204, caller: byAdmin, subjects: true, once: true, contains: nothing},
		{name: "s3tokens", method: http.MethodPost, path: "/v3/s3tokens", want: 200, caller: byAdmin, body: (*cloud).signatureBody, contains: userID},
		{name: "catalog", method: http.MethodGet, path: "/v3/auth/catalog", want: 200, caller: byUser, contains: func(*cloud) string { return `"catalog"` }},
		{name: "projects", method: http.MethodGet, path: "/v3/auth/projects", want: 200, caller: byUser, contains: func(c *cloud) string { return c.project }},
		{name: "user", method: http.MethodGet, path: "/v3/users/{user}", want: 200, caller: byAdmin, contains: userID},
		{name: "version", method: http.MethodGet, path: "/", want: 300, contains: func(*cloud) string { return `"versions"` }},
	}
}

func operationNamed(name string) (operation, bool) {
	for _, op := range operations() {
		if op.name == name {
			return op, true
		}
	}
	return operation{}, false
}

// OperationNames lists what can be measured.
func OperationNames() []string {
	var names []string
	for _, op := range operations() {
		names = append(names, op.name)
	}
	return names
}

// requests returns the bytes of n requests, or of one where all would be the same.
func (op *operation) requests(ctx context.Context, c *cloud, n int) ([][]byte, error) {
	var body []byte
	if op.body != nil {
		var err error
		if body, err = json.Marshal(op.body(c)); err != nil {
			return nil, err
		}
	}
	if !op.subjects {
		return [][]byte{op.request(c, "", body)}, nil
	}
	tokens, err := c.mint(ctx, n)
	requests := make([][]byte, n)
	for i, t := range tokens {
		requests[i] = op.request(c, t, body)
	}
	return requests, err
}

func (op *operation) request(c *cloud, subject string, body []byte) []byte {
	var b bytes.Buffer
	path := c.target.Path + strings.ReplaceAll(op.path, "{user}", c.user)
	fmt.Fprintf(&b, "%s %s HTTP/1.1\r\nHost: %s\r\nUser-Agent: lintel-bench\r\nAccept: application/json\r\n", op.method, path, c.target.Host)
	switch op.caller {
	case byAdmin:
		fmt.Fprintf(&b, "X-Auth-Token: %s\r\n", c.adminToken)
	case byUser:
		fmt.Fprintf(&b, "X-Auth-Token: %s\r\n", c.userToken)
	}
	if subject != "" {
		fmt.Fprintf(&b, "X-Subject-Token: %s\r\n", subject)
	}
	if body != nil {
		fmt.Fprintf(&b, "Content-Type: application/json\r\nContent-Length: %d\r\n", len(body))
	}
	b.WriteString("\r\n")
	b.Write(body)
	return b.Bytes()
}
