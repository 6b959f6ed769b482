package portal

import (
	"errors"
	"net/http"
	"net/url"
	"slices"

	"github.com/lintel-id/lintel/internal/identity"
)

// Where the pages are that are about the cloud as a whole.
const (
	adminOverview  = administration + "/overview"
	adminCatalog   = administration + "/catalog"
	adminRegions   = adminCatalog + "/regions"
	adminServices  = adminCatalog + "/services"
	adminEndpoints = adminCatalog + "/endpoints"
	adminLimits    = administration + "/limits"
)

// cloud is the area of what the cloud consists of.
func (h *Handler) cloud() []route {
	return slices.Concat([]route{{pattern: "GET " + adminOverview, who: administrator, handle: h.showOverview}, {pattern: "GET " + adminCatalog, who: administrator, handle: h.showCatalog}},
		formRoutes(adminRegions+"/create", h.createRegion), formRoutes(adminRegions+"/{id}/edit", h.editRegion), fresh(formRoutes(adminRegions+"/{id}/delete", h.deleteRegion)),
		formRoutes(adminServices+"/create", h.createService), formRoutes(adminServices+"/{id}/edit", h.editService), fresh(formRoutes(adminServices+"/{id}/delete", h.deleteService)),
		formRoutes(adminServices+"/{id}/endpoints", h.createEndpoints),
		formRoutes(adminEndpoints+"/{id}/edit", h.editEndpoints), fresh(formRoutes(adminEndpoints+"/{id}/delete", h.deleteEndpoints)),
		lists(adminLimits, h.listRegisteredLimits, h.showRegisteredLimit, h.editRegisteredLimit, h.deleteRegisteredLimit),
		formRoutes(adminLimits+"/create", h.createRegisteredLimit),
		[]route{{pattern: "POST " + adminLimits + "/{id}", who: administrator, handle: h.createLimit}},
		formRoutes(adminLimits+"/{id}/of/{limit}/edit", h.editLimit), fresh(formRoutes(adminLimits+"/{id}/of/{limit}/delete", h.deleteLimit)))
}

// formAct is what the form of a page is about.
type formAct struct {
	fields func(form url.Values) []adminField
	do     func(form url.Values, errs *formErrors) error // the errors of the input, or else that of the verb
	next   string                                        // page after it
	notice string
}

// submit answers a page that is a form: a GET shows it as it begins, a POST does the act, or shows what is wrong.
func (h *Handler) submit(w http.ResponseWriter, r *request, p *adminFormPage, form url.Values, act *formAct) error {
	if r.Method == http.MethodPost {
		var err error
		if form, err = readForm(r); err != nil {
			return err
		}
		err = act.do(form, &p.Errors)
		if err == nil && len(p.Errors) == 0 {
			return h.seeWith(w, r, act.next, notice{Text: act.notice})
		}
		p.Form.Fields = act.fields(form)
		if err != nil && !p.Errors.blameForm(r.texts, err, &p.Form) {
			return err
		}
	}
	p.Form.Fields = act.fields(form)
	p.Form.Action, p.Form.Cancel = r.URL.EscapedPath(), p.List
	return h.renderForm(w, r, p)
}

// blameForm is blame for the fields of a form; it also takes a rule of the verb's that forbids this to everybody.
func (e *formErrors) blameForm(t catalogue, err error, f *adminForm) bool {
	if text, ok := forbidden(err); ok {
		e.add("", text)
		return true
	}
	var names []string
	for _, one := range f.Fields {
		names = append(names, one.Name)
	}
	return e.blame(t, err, f.Prefix, names...)
}

// forbidden returns the text of a 403 that is not about who asks: policy's have a cause for the log.
func forbidden(err error) (text string, ok bool) {
	var e *identity.Error
	if errors.As(err, &e) && e.Kind == identity.Forbidden && e.Err == nil {
		return e.Message, true
	}
	return "", false
}
