package portal

import (
	"net/http"
	"net/url"
	"strconv"
	"strings"

	"github.com/lintel-id/lintel/internal/identity"
)

// registeredView is a registered limit with the words for what it names by id.
type registeredView struct {
	*identity.RegisteredLimit
	Service, Region string
	Path            string
}

// describeRegistered finds the names. A service that has gone has only its id left.
func (p *page) describeRegistered(c *cloudCatalog, l *identity.RegisteredLimit) registeredView {
	v := registeredView{l, string(l.ServiceID), string(l.RegionID), adminLimits + "/" + url.PathEscape(string(l.ID))}
	if s := c.service(l.ServiceID); s != nil {
		v.Service = label(s)
	}
	if v.Region == "" {
		v.Region = p.T("limits.region.all")
	}
	return v
}

// amount is a limit in words.
func (p *page) amount(n int64) string {
	if n == identity.Unlimited {
		return p.T("limits.unlimited")
	}
	return strconv.FormatInt(n, 10)
}

// readAmount reads a limit that was typed. Its bounds are the verb's question.
func readAmount(form url.Values, name string, p *page, errs *formErrors) identity.Opt[int64] {
	n, err := strconv.ParseInt(line(form, name), 10, 64)
	if err != nil {
		errs.add(name, p.T("limits.value.bad"))
	}
	return identity.Some(n)
}

// model says how limits depend on each other.
func (h *Handler) model(r *request) (string, error) {
	m, err := h.Core.LimitModel(r.Caller)
	return r.texts.text("limits.model."+string(m), m), err
}

func (h *Handler) listRegisteredLimits(w http.ResponseWriter, r *request) error {
	c, err := h.readPlaces(r)
	if err != nil {
		return err
	}
	q := readAdminQuery(r.URL.Query())
	q.Domain = ""
	p := &adminListPage{page: *h.page(r, "limits.title"), Base: adminLimits}
	p.Create, p.Empty = p.T("limits.registered.create"), p.T("limits.registered.empty")
	if p.Lead, err = h.model(r); err != nil {
		return err
	}
	f := identity.RegisteredLimitFilter{Page: q.page()}
	if q.Search != "" {
		f.Text = []identity.TextFilter{{Attribute: "resource_name", Match: identity.Contains, Fold: true, Value: q.Search}}
	}
	list, err := h.Core.RegisteredLimits(r.Context(), r.Caller, f)
	if err != nil {
		return err
	}
	p.Table = adminTable{Caption: p.T("limits.registered.caption"), Head: p.T("limits.resource"), Action: p.T("column.action"),
		Columns: []string{p.T("limits.service"), p.T("catalog.region"), p.T("limits.default")}}
	var rows []adminRow
	for _, one := range list {
		v := p.describeRegistered(&c, one)
		rows = append(rows, adminRow{Name: v.ResourceName, Path: v.Path, Sub: v.Description, ID: string(v.ID), Cells: []adminCell{{Text: v.Service}, {Text: v.Region}, {Text: p.amount(v.Default)}},
			Act: &adminAct{Label: p.T("delete.short"), Path: v.Path + "/delete", For: v.ResourceName, Danger: true}})
	}
	p.paged(q, rows)
	return h.renderList(w, r, p, nil)
}

// shownServices bounds the list of services to choose from.
const shownServices = 300

func (p *page) registeredFields(c *cloudCatalog, form url.Values) []adminField {
	var services []adminOption
	for _, s := range c.services[:min(len(c.services), shownServices)] {
		services = append(services, adminOption{Value: string(s.ID), Text: label(s)})
	}
	region := adminField{Name: "region_id", Label: p.T("catalog.region"), Kind: "choice", Value: form.Get("region_id"), Optional: p.T("optional"), Options: regionChoices(c, "", p.T("limits.region.all"))}
	if region.Options == nil {
		region.Kind = "text"
	}
	return []adminField{{Name: "service_id", Label: p.T("limits.service"), Kind: "choice", Value: form.Get("service_id"), Options: services}, region,
		{Name: "resource_name", Label: p.T("limits.resource"), Hint: p.T("limits.resource.hint"), Kind: "text", Value: form.Get("resource_name"), Length: 255},
		{Name: "default_limit", Label: p.T("limits.default"), Hint: p.T("limits.value.hint"), Kind: "text", Value: form.Get("default_limit"), Length: 11}, p.descriptionField(form)}
}

// createRegisteredLimit asks for a registered limit, and makes it.
func (h *Handler) createRegisteredLimit(w http.ResponseWriter, r *request) error {
	c, err := h.readPlaces(r)
	if err != nil {
		return err
	}
	p := &adminFormPage{page: *h.page(r, "limits.registered.create"), List: adminLimits}
	p.ListName, p.Lead, p.Form.Submit = p.T("limits.title"), p.T("limits.registered.lead"), p.T("limits.registered.create")
	act := &formAct{notice: "limit_saved", fields: func(form url.Values) []adminField { return p.registeredFields(&c, form) }}
	act.do = func(form url.Values, errs *formErrors) error {
		spec := identity.RegisteredLimitSpec{ServiceID: identity.ServiceID(line(form, "service_id")), RegionID: identity.RegionID(line(form, "region_id")),
			ResourceName: line(form, "resource_name"), Default: readAmount(form, "default_limit", &p.page, errs), Description: prose(form, "description")}
		if len(*errs) > 0 {
			return nil
		}
		made, err := h.Core.CreateRegisteredLimits(r.Context(), r.Caller, []identity.RegisteredLimitSpec{spec})
		if identity.KindOf(err) == identity.Conflict {
			errs.add("resource_name", p.T("limits.registered.taken"))
			return nil
		}
		if err == nil {
			act.next = adminLimits + "/" + string(made[0].ID)
		}
		return err
	}
	return h.submit(w, r, p, url.Values{}, act)
}

// registeredAsked is the registered limit that the address names.
func (h *Handler) registeredAsked(r *request, p *page) (v registeredView, c cloudCatalog, err error) {
	if c, err = h.readPlaces(r); err != nil {
		return v, c, err
	}
	l, err := h.Core.RegisteredLimit(r.Context(), r.Caller, identity.RegisteredLimitID(r.PathValue("id")))
	if err != nil {
		return v, c, err
	}
	v = p.describeRegistered(&c, l)
	return v, c, nil
}

func (h *Handler) editRegisteredLimit(w http.ResponseWriter, r *request) error {
	p := &adminFormPage{page: *h.page(r, "limits.registered.edit")}
	v, c, err := h.registeredAsked(r, &p.page)
	if err != nil {
		return err
	}
	p.Title = p.T("limits.registered.edit", v.ResourceName)
	p.List, p.ListName, p.Form.Submit = v.Path, v.ResourceName, p.T("admin.save")
	begin := url.Values{"service_id": {string(v.ServiceID)}, "region_id": {string(v.RegionID)}, "resource_name": {v.ResourceName},
		"default_limit": {strconv.FormatInt(v.Default, 10)}, "description": {v.Description}}
	return h.submit(w, r, p, begin, &formAct{next: v.Path, notice: "limit_saved", fields: func(form url.Values) []adminField { return p.registeredFields(&c, form) },
		do: func(form url.Values, errs *formErrors) error {
			patch := identity.RegisteredLimitPatch{ResourceName: identity.Some(line(form, "resource_name")), Default: readAmount(form, "default_limit", &p.page, errs),
				Description: identity.Some(prose(form, "description"))}
			if service := identity.ServiceID(line(form, "service_id")); service != v.ServiceID {
				patch.ServiceID = identity.Some(service)
			}
			if region := identity.RegionID(line(form, "region_id")); region != v.RegionID {
				patch.RegionID = identity.Some(region)
			}
			if len(*errs) > 0 {
				return nil
			}
			_, err := h.Core.UpdateRegisteredLimit(r.Context(), r.Caller, v.ID, patch)
			if identity.KindOf(err) == identity.Conflict {
				errs.add("resource_name", p.T("limits.registered.taken"))
				return nil
			}
			return err
		}})
}

// deleteRegisteredLimit says what is in the way, or what ends, and asks.
func (h *Handler) deleteRegisteredLimit(w http.ResponseWriter, r *request) error {
	p := &adminAskPage{page: *h.page(r, "delete.short")}
	v, _, err := h.registeredAsked(r, &p.page)
	if err != nil {
		return err
	}
	used, err := h.Core.AllLimits(r.Context(), r.Caller, identity.LimitFilter{RegisteredID: v.ID, Page: identity.Page{Limit: namedAtOnce}})
	if err != nil {
		return err
	}
	p.Title = p.T("limits.registered.delete", v.ResourceName)
	p.Question, p.Submit, p.List, p.ListName, p.Cancel = p.Title, p.T("delete.short"), v.Path, v.ResourceName, v.Path
	if len(used) > 0 {
		var names []string
		for _, l := range used {
			names = append(names, h.limited(r, l).Name)
		}
		p.Refused = p.T("limits.registered.used", strings.Join(names, ", "))
	}
	p.Effects = []string{p.T("limits.registered.delete.effect", v.ResourceName, v.Service)}
	return h.ask(w, r, p, func() error {
		err := h.Core.DeleteRegisteredLimit(r.Context(), r.Caller, v.ID)
		if text, ok := forbidden(err); ok {
			p.Refused, p.Error = text, true
			return h.render(w, r, http.StatusUnprocessableEntity, "admin_ask", p)
		}
		if err != nil {
			return err
		}
		return h.seeWith(w, r, adminLimits, notice{Text: "limit_deleted"})
	})
}
