package portal

import (
	"cmp"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/lintel-id/lintel/internal/core"
	"github.com/lintel-id/lintel/internal/identity"
)

// overviewPage shows what the cloud has and what it runs on.
type overviewPage struct {
	page
	Steps   []overviewStep // of a new cloud; none once they are all done
	Counts  []overviewCount
	Servers adminTable
	Facts   []adminFact
	V2      adminTable
	V2More  int // users who are not shown
}

// overviewStep is something to do next.
type overviewStep struct {
	Label, Text, Path string
	Done              bool
}

type overviewCount struct {
	Label, Path string // Path "" links nowhere
	Count       int
}

// shownV2Users bounds the list of those who used v2.0 last.
const shownV2Users = 10

// administrationHome is the overview; whoever is in a domain begins with its projects.
func (h *Handler) administrationHome(w http.ResponseWriter, r *request) error {
	if r.Caller.Domain != nil {
		return see(w, adminProjects)
	}
	return see(w, adminOverview)
}

func (h *Handler) showOverview(w http.ResponseWriter, r *request) error {
	o, err := h.Core.Overview(r.Context(), r.Caller)
	if err != nil {
		return err
	}
	services, err := h.Core.Services(r.Context(), r.Caller, identity.ServiceFilter{})
	if err != nil {
		return err
	}
	users, err := h.Core.V2Users(r.Context(), r.Caller)
	if err != nil {
		return err
	}
	p := &overviewPage{page: *h.page(r, "overview.title")}
	n := o.Counts
	p.Counts = []overviewCount{{p.T("menu.domains"), adminDomains, n.Domains}, {p.T("menu.projects"), adminProjects, n.Projects}, {p.T("menu.users"), adminUsers, n.Users},
		{p.T("menu.groups"), adminGroups, n.Groups}, {p.T("menu.application_credentials"), "", n.ApplicationCredentials}, {p.T("overview.ec2_keys"), "", n.EC2Keys}}
	p.Steps = p.steps(o, len(services))
	p.servers(o)
	p.facts(o, h.Core.Settings.KeyRotation, h.Core.Now())
	p.v2(h, r, users)
	return h.render(w, r, http.StatusOK, "admin_overview", p)
}

// steps are what a new cloud needs next. Bootstrap has made one project, one user and the identity service.
func (p *overviewPage) steps(o *core.Overview, services int) []overviewStep {
	all := []overviewStep{
		{p.T("admin.project.create"), p.T("overview.step.project"), adminProjects + "/create", o.Counts.Projects > 1},
		{p.T("overview.step.user"), p.T("overview.step.user.text"), adminUsers + "/create", o.Counts.Users > 1},
		{p.T("catalog.service.create"), p.T("overview.step.catalog"), adminServices + "/create", services > 1},
	}
	for _, s := range all {
		if !s.Done {
			return all
		}
	}
	return nil
}

// servers makes the table of the servers on the database.
func (p *overviewPage) servers(o *core.Overview) {
	p.Servers = adminTable{Titled: true, Caption: p.T("overview.servers.caption"), Head: p.T("overview.server"),
		Columns: []string{p.T("overview.version"), p.T("column.status"), p.T("overview.revision"), p.T("overview.behind"), p.T("overview.beat")}}
	for i := range o.Nodes {
		n := &o.Nodes[i]
		state := adminCell{Text: n.State, Status: statusExpiring}
		switch {
		case n.Silent():
			state = adminCell{Text: p.T("overview.silent"), Status: statusEnded}
		case n.State == identity.NodeReady:
			state = adminCell{Text: p.T("overview.ready"), Status: statusActive}
		}
		row := adminRow{Name: n.Name, Sub: n.Address, Cells: []adminCell{{Text: cmp.Or(n.Version, "–")}, state, {Text: strconv.FormatInt(n.Rev, 10)},
			{Text: strconv.FormatInt(n.Behind, 10)}, {Text: p.T("overview.ago", strconv.FormatFloat(n.Ago.Seconds(), 'f', 1, 64))}}}
		if n.Self {
			row.Sub = strings.TrimSpace(row.Sub + " " + p.T("overview.this_server"))
		}
		p.Servers.Rows = append(p.Servers.Rows, row)
	}
}

// facts are about the database and the keys.
func (p *overviewPage) facts(o *core.Overview, interval time.Duration, now time.Time) {
	fact := func(label, text string) {
		p.Facts = append(p.Facts, adminFact{Label: label, adminCell: adminCell{Text: text}})
	}
	fact(p.T("overview.database"), p.T("overview.database.at", o.Database, o.Rev))
	if since := o.TokenKey.PrimaryAt; !since.IsZero() {
		fact(p.T("overview.token_key"), o.TokenKey.ID)
		fact(p.T("overview.key_age"), p.T("overview.since", moment{since}.Date(), p.N("overview.days", int(now.Sub(since)/(24*time.Hour)))))
		if interval > 0 {
			fact(p.T("overview.rotation"), moment{since.Add(interval)}.Date())
		}
	}
	fact(p.T("overview.keys"), strconv.Itoa(o.Keys))
}

// v2 makes the table of those who used the v2.0 API last.
func (p *overviewPage) v2(h *Handler, r *request, users []core.V2User) {
	p.V2 = adminTable{Titled: true, Caption: p.T("overview.v2.caption"), Head: p.T("overview.user"), Columns: []string{p.T("sign_in.domain"), p.T("column.used")}}
	for _, u := range users[:min(len(users), shownV2Users)] {
		at := moment{u.At}
		p.V2.Rows = append(p.V2.Rows, adminRow{Name: u.Name, Path: adminUsers + "/" + string(u.ID), Cells: []adminCell{{Text: h.domainName(r, u.DomainID)}, {Text: at.Date() + " " + at.Clock()}}})
	}
	p.V2More = len(users) - len(p.V2.Rows)
}
