// Package mapping is Keystone's attribute mapping: the site's rules that make a user, groups and
// projects of what an identity provider says of somebody.
//
// It owns the language: the three versions of its schema, the tests on attributes, and the
// substitution of their values. It refuses to look anything up: whether a group or a domain
// exists is the login's question. An attribute's value never becomes structure: it cannot add a
// group, end a list or choose a domain that the rule did not leave to it.
package mapping

import (
	"regexp"
	"slices"

	"github.com/lintel-id/lintel/internal/identity"
)

// The versions of the schema. Each has all that the one before it has.
const (
	Version1 = "1.0"
	Version2 = "2.0" // projects have domains, and a local's domain is the default of its user and projects
	Version3 = "3.0" // projects_json, and project roles that the provider no longer names are taken away
)

// Mapping is rules that have been read and checked. It may be used by many at once.
type Mapping struct {
	version string
	rules   []rule
}

// rule gives its locals to whom all its requirements are met by.
type rule struct {
	remote []requirement
	local  []local
}

// requirement is one test of an attribute. An attribute that is only filtered (or not tested at
// all) gives a value for substitution, the others do not.
type requirement struct {
	attribute string
	test      test
	values    []string
	patterns  []*regexp.Regexp // instead of values
}

type test uint8

const (
	present test = iota
	anyOneOf
	notAnyOf
	whitelist
	blacklist
)

// meets returns what the requirement gives for substitution (nil for a mere test), and whether
// it is met. An attribute without values meets nothing, not even not_any_of.
func (q *requirement) meets(assertion map[string][]string) (given []string, ok bool) {
	have := assertion[q.attribute]
	if len(have) == 0 {
		return nil, false
	}
	switch q.test {
	case anyOneOf:
		return nil, slices.ContainsFunc(have, q.matches)
	case notAnyOf:
		return nil, !slices.ContainsFunc(have, q.matches)
	case whitelist:
		given = slices.DeleteFunc(slices.Clone(have), func(v string) bool { return !q.matches(v) })
		if q.patterns == nil {
			given = distinct(given)
		}
		return given, true
	case blacklist:
		return distinct(slices.DeleteFunc(slices.Clone(have), q.matches)), true
	default:
		return have, true
	}
}

func (q *requirement) matches(value string) bool {
	return slices.Contains(q.values, value) ||
		slices.ContainsFunc(q.patterns, func(p *regexp.Regexp) bool { return p.MatchString(value) })
}

// distinct removes repetitions, keeping the order.
func distinct[T comparable](list []T) []T {
	seen := make(map[T]bool, len(list))
	return slices.DeleteFunc(list, func(v T) bool {
		again := seen[v]
		seen[v] = true
		return again
	})
}

// match returns the values for substitution, by number, and whether the rule applies.
func (r *rule) match(assertion map[string][]string) (values [][]string, ok bool) {
	for i := range r.remote {
		q := &r.remote[i]
		given, ok := q.meets(assertion)
		if !ok {
			return nil, false
		}
		if q.test != anyOneOf && q.test != notAnyOf {
			values = append(values, given)
		}
	}
	return values, true
}

// local is what a rule gives. Members that it does not have are nil.
type local struct {
	user         *user
	group        *group
	groups       *list
	groupIDs     *list
	domain       *domain
	projects     []project
	projectsJSON *int // the number of the value that is the text of a list of projects
	hasProjects  bool
}

type user struct {
	id, name, email template
	domain          *domain
	local           bool
	empty           bool // nothing at all is said of the user
}

type group struct {
	id     template // nil: by name
	name   template
	domain *domain
}

type domain struct{ id, name template }

type project struct {
	name   template
	domain *domain
	roles  []template
}

func (d *domain) render(values [][]string) (ref identity.DomainRef, err error) {
	if d == nil {
		return ref, nil
	}
	id, err := d.id.render(values)
	if err != nil {
		return ref, err
	}
	ref.ID = identity.DomainID(id)
	ref.Name, err = d.name.render(values)
	return ref, err
}
