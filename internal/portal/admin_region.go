package portal

import (
	"net/http"
	"net/url"
	"slices"
	"strings"

	"github.com/lintel-id/lintel/internal/identity"
)

// createRegion asks for a region, and makes it.
func (h *Handler) createRegion(w http.ResponseWriter, r *request) error {
	c, err := h.readPlaces(r)
	if err != nil {
		return err
	}
	p := &adminFormPage{page: *h.page(r, "catalog.region.create"), List: adminCatalog}
	p.ListName, p.Lead, p.Form.Submit = p.T("catalog.title"), p.T("catalog.region.lead"), p.T("catalog.region.create")
	return h.submit(w, r, p, url.Values{}, &formAct{next: adminCatalog, notice: "region_saved",
		fields: func(form url.Values) []adminField {
			id := adminField{Name: "id", Label: p.T("catalog.region"), Hint: p.T("catalog.region.id.hint"), Kind: "text", Value: form.Get("id"), Length: 255}
			return append([]adminField{id}, p.regionFields(&c, form)...)
		},
		do: func(form url.Values, errs *formErrors) error {
			spec := identity.RegionSpec{ID: identity.RegionID(line(form, "id")), ParentID: identity.RegionID(line(form, "parent_region_id")), Description: prose(form, "description")}
			if spec.ID == "" {
				errs.add("id", p.T("create.name.missing"))
				return nil
			}
			_, err := h.Core.CreateRegion(r.Context(), r.Caller, spec)
			return err
		}})
}

// regionFields are those that creating and editing have.
func (p *page) regionFields(c *cloudCatalog, form url.Values) []adminField {
	parent := adminField{Name: "parent_region_id", Label: p.T("catalog.region.parent"), Hint: p.T("catalog.region.parent.hint"), Kind: "choice", Value: form.Get("parent_region_id"),
		Optional: p.T("optional"), Options: regionChoices(c, "", p.T("admin.parent.none"))}
	if parent.Options == nil {
		parent.Kind = "text"
	}
	return []adminField{parent, p.descriptionField(form)}
}

// regionAsked is the region that the address names.
func regionAsked(r *request, c *cloudCatalog) (*identity.Region, error) {
	id := identity.RegionID(r.PathValue("id"))
	for _, one := range c.regions {
		if one.ID == id {
			return one, nil
		}
	}
	return nil, identity.Missing("region", id)
}

func (h *Handler) editRegion(w http.ResponseWriter, r *request) error {
	c, err := h.readPlaces(r)
	if err != nil {
		return err
	}
	have, err := regionAsked(r, &c)
	if err != nil {
		return err
	}
	below := c.below(have.ID)
	rest := c
	rest.regions = slices.DeleteFunc(slices.Clone(c.regions), func(one *identity.Region) bool { return slices.Contains(below, one.ID) })
	p := &adminFormPage{page: *h.page(r, "catalog.region.edit"), List: adminCatalog}
	p.Title = p.T("catalog.region.edit", have.ID)
	p.ListName, p.Form.Submit = p.T("catalog.title"), p.T("admin.save")
	begin := url.Values{"parent_region_id": {string(have.ParentID)}, "description": {have.Description}}
	return h.submit(w, r, p, begin, &formAct{next: adminCatalog, notice: "region_saved",
		fields: func(form url.Values) []adminField { return p.regionFields(&rest, form) },
		do: func(form url.Values, _ *formErrors) error {
			_, err := h.Core.UpdateRegion(r.Context(), r.Caller, have.ID, identity.RegionPatch{ParentID: identity.Some(identity.RegionID(line(form, "parent_region_id"))),
				Description: identity.Some(prose(form, "description"))})
			return err
		}})
}

// below is a region and all that are part of it, however deep.
func (c *cloudCatalog) below(id identity.RegionID) []identity.RegionID {
	found := []identity.RegionID{id}
	for i := 0; i < len(found); i++ {
		for _, one := range c.regions {
			if one.ParentID == found[i] && !slices.Contains(found, one.ID) {
				found = append(found, one.ID)
			}
		}
	}
	return found
}

// namedAtOnce bounds how much of what stands in the way, or goes too, is named.
const namedAtOnce = 10

// deleteRegion says what is in the way of the region's end, or what ends with it, and asks.
func (h *Handler) deleteRegion(w http.ResponseWriter, r *request) error {
	c, err := h.readCatalog(r)
	if err != nil {
		return err
	}
	have, err := regionAsked(r, &c)
	if err != nil {
		return err
	}
	p := h.askCatalog(r, r.texts.text("catalog.region.delete", string(have.ID)))
	doomed := c.below(have.ID)
	var used []string
	for _, set := range c.sets {
		if s := c.service(set.First().ServiceID); s != nil && slices.Contains(doomed, set.First().RegionID) {
			used = append(used, label(s)+" – "+string(set.First().RegionID))
		}
	}
	slices.Sort(used)
	if len(used) > 0 {
		p.Refused = p.T("catalog.region.used", p.some(used))
	}
	p.Effects = []string{p.T("catalog.region.delete.effect")}
	if len(doomed) > 1 {
		var names []string
		for _, id := range doomed[1:] {
			names = append(names, string(id))
		}
		p.Effects = append(p.Effects, p.T("catalog.region.delete.below", p.some(names)))
	}
	return h.ask(w, r, p, func() error {
		err := h.Core.DeleteRegion(r.Context(), r.Caller, have.ID)
		if text, ok := forbidden(err); ok {
			p.Refused, p.Error = text, true
			return h.render(w, r, http.StatusUnprocessableEntity, "admin_ask", p)
		}
		if err != nil {
			return err
		}
		return h.seeWith(w, r, adminCatalog, notice{Text: "region_deleted"})
	})
}

// askCatalog is the question whether to delete something of the catalog.
func (h *Handler) askCatalog(r *request, question string) *adminAskPage {
	p := &adminAskPage{page: *h.page(r, "delete.short"), List: adminCatalog, Cancel: adminCatalog}
	p.Title, p.Question, p.ListName, p.Submit = question, question, p.T("catalog.title"), p.T("delete.short")
	return p
}

// some is a list in words, cut where it is long.
func (p *page) some(names []string) string {
	text := strings.Join(names[:min(len(names), namedAtOnce)], ", ")
	if more := len(names) - namedAtOnce; more > 0 {
		text = p.T("cloud.and_more", text, more)
	}
	return text
}
