package portal_test

import (
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/lintel-id/lintel/internal/config"
	"github.com/lintel-id/lintel/internal/identity"
	"github.com/lintel-id/lintel/internal/server/servertest"
)

const guide = "/portal/guide"

// parts are what an expression finds in the guide of a language, in its order.
func parts(t *testing.T, language, expression string) (found []string) {
	t.Helper()
	text, err := os.ReadFile("templates/guide_" + language + ".html")
	if err != nil {
		t.Fatal(err)
	}
	for _, m := range regexp.MustCompile(expression).FindAllStringSubmatch(string(text), -1) {
		found = append(found, m[1])
	}
	if len(found) == 0 {
		t.Fatalf("the guide in %s has no %s", language, expression)
	}
	return found
}

func TestTheGuideHasTheSamePartsInBothLanguages(t *testing.T) {
	for what, expression := range map[string]string{"sections": `<h2 id="([a-z0-9_]+)">`, "commands": `\.Commands "([a-z0-9_]+)"`, "links": `href="([^"]+)"`, "values": `\{\{-? ?([^}]*)\}\}`,
		"elements": `<(tr|li|ol|ul|p|table|section|h1|h2)[ >]`} {
		if diff := cmp.Diff(parts(t, "en", expression), parts(t, "ko", expression)); diff != "" {
			t.Errorf("%s differ: %s", what, diff)
		}
	}
	for _, language := range []string{"en", "ko"} {
		b := newBrowser(t, servertest.Start(t, servertest.Options{})).signIn()
		b.post("/portal/preferences", "language", language)
		var listed []string
		for _, m := range regexp.MustCompile(`<li><a href="#([a-z0-9_]+)">`).FindAllStringSubmatch(b.get(guide).want(200).Body, -1) {
			listed = append(listed, m[1])
		}
		if diff := cmp.Diff(parts(t, language, `<h2 id="([a-z0-9_]+)">`), listed); diff != "" {
			t.Errorf("%s: the contents are not those of the page: %s", language, diff)
		}
	}
}

func TestTheGuideIsAboutTheReaderAndThisCloud(t *testing.T) {
	env := servertest.Start(t, servertest.Options{Config: func(c *config.Config) {
		if err := c.Token.ApplicationCredential.UnmarshalText([]byte("90m")); err != nil {
			t.Fatal(err)
		}
	}})
	b := newBrowser(t, env).signIn()
	p := b.get(guide).want(200, env.URL+"/v3", env.URL+"/v2.0", string(env.Admin.User), string(env.Admin.Project), "lasts 90 minutes", "lasts 4 hours", "the password of this portal")
	if !strings.Contains(p.Body, "curl -i &#39;"+env.URL+"/v3/auth/tokens&#39;") {
		t.Error("the commands are not about this server")
	}
	if len(p.Body) > 64<<10 {
		t.Errorf("%d bytes", len(p.Body))
	}
	for _, secret := range []string{servertest.AdminPassword, "gAAAA"} {
		p.without(secret)
	}
	b.get(list).want(200, "How it all works: the guide")
	if menu := regexp.MustCompile(`<a href="/portal/guide" aria-current="page">`).FindString(p.Body); menu == "" {
		t.Error("the menu does not show the guide")
	}
}

// Who has no project, a name that is hard to quote, and a password apart, reads the guide too.
func TestTheGuideIsForEverybody(t *testing.T) {
	env := servertest.Start(t, servertest.Options{Config: func(c *config.Config) { c.API.V2 = false }})
	const name = `o'neil <b>"$(id)"`
	env.Create("/v3/users", "user", map[string]any{"name": name, "domain_id": "default", "password": "hard-Pass-1"})
	env.Core.Settings.SeparatePasswords = func(identity.DomainID) bool { return true }
	b := newBrowser(t, env)
	b.post("/portal/sign-in", "user", name, "password", "hard-Pass-1").redirected("/portal")
	p := b.get(guide).want(200, name, "Set the API Password", "This cloud has no API v2.0", "names no S3 address")
	if strings.Contains(p.Body, "<b>\"") || strings.Contains(p.text(), "v2.0/tokens'") {
		t.Error("a name is markup, or there are commands for an API that is not there")
	}
	newBrowser(t, env).do(newBrowser(t, env).request("GET", guide, nil)).redirected("/portal/sign-in?next=%2Fportal%2Fguide")
}

// Each link of the guide leads to a page.
func TestTheGuidesLinksLeadSomewhere(t *testing.T) {
	env := servertest.Start(t, servertest.Options{})
	b := newBrowser(t, env).signIn()
	links := parts(t, "en", `href="(/[^"]+)"`)
	slices.Sort(links)
	for _, link := range slices.Compact(links) {
		b.get(link).want(200)
	}
}
