package portal_test

import (
	"html"
	"io"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"regexp"
	"strings"
	"testing"

	"github.com/lintel-id/lintel/internal/server/servertest"
)

// browser is one person's browser without JavaScript: it keeps cookies and follows no redirect by itself.
type browser struct {
	t      testing.TB
	env    *servertest.Env
	client *http.Client
}

func newBrowser(t testing.TB, env *servertest.Env) *browser {
	t.Helper()
	jar, err := cookiejar.New(nil)
	if err != nil {
		t.Fatal(err)
	}
	return &browser{t, env, &http.Client{Jar: jar, CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}}
}

// shown is an answer.
type shown struct {
	t      testing.TB
	Status int
	Header http.Header
	Body   string
}

func (b *browser) do(r *http.Request) *shown {
	b.t.Helper()
	resp, err := b.client.Do(r)
	if err != nil {
		b.t.Fatal(err)
	}
	defer resp.Body.Close()
	text, err := io.ReadAll(resp.Body)
	if err != nil {
		b.t.Fatal(err)
	}
	return &shown{b.t, resp.StatusCode, resp.Header, string(text)}
}

func (b *browser) request(method, path string, form url.Values) *http.Request {
	b.t.Helper()
	var body io.Reader
	if form != nil {
		body = strings.NewReader(form.Encode())
	}
	r, err := http.NewRequest(method, b.env.URL+path, body)
	if err != nil {
		b.t.Fatal(err)
	}
	r.Header.Set("Accept", "text/html,application/xhtml+xml,*/*;q=0.8")
	if form != nil {
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		r.Header.Set("Origin", b.env.URL)
	}
	return r
}

// get opens a page, and the one that it redirects to.
func (b *browser) get(path string) *shown {
	b.t.Helper()
	s := b.do(b.request("GET", path, nil))
	for range 5 {
		if s.Status != http.StatusSeeOther {
			return s
		}
		s = b.do(b.request("GET", s.Header.Get("Location"), nil))
	}
	b.t.Fatalf("%s redirects for ever", path)
	return nil
}

// post sends a form and does not follow.
func (b *browser) post(path string, pairs ...string) *shown {
	b.t.Helper()
	return b.do(b.request("POST", path, values(pairs...)))
}

func values(pairs ...string) url.Values {
	form := url.Values{}
	for i := 0; i+1 < len(pairs); i += 2 {
		form.Add(pairs[i], pairs[i+1])
	}
	return form
}

// signIn signs the administrator in.
func (b *browser) signIn() *browser {
	b.t.Helper()
	b.post("/portal/sign-in", "user", "admin", "password", servertest.AdminPassword).redirected("/portal")
	return b
}

// cookie returns the value of a cookie, "" for none.
func (b *browser) cookie(name string) string {
	u, err := url.Parse(b.env.URL)
	if err != nil {
		b.t.Fatal(err)
	}
	for _, c := range b.client.Jar.Cookies(u) {
		if c.Name == name {
			return c.Value
		}
	}
	return ""
}

// want fails the test unless the page has the status and all of the texts.
func (s *shown) want(status int, texts ...string) *shown {
	s.t.Helper()
	if s.Status != status {
		s.t.Fatalf("status %d, want %d: %s", s.Status, status, s.text())
	}
	for _, text := range texts {
		if !strings.Contains(s.text(), text) {
			s.t.Errorf("the page does not say %q: %s", text, s.text())
		}
	}
	return s
}

func (s *shown) without(texts ...string) *shown {
	s.t.Helper()
	for _, text := range texts {
		if strings.Contains(s.Body, text) || strings.Contains(s.text(), text) {
			s.t.Errorf("the page says %q", text)
		}
	}
	return s
}

func (s *shown) redirected(path string) *shown {
	s.t.Helper()
	if s.Status != http.StatusSeeOther || s.Header.Get("Location") != path {
		s.t.Fatalf("status %d to %q, want 303 to %q: %s", s.Status, s.Header.Get("Location"), path, s.text())
	}
	return s
}

var tags = regexp.MustCompile(`(?s)<script.*?</script>|<title>.*?</title>|<[^>]*>|\s+`)

// text is what a reader sees.
func (s *shown) text() string {
	return strings.Join(strings.Fields(html.UnescapeString(tags.ReplaceAllString(s.Body, " "))), " ")
}

// value returns the value of the first field of a name.
func (s *shown) value(name string) string {
	s.t.Helper()
	m := regexp.MustCompile(`name="` + name + `" value="([^"]*)"`).FindStringSubmatch(s.Body)
	if m == nil {
		s.t.Fatalf("no field %s: %s", name, s.text())
	}
	return html.UnescapeString(m[1])
}

// id returns the content of an element that has no elements in it.
func (s *shown) id(id string) string {
	s.t.Helper()
	m := regexp.MustCompile(`id="` + id + `"[^>]*>([^<]*)<`).FindStringSubmatch(s.Body)
	if m == nil {
		s.t.Fatalf("no element %s: %s", id, s.text())
	}
	return html.UnescapeString(m[1])
}
