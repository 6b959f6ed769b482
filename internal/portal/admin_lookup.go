package portal

import (
	"cmp"
	"net/url"
	"strings"

	"github.com/lintel-id/lintel/internal/identity"
)

// Domains are named, not picked by id: among at most shownDomains in a list, else by typing the name. Names of domains
// are unique.
const shownDomains = 100

// domainField is a field for a domain, "domain". Chosen is its name; first, where it is not "", is the text of the
// choice of none.
func (h *Handler) domainField(r *request, chosen, first string) (adminField, error) {
	f := adminField{Name: "domain", Label: r.texts.text("sign_in.domain"), Kind: "text", Value: chosen, Length: 64}
	if first != "" {
		f.Optional = r.texts.text("optional")
	}
	list, err := collect(h.Core.Domains(r.Context(), r.Caller, identity.ProjectFilter{Page: identity.Page{Limit: shownDomains + 1}}))
	if err != nil || len(list) > shownDomains {
		return f, err
	}
	rows := make([]adminRow, len(list))
	for i, d := range list {
		rows[i] = adminRow{Name: d.Name}
	}
	sortRows(rows)
	f.Kind = "choice"
	if first != "" {
		f.Options = append(f.Options, adminOption{Text: first, Chosen: chosen == ""})
	}
	for _, row := range rows {
		f.Options = append(f.Options, adminOption{Value: row.Name, Text: row.Name, Chosen: row.Name == chosen})
	}
	return f, nil
}

// domainFilter is the field of a list for the domain; nil where there is one domain at most.
func (h *Handler) domainFilter(r *request, q adminQuery) (*adminField, error) {
	f, err := h.domainField(r, q.Domain, r.texts.text("filter.all"))
	if err != nil || f.Kind == "choice" && len(f.Options) < 3 && q.Domain == "" {
		return nil, err
	}
	return &f, nil
}

// domainNamed finds a domain by its exact name; "" is none.
func (h *Handler) domainNamed(r *request, name string) (id identity.DomainID, found bool, err error) {
	if name == "" {
		return "", true, nil
	}
	list, err := collect(h.Core.Domains(r.Context(), r.Caller, identity.ProjectFilter{Name: name, Page: identity.Page{Limit: 1}}))
	if err != nil || len(list) == 0 {
		return "", false, err
	}
	return identity.DomainID(list[0].ID), true, nil
}

// homeDomain is the name of the domain that a form begins with: that of the caller's token, or else the default one.
func (h *Handler) homeDomain(r *request) string {
	if r.Caller.Domain != nil {
		return r.Caller.Domain.Name
	}
	return h.domainName(r, h.Core.Settings.DefaultDomain)
}

// domainName is the name of a domain, or its id where the caller may not see it.
func (h *Handler) domainName(r *request, id identity.DomainID) string {
	if d, err := h.Core.Domain(r.Context(), r.Caller, id); err == nil {
		return d.Name
	}
	return string(id)
}

// projectName is the name of a project, or its id where it is gone or the caller may not see it.
func (h *Handler) projectName(r *request, id identity.ProjectID) string {
	if p, err := h.Core.Project(r.Context(), r.Caller, id); err == nil {
		return p.Name
	}
	return string(id)
}

// line is a value of a form without the spaces around it.
func line(form url.Values, name string) string { return strings.TrimSpace(form.Get(name)) }

// prose is a value of a form of several lines.
func prose(form url.Values, name string) string {
	return strings.TrimSpace(strings.ReplaceAll(form.Get(name), "\r\n", "\n"))
}

// projectNamed finds a project by its exact name in a domain.
func (h *Handler) projectNamed(r *request, domain identity.DomainID, name string) (*identity.Project, error) {
	list, err := collect(h.Core.Projects(r.Context(), r.Caller, identity.ProjectFilter{DomainID: domain, Name: name, Page: identity.Page{Limit: 1}}))
	if err != nil || len(list) == 0 {
		return nil, err
	}
	return list[0], nil
}

// userNamed and groupNamed find a user and a group by the exact name in a domain; nil where there is none.
func (h *Handler) userNamed(r *request, domain identity.DomainID, name string) (*identity.User, error) {
	list, err := collect(h.Core.Users(r.Context(), r.Caller, identity.UserFilter{DomainID: domain, Name: name, Page: identity.Page{Limit: 1}}))
	if err != nil || len(list) == 0 {
		return nil, err
	}
	return list[0], nil
}

func (h *Handler) groupNamed(r *request, domain identity.DomainID, name string) (*identity.Group, error) {
	list, err := collect(h.Core.Groups(r.Context(), r.Caller, identity.GroupFilter{DomainID: domain, Name: name, Page: identity.Page{Limit: 1}}))
	if err != nil || len(list) == 0 {
		return nil, err
	}
	return list[0], nil
}

// userName and groupName are names, or ids where the caller may not see them.
func (h *Handler) userName(r *request, id identity.UserID) string {
	if u, err := h.Core.User(r.Context(), r.Caller, id); err == nil {
		return u.Name
	}
	return string(id)
}

func (h *Handler) groupName(r *request, id identity.GroupID) string {
	if g, err := h.Core.Group(r.Context(), r.Caller, id); err == nil {
		return g.Name
	}
	return string(id)
}

// cmpFold compares names as people sort them.
func cmpFold(a, b string) int {
	return cmp.Or(cmp.Compare(strings.ToLower(a), strings.ToLower(b)), cmp.Compare(a, b))
}
