package mapping

import (
	"cmp"
	"fmt"
	"strings"

	"github.com/go-json-experiment/json"

	"github.com/lintel-id/lintel/internal/identity"
)

// Input is what is known of somebody who logs in.
type Input struct {
	Assertion  map[string][]string // attributes that the identity provider vouches for; see Values
	RemoteUser string              // the web server's REMOTE_USER, "" for none
	Domain     identity.DomainID   // of the identity provider
}

// Values are the values of an attribute that comes as one text: Keystone parts them by semicolons.
func Values(text string) []string { return strings.Split(text, ";") }

// Properties is what a mapping makes of somebody. Nothing of it has been looked up.
type Properties struct {
	User         User
	GroupIDs     []identity.GroupID // a login fails when one of them does not exist
	Groups       []Group            // those that do not exist are passed over
	Projects     []Project          // made when they do not exist
	SyncProjects bool               // the user's other roles on projects are to be taken away
}

// User is an existing user (Local), by id or by name in a domain; or one that the identity
// provider keeps, who always has both: ID is then the provider's own for the user, URL-quoted.
type User struct {
	Local  bool
	ID     string
	Name   string
	Email  string
	Domain identity.DomainRef
}

// Group is a group by its name.
type Group struct {
	Name   string
	Domain identity.DomainRef
}

// Project is a project with the names of the roles that the user gets on it.
type Project struct {
	Name   string
	Domain identity.DomainRef
	Roles  []string
}

// Evaluate applies the rules in their order. All that match give; the first user counts, the last
// projects do, groups add up. Whatever goes wrong is a failed login: identity.Unauthorized.
func (m *Mapping) Evaluate(in Input) (*Properties, error) {
	e := evaluation{version: m.version, idp: identity.DomainRef{ID: in.Domain}}
	for i := range m.rules {
		r := &m.rules[i]
		values, ok := r.match(in.Assertion)
		if !ok {
			continue
		}
		for j := range r.local {
			if err := e.add(&r.local[j], values); err != nil {
				return nil, err
			}
		}
	}
	if !e.any {
		return nil, identity.Unauthenticated("no rule of the mapping matches what the identity provider says")
	}
	return e.finish(in.RemoteUser)
}

// evaluation is what the rules have given so far.
type evaluation struct {
	version string
	idp     identity.DomainRef
	out     Properties

	any     bool
	hasUser bool
	home    identity.DomainRef // of the local that gave the user
	last    identity.DomainRef // of the last local
}

func (e *evaluation) add(l *local, values [][]string) (err error) {
	e.any = true
	if e.last, err = l.domain.render(values); err != nil {
		return err
	}
	if err := e.addUser(l.user, values); err != nil {
		return err
	}
	if err := e.addGroup(l.group, values); err != nil {
		return err
	}
	if err := e.addGroups(l, values); err != nil {
		return err
	}
	if l.groupIDs != nil {
		ids, err := l.groupIDs.render(values)
		if err != nil {
			return err
		}
		for _, id := range ids {
			e.out.GroupIDs = append(e.out.GroupIDs, identity.GroupID(id))
		}
	}
	if l.hasProjects {
		e.out.Projects, err = e.projects(l, values)
	}
	return err
}

func (e *evaluation) addUser(u *user, values [][]string) (err error) {
	if u == nil {
		return nil
	}
	out := User{Local: u.local}
	if out.ID, err = u.id.render(values); err != nil {
		return err
	}
	if out.Name, err = u.name.render(values); err != nil {
		return err
	}
	if out.Email, err = u.email.render(values); err != nil {
		return err
	}
	if out.Domain, err = u.domain.render(values); err != nil {
		return err
	}
	if !e.hasUser {
		e.out.User, e.home, e.hasUser = out, e.last, !u.empty
	}
	return nil
}

func (e *evaluation) addGroup(g *group, values [][]string) error {
	if g == nil {
		return nil
	}
	if g.id != nil {
		id, err := g.id.render(values)
		e.out.GroupIDs = append(e.out.GroupIDs, identity.GroupID(id))
		return err
	}
	name, err := g.name.render(values)
	if err != nil {
		return err
	}
	d, err := g.domain.render(values)
	if err != nil {
		return err
	}
	return e.name(name, d)
}

func (e *evaluation) name(group string, d identity.DomainRef) error {
	if d == (identity.DomainRef{}) {
		return noDomain()
	}
	e.out.Groups = append(e.out.Groups, Group{group, d})
	return nil
}

func noDomain() error { return identity.Unauthenticated("the mapping names a group without a domain") }

// jsonGroup is how a value names a group with its domain, where a rule names none (Launchpad
// 1641625). Where the rule does, its domain is the only one.
const jsonGroup = "JSON:"

func (e *evaluation) addGroups(l *local, values [][]string) error {
	if l.groups == nil {
		return nil
	}
	names, err := l.groups.render(values)
	if err != nil {
		return err
	}
	if l.domain == nil && len(names) == 0 {
		return noDomain()
	}
	for _, name := range names {
		d := e.last
		if text, ok := strings.CutPrefix(name, jsonGroup); ok && l.domain == nil {
			var in struct {
				Name   string `json:"name"`
				Domain struct {
					ID   identity.DomainID `json:"id"`
					Name string            `json:"name"`
				} `json:"domain"`
			}
			if err := json.Unmarshal([]byte(text), &in); err != nil {
				return identity.Unauthenticated("a group that the identity provider names is not JSON")
			}
			name, d = in.Name, identity.DomainRef{ID: in.Domain.ID, Name: in.Domain.Name}
		}
		if err := e.name(name, d); err != nil {
			return err
		}
	}
	return nil
}

func (e *evaluation) projects(l *local, values [][]string) ([]Project, error) {
	out := make([]Project, len(l.projects))
	for i := range l.projects {
		p := &l.projects[i]
		var err error
		if out[i].Name, err = p.name.render(values); err != nil {
			return nil, err
		}
		d, err := p.domain.render(values)
		if err != nil {
			return nil, err
		}
		out[i].Domain = e.projectDomain(d)
		for _, t := range p.roles {
			role, err := t.render(values)
			if err != nil {
				return nil, err
			}
			out[i].Roles = append(out[i].Roles, role)
		}
	}
	if l.projectsJSON == nil {
		return out, nil
	}
	more, err := e.givenProjects(*l.projectsJSON, values)
	return append(out, more...), err
}

// projectDomain is the domain of a project: its own, the local's (from version 2.0 on), the
// identity provider's.
func (e *evaluation) projectDomain(own identity.DomainRef) identity.DomainRef {
	if e.version == Version1 {
		return e.idp
	}
	return cmp.Or(own, e.last, e.idp)
}

// givenProjects reads the projects that are the text of a value: the one place where a rule
// leaves structure to the identity provider.
func (e *evaluation) givenProjects(n int, values [][]string) ([]Project, error) {
	v, err := value(values, n)
	if err != nil {
		return nil, err
	}
	if len(v) != 1 {
		return nil, identity.Unauthenticated("projects_json has not exactly one value")
	}
	var in []projectIn
	if err := strictly([]byte(v[0]), "projects_json", &in); err != nil {
		return nil, identity.Unauthenticated(err.Error())
	}
	out := make([]Project, len(in))
	for i := range in {
		p := &in[i]
		if err := p.check(fmt.Sprintf("projects_json/%d", i)); err != nil {
			return nil, identity.Unauthenticated(err.Error())
		}
		out[i] = Project{Name: *p.Name, Domain: e.projectDomain(p.Domain.plain())}
		for _, r := range *p.Roles {
			out[i].Roles = append(out[i].Roles, *r.Name)
		}
	}
	return out, nil
}

// plain is the domain without any substitution.
func (d *domainIn) plain() (ref identity.DomainRef) {
	if d != nil && d.ID != nil {
		ref.ID = identity.DomainID(*d.ID)
	}
	if d != nil && d.Name != nil {
		ref.Name = *d.Name
	}
	return ref
}

// finish completes the user, and gives a local one nothing but itself.
func (e *evaluation) finish(remoteUser string) (*Properties, error) {
	p, u := &e.out, &e.out.User
	if e.version != Version1 {
		u.Domain = cmp.Or(u.Domain, e.last, e.home)
	}
	if u.Local {
		if u.ID == "" && (u.Name == "" || u.Domain == identity.DomainRef{}) {
			return nil, identity.Unauthenticated("the mapping gives a local user neither an id nor a name with a domain")
		}
		return &Properties{User: *u}, nil
	}
	u.Name = cmp.Or(u.Name, remoteUser, u.ID)
	if u.Name == "" {
		return nil, identity.Unauthenticated("the mapping gives the user neither an id nor a name")
	}
	u.ID = pythonQuote(cmp.Or(u.ID, u.Name))
	u.Domain = cmp.Or(u.Domain, e.idp)
	p.GroupIDs, p.Groups = distinct(p.GroupIDs), distinct(p.Groups)
	p.SyncProjects = e.version == Version3
	return p, nil
}
