package identity

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
