package policy

import (
	_ "embed"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
)

// LoadError is one fault in a policy file. With and Defaults join all they find.
type LoadError struct {
	File    string
	Line    int    // from 1
	Rule    string // "" when the fault is not inside one rule
	Message string
}

func (e *LoadError) Error() string {
	if e.Rule == "" {
		return fmt.Sprintf("%s:%d: %s", e.File, e.Line, e.Message)
	}
	return fmt.Sprintf("%s:%d: %s: %s", e.File, e.Line, e.Rule, e.Message)
}

func (r *rule) errorf(format string, args ...any) error {
	return &LoadError{File: r.file, Line: r.line, Rule: r.name, Message: fmt.Sprintf(format, args...)}
}

//go:embed defaults.policy
var defaultsText string

// Defaults returns Keystone's rules and Lintel's own with nothing overridden. It fails only if the embedded file is broken.
func Defaults() (*Engine, error) {
	rules, err := parseTable(defaultsText, "defaults.policy")
	if err != nil {
		return nil, err
	}
	e := &Engine{rules: make(map[string]*rule, len(rules))}
	for _, r := range rules {
		if e.rules[r.name] != nil {
			return nil, r.errorf("written twice")
		}
		e.rules[r.name] = r
		e.order = append(e.order, r.name)
	}
	if err := link(e.rules); err != nil {
		return nil, err
	}
	return e, nil
}

// parseTable reads the format of defaults.policy, which says what it is at its head.
func parseTable(text, file string) ([]*rule, error) {
	var rules []*rule
	n := 0
	for line := range strings.Lines(text) {
		n++
		line = strings.TrimSuffix(line, "\n")
		switch {
		case line == "" || line[0] == '#':
		case line[0] == ' ' && len(rules) > 0:
			rules[len(rules)-1].text += " " + strings.TrimSpace(line)
		default:
			r := &rule{file: file, line: n}
			if err := r.parseHead(line); err != nil {
				return nil, err
			}
			rules = append(rules, r)
		}
	}
	for _, r := range rules {
		var err error
		if r.text = strings.TrimSpace(r.text); r.text == "" {
			return nil, r.errorf("no expression: write @ to allow all")
		}
		if r.expr, err = parse(r.text); err != nil {
			return nil, r.errorf("%v", err)
		}
	}
	return rules, nil
}

// parseHead reads the line that begins a rule: scopes, name and maybe the expression.
func (r *rule) parseHead(line string) error {
	scopes, rest, _ := strings.Cut(line, " ")
	r.name, r.text, _ = strings.Cut(strings.TrimSpace(rest), " ")
	for _, letter := range scopes {
		switch letter {
		case 's':
			r.scopes |= System
		case 'd':
			r.scopes |= Domain
		case 'p':
			r.scopes |= Project
		case '-':
		default:
			return r.errorf("unknown scope %q", letter)
		}
	}
	return nil
}

// With returns an engine where the rules in overrides replace those of e. overrides is the text of a
// policy.yaml or policy.json: one object, rule names to expressions. name is the file's name for messages.
//
// Everything that could turn a slip into an open door refuses the whole file, with all faults joined as
// *[LoadError]: a name written twice, an action that does not exist, a helper rule nothing refers to, a
// reference to no rule, a cycle, an expression that does not parse, an attribute that does not exist, and
// a null where "" or "@" would say that everybody is meant.
func (e *Engine) With(overrides []byte, name string) (*Engine, error) {
	added, err := parseOverrides(overrides, name)
	if err != nil {
		return nil, err
	}
	next := &Engine{rules: maps.Clone(e.rules), order: slices.Clone(e.order), ignoreScope: e.ignoreScope}
	var faults []error
	for _, r := range added {
		old := e.rules[r.name]
		switch {
		case old != nil:
			r.scopes = old.scopes
		case isAction(r.name):
			faults = append(faults, r.errorf("unknown rule: there is no such action"))
		default:
			next.order = append(next.order, r.name)
		}
		next.rules[r.name] = r
	}
	// The rules of e point at each other, so the new set links copies.
	for name, r := range next.rules {
		next.rules[name] = r.clone()
	}
	faults = append(faults, link(next.rules), next.unused(added, e.rules))
	if err := errors.Join(faults...); err != nil {
		return nil, err
	}
	return next, nil
}

// unused finds helper rules of the operator that no rule refers to: most likely a misspelled name.
// "default" is exempt: old files carry it, and oslo.policy falls back on it where we deny.
func (e *Engine) unused(added []*rule, defaults map[string]*rule) error {
	referred := map[string]bool{"default": true}
	for _, r := range e.rules {
		r.expr.walk(func(x *expr) { referred[x.name] = true })
	}
	var faults []error
	for _, r := range added {
		if defaults[r.name] == nil && !isAction(r.name) && !referred[r.name] {
			faults = append(faults, r.errorf("unknown rule: not Keystone's, and nothing refers to it"))
		}
	}
	return errors.Join(faults...)
}
