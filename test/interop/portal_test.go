//go:build interop

package interop

import (
	"html"
	"io"
	"mime"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// visitor is somebody at the portal, whose browser has no JavaScript.
type visitor struct {
	t      *testing.T
	url    string
	client *http.Client
}

// visit signs somebody in.
func visit(t *testing.T, url, user, password string) *visitor {
	t.Helper()
	jar, err := cookiejar.New(nil)
	must(t, err)
	v := &visitor{t, url, &http.Client{Jar: jar}}
	if page := v.post("/portal/sign-in", "user", user, "password", password); !strings.Contains(page, "/portal/sign-out") {
		t.Fatalf("%s could not sign in:\n%s", user, page)
	}
	return v
}

// do returns an answer that must be a success, after the redirects that a browser follows.
func (v *visitor) do(r *http.Request) (string, http.Header) {
	v.t.Helper()
	resp, err := v.client.Do(r)
	must(v.t, err)
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	must(v.t, err)
	if resp.StatusCode >= 300 {
		v.t.Fatalf("%s %s answers %d:\n%s", r.Method, r.URL.Path, resp.StatusCode, body)
	}
	return string(body), resp.Header
}

func (v *visitor) request(method, path string, pairs ...string) *http.Request {
	v.t.Helper()
	form := url.Values{}
	for i := 0; i+1 < len(pairs); i += 2 {
		form.Add(pairs[i], pairs[i+1])
	}
	r, err := http.NewRequest(method, v.url+path, strings.NewReader(form.Encode()))
	must(v.t, err)
	if method == http.MethodPost {
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		r.Header.Set("Origin", v.url)
	}
	return r
}

func (v *visitor) get(path string) string {
	v.t.Helper()
	page, _ := v.do(v.request(http.MethodGet, path))
	return page
}

func (v *visitor) post(path string, pairs ...string) string {
	v.t.Helper()
	page, _ := v.do(v.request(http.MethodPost, path, pairs...))
	return page
}

// save downloads a file into a directory under the name that it comes with, and returns that.
func (v *visitor) save(directory string, r *http.Request) string {
	v.t.Helper()
	text, header := v.do(r)
	_, parameters, err := mime.ParseMediaType(header.Get("Content-Disposition"))
	must(v.t, err)
	name := parameters["filename"]
	must(v.t, os.WriteFile(filepath.Join(directory, name), []byte(text), 0o600))
	return name
}

// element is the text of an element that has no elements in it, and field the value of a field of a form.
func element(t *testing.T, page, id string) string {
	t.Helper()
	return match(t, page, `id="`+id+`"[^>]*>([^<]*)<`)
}

func field(t *testing.T, page, name string) string {
	t.Helper()
	return match(t, page, `name="`+name+`" value="([^"]*)"`)
}

func match(t *testing.T, page, expression string) string {
	t.Helper()
	m := regexp.MustCompile(expression).FindStringSubmatch(page)
	if m == nil {
		t.Fatalf("no %s in\n%s", expression, page)
	}
	return html.UnescapeString(m[1])
}
