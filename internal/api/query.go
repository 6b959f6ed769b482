package api

import (
	"net/url"
	"slices"
	"strconv"
	"strings"

	"github.com/lintel-id/lintel/internal/identity"
)

// Query reads a list's query string by Keystone's rules: unknown keys are ignored, the first
// of several values counts.
type Query struct{ values url.Values }

// Query returns the request's query string.
func (r *Request) Query() Query { return Query{r.URL.Query()} }

// Get returns the value of key, or "".
func (q Query) Get(key string) string { return q.values.Get(key) }

// Has says whether key stands in the query, with whatever value.
func (q Query) Has(key string) bool { return q.values.Has(key) }

// Flag is set by the mere presence of key, unless its value is 0.
func (q Query) Flag(key string) bool { return q.values.Has(key) && q.values.Get(key) != "0" }

// Bool is a boolean filter: nil when absent; 0, false, no, off, n and f in any case are false
// and everything else is true.
func (q Query) Bool(key string) *bool {
	if !q.values.Has(key) {
		return nil
	}
	on := !slices.Contains([]string{"0", "false", "no", "off", "n", "f"}, strings.ToLower(q.values.Get(key)))
	return &on
}

// List splits a comma-separated value.
func (q Query) List(key string) []string {
	if q.values.Get(key) == "" {
		return nil
	}
	return strings.Split(q.values.Get(key), ",")
}

// Text returns the inexact filters on the given attributes, as in name__contains=foo.
// Comparators that Keystone does not know are ignored.
func (q Query) Text(attributes ...string) []identity.TextFilter {
	var out []identity.TextFilter
	for key, values := range q.values {
		attribute, how, ok := strings.Cut(key, "__")
		if !ok || !slices.Contains(attributes, attribute) || len(values) == 0 {
			continue
		}
		f := identity.TextFilter{Attribute: attribute, Value: values[0]}
		how, f.Fold = strings.CutPrefix(how, "i")
		switch how {
		case "contains":
			f.Match = identity.Contains
		case "startswith":
			f.Match = identity.StartsWith
		case "endswith":
			f.Match = identity.EndsWith
		default:
			continue
		}
		out = append(out, f)
	}
	return out
}

// Times returns the filters on a time, as in password_expires_at=lt:2030-01-01T00:00:00Z. All
// values count; one without an order asks for exactly that time, as in Keystone.
func (q Query) Times(key string) (filters []identity.TimeFilter, err error) {
	for _, value := range q.values[key] {
		f := identity.TimeFilter{Order: identity.AtTime}
		if order, rest, ok := strings.Cut(value, ":"); ok && len(order) <= 3 {
			f.Order, value = identity.TimeOrder(order), rest
		}
		var ok bool
		if f.Time, ok = identity.ParseTime(value); !ok {
			return nil, identity.Invalidf("Invalid input for field '%s': it holds no time such as 2030-01-01T00:00:00Z.", key)
		}
		if !f.Order.Known() {
			return nil, identity.Invalidf("Invalid input for field '%s': times compare by eq, neq, lt, lte, gt or gte.", key)
		}
		filters = append(filters, f)
	}
	return filters, nil
}

// Page reads limit and marker; a limit above max is cut to it.
func (q Query) Page(max int) (identity.Page, error) {
	p := identity.Page{Marker: q.values.Get("marker")}
	if l := q.values.Get("limit"); l != "" {
		n, err := strconv.Atoi(l)
		if err != nil || n < 0 {
			return p, identity.Invalidf("Invalid input for field 'limit': it is not a number of items.")
		}
		p.Limit = min(n, max)
	}
	return p, nil
}

// ListLinks are the links of the answer to a list request of which n items are returned; last
// is the id of the last. A full page has a next link, even if that page will be empty.
func (r *Request) ListLinks(p identity.Page, n int, last string) ListLinks {
	links := ListLinks{Self: r.Base() + r.URL.Path}
	if r.URL.RawQuery != "" {
		links.Self += "?" + r.URL.RawQuery
	}
	if p.Limit > 0 && n == p.Limit {
		q := r.URL.Query()
		q.Set("marker", last)
		q.Set("limit", strconv.Itoa(p.Limit))
		next := r.Base() + r.URL.Path + "?" + q.Encode()
		links.Next = &next
	}
	return links
}
