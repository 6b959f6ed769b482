package portal

import (
	"cmp"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/lintel-id/lintel/internal/identity"
)

// credentialKind is one of the two kinds of credentials that have pages of their own, where those pages are the same.
type credentialKind struct {
	path     string // of the list
	use      identity.UseKind
	statuses []credentialStatus
	columns  []string // of the list; keys of their texts
	sorts    []string // columns that the list can be sorted by, the first for whoever asks for none
	typed    int      // how many characters of its name are to be typed where a deletion must be confirmed; 0 = all
	one      func(r *request, id string) (*credentialView, error)
	remove   func(r *request, v *credentialView) error
}

func (h *Handler) applicationCredential() *credentialKind {
	return &credentialKind{path: applicationCredentials, use: identity.UseApplicationCredential,
		statuses: []credentialStatus{statusActive, statusExpiring, statusExpired, statusEnded},
		columns:  []string{"name", "project", "roles", "created", "expires", "used", "status"},
		sorts:    []string{"name", "project", "created", "expires", "used"},
		one:      h.credential,
		remove: func(r *request, v *credentialView) error {
			return h.Core.DeleteApplicationCredential(r.Context(), r.Caller, r.Caller.User.ID, identity.ApplicationCredentialID(v.ID))
		}}
}

// credentialsPage lists the user's credentials of one kind.
type credentialsPage struct {
	page
	Credentials []*credentialView // of this page of the list
	Query       credentialQuery
	Statuses    []credentialStatus // of the filter
	Columns     []column
	Choices     []projectChoice // of the filter
	Found       int
	Total       int
	Limit       int // of the user; negative for none
	First, Last int // of Found, that are shown
	Pages       int
	Previous    string // "" for none
	NextPage    string
}

// Full says whether the user can have no more of them.
func (p *credentialsPage) Full() bool { return p.Limit >= 0 && p.Total >= p.Limit }

// UnusedChoices are what a filter offers: days, and never.
func (*credentialsPage) UnusedChoices() []string { return []string{"30", "90", "never"} }

// column is a heading.
type column struct {
	Key    string // of the text, and in the address
	Link   string // sorts by it; "" where nothing does
	Sorted string // "ascending", "descending" or ""
}

// credentialQuery is what the address asks for: everything that it does not know it leaves out.
type credentialQuery struct {
	Search  string
	Status  credentialStatus // or ""
	Project string           // id, or ""
	Unused  string           // "never", or days, or ""
	Sort    string
	Down    bool
	Page    int // from 1

	kind *credentialKind
}

// Filtered says whether anything is looked for.
func (q credentialQuery) Filtered() bool {
	return q.Search != "" || q.Status != "" || q.Project != "" || q.Unused != ""
}

const perPage = 25

func (kind *credentialKind) readQuery(v url.Values) credentialQuery {
	known := func(name string, values ...string) string {
		if text := v.Get(name); slices.Contains(values, text) {
			return text
		}
		return ""
	}
	q := credentialQuery{kind: kind, Search: strings.TrimSpace(v.Get("q")), Project: v.Get("project"), Down: v.Get("order") == "desc",
		Unused: known("unused", (*credentialsPage)(nil).UnusedChoices()...), Sort: cmp.Or(known("sort", kind.sorts...), kind.sorts[0])}
	if status := credentialStatus(v.Get("status")); slices.Contains(kind.statuses, status) {
		q.Status = status
	}
	q.Page, _ = strconv.Atoi(v.Get("page"))
	q.Page = max(q.Page, 1)
	return q
}

// link is the address of the list for a query, without what is as it is anyway.
func (q credentialQuery) link() string {
	v := url.Values{}
	for name, value := range map[string]string{"q": q.Search, "status": string(q.Status), "project": q.Project, "unused": q.Unused} {
		if value != "" {
			v.Set(name, value)
		}
	}
	if q.Sort != q.kind.sorts[0] {
		v.Set("sort", q.Sort)
	}
	if q.Down {
		v.Set("order", "desc")
	}
	if q.Page > 1 {
		v.Set("page", strconv.Itoa(q.Page))
	}
	if len(v) == 0 {
		return q.kind.path
	}
	return q.kind.path + "?" + v.Encode()
}

func (q credentialQuery) columns() (all []column) {
	for _, key := range q.kind.columns {
		if !slices.Contains(q.kind.sorts, key) {
			all = append(all, column{Key: key})
			continue
		}
		to, sorted := q, ""
		to.Sort, to.Down, to.Page = key, false, 1
		if q.Sort == key {
			sorted = "ascending"
			if q.Down {
				sorted = "descending"
			}
			to.Down = !q.Down
		}
		all = append(all, column{key, to.link(), sorted})
	}
	return all
}

func (h *Handler) listApplicationCredentials(w http.ResponseWriter, r *request) error {
	list, err := h.Core.ApplicationCredentials(r.Context(), r.Caller, r.Caller.User.ID, "", nil)
	if err != nil {
		return err
	}
	names, err := h.projectNames(r)
	if err != nil {
		return err
	}
	now, all := h.Core.Now(), make([]*credentialView, len(list))
	for i, ac := range list {
		v := describe(ac, names, now)
		all[i] = &v
	}
	p := &credentialsPage{page: *h.page(r, "credentials.title"), Limit: h.Core.Settings.ApplicationCredentialLimit}
	if err := h.fillList(r, p, h.applicationCredential(), all); err != nil {
		return err
	}
	return h.render(w, r, http.StatusOK, "application_credentials", p)
}

// fillList fills in the page of the list that the address asks for.
func (h *Handler) fillList(r *request, p *credentialsPage, kind *credentialKind, all []*credentialView) error {
	p.Query, p.Statuses = kind.readQuery(r.URL.Query()), kind.statuses
	all, err := h.find(r, p, kind, all)
	if err != nil {
		return err
	}
	p.Found, p.Pages = len(all), max(1, (len(all)+perPage-1)/perPage)
	p.Query.Page = min(p.Query.Page, p.Pages)
	from := (p.Query.Page - 1) * perPage
	p.Credentials = all[from:min(from+perPage, len(all))]
	p.First, p.Last = from+1, from+len(p.Credentials)
	p.Columns = p.Query.columns()
	if q := p.Query; q.Page > 1 {
		q.Page--
		p.Previous = q.link()
	}
	if q := p.Query; q.Page < p.Pages {
		q.Page++
		p.NextPage = q.link()
	}
	return h.noteUses(r, kind.use, p.Credentials)
}

// find returns what the query finds, sorted, and fills in what the filters offer.
func (h *Handler) find(r *request, p *credentialsPage, kind *credentialKind, all []*credentialView) ([]*credentialView, error) {
	used := map[string]string{}
	for _, v := range all {
		used[v.ProjectID] = v.Project
	}
	p.Total = len(all)
	for id, name := range used {
		p.Choices = append(p.Choices, projectChoice{ID: id, Name: name, Current: id == p.Query.Project})
	}
	slices.SortFunc(p.Choices, func(a, b projectChoice) int { return cmp.Or(cmp.Compare(a.Name, b.Name), cmp.Compare(a.ID, b.ID)) })
	if p.Query.Unused != "" || p.Query.Sort == "used" {
		if err := h.noteUses(r, kind.use, all); err != nil {
			return nil, err
		}
	}
	now := h.Core.Now()
	all = slices.DeleteFunc(all, func(v *credentialView) bool { return !p.Query.finds(v, now) })
	p.Query.sort(all)
	return all, nil
}

func (q credentialQuery) finds(v *credentialView, now time.Time) bool {
	switch {
	case q.Status != "" && v.Status != q.Status, q.Project != "" && v.ProjectID != q.Project, !v.matches(q.Search):
		return false
	case q.Unused == "":
		return true
	case q.Unused == "never":
		return v.Used.IsZero()
	}
	days, _ := strconv.Atoi(q.Unused)
	since := v.Used.Time
	if since.IsZero() {
		since = v.Created.Time // what was never used is unused since it is there
	}
	return now.Sub(since) >= time.Duration(days)*24*time.Hour
}

// sort puts the credentials in the order asked for; those without an end come after those with one, and what was never
// used before what was.
func (q credentialQuery) sort(all []*credentialView) {
	by := map[string]func(a, b *credentialView) int{
		"name":    func(a, b *credentialView) int { return cmp.Compare(a.folded, b.folded) },
		"key":     func(a, b *credentialView) int { return cmp.Compare(a.folded, b.folded) },
		"project": func(a, b *credentialView) int { return cmp.Compare(a.Project, b.Project) },
		"created": func(a, b *credentialView) int { return a.Created.Compare(b.Created.Time) },
		"expires": func(a, b *credentialView) int { return endOf(a).Compare(endOf(b)) },
		"used":    func(a, b *credentialView) int { return a.Used.Compare(b.Used.Time) },
	}[q.Sort]
	slices.SortFunc(all, func(a, b *credentialView) int {
		order := by(a, b)
		if q.Down {
			order = -order
		}
		return cmp.Or(order, cmp.Compare(a.Name, b.Name), cmp.Compare(a.ID, b.ID))
	})
}

func endOf(v *credentialView) time.Time {
	if v.Expires.IsZero() {
		return time.Date(9999, 1, 1, 0, 0, 0, 0, time.UTC)
	}
	return v.Expires.Time
}

// roleNames are the names of roles.
func roleNames(roles []identity.RoleRef) (names []string) {
	for _, r := range roles {
		names = append(names, r.Name)
	}
	return names
}
