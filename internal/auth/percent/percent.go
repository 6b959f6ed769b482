// Package percent is the percent-encoding that signatures are made over (RFC 3986, section 2.3;
// RFC 5849, section 3.6; AWS's UriEncode). It refuses the encoding of forms, in which a blank
// is + and an asterisk stays.
package percent

import "strings"

// Encode percent-encodes all but the unreserved characters, with upper-case digits.
func Encode(text string) string {
	const hexDigits = "0123456789ABCDEF"
	var b strings.Builder
	for i := range len(text) {
		c := text[i]
		if 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z' || '0' <= c && c <= '9' || c == '-' || c == '.' || c == '_' || c == '~' {
			b.WriteByte(c)
			continue
		}
		b.Write([]byte{'%', hexDigits[c>>4], hexDigits[c&15]})
	}
	return b.String()
}
