package portal

import (
	"bytes"
	"cmp"
	"html/template"
	"io/fs"
	"net/http"
	"path"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/lintel-id/lintel/internal/api"
	"github.com/lintel-id/lintel/internal/identity"
)

// page is what every page shows around its own part. Embed it in the page's struct.
type page struct {
	Title    string
	Error    bool // the title says so, for those who hear it
	Brand    string
	Language string
	Theme    string // "light", "dark", or "" for what the system says
	Path     string // of this page with its query, to come back to
	Menu     []menuGroup
	User     string // "" when nobody is signed in
	Domain   string
	Project  string // "" for none
	Projects []projectChoice
	More     bool // there are more projects than the switcher shows
	Notice   string
	Left     int // seconds until the session ends when nothing more is asked for; 0 where nobody says so

	texts  catalogue
	assets assets
}

// projectChoice is a project that the session can change to.
type projectChoice struct {
	ID, Name, Description string
	Current               bool
}

// switcherSize bounds the switcher at the top; the page of projects has them all.
const switcherSize = 12

// page fills in the frame of a page whose title has this key.
func (h *Handler) page(r *request, title string) *page {
	p := &page{Brand: h.Name, Language: r.language, Theme: r.theme, Path: h.returnTo(r), texts: r.texts, assets: h.assets}
	p.Title = p.T(title)
	if r.notice.Text != "" {
		p.Notice = p.N("notice."+r.notice.Text, r.notice.Count)
	}
	if r.Caller.Authorization == nil {
		return p
	}
	p.Menu = menu(r.URL.Path, h.Core.Administers(r.Caller) == nil, r.Caller.Domain != nil)
	p.User, p.Domain = r.Caller.User.Name, r.Caller.UserDomain.Name
	p.Project = scopeName(r)
	if r.session != nil {
		p.Left = int(h.left(r).Seconds())
	}
	// The switcher is a convenience: a page is whole without it.
	if all, err := h.projectChoices(r); err == nil {
		p.More = len(all) > switcherSize
		p.Projects = all[:min(len(all), switcherSize)]
	}
	return p
}

// plainPage is page without the menus: there is one thing to do.
func (h *Handler) plainPage(r *request, title string) *page {
	p := h.page(r, title)
	p.User = ""
	return p
}

// projectChoices are the projects of the user, by name, and then where else a session may be.
func (h *Handler) projectChoices(r *request) ([]projectChoice, error) {
	list, err := h.Core.AuthProjects(r.Context(), r.Caller)
	if err != nil {
		return nil, err
	}
	all := make([]projectChoice, len(list))
	for i, p := range list {
		all[i] = projectChoice{ID: string(p.ID), Name: p.Name, Description: p.Description, Current: r.Caller.Project != nil && r.Caller.Project.ID == p.ID}
	}
	slices.SortFunc(all, func(a, b projectChoice) int {
		return cmp.Or(cmp.Compare(strings.ToLower(a.Name), strings.ToLower(b.Name)), cmp.Compare(a.ID, b.ID))
	})
	wide, err := h.wideChoices(r)
	return append(all, wide...), err
}

// T is the text of a key in the page's language, with its {0}, {1} replaced.
func (p *page) T(key string, args ...any) string { return p.texts.text(key, args...) }

// N is T of key.one or key.many, by count, which is {0}.
func (p *page) N(key string, count int) string { return p.texts.count(key, count) }

// Asset is where a static file is.
func (p *page) Asset(name string) string { return p.assets.path(name) }

// moment is a time to show; the zero one is never.
type moment struct{ time.Time }

// ISO is for machines.
func (m moment) ISO() string { return m.UTC().Format(time.RFC3339) }

// Date and Clock are for people, in UTC.
func (m moment) Date() string { return m.UTC().Format("2006-01-02") }

// Clock is the time of the day.
func (m moment) Clock() string { return m.UTC().Format("15:04") }

// templates are the pages of this program, parsed once.
var templates = sync.OnceValue(readTemplates)

// readTemplates parses each page together with the layout and what pages share.
func readTemplates() map[string]*template.Template {
	shared := template.Must(template.New("").ParseFS(files, "templates/layout.html", "templates/shared.html", "templates/admin.html"))
	names, err := fs.Glob(files, "templates/*.html")
	if err != nil {
		panic(err) // the pattern is a constant
	}
	pages := map[string]*template.Template{}
	for _, name := range names {
		if base := strings.TrimSuffix(path.Base(name), ".html"); base != "layout" && base != "shared" && base != "admin" {
			pages[base] = template.Must(template.Must(shared.Clone()).ParseFS(files, name))
		}
	}
	return pages
}

// render answers with a page. It fails before anything is written, or not at all.
func (h *Handler) render(w http.ResponseWriter, r *request, code int, name string, view any) error {
	var b bytes.Buffer
	if err := h.pages[name].ExecuteTemplate(&b, "layout", view); err != nil {
		return err
	}
	if r.notice.Text != "" {
		setCookie(w, r.Request, noticeCookie, "", -1) // it is shown once
	}
	head := w.Header()
	head.Set("Content-Type", "text/html; charset=utf-8")
	head.Set("Content-Length", strconv.Itoa(b.Len()))
	head.Set("Content-Language", r.language)
	head.Add("Vary", "Cookie, Accept-Language")
	w.WriteHeader(code)
	w.Write(b.Bytes()) // a browser that has gone away needs no answer
	return nil
}

// mustRender is render where an error has been answered already; a template that fails then is a fault of the program.
func (h *Handler) mustRender(w http.ResponseWriter, r *request, code int, name string, view any) {
	if err := h.render(w, r, code, name, view); err != nil {
		panic(err)
	}
}

// errorPage says what went wrong.
type errorPage struct {
	page
	Code      int
	Text      string
	RequestID string // for whoever is asked for help
}

// refuse answers an error with a page. As in the APIs, the unforeseen has a fixed text.
func (h *Handler) refuse(w http.ResponseWriter, r *request, err error) {
	code, _, message := api.Explain(w, err)
	key := "error." + strconv.Itoa(code)
	if !r.texts.has(key + ".title") {
		key = "error.other"
	}
	p := &errorPage{page: *h.page(r, key+".title"), Code: code, RequestID: w.Header().Get("X-Openstack-Request-Id")}
	p.Text = p.T(key+".text", message)
	if identity.KindOf(err) == identity.Unauthorized {
		p.Text = p.T("error.other.text", message)
	}
	h.mustRender(w, r, code, "error", p)
}
