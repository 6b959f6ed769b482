package mapping

import (
	"errors"
	"fmt"
	"strconv"
	"strings"
	"unicode"

	"github.com/lintel-id/lintel/internal/identity"
)

// template is text with numbered places for values. nil stands for a text that was not given.
type template []part

// part is text, or a place for the value of a number.
type part struct {
	text    string
	field   int
	isField bool
}

// parseTemplate reads text as Python's str.format does, as far as Keystone documents it: {0}, {1}
// and so on, {} for the next one, {{ and }} for braces. Attributes, indexes, conversions and
// widths of values are refused, and so is what could only fail at a login.
func parseTemplate(text string) (template, error) {
	t, plain := template{}, ""
	numbered, counted := false, 0
	for rest := text; rest != ""; {
		i := strings.IndexAny(rest, "{}")
		if i < 0 {
			plain += rest
			break
		}
		plain, rest = plain+rest[:i], rest[i:]
		if strings.HasPrefix(rest, "{{") || strings.HasPrefix(rest, "}}") {
			plain, rest = plain+rest[:1], rest[2:]
			continue
		}
		number, after, closed := strings.Cut(rest[1:], "}")
		if rest[0] == '}' || !closed {
			return nil, fmt.Errorf("a single %q stands in the text; write it twice", rest[0])
		}
		n := counted
		if number == "" {
			counted++
		} else {
			var err error
			if n, err = fieldNumber(number); err != nil {
				return nil, err
			}
			numbered = true
		}
		if numbered && counted > 0 {
			return nil, errors.New("{} and numbers are mixed")
		}
		if plain != "" {
			t, plain = append(t, part{text: plain}), ""
		}
		t, rest = append(t, part{field: n, isField: true}), after
	}
	if plain != "" {
		t = append(t, part{text: plain})
	}
	return t, nil
}

// fieldNumber reads the number of a value. No rule has ten thousand.
func fieldNumber(s string) (int, error) {
	if strings.Trim(s, "0123456789") != "" || s == "" || len(s) > 4 {
		return 0, fmt.Errorf("{%s} is not the number of a value", s)
	}
	return strconv.Atoi(s)
}

// noValue is the failure of a login whose rule names a value that it does not have.
func noValue(n int) error {
	return identity.Unauthenticated(fmt.Sprintf("the mapping refers to {%d}, but the rule gives fewer values", n))
}

func value(values [][]string, n int) ([]string, error) {
	if n >= len(values) {
		return nil, noValue(n)
	}
	return values[n], nil
}

// render fills in the values. Where there are several, or none, it is Python's text of a list,
// as in Keystone. Nobody reads that text as a list again.
func (t template) render(values [][]string) (string, error) {
	var b strings.Builder
	for _, p := range t {
		if !p.isField {
			b.WriteString(p.text)
			continue
		}
		v, err := value(values, p.field)
		if err != nil {
			return "", err
		}
		if len(v) == 1 {
			b.WriteString(v[0])
		} else {
			b.WriteString(pythonList(v))
		}
	}
	return b.String(), nil
}

// list is the names of groups, or their ids: all values of one number, or as many as the rule
// itself writes down. How many there are is known before any value is.
type list struct {
	all   *int // every value of this number is an item
	items []template
}

func parseList(text string) (*list, error) {
	t, err := parseTemplate(text)
	if err != nil {
		return nil, err
	}
	if len(t) == 1 && t[0].isField {
		return &list{all: &t[0].field}, nil
	}
	if items, ok := splitList(t); ok {
		return &list{items: items}, nil
	}
	return &list{items: []template{t}}, nil
}

func (l *list) render(values [][]string) ([]string, error) {
	if l.all != nil {
		return value(values, *l.all)
	}
	out := make([]string, len(l.items))
	for i, t := range l.items {
		var err error
		if out[i], err = t.render(values); err != nil {
			return nil, err
		}
	}
	return out, nil
}

// splitList reads a template that is Python's text of a list of strings, as in ['a', "{0}"].
// Everything else is one name.
func splitList(t template) (items []template, ok bool) {
	s := listScanner{parts: t}
	s.blanks()
	if s.next() != '[' {
		return nil, false
	}
	for {
		s.blanks()
		quote := s.next()
		if quote == ']' {
			break
		}
		if quote != '\'' && quote != '"' {
			return nil, false
		}
		item, ok := s.quoted(quote)
		if !ok {
			return nil, false
		}
		items = append(items, item)
		s.blanks()
		switch s.next() {
		case ',':
			continue
		case ']':
		default:
			return nil, false
		}
		break
	}
	s.blanks()
	return items, s.next() == endOfList
}

const (
	endOfList   rune = -1
	fieldInList rune = -2
)

// listScanner reads a template rune by rune; a field is one rune of its own.
type listScanner struct {
	parts template
	at    int // within the text of the first part
	field int // of the last fieldInList
}

func (s *listScanner) next() rune {
	if len(s.parts) == 0 {
		return endOfList
	}
	p := s.parts[0]
	if p.isField {
		s.parts, s.field = s.parts[1:], p.field
		return fieldInList
	}
	r, size := rune(p.text[s.at]), 1
	if r >= 0x80 {
		for _, r = range p.text[s.at:] {
			break
		}
		size = len(string(r))
	}
	if s.at += size; s.at >= len(p.text) {
		s.parts, s.at = s.parts[1:], 0
	}
	return r
}

func (s *listScanner) blanks() {
	for len(s.parts) > 0 && !s.parts[0].isField && strings.IndexByte(" \t\n\r", s.parts[0].text[s.at]) >= 0 {
		s.next()
	}
}

// quoted reads to the closing quote.
func (s *listScanner) quoted(quote rune) (template, bool) {
	t, plain := template{}, ""
	for {
		switch r := s.next(); r {
		case endOfList, '\n', '\r':
			return nil, false
		case fieldInList:
			if plain != "" {
				t, plain = append(t, part{text: plain}), ""
			}
			t = append(t, part{field: s.field, isField: true})
		case quote:
			if plain != "" {
				t = append(t, part{text: plain})
			}
			return t, true
		case '\\':
			c, ok := map[rune]string{'\\': `\`, '\'': `'`, '"': `"`, 'n': "\n", 't': "\t", 'r': "\r"}[s.next()]
			if !ok {
				return nil, false
			}
			plain += c
		default:
			plain += string(r)
		}
	}
}

// pythonList is the text that Python prints for a list of strings.
func pythonList(values []string) string {
	texts := make([]string, len(values))
	for i, v := range values {
		texts[i] = pythonString(v)
	}
	return "[" + strings.Join(texts, ", ") + "]"
}

func pythonString(s string) string {
	quote := '\''
	if strings.ContainsRune(s, '\'') && !strings.ContainsRune(s, '"') {
		quote = '"'
	}
	var b strings.Builder
	b.WriteRune(quote)
	for _, r := range s {
		switch {
		case r == quote || r == '\\':
			b.WriteString(`\` + string(r))
		case r == '\n':
			b.WriteString(`\n`)
		case r == '\r':
			b.WriteString(`\r`)
		case r == '\t':
			b.WriteString(`\t`)
		case unicode.IsPrint(r):
			b.WriteRune(r)
		case r < 0x100:
			fmt.Fprintf(&b, `\x%02x`, r)
		case r < 0x10000:
			fmt.Fprintf(&b, `\u%04x`, r)
		default:
			fmt.Fprintf(&b, `\U%08x`, r)
		}
	}
	b.WriteRune(quote)
	return b.String()
}

// pythonQuote is urllib.parse.quote: all but letters, digits and _.-~/ is percent-encoded.
func pythonQuote(s string) string {
	var b strings.Builder
	for i := range len(s) {
		c := s[i]
		if 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z' || '0' <= c && c <= '9' || strings.IndexByte("_.-~/", c) >= 0 {
			b.WriteByte(c)
		} else {
			fmt.Fprintf(&b, "%%%02X", c)
		}
	}
	return b.String()
}
