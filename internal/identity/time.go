package identity

import "time"

// TimeLayout is how Identity API v3 writes times: UTC with six digits and a Z.
const TimeLayout = "2006-01-02T15:04:05.000000Z"

// FormatTime writes t as v3 does.
func FormatTime(t time.Time) string { return string(AppendTime(nil, t)) }

// AppendTime appends t as v3 writes times. It is several times as fast as formatting by the
// layout, which every token does twice.
func AppendTime(dst []byte, t time.Time) []byte {
	t = t.UTC()
	year, month, day := t.Date()
	if year < 1000 || year > 9999 {
		return t.AppendFormat(dst, TimeLayout)
	}
	hour, minute, second := t.Clock()
	dst = appendDigits(dst, year, 4, '-')
	dst = appendDigits(dst, int(month), 2, '-')
	dst = appendDigits(dst, day, 2, 'T')
	dst = appendDigits(dst, hour, 2, ':')
	dst = appendDigits(dst, minute, 2, ':')
	dst = appendDigits(dst, second, 2, '.')
	return appendDigits(dst, t.Nanosecond()/1000, 6, 'Z')
}

// appendDigits appends n with just width digits, and what follows them.
func appendDigits(dst []byte, n, width int, then byte) []byte {
	var digits [6]byte
	for i := width - 1; i >= 0; i-- {
		digits[i] = byte('0' + n%10)
		n /= 10
	}
	return append(append(dst, digits[:width]...), then)
}

// ParseTime reads an ISO 8601 time with or without fraction and zone; no zone means UTC.
func ParseTime(s string) (time.Time, bool) {
	for _, layout := range [...]string{time.RFC3339Nano, "2006-01-02T15:04:05.999999999", "2006-01-02T15:04:05.999999999Z0700", "2006-01-02 15:04:05.999999999"} {
		if t, err := time.Parse(layout, s); err == nil {
			return t.UTC(), true
		}
	}
	return time.Time{}, false
}
