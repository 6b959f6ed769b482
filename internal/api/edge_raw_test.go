package api

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"regexp"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"
)

// statusRefuse writes only the status, as the error writer's place holder.
func statusRefuse(w http.ResponseWriter, _ *http.Request, status int, message string) {
	http.Error(w, message, status)
}

// edgeServer runs the edge before a handler that reads the body, answers 200 with what it saw and counts itself.
func edgeServer(t *testing.T, e *Edge) (address string, executed *atomic.Int32) {
	t.Helper()
	executed = new(atomic.Int32)
	server := httptest.NewUnstartedServer(e.Wrap(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		executed.Add(1)
		n, err := io.Copy(io.Discard, r.Body)
		switch {
		case IsTooLarge(err):
			w.WriteHeader(http.StatusRequestEntityTooLarge)
		case err != nil:
			w.WriteHeader(http.StatusBadRequest)
		default:
			fmt.Fprintf(w, "path=%q token=%q body=%d", r.URL.Path, r.Header["X-Auth-Token"], n)
		}
	}), statusRefuse))
	server.Config.DisableGeneralOptionsHandler = true
	server.Config.MaxHeaderBytes = 12 << 10
	server.Start()
	t.Cleanup(server.Close)
	return server.Listener.Addr().String(), executed
}

// exchange sends raw bytes, closes the sending side and returns the answers up to the end of the connection.
func exchange(t *testing.T, address string, raw io.Reader) (statuses []int, bodies []string) {
	t.Helper()
	conn, err := net.Dial("tcp", address)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	if err := conn.SetDeadline(time.Now().Add(10 * time.Second)); err != nil {
		t.Fatal(err)
	}
	go func() {
		// The server may stop reading at any byte; what counts is what it answers.
		_, _ = io.Copy(conn, raw)
		_ = conn.(*net.TCPConn).CloseWrite()
	}()
	for reader := bufio.NewReader(conn); ; {
		response, err := http.ReadResponse(reader, nil)
		if err != nil {
			if netErr, timeout := errors.AsType[net.Error](err); timeout && netErr.Timeout() {
				t.Fatal("the server neither answered nor closed")
			}
			return statuses, bodies
		}
		body, _ := io.ReadAll(response.Body) // a cut connection still had a status
		statuses, bodies = append(statuses, response.StatusCode), append(bodies, string(body))
	}
}

type rawCase struct {
	name string
	raw  string // "\n" stands for CR LF, "\v" for a bare LF
	want []int
}

const get = "GET /v3 HTTP/1.1\nHost: a\n"

const second = "GET /v3/hidden HTTP/1.1\nHost: a\n\n"

func framingCases() []rawCase {
	post := "POST /v3 HTTP/1.1\nHost: a\n"
	return []rawCase{
		{"two honest requests", get + "\n" + second, []int{200, 200}},
		{"CL and TE, second request in the rest", post + "Content-Length: 100\nTransfer-Encoding: chunked\n\n0\n\n" + second, []int{200}},
		{"TE and CL of zero", post + "Transfer-Encoding: chunked\nContent-Length: 0\n\n5\nhello\n0\n\n" + second, []int{200}},
		{"two CLs", post + "Content-Length: 3\nContent-Length: 4\n\nabcd", []int{400}},
		{"CL with sign", post + "Content-Length: +3\n\nabc", []int{400}},
		{"CL list", post + "Content-Length: 3, 4\n\nabcd", []int{400}},
		{"CL negative", post + "Content-Length: -1\n\n", []int{400}},
		{"CL hexadecimal", post + "Content-Length: 0x3\n\nabc", []int{400}},
		{"CL empty", post + "Content-Length:\n\n", []int{400}},
		{"TE with blank before the colon", post + "Transfer-Encoding : chunked\n\n0\n\n" + second, []int{400}},
		{"TE unknown", post + "Transfer-Encoding: cow\n\n0\n\n" + second, []int{501}},
		{"TE twice", post + "Transfer-Encoding: chunked\nTransfer-Encoding: identity\n\n0\n\n" + second, []int{501}},
		{"TE list", post + "Transfer-Encoding: gzip, chunked\n\n0\n\n" + second, []int{501}},
		{"TE underscore", post + "Transfer_Encoding: chunked\nContent-Length: 5\n\n0\n\n" + second, []int{400}},
		{"CL underscore", post + "Content_Length: 5\n\n", []int{400}},
		{"bare LF in the chunk size", post + "Transfer-Encoding: chunked\n\n5\vhello\n0\n\n" + second, []int{400}},
		{"chunk size with sign", post + "Transfer-Encoding: chunked\n\n+5\nhello\n0\n\n" + second, []int{400}},
		{"chunk size too long", post + "Transfer-Encoding: chunked\n\nfffffffffffffffff\n" + second, []int{400}},
		{"chunk longer than said", post + "Transfer-Encoding: chunked\n\n2\nhello\n0\n\n" + second, []int{400}},
		{"chunked trailer with a token", post + "Transfer-Encoding: chunked\nTrailer: X-Auth-Token\n\n0\nX-Auth-Token: t\n\n" + second, []int{200}},
		{"body shorter than CL", post + "Content-Length: 10\n\nabc", []int{400}},
		{"GET with a body", get + "Content-Length: 3\n\nabc" + second, []int{200, 200}},
		{"no Host", "GET /v3 HTTP/1.1\n\n", []int{400}},
		{"HTTP/1.0 health check without Host", "GET /v3 HTTP/1.0\n\n", []int{200}},
		{"two Hosts", get + "Host: b\n\n", []int{400}},
		{"Host with a path", "GET /v3 HTTP/1.1\nHost: a/b\n\n", []int{400}},
		{"Host with a user", "GET /v3 HTTP/1.1\nHost: a@b\n\n", []int{400}},
		{"Host with a bad port", "GET /v3 HTTP/1.1\nHost: a:99999\n\n", []int{400}},
		{"Host with quotes", "GET /v3 HTTP/1.1\nHost: a\"b\n\n", []int{400}},
		{"Host IPv6", "GET /v3 HTTP/1.1\nHost: [::1]:5000\n\n", []int{200}},
		{"HTTP/2 preface on HTTP/1", "PRI * HTTP/2.0\n\nSM\n\n", []int{400}},
		{"endless header", get + "X-Pad: " + strings.Repeat("a", 20<<10) + "\n\n", []int{431}},
	}
}

func headerCases() []rawCase {
	return []rawCase{
		{"one token", get + "X-Auth-Token: t\n\n", []int{200}},
		{"two tokens", get + "X-Auth-Token: t\nX-Auth-Token: u\n\n", []int{400}},
		{"the same token twice", get + "X-Auth-Token: t\nx-auth-token: t\n\n", []int{400}},
		{"two subject tokens", get + "X-Subject-Token: t\nX-Subject-Token: u\n\n", []int{400}},
		{"two content types", get + "Content-Type: application/json\nContent-Type: text/plain\n\n", []int{400}},
		{"two access rule versions", get + "OpenStack-Identity-Access-Rules: 1\nOpenStack-Identity-Access-Rules: 2\n\n", []int{400}},
		{"two receipts", get + "Openstack-Auth-Receipt: a\nOpenstack-Auth-Receipt: b\n\n", []int{400}},
		{"token spelled with underscores", get + "X_Auth_Token: t\n\n", []int{400}},
		{"token spelled with one underscore", get + "X-Auth_Token: t\n\n", []int{400}},
		{"roles spelled with underscores", get + "X_ROLES: admin\n\n", []int{400}},
		{"forwarded spelled with underscores", get + "X_Forwarded_For: 10.0.0.1\n\n", []int{400}},
		{"harmless underscore", get + "My_Header: t\n\n", []int{200}},
		{"folded token", get + "X-Auth-Token: t\n u\n\n", []int{401}},
		{"folded harmless header", get + "X-Pad: t\n u\n\n", []int{200}},
		{"bare LF between headers", get + "X-Pad: a\vX-Auth-Token: t\n\n", []int{200}},
		{"bare CR in a header", get + "X-Pad: a\rX-Auth-Token: t\n\n", []int{400}},
		{"NUL in a header", get + "X-Pad: a\x00b\n\n", []int{400}},
		{"blank in a header name", get + "X Auth-Token: t\n\n", []int{400}},
		{"header without colon", get + "X-Auth-Token\n\n", []int{400}},
		{"blank in the token", get + "X-Auth-Token: a b\n\n", []int{401}},
		{"token not ASCII", get + "X-Auth-Token: \xff\n\n", []int{401}},
		{"token of 4096 bytes", get + "X-Auth-Token: " + strings.Repeat("t", 4096) + "\n\n", []int{200}},
		{"token of 4097 bytes", get + "X-Auth-Token: " + strings.Repeat("t", 4097) + "\n\n", []int{401}},
		{"subject token of 4097 bytes", get + "X-Subject-Token: " + strings.Repeat("t", 4097) + "\n\n", []int{200}},
		{"64 header lines", get + strings.Repeat("X-Pad: a\n", 64) + "\n", []int{200}},
		{"65 header lines", get + strings.Repeat("X-Pad: a\n", 65) + "\n", []int{431}},
		{"gzip body", get + "Content-Encoding: gzip\nContent-Length: 1\n\na", []int{415}},
		{"gzip beside identity", get + "Content-Encoding: identity\nContent-Encoding: gzip\n\n", []int{415}},
		{"identity body", get + "Content-Encoding: identity\nContent-Length: 1\n\na", []int{200}},
		{"unknown expectation", get + "Expect: coffee\n\n", []int{417}},
	}
}

// pathCases maps a request target to the one status it gets.
func pathCases() []rawCase {
	targets := map[string]int{
		"/": 200, "/v3": 200, "/v3/": 200, "/v3?limit=1": 200, "/v3/?a=//&b=..": 200, "/v3/regions/caf%C3%A9": 200,
		"/v3/a%20b": 200, "/v3/...": 200, "/v3/a:b@c,d=e": 200, "/v3/tags/[x]": 200, "/v3/100%25": 200, "/v3/~u": 200,
		"//v3": 400, "//": 400, "/v3//": 400, "/v3//users": 400, "/v3/users//": 400, "/./v3": 400, "/v3/.": 400, "/v3/../admin": 400, "/..": 400,
		"/v3/%2e%2e/admin": 400, "/v3/%2E": 400, "/v3/.%2e/x": 400, "/v3/a%2fb": 400, "/v3/a%2Fb": 400, "/v3/a%5cb": 400, "/v3/a\\b": 400,
		"/v3/%00": 400, "/v3/%0d%0aX": 400, "/v3/%7f": 400, "/v3/%C2%85": 400, "/v3/a;b": 400, "/v3/a%3Bb": 400, "/v3;x=y/users": 400,
		"/v3/%": 400, "/v3/%4": 400, "/v3/%zz": 400, "/v3/%41": 400, "/v3/%7E": 400, "/v3/%ff": 400, "/v3/%C3": 400, "/v3/%ED%A0%80": 400,
		"/v3/%C0%AE": 400, "/v3/caf\xc3\xa9": 400, "/v3/\x01": 400, "/v3/a#b": 400, "/v3/a|b": 400, "/v3/%u0041": 400,
		"*": 400, "v3": 400, "http://a/v3": 400, "http://b/v3": 400, "?x": 400,
	}
	var cases []rawCase
	for target, status := range targets {
		cases = append(cases, rawCase{"target " + target, "GET " + target + " HTTP/1.1\nHost: a\n\n", []int{status}})
	}
	return append(cases,
		rawCase{"OPTIONS *", "OPTIONS * HTTP/1.1\nHost: a\n\n", []int{400}},
		rawCase{"CONNECT", "CONNECT a:443 HTTP/1.1\nHost: a:443\n\n", []int{400}},
		rawCase{"blank in the target", "GET /v3 /x HTTP/1.1\nHost: a\n\n", []int{400}},
	)
}

func TestEveryRawRequestHasOneReading(t *testing.T) {
	cases := slices.Concat(framingCases(), headerCases(), pathCases())
	address, executed := edgeServer(t, &Edge{MaxBody: 1000})
	wire := strings.NewReplacer("\n", "\r\n", "\v", "\n")
	for _, c := range cases {
		executed.Store(0)
		got, bodies := exchange(t, address, strings.NewReader(wire.Replace(c.raw)))
		if !slices.Equal(got, c.want) {
			t.Errorf("%s: answered %v %q, want %v", c.name, got, bodies, c.want)
		}
		if int(executed.Load()) > len(c.want) {
			t.Errorf("%s: %d requests were executed", c.name, executed.Load())
		}
	}
}

func TestABareLFDoesNotHideAToken(t *testing.T) {
	address, _ := edgeServer(t, &Edge{MaxBody: 1000})
	_, bodies := exchange(t, address, strings.NewReader("GET /v3 HTTP/1.1\r\nHost: a\r\nX-Pad: a\nX-Auth-Token: t\r\n\r\n"))
	if len(bodies) != 1 || !strings.Contains(bodies[0], `token=["t"]`) {
		t.Errorf("the handler saw %q", bodies)
	}
	got, _ := exchange(t, address, strings.NewReader("GET /v3 HTTP/1.1\r\nHost: a\r\nX-Auth-Token: t\r\nX-Pad: a\nX-Auth-Token: u\r\n\r\n"))
	if !slices.Equal(got, []int{400}) {
		t.Errorf("two tokens, one behind a bare LF: %v", got)
	}
}

// endless is a chunked body that never ends.
type endless struct {
	head *strings.Reader
	read atomic.Int64
}

func (e *endless) Read(p []byte) (int, error) {
	if e.head.Len() > 0 {
		return e.head.Read(p)
	}
	const chunk = "400\r\n"
	if len(p) < len(chunk)+1024+2 {
		return 0, io.ErrShortBuffer
	}
	n := copy(p, chunk+strings.Repeat("x", 1024)+"\r\n")
	e.read.Add(int64(n))
	return n, nil
}

func TestABodyOverTheLimitIsAnswered413AndNotReadOn(t *testing.T) {
	const limit = 114688
	address, executed := edgeServer(t, &Edge{MaxBody: limit})
	head := "POST /v3 HTTP/1.1\r\nHost: a\r\n"
	got, _ := exchange(t, address, strings.NewReader(head+fmt.Sprintf("Content-Length: %d\r\n\r\n", limit+1)))
	if !slices.Equal(got, []int{413}) || executed.Load() != 0 {
		t.Errorf("announced length over the limit: %v, executed %d", got, executed.Load())
	}
	got, _ = exchange(t, address, strings.NewReader(head+fmt.Sprintf("Content-Length: %d\r\n\r\n", limit)+strings.Repeat("x", limit)))
	if !slices.Equal(got, []int{200}) {
		t.Errorf("a body of exactly the limit: %v", got)
	}
	conn, err := net.Dial("tcp", address)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	if err := conn.SetDeadline(time.Now().Add(10 * time.Second)); err != nil {
		t.Fatal(err)
	}
	status := make(chan string, 1)
	go func() {
		line, _ := bufio.NewReader(conn).ReadString('\n')
		status <- strings.TrimSpace(line)
	}()
	body := &endless{head: strings.NewReader(head + "Transfer-Encoding: chunked\r\n\r\n")}
	if _, err := io.CopyBuffer(struct{ io.Writer }{conn}, body, make([]byte, 4096)); err == nil {
		t.Error("the endless body was read to its end")
	}
	if line := <-status; line != "HTTP/1.1 413 Request Entity Too Large" {
		t.Errorf("endless chunked body: %q", line)
	}
}

func TestEveryAnswerCarriesTheCommonHeaders(t *testing.T) {
	address, _ := edgeServer(t, &Edge{MaxBody: 10, TrustedProxies: []netip.Prefix{netip.MustParsePrefix("127.0.0.0/8")}})
	id := regexp.MustCompile(`^req-[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$`)
	seen := map[string]bool{}
	for _, path := range []string{"/v3", "/v3//", "/v3/%2e", "/v3/x;y"} {
		for range 200 {
			response, err := http.Get("http://" + address + path)
			if err != nil {
				t.Fatal(err)
			}
			if err := response.Body.Close(); err != nil {
				t.Fatal(err)
			}
			own := response.Header.Get("X-Openstack-Request-Id")
			if !id.MatchString(own) || seen[own] {
				t.Fatalf("%s: request id %q is malformed or was used before", path, own)
			}
			seen[own] = true
			if response.Header.Get("Vary") != "X-Auth-Token" || response.Header.Get("X-Content-Type-Options") != "nosniff" {
				t.Fatalf("%s: %v", path, response.Header)
			}
		}
	}
}
