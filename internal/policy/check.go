package policy

import (
	"errors"
	"fmt"
	"strings"
	"unicode"
)

// parseCheck reads one check, the leaf of an expression.
func parseCheck(w word) (*expr, error) {
	e := &expr{text: w.text, column: w.column}
	fail := func(format string, args ...any) (*expr, error) {
		return nil, &syntaxError{w.column, fmt.Sprintf(format, args...)}
	}
	if strings.ContainsFunc(w.text, func(r rune) bool { return unicode.IsSpace(r) || unicode.IsControl(r) }) {
		return fail("%q: white space inside a check", w.text)
	}
	switch w.text {
	case "@":
		e.op = opAlways
		return e, nil
	case "!":
		e.op = opNever
		return e, nil
	}
	kind, match, ok := strings.Cut(w.text, ":")
	if !ok {
		return fail("%q is not a check: want kind:value", w.text)
	}
	if match == "" {
		return fail("%q compares with nothing", w.text)
	}
	if kind == "rule" {
		e.op, e.name = opRule, match
		return e, nil
	}
	e.op = opCompare
	if kind == "role" {
		e.op = opRole
	}
	if err := e.parseSides(kind, match); err != nil {
		return fail("%q: %v", w.text, err)
	}
	return e, nil
}

func (e *expr) parseSides(kind, match string) (err error) {
	if e.op == opCompare {
		if e.left, err = parseLeft(kind); err != nil {
			return err
		}
	}
	if e.right, err = parseRight(match); err != nil {
		return err
	}
	switch {
	case e.op == opRole && e.right.kind == constNull:
		// "role:None" is a role of that name.
		e.right = operand{kind: constText, text: match}
	case e.left.name == "is_admin":
		e.right.text, err = parseBool(match)
	case e.op == opCompare && e.left.kind != ofCaller && e.right.kind != ofTarget:
		err = errors.New("compares two constants: write \"@\" or \"!\" instead")
	}
	return err
}

// parseRight reads the side after the colon: a target attribute or a constant.
func parseRight(match string) (operand, error) {
	if match == "None" {
		return operand{kind: constNull}, nil
	}
	if !strings.Contains(match, "%") {
		return operand{kind: constText, text: match}, nil
	}
	name, ok := strings.CutPrefix(match, "%(")
	if ok {
		name, ok = strings.CutSuffix(name, ")s")
	}
	if !ok || strings.ContainsAny(name, "%()") {
		return operand{}, errors.New("want %(attribute)s or a text without %")
	}
	if _, known := targetAttributes()[name]; !known {
		return operand{}, fmt.Errorf("no verb supplies the target attribute %q", name)
	}
	return operand{kind: ofTarget, name: name}, nil
}

// parseLeft reads the side before the colon: a Python literal or a caller attribute.
func parseLeft(kind string) (operand, error) {
	switch {
	case kind == "":
		return operand{}, errors.New("nothing before the colon")
	case kind == "None":
		return operand{kind: constNull}, nil
	case kind == "True" || kind == "False" || isNumber(kind):
		return operand{kind: constText, text: kind}, nil
	case kind[0] == '\'' || kind[0] == '"':
		text := kind[1:]
		if len(text) == 0 || text[len(text)-1] != kind[0] {
			return operand{}, errors.New("the quote is not closed before the colon")
		}
		text = text[:len(text)-1]
		if strings.ContainsAny(text, "'\"\\") {
			return operand{}, errors.New("a quote or a backslash inside a quoted text")
		}
		return operand{kind: constText, text: text}, nil
	case kind == "http" || kind == "https":
		return operand{}, errors.New("checks by a remote server are not supported")
	}
	read, ok := callerAttribute(kind)
	if !ok {
		return operand{}, fmt.Errorf("unknown caller attribute %q", kind)
	}
	return operand{kind: ofCaller, name: kind, read: read}, nil
}

func isNumber(s string) bool {
	digits := strings.TrimPrefix(s, "-")
	return digits != "" && strings.Trim(digits, "0123456789") == ""
}

// parseBool reads the right side of is_admin.
func parseBool(s string) (string, error) {
	switch s {
	case "1", "True", "true":
		return pythonBool(true), nil
	case "0", "False", "false":
		return pythonBool(false), nil
	}
	return "", errors.New("want 1, 0, True or False")
}
