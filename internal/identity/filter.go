package identity

import (
	"strings"
	"time"
)

// Page asks for at most Limit items (0: all) after the item with id Marker ("": from the start).
// Lists are in ascending order of id.
type Page struct {
	Limit  int
	Marker string
}

// TextFilter is one of Keystone's inexact filters, as in name__contains=foo.
type TextFilter struct {
	Attribute string // a column that the list allows
	Match     TextMatch
	Fold      bool // ignores case (the i... forms)
	Value     string
}

// TextMatch is the way a TextFilter compares.
type TextMatch uint8

const (
	Contains TextMatch = iota
	StartsWith
	EndsWith
)

// TimeFilter compares a time, as in password_expires_at=lt:2030-01-01T00:00:00Z.
type TimeFilter struct {
	Order TimeOrder
	Time  time.Time
}

// TimeOrder is how a TimeFilter compares, in the words of Keystone's queries.
type TimeOrder string

const (
	Before      TimeOrder = "lt"
	NotAfter    TimeOrder = "lte"
	After       TimeOrder = "gt"
	NotBefore   TimeOrder = "gte"
	AtTime      TimeOrder = "eq"
	AtOtherTime TimeOrder = "neq"
)

// Known says whether there is such an order.
func (o TimeOrder) Known() bool {
	switch o {
	case Before, NotAfter, After, NotBefore, AtTime, AtOtherTime:
		return true
	}
	return false
}

// Matches says whether an attribute's text passes the filter. Fold is of A to Z only, as in the
// databases.
func (f TextFilter) Matches(text string) bool {
	value := f.Value
	if f.Fold {
		text, value = FoldASCII(text), FoldASCII(value)
	}
	switch f.Match {
	case StartsWith:
		return strings.HasPrefix(text, value)
	case EndsWith:
		return strings.HasSuffix(text, value)
	default:
		return strings.Contains(text, value)
	}
}

// MatchAll says whether an object passes all filters; attribute returns the text of one of its
// attributes by name.
func MatchAll(filters []TextFilter, attribute func(name string) string) bool {
	for _, f := range filters {
		if !f.Matches(attribute(f.Attribute)) {
			return false
		}
	}
	return true
}

// FoldASCII makes A to Z small.
func FoldASCII(s string) string {
	return strings.Map(func(r rune) rune {
		if 'A' <= r && r <= 'Z' {
			return r + 'a' - 'A'
		}
		return r
	}, s)
}
