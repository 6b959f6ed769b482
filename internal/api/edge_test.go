package api

import (
	"crypto/tls"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"net/url"
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"
)

func FuzzCanonicalPath(f *testing.F) {
	for _, seed := range []string{"/", "/v3/", "/v3/users/a%20b", "//", "/v3/%2e%2e/x", "/v3/a%2fb", "/v3/%C3%A9", "/%c0%ae", "/a;b", "/%25%32%65", "/a/./b", "/%"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, tail string) {
		target := "/" + strings.TrimPrefix(tail, "/")
		path, problem := canonicalPath(target)
		if problem != "" {
			return
		}
		parsed, err := url.ParseRequestURI(target)
		if err != nil {
			t.Fatalf("%q was accepted, net/url says %v", target, err)
		}
		if want := parsed.Path; path != want && path+"/" != want {
			t.Fatalf("%q became %q, net/url reads %q", target, path, want)
		}
		if strings.Count(path, "/") != strings.Count(target, "/") && path+"/" != parsed.Path {
			t.Fatalf("%q became %q, which has other segments", target, path)
		}
		if !utf8.ValidString(path) || strings.ContainsFunc(path, unicode.IsControl) || strings.ContainsAny(path, `\;`) || strings.Contains(path, "//") {
			t.Fatalf("%q became %q", target, path)
		}
		for segment := range strings.SplitSeq(path, "/") {
			if segment == "." || segment == ".." {
				t.Fatalf("%q became %q", target, path)
			}
		}
		// What is accepted is written in one way only, hexadecimal case and optional encoding of delimiters apart.
		again, problem := canonicalPath((&url.URL{Path: path}).EscapedPath())
		if problem != "" || again != path {
			t.Fatalf("%q became %q, then %q (%s)", target, path, again, problem)
		}
	})
}

func FuzzForwarded(f *testing.F) {
	for _, seed := range []string{"for=192.0.2.43, for=\"[2001:db8::17]:4711\";proto=https;host=a", "for=_hidden", "for=\"a\\\"b\"", "for=a;for=b", "\"", ";,;"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		chain, ok := parseForwarded(text)
		if ok && len(chain) > strings.Count(text, ",")+1 {
			t.Errorf("%q has %d elements", text, len(chain))
		}
		// What a trusted proxy appends is what counts, whatever the client wrote before it.
		chain, ok = parseForwarded(text + ",for=198.51.100.7")
		if ok && chain[len(chain)-1].addr != netip.MustParseAddr("198.51.100.7") {
			t.Errorf("%q hides the proxy's element: %v", text, chain)
		}
	})
}

// bare is a ResponseWriter that allocates nothing of its own.
type bare struct{ header http.Header }

func (b bare) Header() http.Header         { return b.header }
func (b bare) Write(p []byte) (int, error) { return len(p), nil }
func (b bare) WriteHeader(int)             {}

func cleanRequest() *http.Request {
	r := httptest.NewRequest(http.MethodGet, "/v3/auth/tokens?nocatalog", nil)
	r.Header.Set("X-Auth-Token", strings.Repeat("t", 250))
	r.Header.Set("X-Subject-Token", strings.Repeat("s", 250))
	r.Header.Set("Accept", "application/json")
	r.Header.Set("User-Agent", "python-keystonemiddleware")
	return r
}

func TestACleanRequestCostsTwoAllocations(t *testing.T) {
	e := &Edge{MaxBody: 114688}
	h := e.Wrap(http.HandlerFunc(func(http.ResponseWriter, *http.Request) {}), statusRefuse)
	w, r := bare{http.Header{}}, cleanRequest()
	// The request id is one string in one slice.
	if got := testing.AllocsPerRun(1000, func() { h.ServeHTTP(w, r) }); got > 2 {
		t.Errorf("%v allocations", got)
	}
}

func BenchmarkEdgeClean(b *testing.B) {
	e := &Edge{MaxBody: 114688}
	h := e.Wrap(http.HandlerFunc(func(http.ResponseWriter, *http.Request) {}), statusRefuse)
	w, r := bare{http.Header{}}, cleanRequest()
	b.ReportAllocs()
	for b.Loop() {
		h.ServeHTTP(w, r)
	}
}

// passed sends r through an edge and returns what the handler saw, nil when the edge refused.
func passed(e *Edge, r *http.Request) (seen *http.Request, answer *httptest.ResponseRecorder) {
	answer = httptest.NewRecorder()
	e.Wrap(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) { seen = r }), statusRefuse).ServeHTTP(answer, r)
	return seen, answer
}

// CVE-2026-22797: a client's identity headers were taken for the middleware's.
func TestInboundIdentityHeadersAreRemoved(t *testing.T) {
	r := cleanRequest()
	claims := []string{
		"X-User", "X-User-Id", "X-User-Name", "X-User-Domain-Id", "X-Project-Id", "X-Project-Domain-Name", "X-Domain-Id", "X-Roles", "X-Role",
		"X-Tenant", "X-Tenant-Id", "X-Is-Admin-Project", "X-Identity-Status", "X-Service-Roles", "X-Service-User-Id", "X-Service-Identity-Status",
		"X-Service-Catalog", "OpenStack-System-Scope",
	}
	for _, name := range claims {
		r.Header.Set(name, "admin")
	}
	r.Header.Set("X-Service-Token", "kept")
	seen, _ := passed(&Edge{}, r)
	for _, name := range claims {
		if seen.Header.Get(name) != "" {
			t.Errorf("%s reached the handler", name)
		}
	}
	for _, name := range []string{"X-Auth-Token", "X-Subject-Token", "X-Service-Token", "Accept"} {
		if seen.Header.Get(name) == "" {
			t.Errorf("%s was removed", name)
		}
	}
}

func TestATrailingSlashIsTrimmedBeforeRouting(t *testing.T) {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /v3/regions/{id}", func(w http.ResponseWriter, r *http.Request) { w.Header().Set("Id", r.PathValue("id")) })
	for target, id := range map[string]string{"/v3/regions/a/": "a", "/v3/regions/a%20b/": "a b", "/v3/regions/%5Bx%5D/": "[x]", "/v3/regions/(c)%28/?q": "(c)("} {
		w := httptest.NewRecorder()
		(&Edge{}).Wrap(mux, statusRefuse).ServeHTTP(w, httptest.NewRequest(http.MethodGet, target, nil))
		if w.Code != http.StatusOK || w.Header().Get("Id") != id {
			t.Errorf("%s: %d, id %q", target, w.Code, w.Header().Get("Id"))
		}
	}
}

type proxyCase struct {
	name, remote string
	header       map[string]string
	addr, base   string
}

func TestOnlyTrustedProxiesSpeakForTheClient(t *testing.T) {
	e := &Edge{TrustedProxies: []netip.Prefix{netip.MustParsePrefix("10.0.0.0/8"), netip.MustParsePrefix("fd00::/8")}}
	const near = "10.0.0.1:1"
	cases := []proxyCase{
		{"direct", "192.0.2.1:1", nil, "192.0.2.1", "http://id.example:5000"},
		{"liar", "192.0.2.1:1", map[string]string{"X-Forwarded-For": "198.51.100.7", "X-Forwarded-Host": "evil", "X-Forwarded-Proto": "https"},
			"192.0.2.1", "http://id.example:5000"},
		{"liar with Forwarded", "192.0.2.1:1", map[string]string{"Forwarded": "for=198.51.100.7;host=evil"}, "192.0.2.1", "http://id.example:5000"},
		{"mapped peer", "[::ffff:10.0.0.1]:1", map[string]string{"X-Forwarded-For": "198.51.100.7"}, "198.51.100.7", "http://id.example:5000"},
		{"one proxy", near, map[string]string{"X-Forwarded-For": "198.51.100.7", "X-Forwarded-Host": "pub:443", "X-Forwarded-Proto": "https"},
			"198.51.100.7", "https://pub"},
		{"client's own entries", near, map[string]string{"X-Forwarded-For": "1.1.1.1, 10.9.9.9, 198.51.100.7"}, "198.51.100.7", "http://id.example:5000"},
		{"two proxies", near, map[string]string{"X-Forwarded-For": "1.1.1.1, 198.51.100.7, 10.0.0.2"}, "198.51.100.7", "http://id.example:5000"},
		{"rubbish entry", near, map[string]string{"X-Forwarded-For": "198.51.100.7, rubbish, 10.0.0.2"}, "10.0.0.2", "http://id.example:5000"},
		{"entry with port", near, map[string]string{"X-Forwarded-For": "198.51.100.7:999"}, "198.51.100.7", "http://id.example:5000"},
		{"no header", near, nil, "10.0.0.1", "http://id.example:5000"},
		{"Forwarded", near, map[string]string{"Forwarded": `for="[2001:db8::17]:4711";proto=HTTPS;host="pub:8443"`}, "2001:db8::17", "https://pub:8443"},
		{"Forwarded, two proxies", near, map[string]string{"Forwarded": `for=1.1.1.1;host=evil, for=198.51.100.7;host=pub;proto=https, for=10.0.0.2;proto=http`},
			"198.51.100.7", "https://pub"},
		{"Forwarded, hidden client", near, map[string]string{"Forwarded": `for=1.1.1.1, for=_hidden;proto=https`}, "10.0.0.1", "https://id.example:5000"},
		{"unix socket", "@", map[string]string{"X-Forwarded-For": "198.51.100.7"}, "invalid IP", "http://id.example:5000"},
	}
	for _, c := range cases {
		r := httptest.NewRequest(http.MethodGet, "/v3", nil)
		r.Host, r.RemoteAddr = "id.example:5000", c.remote
		for name, value := range c.header {
			r.Header.Set(name, value)
		}
		seen, answer := passed(e, r)
		if seen == nil {
			t.Errorf("%s: refused with %d", c.name, answer.Code)
			continue
		}
		if addr, base := e.ClientAddr(seen).String(), e.BaseURL(seen); addr != c.addr || base != c.base {
			t.Errorf("%s: client %s at %s, want %s at %s", c.name, addr, base, c.addr, c.base)
		}
	}
}

func TestAmbiguousProxyHeadersAreRefused(t *testing.T) {
	e := &Edge{TrustedProxies: []netip.Prefix{netip.MustParsePrefix("10.0.0.0/8")}}
	for name, header := range map[string]map[string]string{
		"both families":      {"Forwarded": "for=198.51.100.7", "X-Forwarded-For": "198.51.100.8"},
		"unclosed quote":     {"Forwarded": `for="198.51.100.7`},
		"parameter twice":    {"Forwarded": "for=198.51.100.7;for=198.51.100.8"},
		"no value":           {"Forwarded": "for"},
		"host with path":     {"X-Forwarded-Host": "a/b"},
		"host with markup":   {"Forwarded": `host="a<b"`},
		"unknown protocol":   {"X-Forwarded-Proto": "javascript"},
		"host with new line": {"Forwarded": "host=\"a\\\nb\""},
	} {
		r := httptest.NewRequest(http.MethodGet, "/v3", nil)
		r.RemoteAddr = "10.0.0.1:1"
		for key, value := range header {
			r.Header.Set(key, value)
		}
		if seen, answer := passed(e, r); seen != nil || answer.Code != http.StatusBadRequest {
			t.Errorf("%s: answered %d", name, answer.Code)
		}
	}
}

func TestThePublicEndpointOverridesTheRequest(t *testing.T) {
	r := httptest.NewRequest(http.MethodGet, "/v3", nil)
	r.Host = "other"
	for endpoint, want := range map[string]string{
		"https://id.example.com":           "https://id.example.com",
		"https://id.example.com/":          "https://id.example.com",
		"https://id.example.com/v3/":       "https://id.example.com",
		"https://id.example.com/v2.0":      "https://id.example.com",
		"http://example.com:5000/identity": "http://example.com:5000/identity",
	} {
		if got := (&Edge{PublicEndpoint: endpoint}).BaseURL(r); got != want {
			t.Errorf("%s: %s", endpoint, got)
		}
	}
}

func TestTheBaseURLDropsTheDefaultPort(t *testing.T) {
	e := &Edge{}
	for host, want := range map[string][2]string{
		"a:80":     {"http://a", "https://a:80"},
		"a:443":    {"http://a:443", "https://a"},
		"a":        {"http://a", "https://a"},
		"[::1]:80": {"http://[::1]", "https://[::1]:80"},
	} {
		r := httptest.NewRequest(http.MethodGet, "/v3", nil)
		r.Host = host
		plain := e.BaseURL(r)
		r.TLS = &tls.ConnectionState{}
		if got := [2]string{plain, e.BaseURL(r)}; got != want {
			t.Errorf("%s: %v, want %v", host, got, want)
		}
	}
}

func TestTheGlobalRequestIDIsAnIDOrNothing(t *testing.T) {
	const id = "req-11111111-2222-4333-8444-555555555555"
	for value, want := range map[string]string{id: id, "": "", "req-1": "", id + "0": "", "req-" + strings.Repeat("z", 36): "", id[4:] + "req-": "", strings.ReplaceAll(id, "-", "a"): ""} {
		r := httptest.NewRequest(http.MethodGet, "/v3", nil)
		r.Header.Set("X-Openstack-Request-Id", value)
		_, answer := passed(&Edge{}, r)
		if got := (&Edge{}).GlobalRequestID(r); got != want {
			t.Errorf("%q: %q", value, got)
		}
		if answer.Header().Get("X-Openstack-Request-Id") == value {
			t.Errorf("%q was taken as the server's own id", value)
		}
	}
}

func TestCORSIsOffUntilOriginsAreNamed(t *testing.T) {
	preflight := func() *http.Request {
		r := httptest.NewRequest(http.MethodOptions, "/v3/auth/tokens", nil)
		r.Header.Set("Origin", "https://horizon.example")
		r.Header.Set("Access-Control-Request-Method", "POST")
		return r
	}
	for name, c := range map[string]struct {
		allowed []string
		answers bool
	}{
		"off": {nil, false}, "other origin": {[]string{"https://other.example"}, false},
		"named": {[]string{"https://horizon.example"}, true}, "any": {[]string{"*"}, true},
	} {
		seen, answer := passed(&Edge{AllowedOrigins: c.allowed}, preflight())
		head := answer.Header()
		if (seen == nil) != c.answers || (head.Get("Access-Control-Allow-Origin") == "https://horizon.example") != c.answers {
			t.Errorf("%s: %v", name, head)
		}
		if head.Get("Access-Control-Allow-Credentials") != "" || head["Vary"][0] != "X-Auth-Token" {
			t.Errorf("%s: %v", name, head)
		}
		if c.answers && !strings.Contains(head.Get("Access-Control-Allow-Headers"), "X-Subject-Token") {
			t.Errorf("%s: %v", name, head)
		}
	}
}
