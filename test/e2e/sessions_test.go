//go:build e2e

package e2e

// sessionPages are the pages about who is signed in.
func sessionPages() []stop {
	return []stop{
		{name: "confirm", path: "/portal/confirm"},
		{name: "confirm-wrong", path: "/portal/confirm", do: func(p *tab) {
			p.script(`(() => { document.querySelector("#password").value = "wrong"; document.querySelector("button.primary").click() })()`)
			p.until("the error", func() bool { return p.holds(`!!document.querySelector(".problem")`) })
		}},
	}
}
