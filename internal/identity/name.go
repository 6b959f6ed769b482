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
		return invalidField(attribute, "more than %d characters.", max)
	}
	for _, r := range s {
		if r == utf8.RuneError || unicode.Is(unicode.Cc, r) && r != '\n' && r != '\t' || unicode.Is(unicode.Bidi_Control, r) {
			return invalidField(attribute, "it holds a character that cannot be displayed.")
		}
	}
	return nil
}

// checkName is checkText for a name: not blank, one line.
func checkName(attribute, s string, max int) error {
	if strings.TrimSpace(s) == "" {
		return invalidField(attribute, "it must not be blank.")
	}
	if strings.ContainsAny(s, "\n\t") {
		return invalidField(attribute, "it must be one line.")
	}
	return checkText(attribute, s, max)
}

const maxDescription = 65535
