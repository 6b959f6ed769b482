//go:build e2e

package e2e

import (
	"testing"
	"time"

	"github.com/lintel-id/lintel/internal/config"
	"github.com/lintel-id/lintel/internal/server/servertest"
)

// sessionPages are the pages about who is signed in, and what was done.
func sessionPages() []stop {
	return []stop{
		{name: "confirm", path: "/portal/confirm"},
		{name: "confirm-wrong", path: "/portal/confirm", do: func(p *tab) {
			p.script(`(() => { document.querySelector("#password").value = "wrong"; document.querySelector("button.primary").click() })()`)
			p.until("the error", func() bool { return p.holds(`!!document.querySelector(".problem")`) })
		}},
		{name: "sessions", path: "/portal/sessions"},
		{name: "activity", path: "/portal/access/activity"},
		{name: "token", path: "/portal/access/activity/token"},
		{name: "tokens-end", path: "/portal/access/activity/end"},
		{name: "idle", path: "/portal/sessions", do: func(p *tab) { p.script(`document.getElementById("idle").hidden = false`) }},
	}
}

// The page says that the session is about to end, keeps it when asked to, and stays as it is when it has ended.
func TestAnIdleSessionIsWarnedOfAndKept(t *testing.T) {
	env := servertest.Start(t, servertest.Options{Config: func(c *config.Config) { c.Portal.IdleTimeout.Duration = 36 * time.Second }})
	p := openTab(t, env.URL)
	p.open("/portal/access/application-credentials/create")
	p.signIn()
	p.fill("Name", "typed already")
	p.sees("You will be signed out in less than two minutes")
	p.click("button", "Stay signed in")
	p.until("the warning to go", func() bool { return p.holds(`document.getElementById("idle").hidden`) })
	p.sees("You will be signed out in less than two minutes", "You have been signed out. This page stays as it is")
	if !p.holds(`document.getElementById("name").value === "typed already"`) {
		t.Error("what was typed is gone")
	}
	p.quiet()
}
