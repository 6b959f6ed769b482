package api

import (
	"net/http"
	"net/url"
	"strings"
	"unicode"
	"unicode/utf8"
)

// cleanPath replaces r.URL.Path by the canonical path of the request target.
func cleanPath(r *http.Request) refusal {
	target, _, _ := strings.Cut(r.RequestURI, "?")
	// net/http drops the Host header of an absolute-form target before we could compare the two.
	if target == "" || target[0] != '/' {
		return refusal{http.StatusBadRequest, "The request target must be a path; absolute URLs and \"*\" are not accepted."}
	}
	path, problem := canonicalPath(target)
	if problem != "" {
		return refusal{http.StatusBadRequest, problem}
	}
	if path != r.URL.Path {
		r.URL.Path = path
		r.URL.RawPath = strings.TrimSuffix(r.URL.RawPath, "/")
	}
	return refusal{}
}

// canonicalPath decodes the path of a request target, which begins with '/', and trims one trailing slash. It refuses
// every spelling that another program might take for a different path: empty, "." and ".." segments, encoded separators,
// dots and other characters that need no encoding (RFC 3986 section 6.2.2.2), ';' parameters, control characters,
// characters that must be encoded, and what is not UTF-8. problem is "" or says what is wrong.
func canonicalPath(target string) (path, problem string) {
	encoded := false
	for i := 0; i < len(target); i++ {
		switch c := target[i]; {
		case c == '%':
			if problem := escapeProblem(target[i:]); problem != "" {
				return "", problem
			}
			encoded = true
			i += 2
		case !rawAllowed(c):
			return "", "The path contains a character that is not allowed there."
		}
	}
	if strings.Contains(target, "//") {
		return "", "The path must not contain empty segments (\"//\")."
	}
	for segment := range strings.SplitSeq(target, "/") {
		if segment == "." || segment == ".." {
			return "", "The path must not contain \".\" or \"..\" segments."
		}
	}
	if len(target) > 1 {
		target = strings.TrimSuffix(target, "/")
	}
	if !encoded {
		return target, ""
	}
	path, err := url.PathUnescape(target)
	if err != nil || !utf8.ValidString(path) {
		return "", "The path is not UTF-8."
	}
	if strings.ContainsFunc(path, unicode.IsControl) {
		return "", "The path contains a control character."
	}
	return path, ""
}

// escapeProblem looks at the "%xx" that text begins with.
func escapeProblem(text string) string {
	if len(text) < 3 {
		return "The path contains an incomplete percent-encoding."
	}
	high, low := unhex(text[1]), unhex(text[2])
	if high < 0 || low < 0 {
		return "The path contains an invalid percent-encoding."
	}
	switch c := byte(high<<4 | low); {
	case c == '/' || c == '\\' || c == ';':
		return "The path must not contain an encoded separator."
	case c < ' ' || c == 0x7f:
		return "The path contains a control character."
	case unreserved(c):
		return "The path encodes a character that needs no encoding."
	}
	return ""
}

// rawAllowed is RFC 3986's pchar and '/' without ';', and the brackets, which Python's clients leave as they are.
func rawAllowed(c byte) bool {
	return unreserved(c) || strings.IndexByte("/!$&'()*+,=:@[]", c) >= 0
}

func unreserved(c byte) bool {
	return 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z' || '0' <= c && c <= '9' || c == '-' || c == '.' || c == '_' || c == '~'
}

// unhex is the value of a hexadecimal digit, or -1.
func unhex(c byte) int {
	switch {
	case '0' <= c && c <= '9':
		return int(c - '0')
	case 'a' <= c && c <= 'f':
		return int(c-'a') + 10
	case 'A' <= c && c <= 'F':
		return int(c-'A') + 10
	}
	return -1
}
