package ec2

import (
	"maps"
	"slices"
	"strings"

	"github.com/lintel-id/lintel/internal/auth/percent"
)

// canonicalQuery is the query in the one form that is signed: pairs in order of their encoded names, without the
// signature itself.
func canonicalQuery(params map[string]string, signature string) string {
	pairs := make([]string, 0, len(params))
	for name, value := range params {
		if name != signature {
			pairs = append(pairs, percent.Encode(name)+"="+percent.Encode(value))
		}
	}
	slices.SortFunc(pairs, func(a, b string) int {
		a, _, _ = strings.Cut(a, "=")
		b, _, _ = strings.Cut(b, "=")
		return strings.Compare(a, b)
	})
	return strings.Join(pairs, "&")
}

// lower returns the headers by their names in small letters; ok is false when a name stands twice or a text has control
// characters.
func lower(headers map[string]string) (map[string]string, bool) {
	out := make(map[string]string, len(headers)+1)
	for name, value := range headers {
		name = strings.ToLower(strings.TrimSpace(name))
		if _, twice := out[name]; twice || !plain(name, value) {
			return nil, false
		}
		out[name] = strings.Join(strings.Fields(value), " ")
	}
	return out, true
}

// canonicalHeaders are the lines of the signed headers. The list must be in order, name each once and the host, and all
// must be there.
func canonicalHeaders(list string, headers map[string]string) (lines string, ok bool) {
	names := strings.Split(list, ";")
	var b strings.Builder
	for i, name := range names {
		value, there := headers[name]
		if !there || i > 0 && names[i-1] >= name {
			return "", false
		}
		b.WriteString(name + ":" + value + "\n")
	}
	return b.String(), slices.Contains(names, "host")
}

// sortedNames are the names of parameters without the signature's, in the order of a version.
func sortedNames(params map[string]string, order func(a, b string) int) []string {
	names := slices.DeleteFunc(slices.Collect(maps.Keys(params)), func(name string) bool { return name == "Signature" })
	slices.SortFunc(names, order)
	return names
}
