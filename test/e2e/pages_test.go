//go:build e2e

package e2e

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/lintel-id/lintel/internal/server/servertest"
)

// stop is a page to look at: how to get there, once signed in.
type stop struct {
	name string
	path string
	do   func(p *tab)
}

// walk is every page of the portal.
func walk(ids []string) []stop {
	const list = "/portal/access/application-credentials"
	return append([]stop{
		{name: "list", path: list},
		{name: "list-filtered", path: list + "?q=job&status=active&sort=created&order=desc"},
		{name: "list-nothing", path: list + "?q=nothing+like+this"},
		{name: "list-menus", path: list, do: func(p *tab) { p.script(`document.querySelector("details.account").open = true`) }},
		{name: "show", path: list + "/" + ids[0]},
		{name: "create", path: list + "/create"},
		{name: "create-more", path: list + "/create", do: func(p *tab) { p.script(`document.querySelector("details.more").open = true`) }},
		{name: "create-wrong", path: list + "/create", do: func(p *tab) {
			p.script(`(() => { const f = document.querySelector("form.card"); f.noValidate = true; f.querySelector("#rules_json").value = "[{]"; f.querySelector("button.primary").click() })()`)
			p.until("the errors", func() bool { return p.holds(`!!document.querySelector(".problem")`) })
		}},
		{name: "secret", path: list + "/create", do: func(p *tab) {
			p.script(`(() => { const f = document.querySelector("form.card"); f.querySelector("#name").value = "new-" + Date.now(); f.querySelector("button.primary").click() })()`)
			p.until("the secret", func() bool { return p.holds(`!!document.querySelector("[data-once-page]")`) })
			p.script(`document.querySelector("[data-done] input").click()`)
		}},
		{name: "delete", path: list + "/delete?id=" + ids[0]},
		{name: "delete-several", path: list + "/delete?id=" + strings.Join(ids[1:], "&id=")},
		{name: "projects", path: "/portal/projects"},
		{name: "not-found", path: "/portal/nowhere"},
	}, slices.Concat(passwordPages(), sessionPages(), keyPages(), handoutPages(ids), adminStops(), cloudStops())...)
}

// fillCloud makes something to look at, and returns the ids of some application credentials, the first one in use.
func fillCloud(t *testing.T, env *servertest.Env) (ids []string) {
	t.Helper()
	fillCatalog(env)
	users := "/v3/users/" + string(env.Admin.User) + "/application_credentials"
	makeOne := func(body map[string]any) string {
		made := env.Do("POST", users, env.AdminToken(), map[string]any{"application_credential": body}).Want(201)
		if body["name"] == "billing-export" {
			login(env, made.Text("application_credential.id"), made.Text("application_credential.secret")).Want(201)
		}
		return made.Text("application_credential.id")
	}
	at := func(d time.Duration) string { return time.Now().Add(d).UTC().Format("2006-01-02T15:04:05") }
	const day = 24 * time.Hour
	ids = append(ids,
		makeOne(map[string]any{"name": "billing-export", "description": "Nightly export of usage to the finance system", "roles": []map[string]any{{"name": "reader"}}, "expires_at": at(200 * day),
			"access_rules": []map[string]any{{"service": "image", "method": "GET", "path": "/v2/images"}, {"service": "compute", "method": "GET", "path": "/v2.1/servers/**"}}}),
		makeOne(map[string]any{"name": "backup", "roles": []map[string]any{{"name": "member"}}, "expires_at": at(9 * day)}),
		makeOne(map[string]any{"name": "terraform", "description": "Infrastructure of the shop", "unrestricted": true}))
	for i := range 27 {
		makeOne(map[string]any{"name": fmt.Sprintf("job-%02d", i), "roles": []map[string]any{{"name": "member"}}})
	}
	for _, name := range []string{"shop", "analytics-staging"} {
		id := env.Create("/v3/projects", "project", map[string]any{"name": name, "domain_id": "default", "description": "The project of " + name})
		role := env.Do("GET", "/v3/roles?name=member", env.AdminToken(), nil).Want(200).Text("roles.0.id")
		env.Do("PUT", "/v3/projects/"+id+"/users/"+string(env.Admin.User)+"/roles/"+role, env.AdminToken(), nil).Want(204)
	}
	fillWholeCatalog(t, env)
	return ids
}

// Every page in every look: nothing is violated, nothing is wider than the screen, axe finds nothing.
func TestEveryPageInEveryLook(t *testing.T) {
	env := start(t)
	ids := fillCloud(t, env)
	fillAdministration(env)
	for _, l := range []struct {
		name, language string
		dark           bool
		audited        bool    // at the first width: the others differ in nothing that axe looks at
		widths         []int64 // the first as the page is opened, and for the picture; the others by resizing the window
	}{
		{"light", "en", false, true, []int64{1280, 820, 1920}},
		{"narrow", "en", false, true, []int64{320}},
		{"dark", "en", true, true, []int64{1280}},
		{"korean", "ko", true, false, []int64{320, 1280}},
	} {
		t.Run(l.name, func(t *testing.T) {
			t.Parallel()
			p := openTab(t, env.URL, look(l.dark), width(l.widths[0]))
			see := func(name string) {
				for i, pixels := range l.widths {
					if i > 0 {
						p.do(width(pixels))
					}
					name := fmt.Sprintf("%s-%d-%s", l.name, pixels, name)
					if i == 0 {
						p.visit(name, l.audited)
					} else {
						p.inspect(name)
					}
				}
				if len(l.widths) > 1 {
					p.do(width(l.widths[0]))
				}
			}
			p.open("/portal/sign-in")
			see("sign-in")
			p.signIn()
			if l.language == "ko" {
				p.script(`document.querySelector("details.account").open = true`)
				p.click("button", "\ud55c\uad6d\uc5b4")
				p.until("the language", func() bool { return p.holds(`document.documentElement.lang === "ko"`) })
			}
			for _, s := range walk(ids) {
				p.open(s.path)
				if s.do != nil {
					s.do(p)
				}
				see(s.name)
			}
		})
	}
}

// visit takes a picture of the page that is open, and inspects it.
func (p *tab) visit(name string, audit bool) {
	p.t.Helper()
	p.until("the page", func() bool { return p.holds(`document.readyState === "complete"`) })
	p.shoot(name)
	if audit {
		for _, violation := range p.audit(axe) {
			p.t.Errorf("%s: %s", name, violation)
		}
	}
	p.inspect(name)
}

// inspect finds nothing that the browser complains of, nothing wider than the screen, nothing heavy.
func (p *tab) inspect(name string) {
	p.t.Helper()
	p.quiet()
	if over := eval[float64](p, `document.documentElement.scrollWidth - document.documentElement.clientWidth`); over > 0 {
		p.t.Errorf("%s is %v pixels wider than the screen", name, over)
	}
	weight := eval[float64](p, `performance.getEntriesByType("navigation").concat(performance.getEntriesByType("resource")).reduce((sum, e) => sum + e.encodedBodySize, 0)`)
	if weight > 100<<10 {
		p.t.Errorf("%s weighs %v bytes", name, weight)
	}
}

// A guard that cannot fail guards nothing.
func TestTheGuardsSeeWhatIsWrong(t *testing.T) {
	p := openTab(t, start(t).URL)
	p.open("/portal/sign-in")
	p.script(`document.querySelector("label").remove(); document.querySelector("h1").style.color = "#eee"`)
	found := strings.Join(p.audit(axe), "\n")
	for _, id := range []string{"label: ", "color-contrast: "} {
		if !strings.Contains(found, id) {
			t.Errorf("axe does not find %q: %s", id, found)
		}
	}
	p.script(`document.body.setAttribute("style", "color: red")`)
	p.until("the complaint", func() bool {
		p.mu.Lock()
		defer p.mu.Unlock()
		return slices.ContainsFunc(p.complaints, func(text string) bool { return strings.Contains(text, "Content Security Policy") })
	})
}
