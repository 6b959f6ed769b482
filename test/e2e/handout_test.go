//go:build e2e

package e2e

// handoutPages are the pages with snippets, all of them open.
func handoutPages(ids []string) []stop {
	const list = "/portal/access/application-credentials"
	open := func(p *tab) { p.script(`for (const d of document.querySelectorAll("details.snippet")) d.open = true`) }
	return []stop{
		{name: "show-snippets", path: list + "/" + ids[0], do: open},
		{name: "secret-snippets", path: list + "/create", do: func(p *tab) {
			p.script(`(() => { const f = document.querySelector("form.card"); f.querySelector("#name").value = "own-" + Date.now(); f.querySelector("button.primary").click() })()`)
			p.until("the secret", func() bool { return p.holds(`!!document.querySelector("[data-once-page]")`) })
			open(p)
			p.script(`document.querySelector("[data-done] input").click()`)
		}},
	}
}
