package portal

import (
	"cmp"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"github.com/lintel-id/lintel/internal/core"
	"github.com/lintel-id/lintel/internal/identity"
)

// catalogPage shows the services with their endpoints, and the regions.
type catalogPage struct {
	page
	Search   string
	Region   string        // id; "" for all
	Choices  []adminOption // regions to filter by; nil where they are too many for a list
	Services []catalogService
	Regions  adminTable
	Cut      bool // there are more regions than are shown
	None     bool // there is no service at all
	First    int  // of Found, the rows of endpoints
	Last     int
	Found    int
	Number   int // of the page
	Pages    int
	Previous string // "" for none
	NextPage string
}

// Filtered says whether anything is looked for.
func (p *catalogPage) Filtered() bool { return p.Search != "" || p.Region != "" }

// catalogService is a service with those of its endpoints that the page shows.
type catalogService struct {
	Type, Name, ID, Description string
	Path                        string
	State                       adminCell
	Sets                        []catalogSet
}

// catalogSet is where a service is in one region.
type catalogSet struct {
	Region string // "" for none
	Path   string
	URLs   []catalogURL
	State  adminCell
}

type catalogURL struct {
	Interface, URL string
	Off            bool // it is in no catalog
}

// shownRegions bounds the table of regions, and the lists to choose one from.
const shownRegions = 100

// interfaces are in the order in which they are shown.
var interfaces = [...]identity.Interface{identity.PublicInterface, identity.InternalInterface, identity.AdminInterface}

// cloudCatalog is all of the catalog. Those of an administrator are small: tens of services and regions.
type cloudCatalog struct {
	services []*identity.Service // by type and name
	sets     []*core.EndpointSet
	regions  []*identity.Region // by id
}

func (h *Handler) readCatalog(r *request) (c cloudCatalog, err error) {
	if c, err = h.readPlaces(r); err != nil {
		return c, err
	}
	c.sets, err = h.Core.EndpointSets(r.Context(), r.Caller)
	return c, err
}

// readPlaces reads the catalog without its endpoints.
func (h *Handler) readPlaces(r *request) (c cloudCatalog, err error) {
	if c.services, err = h.Core.Services(r.Context(), r.Caller, identity.ServiceFilter{}); err != nil {
		return c, err
	}
	if c.regions, err = h.Core.Regions(r.Context(), r.Caller, ""); err != nil {
		return c, err
	}
	slices.SortFunc(c.services, func(a, b *identity.Service) int {
		return cmp.Or(cmp.Compare(a.Type, b.Type), cmp.Compare(a.Name, b.Name), cmp.Compare(a.ID, b.ID))
	})
	return c, nil
}

// service returns a service by id, or nil.
func (c *cloudCatalog) service(id identity.ServiceID) *identity.Service {
	for _, s := range c.services {
		if s.ID == id {
			return s
		}
	}
	return nil
}

// of are the endpoints of a service.
func (c *cloudCatalog) of(id identity.ServiceID) (sets []*core.EndpointSet) {
	for _, s := range c.sets {
		if s.First().ServiceID == id {
			sets = append(sets, s)
		}
	}
	return sets
}

// label is how people call a service.
func label(s *identity.Service) string {
	if s.Name == "" {
		return s.Type
	}
	return s.Type + " (" + s.Name + ")"
}

func (h *Handler) showCatalog(w http.ResponseWriter, r *request) error {
	c, err := h.readCatalog(r)
	if err != nil {
		return err
	}
	q := r.URL.Query()
	p := &catalogPage{page: *h.page(r, "catalog.title"), Search: strings.TrimSpace(q.Get("q")), Region: strings.TrimSpace(q.Get("region")), None: len(c.services) == 0}
	p.Number, _ = strconv.Atoi(q.Get("page"))
	p.Choices = regionChoices(&c, p.Region, p.T("filter.all"))
	p.fill(p.find(&c))
	p.regions(&c)
	return h.render(w, r, http.StatusOK, "catalog", p)
}

// regionChoices are the regions to choose from after none, or nil where they are too many.
func regionChoices(c *cloudCatalog, chosen, none string) []adminOption {
	if len(c.regions) > shownRegions {
		return nil
	}
	all := []adminOption{{Text: none, Chosen: chosen == ""}}
	for _, one := range c.regions {
		all = append(all, adminOption{Value: string(one.ID), Text: string(one.ID), Chosen: string(one.ID) == chosen})
	}
	return all
}

// foundService is a service with the sets of its endpoints that are looked for, in no order yet.
type foundService struct {
	*identity.Service
	sets []*core.EndpointSet
}

// rows is how many rows of the list it takes: one also where it has no endpoints.
func (f *foundService) rows() int { return max(1, len(f.sets)) }

// find returns what is looked for.
func (p *catalogPage) find(c *cloudCatalog) (found []foundService) {
	of := map[identity.ServiceID][]*core.EndpointSet{}
	for _, set := range c.sets {
		of[set.First().ServiceID] = append(of[set.First().ServiceID], set)
	}
	for _, s := range c.services {
		f := foundService{Service: s}
		for _, set := range of[s.ID] {
			if (p.Region == "" || string(set.First().RegionID) == p.Region) && p.matches(s, set) {
				f.sets = append(f.sets, set)
			}
		}
		if len(f.sets) > 0 || len(of[s.ID]) == 0 && p.Region == "" && contains(p.Search, s.Type, s.Name, s.Description, string(s.ID)) {
			found = append(found, f)
		}
	}
	return found
}

// matches says whether the search finds a service in a region.
func (p *catalogPage) matches(s *identity.Service, set *core.EndpointSet) bool {
	if contains(p.Search, s.Type, s.Name, s.Description, string(s.ID), string(set.First().RegionID)) {
		return true
	}
	for _, kind := range interfaces {
		if e := set.Of(kind); e != nil && contains(p.Search, e.URL, string(e.ID)) {
			return true
		}
	}
	return false
}

// fill takes the rows of one page. Only the services on it are put in order.
func (p *catalogPage) fill(found []foundService) {
	for i := range found {
		p.Found += found[i].rows()
	}
	p.Pages = max(1, (p.Found+perPage-1)/perPage)
	p.Number = min(max(p.Number, 1), p.Pages)
	from := (p.Number - 1) * perPage
	to := min(from+perPage, p.Found)
	p.First, p.Last = from+1, to
	if p.Number > 1 {
		p.Previous = p.link(p.Number - 1)
	}
	if p.Number < p.Pages {
		p.NextPage = p.link(p.Number + 1)
	}
	at := 0
	for i := range found {
		if f := &found[i]; at < to && at+f.rows() > from {
			p.Services = append(p.Services, p.describeService(f, from-at, to-at))
		}
		at += found[i].rows()
	}
}

// describeService shows those of the rows of a service that are from one number up to another.
func (p *catalogPage) describeService(f *foundService, from, to int) catalogService {
	v := catalogService{Type: f.Type, Name: f.Name, ID: string(f.ID), Description: f.Description, Path: adminServices + "/" + url.PathEscape(string(f.ID)), State: p.enabled(f.Enabled)}
	slices.SortFunc(f.sets, func(a, b *core.EndpointSet) int {
		return cmp.Or(cmp.Compare(a.First().RegionID, b.First().RegionID), cmp.Compare(a.First().ID, b.First().ID))
	})
	for i := max(from, 0); i < min(to, len(f.sets)); i++ {
		v.Sets = append(v.Sets, p.describeSet(f.sets[i]))
	}
	return v
}

func (p *catalogPage) describeSet(set *core.EndpointSet) catalogSet {
	first := set.First()
	v := catalogSet{Region: string(first.RegionID), Path: adminEndpoints + "/" + url.PathEscape(string(first.ID))}
	on, off := 0, 0
	for _, kind := range interfaces {
		e := set.Of(kind)
		if e == nil {
			continue
		}
		v.URLs = append(v.URLs, catalogURL{p.T("catalog.interface." + string(kind)), e.URL, !e.Enabled})
		if e.Enabled {
			on++
		} else {
			off++
		}
	}
	v.State = p.enabled(off == 0)
	if on > 0 && off > 0 {
		v.State = adminCell{Text: p.T("catalog.partly"), Status: statusExpiring}
	}
	return v
}

func (p *catalogPage) link(number int) string {
	v := url.Values{}
	for name, value := range map[string]string{"q": p.Search, "region": p.Region} {
		if value != "" {
			v.Set(name, value)
		}
	}
	if number > 1 {
		v.Set("page", strconv.Itoa(number))
	}
	return adminCatalog + "?" + v.Encode()
}

// regions makes the table of regions.
func (p *catalogPage) regions(c *cloudCatalog) {
	counts := map[identity.RegionID]int{}
	for _, set := range c.sets {
		counts[set.First().RegionID]++
	}
	p.Regions = adminTable{Titled: true, Caption: p.T("catalog.regions.caption"), Head: p.T("catalog.region"), Columns: []string{p.T("catalog.region.parent"), p.T("catalog.services")}, Action: p.T("column.action")}
	for _, one := range c.regions {
		if !contains(p.Search, string(one.ID), one.Description) || p.Region != "" && p.Region != string(one.ID) {
			continue
		}
		if p.Cut = len(p.Regions.Rows) == shownRegions; p.Cut {
			break
		}
		path := adminRegions + "/" + url.PathEscape(string(one.ID))
		parent := adminCell{Text: cmp.Or(string(one.ParentID), p.T("admin.parent.none"))}
		here := adminCell{Text: p.N("catalog.region.services", counts[one.ID])}
		if counts[one.ID] > 0 {
			here.Path = adminCatalog + "?region=" + url.QueryEscape(string(one.ID))
		}
		p.Regions.Rows = append(p.Regions.Rows, adminRow{Name: string(one.ID), Path: path + "/edit", Sub: one.Description, Cells: []adminCell{parent, here},
			Act: &adminAct{Label: p.T("delete.short"), Path: path + "/delete", For: string(one.ID), Danger: true}})
	}
}
