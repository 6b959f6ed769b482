//go:build e2e

package e2e

import (
	"context"
	_ "embed"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/chromedp/cdproto/browser"
	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"

	"github.com/lintel-id/lintel/internal/server/servertest"
)

//go:embed testdata/axe.min.js
var axe string

func start(t *testing.T) *servertest.Env { return servertest.Start(t, servertest.Options{}) }

// signIn fills in the form that the tab shows.
func (p *tab) signIn() {
	p.t.Helper()
	p.fill("User name or e-mail", "admin")
	p.fill("Password", servertest.AdminPassword)
	p.click("button", "Sign in")
	p.sees("Application Credentials")
}

// value is the text of an element, shown or not.
func (p *tab) value(id string) string {
	p.t.Helper()
	return eval[string](p, `document.getElementById("`+id+`").textContent`)
}

func login(env *servertest.Env, id, secret string) *servertest.Response {
	return env.Do("POST", "/v3/auth/tokens", "", map[string]any{"auth": map[string]any{"identity": map[string]any{"methods": []string{"application_credential"},
		"application_credential": map[string]any{"id": id, "secret": secret}}}})
}

// noScripts keeps every script away; the policy of contents lets none stand in a page. Chromium's own switch would keep
// the test from asking the page anything.
var noScripts = []*network.BlockPattern{{URLPattern: "*://*:*/*.js", Block: true}}

// A cloud's manual: log in to the portal, Access, Application Credentials, "Create an Application Credential", enter the
// name and the description; then Identity, Application Credentials, select it, "Delete Credential".
func TestTheManualsWayThroughThePortal(t *testing.T) {
	for name, setup := range map[string][]act{"with JavaScript": nil,
		"without JavaScript": {send(network.Enable, network.EnableParams{}), send(network.SetBlockedURLs, network.SetBlockedURLsParams{URLPatterns: noScripts})}} {
		t.Run(name, func(t *testing.T) {
			env := start(t)
			p := openTab(t, env.URL, setup...)
			p.open("/")
			p.signIn()
			p.click("link", "Access")
			p.click("link", "Application Credentials")
			p.click("button", "Create an Application Credential")
			p.sees("For the project admin")
			p.fill("Name", "ci")
			p.fill("Description (optional)", "the pipeline")
			p.click("button", "Create an Application Credential")
			p.sees("The secret will only be shown once")
			id, secret := p.value("credential-id"), p.value("credential-secret")
			if scripted := !p.holds(`document.querySelector("[data-copy]").hidden`); scripted != (setup == nil) {
				t.Errorf("there is JavaScript: %v", scripted)
			}
			if strings.Contains(p.text(), secret) {
				t.Error("the secret is shown before anybody asks")
			}
			p.click("DisclosureTriangle", "Show the secret")
			p.sees(secret)
			token := login(env, id, secret).Want(201).Header.Get("X-Subject-Token")
			p.click("checkbox", "I saved it")
			p.click("button", "Done")
			p.sees("ci", "the pipeline", "Active")

			p.click("link", "Identity")
			p.until("the list", func() bool { return p.address() == "/portal/access/application-credentials" })
			p.click("checkbox", "Select ci")
			p.click("button", "Delete Credential")
			p.sees("Delete this credential?", "Every token that was got with it ends at once")
			p.fill("Type ci to confirm", "ci")
			p.click("button", "Delete Credential")
			p.sees("The credential was deleted", "No application credentials yet")
			login(env, id, secret).Want(401)
			env.Do("GET", "/v3/auth/tokens", env.AdminToken(), nil, "X-Subject-Token", token).Want(404)
			p.quiet()
		})
	}
}

func TestTheFileFromTheOneTimePageWorksWithTheOpenstackCommand(t *testing.T) {
	env, dir := start(t), t.TempDir()
	p := openTab(t, env.URL, send(browser.SetDownloadBehavior, browser.SetDownloadBehaviorParams{Behavior: browser.SetDownloadBehaviorBehaviorAllow, DownloadPath: dir}))
	p.open("/portal/access/application-credentials/create")
	p.signIn()
	p.fill("Name", "laptop")
	p.click("button", "Create an Application Credential")
	p.sees("I saved it")
	p.click("button", "app-cred-laptop-openrc.sh Shell variables for openstack and other tools")
	file := filepath.Join(dir, "app-cred-laptop-openrc.sh")
	p.until("the file", func() bool { _, err := os.Stat(file); return err == nil })
	command := exec.CommandContext(context.Background(), "bash", "-c", `. "$0" && openstack token issue -f value -c project_id`, file)
	command.Env = []string{"PATH=" + os.Getenv("PATH"), "HOME=" + dir, "OS_USERNAME=somebody", "OS_PROJECT_NAME=else"}
	out, err := command.CombinedOutput()
	if err != nil || strings.TrimSpace(string(out)) != string(env.Admin.Project) {
		t.Fatalf("%v: %s", err, out)
	}
	p.click("checkbox", "I saved it")
	p.click("button", "Done")
	p.sees("laptop")
	p.quiet()
}

// With JavaScript a reload of the one-time page is the list: nothing is sent again, and the secret is gone.
func TestTheOneTimePageCannotBeReloadedNorComeBackTo(t *testing.T) {
	env := start(t)
	p := openTab(t, env.URL)
	p.open("/portal/access/application-credentials/create")
	p.signIn()
	p.fill("Name", "once")
	p.click("button", "Create an Application Credential")
	p.sees("I saved it")
	secret := p.value("credential-secret")
	p.click("checkbox", "I saved it")
	p.do(chromedp.Reload())
	p.sees("once", "1 to 1 of 1")
	p.do(chromedp.NavigateBack())
	p.sees("Application Credential")
	if html := eval[string](p, "document.documentElement.outerHTML"); strings.Contains(html, secret) {
		t.Error("the secret comes back")
	}
}

func TestEverythingCanBeDoneByKeyboard(t *testing.T) {
	env := start(t)
	p := openTab(t, env.URL)
	p.open("/portal")
	p.tabTo("User name or e-mail")
	p.press("admin")
	p.tabTo("Password")
	p.press(servertest.AdminPassword + kb.Enter)
	p.sees("No application credentials yet")
	p.tabTo("Skip to the content")
	p.press(kb.Enter)
	p.tabTo("Create an Application Credential")
	p.press(kb.Enter)
	p.sees("For the project admin")
	p.tabTo("Name")
	p.press("by hand")
	p.tabTo("More options")
	p.press(kb.Enter)
	p.tabTo("Create an Application Credential")
	p.press(kb.Enter)
	p.sees("I saved it")
	p.tabTo("I saved it")
	p.press(" ")
	p.tabTo("Done")
	p.press(kb.Enter)
	p.sees("by hand", "Active")
	p.tabTo("Select by hand")
	p.press(" ")
	p.tabTo("Delete Credential")
	p.press(kb.Enter)
	p.sees("Delete this credential?")
	p.tabTo("Delete Credential")
	p.press(kb.Enter)
	p.sees("The credential was deleted")
	p.tabTo("Default admin")
	p.press(kb.Enter)
	p.tabTo("Sign out")
	p.press(kb.Enter)
	p.sees("You have signed out")
	p.quiet()
}

// What is wrong is said at the top, where the focus is.
func TestTheFocusIsOnWhatIsWrong(t *testing.T) {
	env := start(t)
	p := openTab(t, env.URL)
	p.open("/portal")
	p.fill("User name or e-mail", "admin")
	p.fill("Password", "wrong")
	p.click("button", "Sign in")
	p.sees("You could not be signed in")
	p.until("the focus", func() bool { return p.holds(`document.activeElement.getAttribute("role") === "alert"`) })
	p.quiet()
}
