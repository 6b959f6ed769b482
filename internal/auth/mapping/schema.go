package mapping

import (
	"errors"
	"fmt"
	"io"
	"regexp"
	"slices"
	"strings"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"

	"github.com/lintel-id/lintel/internal/identity"
)

// The rules on the wire (Keystone's IDP_ATTRIBUTE_MAPPING_SCHEMA_1_0 to _3_0).
type (
	ruleIn struct {
		Local  *[]localIn  `json:"local"`
		Remote *[]remoteIn `json:"remote"`
	}
	localIn struct {
		User         *userIn      `json:"user"`
		Group        *groupIn     `json:"group"`
		Groups       *string      `json:"groups"`
		GroupIDs     *string      `json:"group_ids"`
		Domain       *domainIn    `json:"domain"`
		Projects     *[]projectIn `json:"projects"`
		ProjectsJSON *string      `json:"projects_json"`
	}
	userIn struct {
		ID     *string   `json:"id"`
		Name   *string   `json:"name"`
		Email  *string   `json:"email"`
		Domain *domainIn `json:"domain"`
		Type   *string   `json:"type"`
	}
	groupIn struct {
		ID     *string   `json:"id"`
		Name   *string   `json:"name"`
		Domain *domainIn `json:"domain"`
	}
	domainIn struct {
		ID   *string `json:"id"`
		Name *string `json:"name"`
	}
	projectIn struct {
		Name   *string   `json:"name"`
		Roles  *[]roleIn `json:"roles"`
		Domain *domainIn `json:"domain"`
	}
	roleIn struct {
		Name *string `json:"name"`
	}
	remoteIn struct {
		Type      *string   `json:"type"`
		AnyOneOf  *[]string `json:"any_one_of"`
		NotAnyOf  *[]string `json:"not_any_of"`
		Whitelist *[]string `json:"whitelist"`
		Blacklist *[]string `json:"blacklist"`
		Regex     *bool     `json:"regex"`
	}
)

// Parse reads the JSON list of rules by a version of the schema. It refuses (identity.Invalid)
// what Keystone's schema refuses, and what could only fail at every login: a version, a regular
// expression or a text with braces that cannot be read.
func Parse(version string, rules []byte) (*Mapping, error) {
	if !slices.Contains([]string{Version1, Version2, Version3}, version) {
		return nil, identity.Invalidf("Invalid input for field 'schema_version': it is none of %s, %s and %s.", Version1, Version2, Version3)
	}
	var in []ruleIn
	if err := strictly(rules, "rules", &in); err != nil {
		return nil, err
	}
	if len(in) == 0 {
		return nil, invalid("rules", "it is empty")
	}
	m := &Mapping{version: version, rules: make([]rule, len(in))}
	for i := range in {
		if err := m.rules[i].read(&in[i], version, fmt.Sprintf("rules/%d", i)); err != nil {
			return nil, err
		}
	}
	return m, nil
}

func invalid(at, format string, args ...any) error {
	return identity.Invalidf("Invalid input for field '%s': %s.", at, fmt.Sprintf(format, args...))
}

func required(at, name string) error { return invalid(at, "'%s' is a required property", name) }

// strictly decodes JSON into v: nothing is null, and there is no member that v does not have.
func strictly(text []byte, at string, v any) error {
	err := noNull(text)
	if err == nil {
		err = json.Unmarshal(text, v, json.RejectUnknownMembers(true))
	}
	var wrong *json.SemanticError
	switch {
	case err == nil:
		return nil
	case errors.As(err, &wrong):
		at += string(wrong.JSONPointer)
		if errors.Is(err, json.ErrUnknownName) {
			return invalid(at, "there is no such property")
		}
		return invalid(at, "it is not of the type that is expected")
	default:
		return invalid(at, "it is not valid JSON")
	}
}

func noNull(text []byte) error {
	d := jsontext.NewDecoder(strings.NewReader(string(text)))
	for {
		token, err := d.ReadToken()
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return err
		}
		if token.Kind() == 'n' {
			return &json.SemanticError{JSONPointer: d.StackPointer(), JSONKind: 'n'}
		}
	}
}

func (r *rule) read(in *ruleIn, version, at string) error {
	switch {
	case in.Local == nil:
		return required(at, "local")
	case in.Remote == nil:
		return required(at, "remote")
	case len(*in.Remote) == 0:
		return invalid(at+"/remote", "it is empty")
	}
	r.remote, r.local = make([]requirement, len(*in.Remote)), make([]local, len(*in.Local))
	for i := range r.remote {
		if err := r.remote[i].read(&(*in.Remote)[i], fmt.Sprintf("%s/remote/%d", at, i)); err != nil {
			return err
		}
	}
	for i := range r.local {
		rd := reader{version: version}
		at := fmt.Sprintf("%s/local/%d", at, i)
		r.local[i] = rd.local(&(*in.Local)[i], at)
		if rd.err != nil {
			return rd.err
		}
	}
	return nil
}

func (q *requirement) read(in *remoteIn, at string) error {
	if in.Type == nil {
		return required(at, "type")
	}
	q.attribute = *in.Type
	for test, values := range map[test]*[]string{anyOneOf: in.AnyOneOf, notAnyOf: in.NotAnyOf, whitelist: in.Whitelist, blacklist: in.Blacklist} {
		if values == nil {
			continue
		}
		if q.test != present {
			return invalid(at, "only one of any_one_of, not_any_of, whitelist and blacklist can be used")
		}
		q.test, q.values = test, *values
	}
	if in.Regex != nil && q.test == present {
		return invalid(at, "'regex' has a meaning only with values")
	}
	if in.Regex == nil || !*in.Regex {
		return nil
	}
	q.patterns = make([]*regexp.Regexp, len(q.values))
	for i, text := range q.values {
		var err error
		if q.patterns[i], err = compile(text); err != nil {
			return invalid(at, "%q is not a regular expression that can be used here: %s", text, err)
		}
	}
	q.values = nil
	return nil
}

// compile reads a regular expression. Those of Python that look around or back are refused:
// they cannot be matched in linear time.
func compile(text string) (*regexp.Regexp, error) {
	for rest := text; rest != ""; {
		// The one construct that both languages read, and read differently.
		_, after, found := strings.Cut(rest, "{,")
		if digits := len(after) - len(strings.TrimLeft(after, "0123456789")); found && digits > 0 && strings.HasPrefix(after[digits:], "}") {
			return nil, errors.New("write {0,n} instead of {,n}")
		}
		rest = after
	}
	return regexp.Compile(text)
}

// reader reads the parts of a local and keeps the first thing that is wrong.
type reader struct {
	version string
	err     error
}

func (rd *reader) fail(err error) {
	if rd.err == nil {
		rd.err = err
	}
}

func (rd *reader) text(s *string, at string) template {
	if s == nil {
		return nil
	}
	t, err := parseTemplate(*s)
	if err != nil {
		rd.fail(invalid(at, "%s", err))
	}
	return t
}

func (rd *reader) list(s *string, at string) *list {
	if s == nil {
		return nil
	}
	l, err := parseList(*s)
	if err != nil {
		rd.fail(invalid(at, "%s", err))
	}
	return l
}

func (rd *reader) local(in *localIn, at string) local {
	l := local{user: rd.user(in.User, at+"/user"), group: rd.group(in.Group, at+"/group"), domain: rd.domain(in.Domain, at+"/domain"),
		groups: rd.list(in.Groups, at+"/groups"), groupIDs: rd.list(in.GroupIDs, at+"/group_ids")}
	if in.Projects != nil {
		l.projects, l.hasProjects = rd.projects(*in.Projects, at+"/projects"), true
	}
	if in.ProjectsJSON != nil {
		at += "/projects_json"
		if rd.version != Version3 {
			rd.fail(invalid(at, "there is no such property before version %s", Version3))
		}
		n, err := fieldNumber(strings.TrimSuffix(strings.TrimPrefix(*in.ProjectsJSON, "{"), "}"))
		if err != nil {
			rd.fail(invalid(at, "it must be the number of a value, as in {0}"))
		}
		l.projectsJSON, l.hasProjects = &n, true
	}
	return l
}

func (rd *reader) user(in *userIn, at string) *user {
	if in == nil {
		return nil
	}
	u := &user{id: rd.text(in.ID, at+"/id"), name: rd.text(in.Name, at+"/name"), email: rd.text(in.Email, at+"/email"),
		domain: rd.domain(in.Domain, at+"/domain"), empty: *in == userIn{}}
	if in.Type != nil {
		switch *in.Type {
		case "local":
			u.local = true
		case "ephemeral":
		default:
			rd.fail(invalid(at+"/type", "it is neither ephemeral nor local"))
		}
	}
	return u
}

func (rd *reader) domain(in *domainIn, at string) *domain {
	if in == nil {
		return nil
	}
	return &domain{id: rd.text(in.ID, at+"/id"), name: rd.text(in.Name, at+"/name")}
}

func (rd *reader) group(in *groupIn, at string) *group {
	if in == nil {
		return nil
	}
	if byID := in.ID != nil; byID == (in.Name != nil) || byID == (in.Domain != nil) {
		rd.fail(invalid(at, "a group has an id, or a name and a domain"))
	}
	return &group{id: rd.text(in.ID, at+"/id"), name: rd.text(in.Name, at+"/name"), domain: rd.domain(in.Domain, at+"/domain")}
}

func (rd *reader) projects(in []projectIn, at string) []project {
	out := make([]project, len(in))
	for i := range in {
		p, at := &in[i], fmt.Sprintf("%s/%d", at, i)
		if err := p.check(at); err != nil {
			rd.fail(err)
			return nil
		}
		if p.Domain != nil && rd.version == Version1 {
			rd.fail(invalid(at+"/domain", "there is no such property before version %s", Version2))
		}
		out[i] = project{name: rd.text(p.Name, at+"/name"), domain: rd.domain(p.Domain, at+"/domain")}
		for j, r := range *p.Roles {
			out[i].roles = append(out[i].roles, rd.text(r.Name, fmt.Sprintf("%s/roles/%d/name", at, j)))
		}
	}
	return out
}

// check refuses a project without what every project has.
func (p *projectIn) check(at string) error {
	if p.Name == nil {
		return required(at, "name")
	}
	if p.Roles == nil {
		return required(at, "roles")
	}
	for i, r := range *p.Roles {
		if r.Name == nil {
			return required(fmt.Sprintf("%s/roles/%d", at, i), "name")
		}
	}
	return nil
}
