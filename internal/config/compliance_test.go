package config

import (
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"
)

// The sample of Keystone's documentation looks ahead and works as it does there: from the first
// character on, and not on to the last unless it says so.
func TestPatternsMatchAsInPython(t *testing.T) {
	for _, c := range []struct {
		pattern, text string
		want          bool
	}{
		{`^(?=.*\d)(?=.*[a-zA-Z]).{7,}$`, "letters1", true},
		{`^(?=.*\d)(?=.*[a-zA-Z]).{7,}$`, "letters", false},
		{`^(?=.*\d)(?=.*[a-zA-Z]).{7,}$`, "12345678", false},
		{`^(?=.*\d)(?=.*[a-zA-Z]).{7,}$`, "short1", false},
		{`.{3}`, "äöü", true},
		{`[a-z]+`, "abcDEF", true},
		{`[a-z]+`, "ABCdef", false},
		{`(?!.*(.)\1\1\1)`, "pass1111", false},
		{`(?!.*(.)\1\1\1)`, "pass1112", true},
		{``, "", true},
	} {
		var p Pattern
		if err := p.UnmarshalText([]byte(c.pattern)); err != nil {
			t.Fatalf("%s: %v", c.pattern, err)
		}
		if got := p.Matches(c.text); got != c.want {
			t.Errorf("%s on %q: %v", c.pattern, c.text, got)
		}
	}
}

// A password made to be hard to match ends as one that does not match.
func TestAPatternEnds(t *testing.T) {
	var p Pattern
	if err := p.UnmarshalText([]byte(`^(a+)+$`)); err != nil {
		t.Fatal(err)
	}
	if p.Matches(strings.Repeat("a", 4000) + "!") {
		t.Error("it matches")
	}
	if !p.Matches("aaa") {
		t.Error("nothing matches any more")
	}
}

// A rate reads as it was written; nothing that is no rate is taken for one.
func TestRates(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		want := Rate{rapid.IntRange(1, 1000).Draw(t, "count"), time.Duration(rapid.Int64Range(1000, int64(24*time.Hour)).Draw(t, "per"))}
		text, err := want.MarshalText()
		var got Rate
		if err != nil || got.UnmarshalText(text) != nil || got != want {
			t.Fatalf("%v is written %s and reads %v (%v)", want, text, got, err)
		}
	})
	for _, bad := range []string{"60", "60/", "/1m", "60/1", "0/1m", "-1/1m", "60/0s", "60/-1m", "1.5/1m", "60 / 1m", "60/1m/2", "5/4ns", "1/25h"} {
		var r Rate
		if err := r.UnmarshalText([]byte(bad)); err == nil || r != (Rate{}) {
			t.Errorf("%q is taken for %v", bad, r)
		}
	}
	var none Rate
	if err := none.UnmarshalText(nil); err != nil || none != (Rate{}) {
		t.Errorf("no rate: %v %v", none, err)
	}
}

// Tempest's settings, and those of both sections, load; what cannot work is refused at its line.
func TestComplianceSettings(t *testing.T) {
	c, err := Load(file(t, "[security_compliance]\nlockout_failure_attempts = 2\nlockout_duration = \"5s\"\nunique_last_password_count = 2\n"+
		"password_regex = '^(?=.*\\d).{7,}$'\n[rate_limit]\naddress = \"60/1m\"\naddress_burst = 10"), noEnv)
	if err != nil {
		t.Fatal(err)
	}
	if s := c.SecurityCompliance; s.LockoutDuration.Duration != 5*time.Second || s.PasswordRegex.String() != `^(?=.*\d).{7,}$` || !strings.Contains(c.String(), `(?=.*\d)`) {
		t.Errorf("%+v", s)
	}
	if want := (RateLimit{Address: Rate{60, time.Minute}, AddressBurst: 10}); c.RateLimit != want {
		t.Errorf("%+v", c.RateLimit)
	}
	for text, want := range map[string]string{
		"[security_compliance]\npassword_regex = '('":                                  ":2:18: security_compliance.password_regex: is not a regular expression",
		"[security_compliance]\nlockout_failure_attempts = -1":                         ":2:1: security_compliance.lockout_failure_attempts: -1 is less than 0",
		"[security_compliance]\nlockout_duration = \"-5s\"":                            ":2:1: security_compliance.lockout_duration: must not be negative",
		"[security_compliance]\npassword_expires_days = 1000000":                       ":2:1: security_compliance.password_expires_days: 1000000 is not a number of days",
		"[security_compliance]\nminimum_password_age = 30\npassword_expires_days = 30": ":2:1: security_compliance.minimum_password_age: must be less than password_expires_days",
		"[security_compliance]\nunique_last_password_count = 1000":                     ":2:1: security_compliance.unique_last_password_count: 1000 is not from 0 to 100",
		"[rate_limit]\naddress = \"60\"":                                               ":2:11: rate_limit.address: \"60\" is not a rate",
		"[rate_limit]\naccount_burst = -1":                                             ":2:1: rate_limit.account_burst: -1 is not from 0 to 10000",
		"[identity]\nlockout_failure_attempts = 2":                                     ":2:1: identity.lockout_failure_attempts: unknown key",
	} {
		path := file(t, text)
		if _, err := Load(path, noEnv); err == nil || !strings.HasPrefix(err.Error(), path+want) {
			t.Errorf("%s\nis refused with %v\nshould be %s", text, err, want)
		}
	}
}
