package policy

import (
	"errors"
	"maps"
	"slices"
	"strings"
)

// link resolves the references between rules and refuses dangling and circular ones.
func link(rules map[string]*rule) error {
	var faults []error
	for _, name := range slices.Sorted(maps.Keys(rules)) {
		r := rules[name]
		r.expr.walk(func(x *expr) {
			if x.op != opRule {
				return
			}
			if x.rule = rules[x.name]; x.rule == nil {
				faults = append(faults, r.errorf("column %d: rule:%s refers to no rule", x.column, x.name))
			}
		})
	}
	if len(faults) > 0 {
		return errors.Join(faults...)
	}
	s := search{done: map[*rule]bool{}}
	for _, name := range slices.Sorted(maps.Keys(rules)) {
		if err := s.visit(rules[name]); err != nil {
			return err
		}
	}
	return nil
}

// search walks references depth first; path is the way to the rule in hand.
type search struct {
	done map[*rule]bool
	path []*rule
}

func (s *search) visit(r *rule) error {
	if s.done[r] {
		return nil
	}
	if at := slices.Index(s.path, r); at >= 0 {
		return circle(s.path[at:])
	}
	s.path = append(s.path, r)
	var fault error
	r.expr.walk(func(x *expr) {
		if x.op == opRule && fault == nil {
			fault = s.visit(x.rule)
		}
	})
	s.path = s.path[:len(s.path)-1]
	s.done[r] = true
	return fault
}

// circle blames the rule the operator wrote: the defaults alone have no circles.
func circle(rules []*rule) error {
	at := max(0, slices.IndexFunc(rules, func(r *rule) bool { return r.overridden }))
	names := []string{}
	for _, r := range append(slices.Clone(rules[at:]), rules[:at+1]...) {
		names = append(names, r.name)
	}
	return rules[at].errorf("the rule refers to itself: %s", strings.Join(names, " -> "))
}

// clone copies r so that its references can be linked anew.
func (r *rule) clone() *rule {
	c := *r
	c.expr = r.expr.clone()
	return &c
}

func (e *expr) clone() *expr {
	c := *e
	c.rule = nil
	c.args = make([]*expr, len(e.args))
	for i, a := range e.args {
		c.args[i] = a.clone()
	}
	return &c
}
