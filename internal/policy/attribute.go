package policy

import "strings"

// Scope is what a token is scoped to. As the property of an action it is the set of scopes accepted;
// the empty set accepts every token.
type Scope uint8

const (
	System Scope = 1 << iota
	Domain
	Project
)

// Unscoped is the scope of a token without one.
const Unscoped Scope = 0

// String names the scopes in s: "system, domain", or "unscoped".
func (s Scope) String() string {
	if s == Unscoped {
		return "unscoped"
	}
	return strings.Join(s.names(), ", ")
}

// names is the empty list, not nil, for Unscoped: it is written as JSON.
func (s Scope) names() []string {
	names := []string{}
	if s&System != 0 {
		names = append(names, "system")
	}
	if s&Domain != 0 {
		names = append(names, "domain")
	}
	if s&Project != 0 {
		names = append(names, "project")
	}
	return names
}

// Caller is what a rule may know of the one who asks. It is filled from the validated token, never from
// the request. An empty string is null.
type Caller struct {
	UserID          string
	UserDomainID    string
	ProjectID       string   // project-scoped tokens only
	ProjectDomainID string   // project-scoped tokens only
	DomainID        string   // domain-scoped tokens only
	SystemScope     string   // "all" for system-scoped tokens
	Roles           []string // names, implied ones included
	IsAdmin         bool     // the bootstrap context, which has no token
	Scope           Scope
}

// Attr is one fact about the target. Null says that the object has the attribute and that it is null (the
// domain of a global role); Value is then ignored.
type Attr struct {
	Name  string // one of targetAttributes
	Value string
	Null  bool
}

// Target is all the rule may know of what is acted upon: facts from the store or the path. An attribute
// that is not listed is absent. Of two with one name the first counts.
type Target []Attr

func (t Target) find(name string) *Attr {
	for i := range t {
		if t[i].Name == name {
			return &t[i]
		}
	}
	return nil
}

// callerAttribute returns the reader of a left side. The token.* names are Keystone's second spelling of
// the same facts.
func callerAttribute(name string) (read func(*Caller) string, ok bool) {
	switch name {
	case "user_id", "token.user.id":
		return func(c *Caller) string { return c.UserID }, true
	case "user_domain_id", "token.user.domain.id":
		return func(c *Caller) string { return c.UserDomainID }, true
	case "project_id", "token.project.id":
		return func(c *Caller) string { return c.ProjectID }, true
	case "project_domain_id", "token.project.domain.id":
		return func(c *Caller) string { return c.ProjectDomainID }, true
	case "domain_id", "token.domain.id":
		return func(c *Caller) string { return c.DomainID }, true
	case "system_scope":
		return func(c *Caller) string { return c.SystemScope }, true
	case "is_admin":
		return func(c *Caller) string { return pythonBool(c.IsAdmin) }, true
	}
	return nil, false
}

func pythonBool(b bool) string {
	if b {
		return "True"
	}
	return "False"
}

// targetAttributes returns each right side a rule may name, with what the verb must supply for it.
func targetAttributes() map[string]string {
	return map[string]string{
		"user_id": "the user in the path; of an application credential its real owner",

		"target.user.id":           "the user acted upon",
		"target.user.name":         "its name",
		"target.user.domain_id":    "its domain; on create the one it will have",
		"target.group.id":          "the group acted upon",
		"target.group.name":        "its name",
		"target.group.domain_id":   "its domain; on create the one it will have; on list the caller's own",
		"target.project.id":        "the project acted upon",
		"target.project.name":      "its name",
		"target.project.domain_id": "its domain, null when the project is itself a domain; on create the one it will have",
		"target.domain.id":         "the domain acted upon; on list the caller's own",
		"target.domain.name":       "its name",
		"target.domain_id":         "the domain a list is confined to: the caller's own, for a project tree the project's",
		"target.role.id":           "the role acted upon, granted or revoked",
		"target.role.name":         "its name",
		"target.role.domain_id":    "its domain, null when the role is global",

		"target.credential.user_id":      "the owner of the credential; on create the one it will have; on list the caller, then each item's",
		"target.trust.trustor_user_id":   "the trustor; on list the filter",
		"target.trust.trustee_user_id":   "the trustee; on list the filter",
		"target.token.user_id":           "the user of the subject token",
		"target.limit.domain.id":         "the domain the limit is for, null when it is for a project",
		"target.limit.project_id":        "the project the limit is for, null when it is for a domain",
		"target.limit.project.domain_id": "the domain of that project",
	}
}
