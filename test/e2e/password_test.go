//go:build e2e

package e2e

import (
	"testing"
	"time"

	"github.com/lintel-id/lintel/internal/config"
	"github.com/lintel-id/lintel/internal/identity"
	"github.com/lintel-id/lintel/internal/server/servertest"
)

// passwordPages are those of passwords and the guide, in a cloud with one password for both.
func passwordPages() []stop {
	return []stop{
		{name: "password", path: "/portal/password"},
		{name: "password-wrong", path: "/portal/password", do: submitEmpty},
		{name: "api-password-one", path: "/portal/access/api-password"},
		{name: "guide", path: "/portal/guide"},
	}
}

// submitEmpty sends a form without what the browser would ask for.
func submitEmpty(p *tab) {
	p.script(`(() => { const f = document.querySelector("main form"); f.noValidate = true; f.querySelector("button.primary").click() })()`)
	p.until("the errors", func() bool { return p.holds(`!!document.querySelector(".problem")`) })
}

// apart starts a cloud whose users have an API password of their own, and must change a password that they did not choose.
func apart(t *testing.T) *servertest.Env {
	t.Helper()
	env := servertest.Start(t, servertest.Options{Config: func(c *config.Config) { c.SecurityCompliance.ChangePasswordUponFirstUse = true }})
	bob := env.Create("/v3/users", "user", map[string]any{"name": "bob", "domain_id": "default", "password": "first-Pass-1"})
	role := env.Do("GET", "/v3/roles?name=member", env.AdminToken(), nil).Want(200).Text("roles.0.id")
	env.Do("PUT", "/v3/projects/"+string(env.Admin.Project)+"/users/"+bob+"/roles/"+role, env.AdminToken(), nil).Want(204)
	env.Core.Settings.SeparatePasswords = func(identity.DomainID) bool { return true }
	return env
}

// A new user's way: sign in with the password that the administrator chose, change it, and set the API password.
func TestTheWayToAnAPIPassword(t *testing.T) {
	for name, setup := range map[string][]act{"light": {look(false), width(1280)}, "dark": {look(true), width(1280)}, "narrow": {look(false), width(320)}} {
		t.Run(name, func(t *testing.T) {
			p := openTab(t, apart(t).URL, setup...)
			p.open("/portal")
			p.fill("User name or e-mail", "bob")
			p.fill("Password", "first-Pass-1")
			p.click("button", "Sign in")
			p.sees("Choose a new password")
			p.visit(name+"-password-expired", true)
			submitEmpty(p)
			p.visit(name+"-password-expired-wrong", true)
			p.fill("Password that you signed in with", "first-Pass-1")
			p.fill("New password", "second-Pass-1")
			p.fill("The new one once more", "second-Pass-1")
			p.click("button", "Change password and sign in")
			p.sees("Application Credentials")
			p.open("/portal/access/api-password")
			p.visit(name+"-api-password", true)
			p.fill("Login password", "second-Pass-1")
			p.fill("New API password", "api-Pass-1")
			p.fill("The new one once more", "api-Pass-1")
			p.click("button", "Set the API Password")
			p.sees("The API password was set", "bob")
			p.visit(name+"-api-password-set", true)
			p.open("/portal/guide")
			p.sees("The API has a password apart from the one of this portal")
			p.visit(name+"-guide-apart", true)
			p.quiet()
		})
	}
}

// The link that dev mode prints, as somebody clicks it in a terminal.
func TestTheLinkOfDevModeIsOneClick(t *testing.T) {
	for name, setup := range map[string][]act{"light": {look(false), width(1280)}, "narrow": {look(true), width(320)}} {
		t.Run(name, func(t *testing.T) {
			env := start(t)
			code := env.Core.OfferSignIn(identity.PasswordProof{User: identity.UserRef{Name: "admin", Domain: identity.DomainRef{ID: "default"}},
				Password: identity.NewSecret(servertest.AdminPassword)}, 10*time.Minute).Reveal()
			p := openTab(t, env.URL, setup...)
			p.open("/portal/welcome/" + code)
			p.visit(name+"-welcome", true)
			p.click("button", "Sign in as the administrator")
			p.sees("Application Credentials")
			other := openTab(t, env.URL, setup...)
			other.open("/portal/welcome/" + code)
			other.click("button", "Sign in as the administrator")
			other.sees("This link has been used or is too old")
			other.visit(name+"-welcome-over", true)
			p.quiet()
		})
	}
}
