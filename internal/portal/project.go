package portal

import (
	"net/http"
	"strings"

	"github.com/lintel-id/lintel/internal/identity"
)

// projectsPage is where the project is chosen that the other pages are about.
type projectsPage struct {
	page
	Query  string
	Found  []projectChoice
	Total  int
	Cut    bool // more are found than are shown
	Next   string
	Failed bool // the project that was chosen cannot be entered
}

// shownProjects bounds the page; a search finds the others.
const shownProjects = 100

func (h *Handler) listProjects(w http.ResponseWriter, r *request) error {
	q := r.URL.Query()
	return h.renderProjects(w, r, http.StatusOK, &projectsPage{Query: strings.TrimSpace(q.Get("q")), Next: safeNext(q.Get("next"))})
}

func (h *Handler) renderProjects(w http.ResponseWriter, r *request, code int, p *projectsPage) error {
	all, err := h.projectChoices(r)
	if err != nil {
		return err
	}
	for _, one := range all {
		if contains(p.Query, one.Name, one.Description, one.ID) {
			p.Found = append(p.Found, one)
		}
	}
	p.page, p.Total = *h.page(r, "projects.title"), len(all)
	p.Error = p.Failed
	p.Cut = len(p.Found) > shownProjects
	p.Found = p.Found[:min(len(p.Found), shownProjects)]
	return h.render(w, r, code, "projects", p)
}

// switchProject goes on in another project: the session gets a new token, made of that of the sign-in.
func (h *Handler) switchProject(w http.ResponseWriter, r *request) error {
	form, err := readForm(r)
	if err != nil {
		return err
	}
	next, s := safeNext(form.Get("next")), *r.session
	choice := form.Get("project")
	err = h.enter(r, &s, choice)
	if k := identity.KindOf(err); k == identity.Unauthorized || k == identity.NotFound {
		return h.renderProjects(w, r, http.StatusUnprocessableEntity, &projectsPage{Next: next, Failed: true})
	}
	if err != nil {
		return err
	}
	if err := h.keep(w, r, &s); err != nil {
		return err
	}
	if scopeOf(choice).Kind != identity.ScopeProject {
		return see(w, administration)
	}
	next, _, _ = strings.Cut(next, "?") // what was looked for is of the other project
	return see(w, next)
}

// contains says whether one of the texts holds the query, in whatever case.
func contains(query string, texts ...string) bool {
	if query == "" {
		return true
	}
	query = strings.ToLower(query)
	for _, text := range texts {
		if strings.Contains(strings.ToLower(text), query) {
			return true
		}
	}
	return false
}
