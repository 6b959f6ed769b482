package identity

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// checkText refuses text that no client can mean: over max characters, bad UTF-8, or control
// and direction characters that make two names look alike.
func checkText(attribute, s string, max int) error {
	if utf8.RuneCountInString(s) > max {
		return Invalidf("Invalid input for field '%s': more than %d characters.", attribute, max)
	}
	for _, r := range s {
		if r == utf8.RuneError || unicode.Is(unicode.Cc, r) && r != '\n' && r != '\t' || unicode.Is(unicode.Bidi_Control, r) {
			return Invalidf("Invalid input for field '%s': it holds a character that cannot be displayed.", attribute)
		}
	}
	return nil
}

// checkName is checkText for a name: not blank, one line.
func checkName(attribute, s string, max int) error {
	if strings.TrimSpace(s) == "" {
		return Invalidf("Invalid input for field '%s': it must not be blank.", attribute)
	}
	if strings.ContainsAny(s, "\n\t") {
		return Invalidf("Invalid input for field '%s': it must be one line.", attribute)
	}
	return checkText(attribute, s, max)
}

const maxDescription = 65535
