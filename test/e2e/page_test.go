//go:build e2e

package e2e

import (
	"context"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/chromedp/cdproto/accessibility"
	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/dom"
	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/cdproto/input"
	"github.com/chromedp/cdproto/inspector"
	"github.com/chromedp/cdproto/log"
	"github.com/chromedp/cdproto/page"
	"github.com/chromedp/cdproto/runtime"
	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"
)

// patience bounds every wait: the machine may be busy.
const patience = 20 * time.Second

// tab is a tab of a headless Chromium with a profile of its own. It is used as people use it: by the roles and names
// that assistive technology sees.
type tab struct {
	t   testing.TB
	ctx context.Context
	url string

	mu         sync.Mutex
	complaints []string // of the browser: violations of the policy of contents, failed scripts
	loading    bool
	touched    time.Time // when something was last done that may lead to another page, or a page was there
}

// act is a step that returns nothing.
type act = chromedp.Action[chromedp.Void]

// send is the step of a command of the protocol whose result nobody needs.
func send[P, R any](command cdp.Command[P, R], params P) act {
	return chromedp.Func(func(ctx context.Context, t *chromedp.Target) error {
		_, err := cdp.Call(ctx, t, command, params)
		return err
	})
}

func openTab(t testing.TB, url string, setup ...act) *tab {
	t.Helper()
	options := []chromedp.ExecAllocatorOption{chromedp.WindowSize(1280, 900), chromedp.Flag("lang", "en-US")}
	if os.Getuid() == 0 {
		options = append(options, chromedp.NoSandbox) // Chromium's sandbox refuses to work for root
	}
	p := &tab{t: t, url: url}
	var cancel context.CancelFunc
	p.ctx, cancel = chromedp.NewContext(context.Background(), chromedp.WithAllocatorOptions(options...), chromedp.WithListener(p.listen))
	t.Cleanup(cancel)
	// The browser lives as long as the context of the first step: it has no deadline.
	if err := chromedp.Do(p.ctx, append([]act{send(log.Enable, cdp.Empty{})}, setup...)...); err != nil {
		t.Fatal(err)
	}
	return p
}

// listen keeps what the browser complains about. A page that is an error, or not there, is one that the test asked for;
// what is only information (Clear-Site-Data has done its work) is no complaint.
func (p *tab) listen(event any) {
	switch e := event.(type) {
	case *log.EventEntryAdded:
		if e.Entry.Source != log.EntrySourceNetwork && (e.Entry.Level == log.EntryLevelWarning || e.Entry.Level == log.EntryLevelError) {
			p.complain(e.Entry.Text)
		}
	case *runtime.EventExceptionThrown:
		p.complain(e.ExceptionDetails.Text)
	case *page.EventJavascriptDialogOpening:
		p.complain("a dialog: " + e.Message)
	case *page.EventFrameStartedLoading:
		p.load(true)
	case *page.EventFrameStoppedLoading:
		p.load(false)
	case *inspector.EventTargetCrashed:
		p.complain("the tab has crashed")
	}
}

func (p *tab) load(begins bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.loading, p.touched = begins, time.Now()
}

// settled says whether the page may be asked again and again: Chromium 156 crashes often when it is asked about a page
// that it is just putting another in the place of.
func (p *tab) settled() bool {
	const calm = 150 * time.Millisecond
	p.mu.Lock()
	defer p.mu.Unlock()
	age := time.Since(p.touched)
	return age > patience/2 || !p.loading && age > calm
}

func (p *tab) complain(text string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.complaints = append(p.complaints, text)
}

// quiet fails the test if the browser has complained.
func (p *tab) quiet() {
	p.t.Helper()
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, text := range p.complaints {
		p.t.Errorf("the browser complains: %s", text)
	}
	p.complaints = nil
}

func (p *tab) do(steps ...act) {
	p.t.Helper()
	ctx, cancel := context.WithTimeout(p.ctx, patience)
	defer cancel()
	if err := chromedp.Do(ctx, steps...); err != nil {
		p.t.Fatal(err)
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	p.touched = time.Now()
}

// eval returns the value of an expression; the page's policy does not bind the test.
func eval[T any](p *tab, expression string, options ...chromedp.EvaluateOption) T {
	p.t.Helper()
	ctx, cancel := context.WithTimeout(p.ctx, patience)
	defer cancel()
	v, err := chromedp.Run(ctx, chromedp.Evaluate[T](expression, options...))
	if err != nil {
		p.t.Fatalf("%.200s: %v", expression, err)
	}
	return v
}

// script runs an expression for what it does.
func (p *tab) script(expression string) {
	p.t.Helper()
	p.do(chromedp.Evaluate[chromedp.Void](expression))
}

// holds says whether an expression is true; while a page is replaced by another nothing is.
func (p *tab) holds(expression string) bool {
	ctx, cancel := context.WithTimeout(p.ctx, patience)
	defer cancel()
	on, err := chromedp.Run(ctx, chromedp.Evaluate[bool](expression))
	return err == nil && on
}

// until waits for something that is true in the end.
func (p *tab) until(what string, holds func() bool) {
	p.t.Helper()
	deadline, look := time.After(patience), time.NewTicker(20*time.Millisecond)
	defer look.Stop()
	for !p.settled() || !holds() {
		select {
		case <-deadline:
			p.quiet()
			p.t.Fatalf("%s: still not after %s; the page is %s: %.2000s", what, patience, p.address(), p.text())
		case <-look.C:
		}
	}
}

func (p *tab) open(path string) {
	p.t.Helper()
	p.do(chromedp.Navigate(p.url + path))
}

func (p *tab) address() string {
	p.t.Helper()
	return eval[string](p, "location.pathname + location.search")
}

// text is what the page shows.
func (p *tab) text() string {
	p.t.Helper()
	return eval[string](p, "document.body ? document.body.innerText : ''")
}

// sees waits until the page shows each text.
func (p *tab) sees(texts ...string) {
	p.t.Helper()
	for _, text := range texts {
		quoted, err := json.Marshal(text)
		if err != nil {
			p.t.Fatal(err)
		}
		p.until("to see "+text, func() bool {
			return p.holds(`document.readyState === "complete" && document.body.innerText.includes(` + string(quoted) + `)`)
		})
	}
}

// find waits for the visible element with a role and a name, as assistive technology has them.
func (p *tab) find(role, name string) (id cdp.BackendNodeID) {
	p.t.Helper()
	p.until("to find the "+role+" "+name, func() bool {
		ctx, cancel := context.WithTimeout(p.ctx, patience/4) // of a page that is being replaced nobody may ever answer
		defer cancel()
		root, err := chromedp.Call(ctx, dom.GetDocument, dom.GetDocumentParams{})
		if err != nil {
			return false
		}
		found, err := chromedp.Call(ctx, accessibility.QueryAXTree, accessibility.QueryAXTreeParams{BackendNodeID: root.Root.BackendNodeID, Role: role, AccessibleName: name})
		if err != nil { // the page is being replaced
			return false
		}
		for _, n := range found.Nodes {
			if !n.Ignored {
				id = n.BackendDOMNodeID
				return true
			}
		}
		return false
	})
	return id
}

// click clicks where the element is.
func (p *tab) click(role, name string) {
	p.t.Helper()
	id := p.find(role, name)
	p.do(send(dom.ScrollIntoViewIfNeeded, dom.ScrollIntoViewIfNeededParams{BackendNodeID: id}), func(ctx context.Context, t *chromedp.Target) (chromedp.Void, error) {
		box, err := cdp.Call(ctx, t, dom.GetBoxModel, dom.GetBoxModelParams{BackendNodeID: id})
		if err != nil {
			return chromedp.Void{}, err
		}
		at := box.Model.Content
		return chromedp.MouseClickXY((at[0]+at[4])/2, (at[1]+at[5])/2)(ctx, t)
	})
}

// fill types into a field.
func (p *tab) fill(name, text string) {
	p.t.Helper()
	id := p.find("textbox", name)
	p.do(send(dom.Focus, dom.FocusParams{BackendNodeID: id}), send(input.InsertText, input.InsertTextParams{Text: text}))
}

// tabTo presses Tab until the focus is on the element of a name, and says how it looks there.
func (p *tab) tabTo(name string) {
	p.t.Helper()
	const focused = `(() => { const e = document.activeElement; if (!e || e === document.body) return "";
		return (e.getAttribute("aria-label") || (e.labels && e.labels[0] && e.labels[0].innerText) || e.innerText || "").trim() })()`
	for range 80 {
		p.press(kb.Tab)
		at := eval[string](p, focused)
		if strings.ReplaceAll(at, "\n", " ") == name || strings.HasPrefix(at, name+" (") {
			if !p.holds(`(() => { const s = getComputedStyle(document.activeElement); return s.outlineStyle !== "none" && parseFloat(s.outlineWidth) >= 2 })()`) {
				p.t.Errorf("the focus on %q cannot be seen", name)
			}
			return
		}
	}
	p.t.Fatalf("Tab never comes to %q on %s", name, p.address())
}

func (p *tab) press(keys string) {
	p.t.Helper()
	p.do(chromedp.KeyEvent(keys))
}

// shoot keeps a picture of the whole page for people to look at.
func (p *tab) shoot(name string) {
	p.t.Helper()
	dir := os.Getenv("LINTEL_E2E_PICTURES")
	if dir == "" {
		return
	}
	ctx, cancel := context.WithTimeout(p.ctx, patience)
	defer cancel()
	picture, err := chromedp.Run(ctx, chromedp.FullScreenshot(100))
	if err != nil {
		p.t.Fatal(err)
	}
	if err := os.MkdirAll(dir, 0o755); err != nil {
		p.t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(dir, name+".png"), picture, 0o644); err != nil {
		p.t.Fatal(err)
	}
}

// audit returns what axe-core finds on the page.
func (p *tab) audit(axe string) (violations []string) {
	p.t.Helper()
	p.script(axe + ";0")
	found := eval[string](p, `axe.run(document, {runOnly: ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]}).then((r) => JSON.stringify(
		r.violations.map((v) => v.id + ": " + v.help + ": " + v.nodes.map((n) => n.html + " " + n.failureSummary).join("; "))))`, chromedp.EvalAwaitPromise)
	if err := json.Unmarshal([]byte(found), &violations); err != nil {
		p.t.Fatal(err)
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	p.complaints = nil // axe's own
	return violations
}

// width sets the size of the window.
func width(pixels int64) act {
	return send(emulation.SetDeviceMetricsOverride, emulation.SetDeviceMetricsOverrideParams{Width: pixels, Height: 900, DeviceScaleFactor: 1, Mobile: pixels < 600})
}

// look sets what the system prefers.
func look(dark bool) act {
	value := "light"
	if dark {
		value = "dark"
	}
	return send(emulation.SetEmulatedMedia, emulation.SetEmulatedMediaParams{Features: []*emulation.MediaFeature{{Name: "prefers-color-scheme", Value: value}}})
}
