package portal

import (
	"errors"
	"net/http"
	"net/url"

	"github.com/lintel-id/lintel/internal/core"
	"github.com/lintel-id/lintel/internal/identity"
)

// createEndpoints asks where a service answers in a region, and makes its endpoints there.
func (h *Handler) createEndpoints(w http.ResponseWriter, r *request) error {
	c, err := h.readPlaces(r)
	if err != nil {
		return err
	}
	service, err := serviceAsked(r, &c)
	if err != nil {
		return err
	}
	p := &adminFormPage{page: *h.page(r, "catalog.endpoints.create"), List: adminCatalog}
	p.Title = p.T("catalog.endpoints.of", label(service))
	p.ListName, p.Lead, p.Form.Submit = p.T("catalog.title"), p.T("catalog.endpoints.lead"), p.T("catalog.endpoints.create")
	begin := url.Values{}
	if len(c.regions) == 1 {
		begin.Set("region_id", string(c.regions[0].ID))
	}
	return h.submit(w, r, p, begin, &formAct{next: adminCatalog, notice: "endpoints_saved",
		fields: func(form url.Values) []adminField {
			region := adminField{Name: "region_id", Label: p.T("catalog.region"), Kind: "choice", Value: form.Get("region_id"), Optional: p.T("optional"),
				Options: regionChoices(&c, "", p.T("catalog.region.none"))}
			if region.Options == nil {
				region.Kind = "text"
			}
			return append([]adminField{region}, p.urlFields(form)...)
		},
		do: func(form url.Values, errs *formErrors) error {
			var specs []identity.EndpointSpec
			for _, kind := range interfaces {
				if text := line(form, string(kind)); text != "" {
					specs = append(specs, identity.EndpointSpec{Interface: kind, ServiceID: service.ID, RegionID: identity.RegionID(line(form, "region_id")), URL: text, Enabled: true})
				}
			}
			if p.checkURLs(specs, errs); len(*errs) > 0 {
				return nil
			}
			_, err := h.Core.CreateEndpointSet(r.Context(), r.Caller, specs)
			if identity.KindOf(err) == identity.Conflict {
				errs.add("region_id", p.T("catalog.endpoints.taken"))
				return nil
			}
			return err
		}})
}

// urlFields are a field for each interface, by its name.
func (p *page) urlFields(form url.Values) (all []adminField) {
	for _, kind := range interfaces {
		all = append(all, adminField{Name: string(kind), Label: p.T("catalog.url." + string(kind)), Kind: "text", Value: form.Get(string(kind)), Optional: p.T("optional"), Length: 225})
	}
	all[0].Hint = p.T("catalog.url.hint")
	all[1].Hint = p.T("catalog.url.internal.hint")
	return all
}

// checkURLs puts what is wrong with each URL beside it, in the words of its rules.
func (p *page) checkURLs(specs []identity.EndpointSpec, errs *formErrors) {
	if len(specs) == 0 {
		errs.add(string(identity.PublicInterface), p.T("catalog.url.missing"))
	}
	for i := range specs {
		var e *identity.Error
		if err := specs[i].Validate(); errors.As(err, &e) {
			errs.add(string(specs[i].Interface), e.Message)
		}
	}
}

// setAsked is the set of endpoints that the address names by one of them, and its service.
func (h *Handler) setAsked(r *request) (*core.EndpointSet, *identity.Service, error) {
	set, err := h.Core.EndpointSet(r.Context(), r.Caller, identity.EndpointID(r.PathValue("id")))
	if err != nil {
		return nil, nil, err
	}
	s, err := h.Core.Service(r.Context(), r.Caller, set.First().ServiceID)
	return set, s, err
}

// where is how people call the endpoints of a service in a region.
func where(s *identity.Service, set *core.EndpointSet) string {
	if region := set.First().RegionID; region != "" {
		return label(s) + " – " + string(region)
	}
	return label(s)
}

// editEndpoints asks where a service is to answer in a region: public, internal and admin at once.
func (h *Handler) editEndpoints(w http.ResponseWriter, r *request) error {
	set, service, err := h.setAsked(r)
	if err != nil {
		return err
	}
	p := &adminFormPage{page: *h.page(r, "catalog.endpoints.create"), List: adminCatalog}
	p.Title = p.T("catalog.endpoints.of", where(service, set))
	p.ListName, p.Lead, p.Form.Submit = p.T("catalog.title"), p.T("catalog.endpoints.edit.lead"), p.T("admin.save")
	begin := url.Values{}
	for _, kind := range interfaces {
		e := set.Of(kind)
		if e != nil {
			begin.Set(string(kind), e.URL)
		}
		if e == nil || e.Enabled {
			begin.Set(string(kind)+"_enabled", "1")
		}
	}
	return h.submit(w, r, p, begin, &formAct{next: adminCatalog, notice: "endpoints_saved",
		fields: func(form url.Values) (all []adminField) {
			for _, field := range p.urlFields(form) {
				all = append(all, field, adminField{Name: field.Name + "_enabled", Label: p.T("catalog.url.enabled." + field.Name), Kind: "check", Value: form.Get(field.Name + "_enabled")})
			}
			return all
		},
		do: func(form url.Values, errs *formErrors) error {
			places := map[identity.Interface]core.EndpointPlace{}
			var specs []identity.EndpointSpec
			for _, kind := range interfaces {
				place := core.EndpointPlace{URL: line(form, string(kind)), Enabled: form.Get(string(kind)+"_enabled") != ""}
				if places[kind] = place; place.URL != "" {
					specs = append(specs, identity.EndpointSpec{Interface: kind, URL: place.URL})
				}
			}
			if p.checkURLs(specs, errs); len(*errs) > 0 {
				return nil
			}
			return h.Core.UpdateEndpointSet(r.Context(), r.Caller, set.First().ID, places)
		}})
}

// deleteEndpoints says which endpoints end, and asks.
func (h *Handler) deleteEndpoints(w http.ResponseWriter, r *request) error {
	set, service, err := h.setAsked(r)
	if err != nil {
		return err
	}
	p := h.askCatalog(r, r.texts.text("catalog.endpoints.delete", where(service, set)))
	for _, kind := range interfaces {
		if e := set.Of(kind); e != nil {
			p.Effects = append(p.Effects, p.T("catalog.endpoints.delete.url", p.T("catalog.interface."+string(kind)), e.URL))
		}
	}
	p.Effects = append(p.Effects, p.T("catalog.delete.effect"))
	return h.ask(w, r, p, func() error {
		if err := h.Core.DeleteEndpointSet(r.Context(), r.Caller, set.First().ID); err != nil {
			return err
		}
		return h.seeWith(w, r, adminCatalog, notice{Text: "endpoints_deleted"})
	})
}
