package policy

import (
	"slices"
	"strings"
)

// Reason says in fixed words why a Decision is what it is. It names nothing of the target.
type Reason string

const (
	Allowed       Reason = "the rule allows it"
	NoCaller      Reason = "there is no caller"
	UnknownAction Reason = "there is no such action"
	WrongScope    Reason = "the action does not accept the scope of the token"
	RuleDenies    Reason = "the rule denies it"
	NotKnown      Reason = "no part of the rule allows it, and attributes it names are absent or null"
)

// Decision is the verdict about one action.
type Decision struct {
	Allowed bool
	Rule    string // the action asked about
	Reason  Reason
}

// rule is one named expression. It is immutable once linked.
type rule struct {
	name       string
	text       string // as written; the list form is rewritten as text
	scopes     Scope
	expr       *expr
	file       string
	line       int
	overridden bool
}

// Engine holds one linked set of rules. It is immutable and safe for concurrent use.
type Engine struct {
	rules       map[string]*rule
	order       []string // defaults as in defaults.policy, then the operator's own
	ignoreScope bool
}

// isAction reports whether name is asked about by a verb, of Keystone's API or of Lintel's own; the other
// rules only serve in expressions.
func isAction(name string) bool {
	return strings.HasPrefix(name, "identity:") || strings.HasPrefix(name, "lintel:")
}

// WithoutScopes returns an engine that ignores the scope types of actions: [oslo_policy]
// enforce_scope = false.
func (e *Engine) WithoutScopes() *Engine {
	loose := *e
	loose.ignoreScope = true
	return &loose
}

// Check decides whether c may do action to t. An unknown action and a nil caller are denied. It does not
// allocate.
func (e *Engine) Check(action string, c *Caller, t Target) Decision {
	d, _ := e.decide(action, c, t)
	return d
}

func (e *Engine) decide(action string, c *Caller, t Target) (Decision, *rule) {
	r := e.rules[action]
	if r == nil || !isAction(action) {
		return Decision{Rule: action, Reason: UnknownAction}, nil
	}
	d := Decision{Rule: action}
	switch {
	case c == nil:
		d.Reason = NoCaller
	case !e.ignoreScope && !r.accepts(c.Scope):
		d.Reason = WrongScope
	default:
		d.Allowed, d.Reason = outcome(r.expr.eval(c, t))
	}
	return d, r
}

func outcome(v verdict) (allowed bool, why Reason) {
	switch v {
	case yes:
		return true, Allowed
	case unknown:
		return false, NotKnown
	}
	return false, RuleDenies
}

// accepts applies oslo.policy's reading of scopes: what is neither system nor domain is project.
func (r *rule) accepts(s Scope) bool {
	if s == Unscoped {
		s = Project
	}
	return r.scopes == 0 || r.scopes&s != 0
}

// RuleInfo describes one rule, for listings.
type RuleInfo struct {
	Name       string   `json:"name"`
	Expression string   `json:"expression"`
	Scopes     []string `json:"scopes"` // accepted token scopes; empty: all
	Overridden bool     `json:"overridden"`
	File       string   `json:"file"`
	Line       int      `json:"line"`
}

// Rules lists every rule: the defaults in their order, then the operator's own as in their file.
func (e *Engine) Rules() []RuleInfo {
	infos := make([]RuleInfo, len(e.order))
	for i, name := range e.order {
		infos[i] = e.rules[name].info()
	}
	return infos
}

// Rule describes one rule; ok is false when there is none of that name.
func (e *Engine) Rule(name string) (info RuleInfo, ok bool) {
	r := e.rules[name]
	if r == nil {
		return info, false
	}
	return r.info(), true
}

func (r *rule) info() RuleInfo {
	return RuleInfo{
		Name: r.name, Expression: r.text, Scopes: r.scopes.names(),
		Overridden: r.overridden, File: r.file, Line: r.line,
	}
}

// UsedBy returns the actions that change when the rule of name does: itself, if it is one, and those that
// refer to it, also by way of other rules. They are in the order of [Engine.Rules].
func (e *Engine) UsedBy(name string) []string {
	actions := []string{}
	for _, action := range e.order {
		if isAction(action) && e.rules[action].refersTo(name) {
			actions = append(actions, action)
		}
	}
	return actions
}

func (r *rule) refersTo(name string) (found bool) {
	if r.name == name {
		return true
	}
	r.expr.walk(func(x *expr) { found = found || x.op == opRule && x.rule.refersTo(name) })
	return found
}

// Reads returns, sorted, the target attributes the rule of action may look at, references included; nil for
// an unknown action. The verb has to supply them.
func (e *Engine) Reads(action string) []string {
	r := e.rules[action]
	if r == nil {
		return nil
	}
	names := []string{}
	var visit func(*expr)
	visit = func(x *expr) {
		if x.op == opRule {
			x.rule.expr.walk(visit)
		}
		if x.right.kind == ofTarget {
			names = append(names, x.right.name)
		}
	}
	r.expr.walk(visit)
	slices.Sort(names)
	return slices.Compact(names)
}
