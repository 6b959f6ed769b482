package handout

import (
	"fmt"
	"regexp"
	"strings"
	"unicode"
	"unicode/utf16"
	"unicode/utf8"
)

// Each of these makes any text one value of its format. All that is not plainly visible becomes an escape: a file
// should hide nothing from who reads it, and some parsers are confused by what others allow.

// shell is one word of a POSIX shell. There is no NUL in a shell's words.
func shell(s string) string {
	return "'" + strings.ReplaceAll(strings.ReplaceAll(s, "\x00", ""), "'", `'\''`) + "'"
}

// php is a string of PHP without interpolation.
func php(s string) string {
	return "'" + strings.NewReplacer(`\`, `\\`, `'`, `\'`).Replace(s) + "'"
}

// escape is a double-quoted string of YAML (1.2, section 5.7), Python (Language Reference, 2.4.1) or Go, which have these
// escapes in common.
func escape(s string) string {
	return quote(s, 0xffff, func(r rune) string {
		if r > 0xffff {
			return fmt.Sprintf(`\U%08x`, r)
		}
		return fmt.Sprintf(`\u%04x`, r)
	})
}

// units is a string of JSON (RFC 8259, section 7) or JavaScript, which escape the units of UTF-16.
func units(s string) string { return quote(s, 0xffff, utf16Escape) }

// java is a string of Java. Its \u is replaced before the text is read as a program (Java Language Specification, section 3.3),
// so that what ends a line or a string cannot be written with it. Which bytes a program's text is made of depends on where it
// is read, so there is only ASCII in it.
func java(s string) string {
	hidden := func(r rune) string {
		if r < 0x80 {
			return fmt.Sprintf(`\%03o`, r)
		}
		return utf16Escape(r)
	}
	return quote(s, 0x7e, hidden)
}

// hcl is a quoted template of HCL (syntax specification, "Template Expressions") without anything to be replaced in it.
func hcl(s string) string {
	return strings.NewReplacer("$", `\u0024`, "%", `\u0025`).Replace(escape(s))
}

func utf16Escape(r rune) string {
	if first, second := utf16.EncodeRune(r); first != utf8.RuneError {
		return fmt.Sprintf(`\u%04x\u%04x`, first, second)
	}
	return fmt.Sprintf(`\u%04x`, r)
}

// quote puts s between double quotes. What is not visible, or beyond last, is written as hidden says. What is no UTF-8 becomes
// U+FFFD. Beyond the first plane all is hidden, since old parsers refuse it.
func quote(s string, last rune, hidden func(rune) string) string {
	var b strings.Builder
	b.WriteByte('"')
	for _, r := range s {
		switch {
		case r == '"' || r == '\\':
			b.WriteByte('\\')
			b.WriteRune(r)
		case r > last || r == utf8.RuneError || !unicode.IsPrint(r):
			b.WriteString(hidden(r))
		default:
			b.WriteRune(r)
		}
	}
	b.WriteByte('"')
	return b.String()
}

var plain = regexp.MustCompile(`^[A-Za-z0-9._:/@+=~,\[\]-]+$`)

// ini is s where it can be a value of all that is called INI, which have no quoting in common; else "", and the template
// leaves out the line.
func ini(s string) string {
	if !plain.MatchString(s) {
		return ""
	}
	return s
}
