package server

import (
	"bufio"
	"errors"
	"io"
	"log/slog"
	"net"
	"net/http"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/lintel-id/lintel/internal/config"
)

const patience = 10 * time.Second // more than any of these tests needs

func limits() config.Server {
	c := config.Default().Server
	c.ReadHeader.Duration, c.Read.Duration = 100*time.Millisecond, 200*time.Millisecond
	return c
}

// start serves handler on a free port of the loopback until the test ends.
func start(t *testing.T, c config.Server, handler http.Handler) (address string) {
	t.Helper()
	listener, err := listen(t.Context(), "127.0.0.1:0", "test")
	if err != nil {
		t.Fatal(err)
	}
	server := newHTTP(c, handler, slog.New(slog.DiscardHandler))
	signals := make(chan os.Signal, 1)
	done := make(chan error, 1)
	go func() { done <- (&drain{deadline: patience}).serve(server, listener, signals, nil, func() {}) }()
	t.Cleanup(func() {
		signals <- os.Interrupt
		if err := <-done; err != nil {
			t.Error(err)
		}
	})
	return listener.Addr().String()
}

// send writes raw and returns everything the server sends until it closes the connection.
func send(t *testing.T, address, raw string) string {
	t.Helper()
	conn, err := net.Dial("tcp", address)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	if err := conn.SetDeadline(time.Now().Add(patience)); err != nil {
		t.Fatal(err)
	}
	if _, err := io.WriteString(conn, raw); err != nil {
		t.Fatal(err)
	}
	answer, err := io.ReadAll(conn)
	if netErr, ok := errors.AsType[net.Error](err); ok && netErr.Timeout() {
		t.Fatal("the server keeps the connection open")
	}
	return string(answer)
}

func TestASlowClientIsCutOff(t *testing.T) {
	address := start(t, limits(), http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if _, err := io.ReadAll(r.Body); err != nil {
			w.WriteHeader(http.StatusRequestTimeout)
		}
	}))
	for name, raw := range map[string]string{
		"silent":               "",
		"half a request line":  "GET /v3",
		"headers without end":  "GET /v3 HTTP/1.1\r\nHost: a\r\nX-Pad: a\r\n",
		"body shorter than CL": "POST /v3 HTTP/1.1\r\nHost: a\r\nContent-Length: 10\r\n\r\nabc",
		"chunks without end":   "POST /v3 HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n",
	} {
		if answer := send(t, address, raw); strings.Contains(answer, " 200 ") {
			t.Errorf("%s: answered %q", name, answer)
		}
	}
}

func TestAnUnusedConnectionIsClosed(t *testing.T) {
	c := limits()
	c.Idle.Duration = 50 * time.Millisecond
	address := start(t, c, http.NotFoundHandler())
	if answer := send(t, address, "GET /v3 HTTP/1.1\r\nHost: a\r\n\r\n"); strings.Count(answer, "HTTP/1.1 404") != 1 {
		t.Errorf("answered %q", answer)
	}
}

func TestHeadersOver16KiBAreAnswered431(t *testing.T) {
	c := config.Default().Server
	address := start(t, c, http.HandlerFunc(func(http.ResponseWriter, *http.Request) {}))
	head := "GET /v3 HTTP/1.1\r\nHost: a\r\nConnection: close\r\nX-Pad: "
	for size, status := range map[int]string{c.MaxHeaderBytes - 200: "200", c.MaxHeaderBytes + 4096: "431"} {
		answer := send(t, address, head+strings.Repeat("a", size-len(head))+"\r\n\r\n")
		if line, _, _ := strings.Cut(answer, "\r\n"); !strings.HasPrefix(line, "HTTP/1.1 "+status) {
			t.Errorf("%d bytes: %q", size, line)
		}
	}
}

func TestATakenPortIsExplained(t *testing.T) {
	first, err := listen(t.Context(), "127.0.0.1:0", "")
	if err != nil {
		t.Fatal(err)
	}
	defer first.Close()
	address := first.Addr().String()
	_, port, err := net.SplitHostPort(address)
	if err != nil {
		t.Fatal(err)
	}
	_, err = listen(t.Context(), address, "--listen or [server] listen")
	if err == nil {
		t.Fatal("two listeners on one port")
	}
	for _, part := range []string{address, "in use", "ss -ltnp 'sport = :" + port + "'", "--listen or [server] listen"} {
		if !strings.Contains(err.Error(), part) {
			t.Errorf("%q does not say %q", err, part)
		}
	}
}

func TestFailedHandshakesAreNoWarnings(t *testing.T) {
	var text strings.Builder
	sink := &errorLog{slog.New(slog.NewTextHandler(&text, nil))}
	for _, line := range []string{"http: TLS handshake error from 192.0.2.1:1: EOF\n", "http: Accept error: too many open files\n"} {
		if _, err := io.WriteString(sink, line); err != nil {
			t.Fatal(err)
		}
	}
	if got := text.String(); strings.Contains(got, "handshake") || !strings.Contains(got, "too many open files") {
		t.Errorf("logged %q", got)
	}
}

// client sends POST requests one after the other and never repeats one, as an OpenStack client would not.
type client struct {
	address   string
	keepAlive bool
	conn      net.Conn
	reader    *bufio.Reader
}

func (c *client) post() (*http.Response, error) {
	if c.conn == nil {
		conn, err := net.DialTimeout("tcp", c.address, patience)
		if err != nil {
			return nil, err
		}
		c.conn, c.reader = conn, bufio.NewReader(conn)
	}
	if err := c.conn.SetDeadline(time.Now().Add(patience)); err != nil {
		return nil, err
	}
	if _, err := io.WriteString(c.conn, "POST /v3 HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\n\r\n{}"); err != nil {
		return nil, c.end(err)
	}
	response, err := http.ReadResponse(c.reader, nil)
	if err != nil {
		return nil, c.end(err)
	}
	if _, err := io.Copy(io.Discard, response.Body); err != nil {
		return nil, c.end(err)
	}
	if response.Close || !c.keepAlive {
		return response, c.end(nil)
	}
	return response, nil
}

func (c *client) end(err error) error {
	_ = c.conn.Close() // err says more
	c.conn = nil
	return err
}
