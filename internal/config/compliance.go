package config

import (
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/dlclark/regexp2"
)

// SecurityCompliance holds the rules of passwords and accounts, by the names that Keystone's section of this name has.
// Zero and "" are off.
type SecurityCompliance struct {
	LockoutFailureAttempts         int      `toml:"lockout_failure_attempts"`
	LockoutDuration                Duration `toml:"lockout_duration"` // zero = until the user is enabled again
	DisableUserAccountDaysInactive int      `toml:"disable_user_account_days_inactive"`
	PasswordExpiresDays            int      `toml:"password_expires_days"`
	UniqueLastPasswordCount        int      `toml:"unique_last_password_count"` // the current one counts
	MinimumPasswordAge             int      `toml:"minimum_password_age"`       // days
	PasswordRegex                  Pattern  `toml:"password_regex"`
	PasswordRegexDescription       string   `toml:"password_regex_description"`
	ChangePasswordUponFirstUse     bool     `toml:"change_password_upon_first_use"`
}

func (s SecurityCompliance) check(f *findings) {
	const section = "security_compliance."
	f.atLeast(section+"lockout_failure_attempts", int64(s.LockoutFailureAttempts), 0)
	f.unless(s.LockoutDuration.Duration >= 0, section+"lockout_duration", "must not be negative")
	for key, days := range map[string]int{"disable_user_account_days_inactive": s.DisableUserAccountDaysInactive,
		"password_expires_days": s.PasswordExpiresDays, "minimum_password_age": s.MinimumPasswordAge} {
		f.unless(days >= 0 && days <= maxDays, section+key, "%d is not a number of days from 0 to %d", days, maxDays)
	}
	f.unless(s.UniqueLastPasswordCount >= 0 && s.UniqueLastPasswordCount <= maxHistory, section+"unique_last_password_count",
		"%d is not from 0 to %d: each of them costs a hash when a password changes", s.UniqueLastPasswordCount, maxHistory)
	f.unless(s.PasswordExpiresDays == 0 || s.MinimumPasswordAge < s.PasswordExpiresDays, section+"minimum_password_age",
		"must be less than password_expires_days, or nobody could change a password in time")
}

const (
	maxDays    = 36500 // a time so far away can still be written down
	maxHistory = 100
)

// patternTimeout bounds what a password can cost that was made to be hard to match.
const patternTimeout = 100 * time.Millisecond

// Pattern is a regular expression in the language of Keystone's examples, which look ahead: `^(?=.*\d)(?=.*[a-z]).{7,}$`.
// The zero Pattern matches everything.
type Pattern struct {
	compiled *regexp2.Regexp
}

// UnmarshalText compiles the pattern.
func (p *Pattern) UnmarshalText(text []byte) error {
	p.compiled = nil
	if len(text) == 0 {
		return nil
	}
	compiled, err := regexp2.Compile(string(text), regexp2.None)
	if err != nil {
		return fmt.Errorf("is not a regular expression: %w", err)
	}
	compiled.MatchTimeout = patternTimeout
	p.compiled = compiled
	return nil
}

// MarshalText returns what UnmarshalText read.
func (p Pattern) MarshalText() ([]byte, error) { return []byte(p.String()), nil }

// String is the pattern's text.
func (p Pattern) String() string {
	if p.compiled == nil {
		return ""
	}
	return p.compiled.String()
}

// Matches says whether text matches from its first character on, like Python's re.match, which Keystone uses. What
// takes too long to tell does not match.
func (p Pattern) Matches(text string) bool {
	if p.compiled == nil {
		return true
	}
	m, err := p.compiled.FindStringMatch(text)
	return err == nil && m != nil && m.Index == 0
}

// RateLimit bounds how often secrets may be tried.
type RateLimit struct {
	Address      Rate `toml:"address"` // by one client; an IPv6 network of 64 bits is one client
	AddressBurst int  `toml:"address_burst"`
	Account      Rate `toml:"account"` // for one user or credential, whoever tries
	AccountBurst int  `toml:"account_burst"`
}

func (r RateLimit) check(f *findings) {
	for key, burst := range map[string]int{"address_burst": r.AddressBurst, "account_burst": r.AccountBurst} {
		f.unless(burst >= 0 && burst <= maxBurst, "rate_limit."+key, "%d is not from 0 to %d", burst, maxBurst)
	}
}

const maxBurst = 10_000

// Rate is "60/1m": so many in such a time, of at most a day. The zero Rate is written "" and has no limit.
type Rate struct {
	Count int
	Per   time.Duration
}

// UnmarshalText reads the rate.
func (r *Rate) UnmarshalText(text []byte) error {
	*r = Rate{}
	if len(text) == 0 {
		return nil
	}
	count, per, _ := strings.Cut(string(text), "/")
	n, err := strconv.Atoi(count)
	span, err2 := time.ParseDuration(per)
	if err != nil || err2 != nil || n < 1 || span < time.Duration(n) || span > 24*time.Hour {
		return fmt.Errorf("%q is not a rate such as \"60/1m\"", text)
	}
	*r = Rate{n, span}
	return nil
}

// MarshalText writes the rate so that UnmarshalText reads the same one.
func (r Rate) MarshalText() ([]byte, error) {
	if r.Count == 0 {
		return nil, nil
	}
	return fmt.Appendf(nil, "%d/%s", r.Count, r.Per), nil
}
