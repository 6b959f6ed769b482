package identity

import "time"

// TimeLayout is how Identity API v3 writes times: UTC with six digits and a Z.
const TimeLayout = "2006-01-02T15:04:05.000000Z"

// FormatTime writes t as v3 does.
func FormatTime(t time.Time) string { return t.UTC().Format(TimeLayout) }

// ParseTime reads an ISO 8601 time with or without fraction and zone; no zone means UTC.
func ParseTime(s string) (time.Time, bool) {
	for _, layout := range [...]string{time.RFC3339Nano, "2006-01-02T15:04:05.999999999", "2006-01-02T15:04:05.999999999Z0700", "2006-01-02 15:04:05.999999999"} {
		if t, err := time.Parse(layout, s); err == nil {
			return t.UTC(), true
		}
	}
	return time.Time{}, false
}
