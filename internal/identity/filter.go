package identity

import "time"

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
