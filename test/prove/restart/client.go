package restart

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"sync"
	"time"
)

// client sends one request after the other and never a second time: net/http's own client would hide what was lost.
type client struct {
	address   string
	keepAlive bool

	conn   net.Conn // open between requests of one that keeps it
	reader *bufio.Reader
}

// answer is what this package looks at of a response.
type answer struct {
	subject string // X-Subject-Token
	body    []byte
}

// use logs in and validates the token until stop is closed.
func (c *client) use(login string, count *counts, stop <-chan struct{}) {
	defer c.hangUp()
	token := ""
	for {
		select {
		case <-stop:
			return
		default:
		}
		begun := time.Now()
		if token == "" {
			a, err := c.do(http.MethodPost, "/v3/auth/tokens", nil, login, http.StatusCreated)
			count.add(time.Since(begun), err)
			token = a.subject
			continue
		}
		_, err := c.do(http.MethodGet, "/v3/auth/tokens", http.Header{"X-Auth-Token": {token}, "X-Subject-Token": {token}}, "", http.StatusOK)
		count.add(time.Since(begun), err)
		token = ""
	}
}

// do sends a request and reads the answer, which must have the status want.
func (c *client) do(method, path string, header http.Header, body string, want int) (a answer, err error) {
	r, err := http.NewRequest(method, "http://"+c.address+path, strings.NewReader(body)) //nolint:noctx // the connection has a deadline
	if err != nil {
		return a, err
	}
	for name, values := range header {
		r.Header[name] = values
	}
	if body != "" {
		r.Header.Set("Content-Type", "application/json")
	}
	r.Close = !c.keepAlive
	defer func() {
		if err != nil || !c.keepAlive {
			c.hangUp()
		}
	}()
	if err := c.connect(); err != nil {
		return a, err
	}
	if err := r.Write(c.conn); err != nil {
		return a, err
	}
	response, err := http.ReadResponse(c.reader, r)
	if err != nil {
		return a, fmt.Errorf("%s without an answer: %w", method, err)
	}
	text, err := io.ReadAll(response.Body)
	err = errors.Join(err, response.Body.Close())
	if err == nil && response.StatusCode != want {
		err = fmt.Errorf("%s was answered %d: %s", method, response.StatusCode, text)
	}
	if response.Close {
		c.hangUp()
	}
	return answer{response.Header.Get("X-Subject-Token"), text}, err
}

// connect opens a connection unless one is open.
func (c *client) connect() (err error) {
	if c.conn == nil {
		if c.conn, err = net.DialTimeout("tcp", c.address, patience); err != nil {
			c.conn = nil
			return err
		}
		c.reader = bufio.NewReader(c.conn)
	}
	return c.conn.SetDeadline(time.Now().Add(patience))
}

func (c *client) hangUp() {
	if c.conn != nil {
		c.conn.Close()
		c.conn = nil
	}
}

// counts are those of all clients.
type counts struct {
	mu       sync.Mutex
	requests int
	failed   int
	slowest  time.Duration
	failures []string
}

func (n *counts) add(took time.Duration, err error) {
	const shown = 5
	n.mu.Lock()
	defer n.mu.Unlock()
	n.requests++
	n.slowest = max(n.slowest, took)
	if err == nil {
		return
	}
	n.failed++
	if len(n.failures) < shown {
		n.failures = append(n.failures, err.Error())
	}
}

func (n *counts) results() (requests, failed int, slowest time.Duration, failures []string) {
	n.mu.Lock()
	defer n.mu.Unlock()
	return n.requests, n.failed, n.slowest, n.failures
}

// reach waits until there were so many requests.
func (n *counts) reach(ctx context.Context, requests int) error {
	const often = 5 * time.Millisecond
	tick := time.NewTicker(often)
	defer tick.Stop()
	for {
		if done, _, _, _ := n.results(); done >= requests {
			return nil
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-tick.C:
		}
	}
}
