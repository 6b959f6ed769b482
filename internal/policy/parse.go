package policy

import (
	"fmt"
	"slices"
	"strings"
)

const (
	maxExpression = 32 << 10 // bytes; the longest default has 900
	maxDepth      = 100      // nested parentheses and nots; bounds the recursion
)

// syntaxError is a fault inside one expression.
type syntaxError struct {
	column  int // from 1, in bytes
	message string
}

func (e *syntaxError) Error() string { return fmt.Sprintf("column %d: %s", e.column, e.message) }

// parse reads the text form of a rule. The references in it are not linked.
func parse(text string) (*expr, error) {
	if len(text) > maxExpression {
		return nil, &syntaxError{1, fmt.Sprintf("longer than %d bytes", maxExpression)}
	}
	p := parser{words: split(text), end: len(text) + 1}
	if len(p.words) == 0 {
		return &expr{op: opAlways, text: "@", column: 1}, nil
	}
	e, err := p.or(0)
	if err != nil {
		return nil, err
	}
	if w, ok := p.peek(); ok {
		return nil, &syntaxError{w.column, fmt.Sprintf("%q after the end of the expression", w.text)}
	}
	return e, nil
}

type word struct {
	text   string
	column int
}

// is reports whether w is the operator name, which may be written in any case.
func (w word) is(name string) bool { return equalFoldASCII(w.text, name) }

// split parts text at white space, then takes "(" off the front of a word and ")" off its end, as
// oslo.policy does: a parenthesis inside a word, as in %(user_id)s, belongs to the word.
func split(text string) []word {
	var words []word
	for at := 0; at < len(text); {
		if isSpace(text[at]) {
			at++
			continue
		}
		end := at
		for end < len(text) && !isSpace(text[end]) {
			end++
		}
		for ; at < end && text[at] == '('; at++ {
			words = append(words, word{"(", at + 1})
		}
		body := strings.TrimRight(text[at:end], ")")
		if body != "" {
			words = append(words, word{body, at + 1})
		}
		for at += len(body); at < end; at++ {
			words = append(words, word{")", at + 1})
		}
	}
	return words
}

func isSpace(b byte) bool { return b == ' ' || '\t' <= b && b <= '\r' }

type parser struct {
	words []word
	end   int // column after the text
}

func (p *parser) peek() (word, bool) {
	if len(p.words) == 0 {
		return word{}, false
	}
	return p.words[0], true
}

func (p *parser) or(depth int) (*expr, error) {
	return p.chain("or", opOr, func() (*expr, error) { return p.and(depth) })
}

func (p *parser) and(depth int) (*expr, error) {
	return p.chain("and", opAnd, func() (*expr, error) { return p.not(depth) })
}

// chain reads operands parted by one operator.
func (p *parser) chain(name string, o op, operand func() (*expr, error)) (*expr, error) {
	first, err := operand()
	if err != nil {
		return nil, err
	}
	args := []*expr{first}
	for {
		w, ok := p.peek()
		if !ok || !w.is(name) {
			break
		}
		p.words = p.words[1:]
		next, err := operand()
		if err != nil {
			return nil, err
		}
		args = append(args, next)
	}
	if len(args) == 1 {
		return first, nil
	}
	return &expr{op: o, args: args, column: first.column}, nil
}

func (p *parser) not(depth int) (*expr, error) {
	w, ok := p.peek()
	if !ok {
		return nil, &syntaxError{p.end, "a check is missing at the end"}
	}
	if depth > maxDepth {
		return nil, &syntaxError{w.column, fmt.Sprintf("nested deeper than %d", maxDepth)}
	}
	p.words = p.words[1:]
	switch {
	case w.is("not"):
		arg, err := p.not(depth + 1)
		if err != nil {
			return nil, err
		}
		return &expr{op: opNot, args: []*expr{arg}, column: w.column}, nil
	case w.text == "(":
		e, err := p.or(depth + 1)
		if err != nil {
			return nil, err
		}
		closing, ok := p.peek()
		if !ok || closing.text != ")" {
			return nil, &syntaxError{w.column, `"(" is never closed`}
		}
		p.words = p.words[1:]
		return e, nil
	case w.text == ")" || w.is("and") || w.is("or"):
		return nil, &syntaxError{w.column, fmt.Sprintf("a check is missing before %q", w.text)}
	}
	return parseCheck(w)
}

// parseList reads the list form: [["role:a", "role:b"], "role:c"] is "role:a and role:b or role:c".
// Each item is a list of checks; columns count items.
func parseList(items [][]string) (*expr, error) {
	if len(items) == 0 {
		return &expr{op: opAlways, text: "@", column: 1}, nil
	}
	var alternatives []*expr
	for i, item := range items {
		var checks []*expr
		for _, text := range item {
			c, err := parseCheck(word{text, i + 1})
			if err != nil {
				return nil, err
			}
			checks = append(checks, c)
		}
		if len(checks) > 0 {
			alternatives = append(alternatives, join(opAnd, checks))
		}
	}
	if len(alternatives) == 0 {
		return &expr{op: opNever, text: "!", column: 1}, nil
	}
	return join(opOr, alternatives), nil
}

func join(o op, args []*expr) *expr {
	if len(args) == 1 {
		return args[0]
	}
	return &expr{op: o, args: slices.Clip(args), column: args[0].column}
}
