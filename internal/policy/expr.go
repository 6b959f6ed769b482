package policy

import "strings"

// verdict is a truth value of Kleene's logic: and is min, or is max, not is yes-v.
type verdict uint8

const (
	no verdict = iota
	unknown
	yes
)

func (v verdict) String() string {
	return [...]string{"no", "unknown", "yes"}[v]
}

// op says what an expr does.
type op uint8

const (
	opAlways  op = iota // @
	opNever             // !
	opNot               // args[0]
	opAnd               // args, two or more
	opOr                // args, two or more
	opRule              // the rule called name
	opRole              // the caller has the role that right names
	opCompare           // left equals right
)

// expr is one node of a parsed rule. It is immutable once linked.
type expr struct {
	op          op
	args        []*expr
	name        string // opRule
	rule        *rule  // opRule, set by link
	left, right operand
	text        string // the check as written
	column      int    // of the check, from 1
}

// operand is one side of a comparison.
type operand struct {
	kind operandKind
	name string // attribute name
	text string // constText
	read func(*Caller) string
}

type operandKind uint8

const (
	constText operandKind = iota
	constNull
	ofCaller
	ofTarget
)

// value is what an operand turned out to be. absent and null exclude each other and a text.
type value struct {
	text         string
	null, absent bool
}

func (o *operand) value(c *Caller, t Target) value {
	switch o.kind {
	case constText:
		return value{text: o.text}
	case ofCaller:
		text := o.read(c)
		return value{text: text, null: text == ""}
	case ofTarget:
		a := t.find(o.name)
		if a == nil {
			return value{absent: true}
		}
		if a.Null {
			return value{null: true}
		}
		return value{text: a.Value}
	}
	return value{null: true}
}

func (e *expr) eval(c *Caller, t Target) verdict {
	switch e.op {
	case opAlways:
		return yes
	case opNot:
		return yes - e.args[0].eval(c, t)
	case opAnd:
		v := yes
		for _, a := range e.args {
			if v = min(v, a.eval(c, t)); v == no {
				break
			}
		}
		return v
	case opOr:
		v := no
		for _, a := range e.args {
			if v = max(v, a.eval(c, t)); v == yes {
				break
			}
		}
		return v
	case opRule:
		return e.rule.expr.eval(c, t)
	case opRole:
		return e.hasRole(c, t)
	case opCompare:
		return e.compare(c, t)
	}
	return no
}

func (e *expr) hasRole(c *Caller, t Target) verdict {
	want := e.right.value(c, t)
	if want.absent {
		return unknown
	}
	for _, have := range c.Roles {
		if !want.null && equalFoldASCII(have, want.text) {
			return yes
		}
	}
	return no
}

func (e *expr) compare(c *Caller, t Target) verdict {
	l, r := e.left.value(c, t), e.right.value(c, t)
	switch {
	case l.absent || r.absent:
		return unknown
	case e.left.kind == constNull || e.right.kind == constNull:
		return truth(l.null && r.null)
	case l.null && r.null:
		return unknown
	}
	return truth(l.null == r.null && l.text == r.text)
}

func truth(b bool) verdict {
	if b {
		return yes
	}
	return no
}

func equalFoldASCII(a, b string) bool {
	if len(a) != len(b) {
		return false
	}
	for i := range len(a) {
		if lowerASCII(a[i]) != lowerASCII(b[i]) {
			return false
		}
	}
	return true
}

func lowerASCII(b byte) byte {
	if 'A' <= b && b <= 'Z' {
		return b + 'a' - 'A'
	}
	return b
}

// String writes e in the language, with no more parentheses than needed. An empty rule becomes "@".
func (e *expr) String() string {
	switch e.op {
	case opNot:
		return "not " + e.args[0].within(opNot)
	case opAnd, opOr:
		word := " and "
		if e.op == opOr {
			word = " or "
		}
		parts := make([]string, len(e.args))
		for i, a := range e.args {
			parts[i] = a.within(e.op)
		}
		return strings.Join(parts, word)
	}
	return e.text
}

// within writes e as an operand of outer.
func (e *expr) within(outer op) string {
	loose := e.op == opOr && outer != opOr || e.op == opAnd && outer == opNot
	if loose {
		return "(" + e.String() + ")"
	}
	return e.String()
}

// walk calls visit for e and all below it; it does not follow references.
func (e *expr) walk(visit func(*expr)) {
	visit(e)
	for _, a := range e.args {
		a.walk(visit)
	}
}
