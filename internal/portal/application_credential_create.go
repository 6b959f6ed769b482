package portal

import (
	"cmp"
	"errors"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/go-json-experiment/json"

	"github.com/lintel-id/lintel/internal/identity"
)

// createPage asks what an application credential is to be.
type createPage struct {
	page
	Name         string
	Description  string
	Expiry       string // "never", days, or "custom"
	ExpiresAt    string // of custom: 2006-01-02T15:04, UTC
	Roles        []roleChoice
	Rules        []ruleInput
	RulesJSON    string
	Unrestricted bool
	Once         string
	Services     []string // types, to choose from
	Methods      []string
	Presets      []string // days
	Total, Limit int
	Errors       formErrors
}

// Open says whether the rest of the form is shown from the start.
func (p *createPage) Open() bool {
	return p.Expiry != "never" || p.RulesJSON != "" || p.Unrestricted || slices.ContainsFunc(p.Roles, func(c roleChoice) bool { return c.Checked }) ||
		slices.ContainsFunc(p.Rules, func(in ruleInput) bool { return in.Service != "" || in.Path != "" }) ||
		slices.ContainsFunc(p.Errors, func(e formError) bool { return e.Field != "name" && e.Field != "description" && e.Field != "" })
}

type roleChoice struct {
	Name    string
	Checked bool
}

// ruleInput is an access rule as it is typed.
type ruleInput struct {
	Service, Method, Path string
	Number                int // from 1
}

const (
	ruleInputs = 3                  // that a form offers; more are written as JSON
	maxRules   = 100                // that a form may hold
	localTime  = "2006-01-02T15:04" // of <input type="datetime-local">
)

func (h *Handler) createApplicationCredentialForm(w http.ResponseWriter, r *request) error {
	return h.renderCreate(w, r, http.StatusOK, &createPage{Expiry: "never", Once: h.newOnce()})
}

// renderCreate shows the form as it was filled in, with what there is to choose from.
func (h *Handler) renderCreate(w http.ResponseWriter, r *request, code int, p *createPage) error {
	p.page = *h.page(r, "create.title")
	p.Error = len(p.Errors) > 0
	for len(p.Rules) < ruleInputs {
		p.Rules = append(p.Rules, ruleInput{})
	}
	for i := range p.Rules {
		p.Rules[i].Number = i + 1
	}
	p.Presets = []string{"30", "90", "365"}
	p.Methods = []string{"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE"}
	var checked []string
	for _, c := range p.Roles {
		checked = append(checked, c.Name)
	}
	p.Roles = nil
	for _, name := range roleNames(r.Caller.Roles) {
		p.Roles = append(p.Roles, roleChoice{name, slices.Contains(checked, name)})
	}
	catalog, err := h.Core.AuthCatalog(r.Context(), r.Caller)
	if err != nil {
		return err
	}
	for _, s := range catalog.Services {
		p.Services = append(p.Services, s.Type)
	}
	own, err := h.Core.ApplicationCredentials(r.Context(), r.Caller, r.Caller.User.ID, "", nil)
	if err != nil {
		return err
	}
	p.Total, p.Limit = len(own), h.Core.Settings.ApplicationCredentialLimit
	return h.render(w, r, code, "application_credential_create", p)
}

// createApplicationCredential makes the credential and answers with its secret at once: it is in this answer and
// nowhere else, so there is no page to be redirected to.
func (h *Handler) createApplicationCredential(w http.ResponseWriter, r *request) error {
	form, err := readForm(r)
	if err != nil {
		return err
	}
	p := readCreate(form)
	p.Once = cmp.Or(p.Once, h.newOnce())
	spec := p.spec(r.texts, h.Core.Now())
	if h.tooOld(p.Once) {
		p.Errors.add("", r.texts.text("form.old"))
		p.Once = h.newOnce()
	}
	// The same form makes the same credential; with anything else in it, it is another form.
	spec.Once = p.Once + "\n" + form.Encode()
	if len(p.Errors) == 0 {
		ac, secret, err := h.Core.CreateApplicationCredential(r.Context(), r.Caller, r.Caller.User.ID, spec)
		if err == nil {
			return h.renderSecret(w, r, ac, secret)
		}
		if identity.KindOf(err) == identity.Gone {
			return h.seeWith(w, r, applicationCredentials, notice{Text: "created_before"})
		}
		if !p.blame(r.texts, err) {
			return err
		}
	}
	return h.renderCreate(w, r, http.StatusUnprocessableEntity, p)
}

// readCreate reads the form as it was filled in.
func readCreate(form url.Values) *createPage {
	p := &createPage{Name: form.Get("name"), Description: form.Get("description"), Expiry: cmp.Or(form.Get("expiry"), "never"), ExpiresAt: form.Get("expires_at"),
		RulesJSON: form.Get("rules_json"), Unrestricted: form.Get("unrestricted") != "", Once: form.Get("once")}
	for _, name := range form["role"] {
		p.Roles = append(p.Roles, roleChoice{name, true})
	}
	services, methods, paths := form["rule_service"], form["rule_method"], form["rule_path"]
	for i := range min(len(services), len(methods), len(paths), maxRules) {
		p.Rules = append(p.Rules, ruleInput{Service: strings.TrimSpace(services[i]), Method: methods[i], Path: strings.TrimSpace(paths[i])})
	}
	return p
}

// spec reads what was filled in, and notes what cannot be read. What may be is the verb's question.
func (p *createPage) spec(texts catalogue, now time.Time) identity.ApplicationCredentialSpec {
	spec := identity.ApplicationCredentialSpec{Name: p.Name, Description: strings.TrimSpace(strings.ReplaceAll(p.Description, "\r\n", "\n")), Unrestricted: p.Unrestricted}
	if strings.TrimSpace(p.Name) == "" {
		p.Errors.add("name", texts.text("create.name.missing"))
	}
	switch days, err := strconv.Atoi(p.Expiry); {
	case p.Expiry == "never":
	case p.Expiry == "custom":
		at, err := time.ParseInLocation(localTime, p.ExpiresAt, time.UTC)
		if err != nil || !at.After(now) {
			p.Errors.add("expires_at", texts.text("create.expires_at.bad"))
		}
		spec.ExpiresAt = at
	case err == nil && days > 0 && days < 10_000:
		spec.ExpiresAt = now.AddDate(0, 0, days).UTC().Truncate(time.Second)
	default:
		p.Errors.add("expiry", texts.text("create.expires_at.bad"))
	}
	for _, c := range p.Roles {
		spec.Roles = append(spec.Roles, identity.RoleRef{Name: c.Name})
	}
	spec.AccessRules = p.rules(texts)
	return spec
}

// rules are those of the fields, and then those of the JSON.
func (p *createPage) rules(texts catalogue) (rules []identity.AccessRule) {
	for _, in := range p.Rules {
		if in.Service == "" && in.Path == "" {
			continue
		}
		rule := identity.AccessRule{Service: in.Service, Method: in.Method, Path: in.Path}
		if rule.Validate() != nil {
			p.Errors.add("rules", texts.text("create.rules.bad", in.Service, in.Path))
		}
		rules = append(rules, rule)
	}
	if strings.TrimSpace(p.RulesJSON) == "" {
		return rules
	}
	var in []struct {
		Service string `json:"service"`
		Method  string `json:"method"`
		Path    string `json:"path"`
	}
	if err := json.Unmarshal([]byte(p.RulesJSON), &in, json.RejectUnknownMembers(true)); err != nil {
		p.Errors.add("rules_json", texts.text("create.rules_json.bad"))
		return rules
	}
	for _, one := range in {
		rule := identity.AccessRule{Service: one.Service, Method: one.Method, Path: one.Path}
		if rule.Validate() != nil {
			p.Errors.add("rules_json", texts.text("create.rules.bad", one.Service, one.Path))
		}
		rules = append(rules, rule)
	}
	return rules
}

// blame puts a verb's error beside the field it is about. It is false for errors that are about no input.
func (p *createPage) blame(texts catalogue, err error) bool {
	var e *identity.Error
	if !errors.As(err, &e) {
		return false
	}
	switch e.Kind {
	case identity.Conflict:
		p.Errors.add("name", texts.text("create.name.taken"))
	case identity.Invalid:
		field := ""
		if e.Field == "name" || e.Field == "description" {
			field = e.Field
		}
		p.Errors.add(field, e.Message)
	default:
		return false
	}
	return true
}
