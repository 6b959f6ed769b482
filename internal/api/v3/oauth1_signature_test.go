package v3_test

import (
	"net/http"
	"net/netip"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/lintel-id/lintel/internal/config"
	"github.com/lintel-id/lintel/internal/server/servertest"
)

// Keystone remembers no nonce; whoever has seen a signed request could send it again.
func TestASignedRequestIsAcceptedOnce(t *testing.T) {
	c := startCloud(t, servertest.Options{})
	_, project, token := c.boss("alice")
	s := c.access(token, project, "reader")
	const tries = 8
	header := s.sign("POST", authPath)
	answers := make([]int, tries)
	var all sync.WaitGroup
	for i := range tries {
		all.Go(func() { answers[i] = c.Do("POST", authPath, "", oauth1Login(), "Authorization", header).Status })
	}
	all.Wait()
	wantOnce(t, answers, http.StatusCreated, http.StatusUnauthorized)
	c.Do("POST", authPath, "", oauth1Login(), "Authorization", header).Want(http.StatusUnauthorized)

	header = s.sign("POST", authPath)
	c.Do("POST", authPath, "", oauth1Login(), "Authorization", strings.Replace(header, `signature="`, `signature="A`, 1)).Want(http.StatusBadRequest)
	forged := signer{cloud: c, consumer: s.consumer, consumerSecret: "wrong", token: s.token, tokenSecret: s.tokenSecret, now: time.Now, base: c.URL}
	forged.login().Want(http.StatusUnauthorized)
	// What was refused has used up nothing.
	c.Do("POST", authPath, "", oauth1Login(), "Authorization", header).Want(http.StatusCreated)

	header = c.newConsumer().sign("POST", requestTokenPath, callback())
	c.Do("POST", requestTokenPath, "", nil, "Authorization", header, "Requested-Project-Id", project).Want(http.StatusCreated)
	c.Do("POST", requestTokenPath, "", nil, "Authorization", header, "Requested-Project-Id", project).Want(http.StatusUnauthorized)
}

func TestATimestampIsFromTheLastOrTheNextFiveMinutes(t *testing.T) {
	now := time.Date(2030, 1, 1, 12, 0, 0, 0, time.UTC)
	c := startCloud(t, servertest.Options{Now: func() time.Time { return now }})
	s := c.newConsumer()
	for offset, want := range map[time.Duration]int{0: 201, -5 * time.Minute: 201, 5 * time.Minute: 201, -5*time.Minute - time.Second: 401, 5*time.Minute + time.Second: 401} {
		s.now = func() time.Time { return now.Add(offset) }
		if got := s.request(string(c.Admin.Project)).Status; got != want {
			t.Errorf("%v from now: %d, want %d", offset, got, want)
		}
	}
	// A nonce is remembered as long as its request could be sent again.
	s.now = func() time.Time { return now.Add(5 * time.Minute) }
	header := s.sign("POST", requestTokenPath, callback())
	ask := func() int {
		return c.Do("POST", requestTokenPath, "", nil, "Authorization", header, "Requested-Project-Id", string(c.Admin.Project)).Status
	}
	if got := ask(); got != 201 {
		t.Fatalf("status %d", got)
	}
	for range 12 {
		now = now.Add(time.Minute)
		if err := c.Core.Store.Prune(t.Context(), now); err != nil {
			t.Fatal(err)
		}
		if got := ask(); got != 401 {
			t.Errorf("again at %v: %d", now, got)
		}
	}
}

func TestTheSignatureCoversTheRequest(t *testing.T) {
	c := startCloud(t, servertest.Options{})
	_, project, token := c.boss("alice")
	s := c.access(token, project, "reader")
	other := c.newConsumer()
	send := func(path, header string, more ...string) int {
		return c.Do("POST", path, "", oauth1Login(), append(more, "Authorization", header)...).Status
	}
	if got := send(authPath+"?nocatalog", s.sign("POST", authPath+"?nocatalog")); got != 201 {
		t.Errorf("a signed query: %d", got)
	}
	stolen := s
	stolen.consumer, stolen.consumerSecret = other.consumer, other.consumerSecret
	elsewhere := s
	elsewhere.base = "https://elsewhere.example.com"
	for what, header := range map[string]string{
		"another path": s.sign("POST", "/v3/auth"), "another method": s.sign("PUT", authPath), "a query that is not there": s.sign("POST", authPath+"?nocatalog"),
		"another server": elsewhere.sign("POST", authPath), "another consumer's token": stolen.sign("POST", authPath),
		"another verifier": strings.Replace(s.sign("POST", authPath, verifier("a")), `verifier="a"`, `verifier="b"`, 1),
	} {
		if got := send(authPath, header); got != 401 {
			t.Errorf("signed for %s: %d", what, got)
		}
	}
	if got := send(authPath+"?nocatalog", s.sign("POST", authPath)); got != 401 {
		t.Errorf("a query that was added: %d", got)
	}
	if got := send(authPath, s.sign("POST", authPath), "X-Forwarded-Host", "elsewhere.example.com"); got != 201 {
		t.Errorf("a header of somebody who is no proxy: %d", got)
	}
	// The parameters of a form are signed too.
	form := func(sent, signedAs string) int {
		return c.Do("POST", requestTokenPath, "", sent, "Content-Type", "application/x-www-form-urlencoded; charset=utf-8", "Requested-Project-Id", project,
			"Authorization", other.signForm("POST", requestTokenPath, signedAs, callback())).Status
	}
	for _, f := range []struct {
		sent, signed string
		want         int
	}{{"a=1&b=+2", "b=%202&a=1", 201}, {"a=1", "a=2", 401}, {"a=1", "", 401}, {"oauth_token=1", "", 401}} {
		if got := form(f.sent, f.signed); got != f.want {
			t.Errorf("the form %q signed as %q: %d, want %d", f.sent, f.signed, got, f.want)
		}
	}
}

func TestTheSignedURLIsThatOfThePublicEndpoint(t *testing.T) {
	c := startCloud(t, servertest.Options{Config: func(cfg *config.Config) { cfg.Server.PublicEndpoint = "https://id.example.com/identity/v3" }})
	s := c.newConsumer()
	s.request(string(c.Admin.Project)).Want(http.StatusUnauthorized)
	s.base = "https://id.example.com/identity"
	s.request(string(c.Admin.Project)).Want(http.StatusCreated)
}

func TestTheSignedURLIsWhatATrustedProxySays(t *testing.T) {
	c := startCloud(t, servertest.Options{Config: func(cfg *config.Config) {
		cfg.Server.TrustedProxies = []netip.Prefix{netip.MustParsePrefix("127.0.0.1/32")}
	}})
	s := c.newConsumer()
	s.base = "https://id.example.com"
	ask := func(header ...string) *servertest.Response {
		return c.Do("POST", requestTokenPath, "", nil, append(header, "Authorization", s.sign("POST", requestTokenPath, callback()), "Requested-Project-Id", string(c.Admin.Project))...)
	}
	ask().Want(http.StatusUnauthorized)
	ask("X-Forwarded-Host", "id.example.com", "X-Forwarded-Proto", "https").Want(http.StatusCreated)
	ask("Forwarded", "for=198.51.100.7;host=id.example.com;proto=https").Want(http.StatusCreated)
}

func TestABadSignatureIsTheClientsMistakeOrNobodys(t *testing.T) {
	c := startCloud(t, servertest.Options{})
	s := c.newConsumer()
	project := string(c.Admin.Project)
	good := s.sign("POST", requestTokenPath, callback())
	unknown := s
	unknown.consumer = strings.Repeat("f", 32)
	withToken := s
	withToken.token = strings.Repeat("f", 32)
	for what, r := range map[string]struct {
		path, header, project string
		want                  int
	}{
		"no header":              {requestTokenPath, "", project, 401},
		"another scheme":         {requestTokenPath, "Basic YTpi", project, 400},
		"not a list":             {requestTokenPath, "OAuth x", project, 400},
		"no callback":            {requestTokenPath, s.sign("POST", requestTokenPath), project, 400},
		"a token too early":      {requestTokenPath, withToken.sign("POST", requestTokenPath, callback()), project, 400},
		"no project":             {requestTokenPath, good, "", 400},
		"an unknown consumer":    {requestTokenPath, unknown.sign("POST", requestTokenPath, callback()), project, 401},
		"an unknown project":     {requestTokenPath, good, strings.Repeat("f", 32), 404},
		"exchanging no token":    {accessTokenPath, s.sign("POST", accessTokenPath, verifier("x")), "", 400},
		"without a verifier":     {accessTokenPath, withToken.sign("POST", accessTokenPath), "", 400},
		"an unknown token":       {accessTokenPath, withToken.sign("POST", accessTokenPath, verifier("x")), "", 401},
		"another realm is right": {requestTokenPath, strings.Replace(s.sign("POST", requestTokenPath, callback()), "OAuth ", `OAuth realm="x", `, 1), project, 201},
	} {
		res := c.Do("POST", r.path, "gAAAA-an-old-token", nil, "Authorization", r.header, "Requested-Project-Id", r.project)
		if res.Status != r.want {
			t.Errorf("%s: %d, want %d: %s", what, res.Status, r.want, res.Body)
		}
	}
	for what, header := range map[string]string{"no token": s.sign("POST", authPath), "no header": "", "not a list": "OAuth ="} {
		want := map[string]int{"no token": 400, "no header": 401, "not a list": 400}[what]
		if got := c.Do("POST", authPath, "", oauth1Login(), "Authorization", header).Status; got != want {
			t.Errorf("a login with %s: %d, want %d", what, got, want)
		}
	}
	withToken.login().Want(http.StatusUnauthorized)
	c.Do("POST", authPath, "", `{"auth": {"identity": {"methods": ["oauth1"]}}}`, "Authorization", good).Want(http.StatusBadRequest)
	c.Do("GET", requestTokenPath, "", nil).Want(http.StatusMethodNotAllowed)
	c.Do("GET", accessTokenPath, "", nil).Want(http.StatusMethodNotAllowed)
}
