package portal

import (
	"net/http"
	"net/url"

	"github.com/lintel-id/lintel/internal/identity"
)

// createService asks for a service, and makes it. What comes next is where it answers.
func (h *Handler) createService(w http.ResponseWriter, r *request) error {
	if _, err := h.readPlaces(r); err != nil {
		return err
	}
	p := &adminFormPage{page: *h.page(r, "catalog.service.create"), List: adminCatalog}
	p.ListName, p.Form.Submit = p.T("catalog.title"), p.T("catalog.service.create")
	act := formAct{notice: "service_saved", fields: p.serviceFields}
	act.do = func(form url.Values, _ *formErrors) error {
		made, err := h.Core.CreateService(r.Context(), r.Caller, identity.ServiceSpec{Type: line(form, "type"), Name: line(form, "name"),
			Description: prose(form, "description"), Enabled: form.Get("enabled") != ""})
		if err != nil {
			return err
		}
		act.next = adminServices + "/" + string(made.ID) + "/endpoints"
		return nil
	}
	return h.submit(w, r, p, url.Values{"enabled": {"1"}}, &act)
}

func (p *page) serviceFields(form url.Values) []adminField {
	name := p.nameField(form, 255)
	name.Optional, name.Hint = p.T("optional"), p.T("catalog.service.name.hint")
	on := p.enabledField(form)
	on.Hint = p.T("catalog.enabled.hint")
	return []adminField{{Name: "type", Label: p.T("catalog.service.type"), Hint: p.T("catalog.service.type.hint"), Kind: "text", Value: form.Get("type"), Length: 255},
		name, p.descriptionField(form), on}
}

// serviceAsked is the service that the address names.
func serviceAsked(r *request, c *cloudCatalog) (*identity.Service, error) {
	id := identity.ServiceID(r.PathValue("id"))
	if s := c.service(id); s != nil {
		return s, nil
	}
	return nil, identity.Missing("service", id)
}

func (h *Handler) editService(w http.ResponseWriter, r *request) error {
	c, err := h.readPlaces(r)
	if err != nil {
		return err
	}
	have, err := serviceAsked(r, &c)
	if err != nil {
		return err
	}
	p := &adminFormPage{page: *h.page(r, "catalog.service.edit"), List: adminCatalog}
	p.Title = p.T("catalog.service.edit", label(have))
	p.ListName, p.Form.Submit = p.T("catalog.title"), p.T("admin.save")
	begin := url.Values{"type": {have.Type}, "name": {have.Name}, "description": {have.Description}}
	if have.Enabled {
		begin.Set("enabled", "1")
	}
	return h.submit(w, r, p, begin, &formAct{next: adminCatalog, notice: "service_saved", fields: p.serviceFields,
		do: func(form url.Values, _ *formErrors) error {
			_, err := h.Core.UpdateService(r.Context(), r.Caller, have.ID, identity.ServicePatch{Type: identity.Some(line(form, "type")), Name: identity.Some(line(form, "name")),
				Description: identity.Some(prose(form, "description")), Enabled: identity.Some(form.Get("enabled") != "")})
			return err
		}})
}

// deleteService says what ends with the service, and asks.
func (h *Handler) deleteService(w http.ResponseWriter, r *request) error {
	c, err := h.readCatalog(r)
	if err != nil {
		return err
	}
	have, err := serviceAsked(r, &c)
	if err != nil {
		return err
	}
	registered, err := h.Core.RegisteredLimits(r.Context(), r.Caller, identity.RegisteredLimitFilter{ServiceID: have.ID})
	if err != nil {
		return err
	}
	p := h.askCatalog(r, r.texts.text("catalog.service.delete", label(have)))
	var urls []string
	for _, set := range c.of(have.ID) {
		for _, kind := range interfaces {
			if e := set.Of(kind); e != nil {
				urls = append(urls, e.URL)
			}
		}
	}
	if len(urls) > 0 {
		p.Effects = append(p.Effects, p.T("catalog.service.delete.endpoints", p.some(urls)))
	}
	if len(registered) > 0 {
		p.Effects = append(p.Effects, p.N("catalog.service.delete.limits", len(registered)))
	}
	p.Effects = append(p.Effects, p.T("catalog.delete.effect"))
	return h.ask(w, r, p, func() error {
		if err := h.Core.DeleteService(r.Context(), r.Caller, have.ID); err != nil {
			return err
		}
		return h.seeWith(w, r, adminCatalog, notice{Text: "service_deleted"})
	})
}
