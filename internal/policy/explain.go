package policy

import (
	"fmt"
	"strconv"
	"strings"
)

// Explanation tells why a Decision is what it is. It quotes the caller's and the target's attributes: show
// it only to those who may see the target.
type Explanation struct {
	Action  string      `json:"action"`
	Allowed bool        `json:"allowed"`
	Reason  Reason      `json:"reason"`
	Scope   ScopeReport `json:"scope"`
	Rule    *Step       `json:"rule,omitempty"` // nil without a caller or a rule
}

// ScopeReport compares the scope of the token with those the action accepts.
type ScopeReport struct {
	Token    string   `json:"token"`
	Accepted []string `json:"accepted"` // empty: all
	Enforced bool     `json:"enforced"`
	OK       bool     `json:"ok"` // the scope is accepted, enforced or not
}

// Step is the verdict of one part of the expression. All parts are evaluated, also those that no longer
// matter to the whole.
type Step struct {
	Check   string `json:"check"`   // a check as written, or "and", "or", "not"
	Verdict string `json:"verdict"` // yes, no or unknown
	Note    string `json:"note,omitempty"`
	Steps   []Step `json:"steps,omitempty"`
}

// Explain decides like [Engine.Check] and keeps the way there.
func (e *Engine) Explain(action string, c *Caller, t Target) Explanation {
	d, r := e.decide(action, c, t)
	x := Explanation{Action: action, Allowed: d.Allowed, Reason: d.Reason}
	x.Scope.Accepted = []string{}
	if r == nil || c == nil {
		return x
	}
	x.Scope = ScopeReport{
		Token: c.Scope.String(), Accepted: r.scopes.names(), Enforced: !e.ignoreScope, OK: r.accepts(c.Scope),
	}
	step := r.expr.explain(c, t)
	x.Rule = &step
	return x
}

func (e *expr) explain(c *Caller, t Target) Step {
	s := Step{Check: e.text, Verdict: e.eval(c, t).String()}
	for _, a := range e.args {
		s.Steps = append(s.Steps, a.explain(c, t))
	}
	switch e.op {
	case opAnd:
		s.Check = "and"
	case opOr:
		s.Check = "or"
	case opNot:
		s.Check = "not"
	case opRule:
		s.Steps = []Step{e.rule.expr.explain(c, t)}
	case opRole:
		s.Note = fmt.Sprintf("caller has %q", c.Roles)
		if fact := e.facts(c, t); fact != "" {
			s.Note += ", " + fact
		}
	case opCompare:
		s.Note = e.facts(c, t)
	}
	return s
}

// facts says what the two sides turned out to be; a constant already stands in the check.
func (e *expr) facts(c *Caller, t Target) string {
	var facts []string
	for _, side := range []*operand{&e.left, &e.right} {
		switch side.kind {
		case ofCaller:
			facts = append(facts, "caller "+side.value(c, t).String())
		case ofTarget:
			facts = append(facts, "target "+side.value(c, t).String())
		}
	}
	return strings.Join(facts, ", ")
}

func (v value) String() string {
	switch {
	case v.absent:
		return "not supplied"
	case v.null:
		return "null"
	}
	return strconv.Quote(v.text)
}

// String writes the explanation as an indented tree.
func (x Explanation) String() string {
	var b strings.Builder
	word := "denied"
	if x.Allowed {
		word = "allowed"
	}
	fmt.Fprintf(&b, "%s: %s, %s\n", x.Action, word, x.Reason)
	if x.Rule == nil {
		return b.String()
	}
	verdict := "accepted"
	if !x.Scope.OK {
		verdict = "not accepted"
	}
	if !x.Scope.Enforced {
		verdict += ", not enforced"
	}
	accepted := strings.Join(x.Scope.Accepted, ", ")
	if accepted == "" {
		accepted = "any"
	}
	fmt.Fprintf(&b, "scope %s: %s (accepted: %s)\n", x.Scope.Token, verdict, accepted)
	x.Rule.write(&b, 0)
	return b.String()
}

func (s *Step) write(b *strings.Builder, depth int) {
	fmt.Fprintf(b, "%-8s%s%s", s.Verdict, strings.Repeat("  ", depth), s.Check)
	if s.Note != "" {
		fmt.Fprintf(b, "  # %s", s.Note)
	}
	b.WriteByte('\n')
	for i := range s.Steps {
		s.Steps[i].write(b, depth+1)
	}
}
