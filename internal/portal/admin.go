package portal

import (
	"cmp"
	"iter"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"github.com/lintel-id/lintel/internal/identity"
)

// The pages of administrators are alike: a list, a form, a page that shows one thing, a page that asks before
// something ends. Each has one template; what differs is said in words by the handler. A list is read by the page from
// the database, in its order of ids: no page is the larger for a larger cloud.

// adminListPage lists what there is of one noun.
type adminListPage struct {
	page
	Lead    string
	Base    string // address of the list
	Create  string // label of the button that makes one, at Base/create; "" for none
	Query   adminQuery
	Domains *adminField // to filter by; nil where there is nothing to choose
	Table   adminTable
	Empty   string // what to do while there is none at all
	First   string // addresses of other pages; "" for none
	Next    string
}

// adminTable is a table whose rows begin with a name.
type adminTable struct {
	Caption string
	Titled  bool     // a heading says the same to those who see it
	Head    string   // of the names
	Columns []string // of the cells
	Action  string   // heading of what can be done to a row, for those who hear it; "" where there is nothing
	Rows    []adminRow
}

type adminRow struct {
	Name, Path string // Path "" links nowhere
	Sub        string
	ID         string
	Cells      []adminCell
	Act        *adminAct // nil for none
}

// adminCell is a cell: a text, perhaps a link, or a state, or some short words.
type adminCell struct {
	Text   string
	Path   string
	Status credentialStatus // how Text looks; "" for plain
	Chips  []string
}

// adminAct leads to what can be done.
type adminAct struct {
	Label, Path string
	For         string // the name of what it is done to, for those who hear it
	Danger      bool
	Post        bool // it is done at once, without a question
}

// adminQuery is what the address of a list asks for.
type adminQuery struct {
	Search string // part of a name, in whatever case
	Domain string // by name; "" for all
	Marker string // id of the last item of the page before
}

func readAdminQuery(v url.Values) adminQuery {
	return adminQuery{Search: strings.TrimSpace(v.Get("q")), Domain: strings.TrimSpace(v.Get("domain")), Marker: v.Get("marker")}
}

// Filtered says whether anything is looked for.
func (q adminQuery) Filtered() bool { return q.Search != "" || q.Domain != "" }

// link is the address of a list for a query, without what is as it is anyway.
func (q adminQuery) link(base string) string {
	v := url.Values{}
	for name, value := range map[string]string{"q": q.Search, "domain": q.Domain, "marker": q.Marker} {
		if value != "" {
			v.Set(name, value)
		}
	}
	if len(v) == 0 {
		return base
	}
	return base + "?" + v.Encode()
}

// page asks for one more than is shown, to know whether there is another page.
func (q adminQuery) page() identity.Page { return identity.Page{Limit: perPage + 1, Marker: q.Marker} }

func (q adminQuery) text() []identity.TextFilter {
	if q.Search == "" {
		return nil
	}
	return []identity.TextFilter{{Attribute: "name", Match: identity.Contains, Fold: true, Value: q.Search}}
}

// collect returns the items of a list of a core verb.
func collect[T any](list iter.Seq2[*T, error], err error) (all []*T, _ error) {
	if err != nil {
		return nil, err
	}
	for item, err := range list {
		if err != nil {
			return nil, err
		}
		all = append(all, item)
	}
	return all, nil
}

// paged fills in a list of which one item more than a page was asked for. A list that is whole is sorted by name; the
// pages of a longer one are in the order of ids.
func (p *adminListPage) paged(q adminQuery, rows []adminRow) {
	p.Query = q
	more := len(rows) > perPage
	rows = rows[:min(len(rows), perPage)]
	if q.Marker != "" {
		first := q
		first.Marker = ""
		p.First = first.link(p.Base)
	}
	if more {
		next := q
		next.Marker = rows[len(rows)-1].ID
		p.Next = next.link(p.Base)
	}
	p.Table.Rows = rows
	if p.First != "" || p.Next != "" {
		p.Table.Caption = p.T("admin.list.part", p.Table.Caption, len(rows))
		return
	}
	sortRows(rows)
	p.Table.Caption = p.T("admin.list.all", p.Table.Caption, len(rows))
}

func sortRows(rows []adminRow) {
	slices.SortFunc(rows, func(a, b adminRow) int {
		return cmp.Or(cmpFold(a.Name, b.Name), cmp.Compare(a.ID, b.ID))
	})
}

// renderList shows a list, or its first page where the one asked for began after something that has gone.
func (h *Handler) renderList(w http.ResponseWriter, r *request, p *adminListPage, err error) error {
	if q := readAdminQuery(r.URL.Query()); q.Marker != "" && identity.KindOf(err) == identity.NotFound {
		q.Marker = ""
		return see(w, q.link(r.URL.Path))
	}
	if err != nil {
		return err
	}
	return h.render(w, r, http.StatusOK, "admin_list", p)
}

// enabled is the cell that says whether something is.
func (p *page) enabled(on bool) adminCell {
	if on {
		return adminCell{Text: p.T("admin.enabled"), Status: statusActive}
	}
	return adminCell{Text: p.T("admin.disabled"), Status: statusEnded}
}

// adminPage shows one thing: facts, and sections of what belongs to it.
type adminPage struct {
	page
	List     string // where it comes from
	ListName string
	Name     string
	Lead     string
	Acts     []adminAct
	Facts    []adminFact
	Sections []adminSection
	Errors   formErrors
}

type adminFact struct {
	Label string
	ID    string // the text is to be copied, and has this id
	adminCell
}

// adminSection is a table on the page of something, with a form that adds to it.
type adminSection struct {
	ID, Title, Lead string
	Table           adminTable
	Empty           string
	Add             *adminForm // nil for none
	First, Next     string
}

// adminFormPage asks for what something is to be.
type adminFormPage struct {
	page
	List     string
	ListName string
	Lead     string
	Form     adminForm
	Errors   formErrors
}

// adminForm is a form: fields with their values, as they are typed. Their names are prefixed with that of the form in
// the ids, since a page may have several.
type adminForm struct {
	Action string
	Prefix string
	Fields []adminField
	Submit string
	Cancel string // address; "" for none
}

// adminField is a field of a form.
type adminField struct {
	Name, Label, Hint string
	Kind              string // "text", "email", "password", "area", "choice", "options", "check" or "hidden"
	Value             string // of a check: "1" when it is on
	Optional          string // says that it may stay empty; "" where it may not
	Free              bool   // it may stay empty, and that goes without saying
	Length            int    // 0: no limit
	Options           []adminOption
	ID                string // set with Error
	Error             string
}

// adminOption is one of those that a field offers.
type adminOption struct {
	Value, Text string
	Chosen      bool
}

// choose makes the options of a field: texts by value, in their order.
func choose(chosen string, pairs ...[2]string) (all []adminOption) {
	for _, p := range pairs {
		all = append(all, adminOption{Value: p[0], Text: p[1], Chosen: p[0] == chosen})
	}
	return all
}

// finish gives each field its id and what is wrong with it.
func (f *adminForm) finish(errs formErrors) {
	for i := range f.Fields {
		one := &f.Fields[i]
		one.ID = f.Prefix + one.Name
		one.Error = errs.Of(one.ID)
		for j := range one.Options {
			one.Options[j].Chosen = one.Options[j].Value == one.Value
		}
	}
}

// renderForm shows a form, with what is wrong with it.
func (h *Handler) renderForm(w http.ResponseWriter, r *request, p *adminFormPage) error {
	code := http.StatusOK
	if p.Error = len(p.Errors) > 0; p.Error {
		code = http.StatusUnprocessableEntity
	}
	p.Form.finish(p.Errors)
	return h.render(w, r, code, "admin_form", p)
}

// renderThing shows one thing, with what is wrong with the forms on its page.
func (h *Handler) renderThing(w http.ResponseWriter, r *request, p *adminPage) error {
	code := http.StatusOK
	if p.Error = len(p.Errors) > 0; p.Error {
		code = http.StatusUnprocessableEntity
	}
	p.Title = p.Name
	for i := range p.Sections {
		if add := p.Sections[i].Add; add != nil {
			add.finish(p.Errors)
		}
	}
	return h.render(w, r, code, "admin_show", p)
}
