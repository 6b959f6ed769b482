package identity

import (
	"slices"
	"strings"
	"time"
)

// User is somebody who can prove who they are. The password is not part of it: hashes stay
// in the database, and only what decides whether one is current is kept here.
type User struct {
	ID               UserID
	DomainID         DomainID
	Name             string // unique in the domain
	Enabled          bool
	DefaultProjectID ProjectID // "" for none
	Email            string    // of Extra: the login alias of the v2.0 API
	Options          *UserOptions
	Extra            Extra
	CreatedAt        time.Time
	LastActiveAt     time.Time // day (midnight in UTC) of the last login with a password, where that is noted; zero for none
	Login            PasswordState
	API              PasswordState // the separate API password, in domains that have one
}

// PasswordState is what the model knows of a current password.
type PasswordState struct {
	ID        string    // row of the current password, "" for none: a new password is a new id
	ExpiresAt time.Time // zero for never
}

// UserOptions are the options of a user. A nil field is unset.
type UserOptions struct {
	IgnoreChangePasswordUponFirstUse *bool      `json:"ignore_change_password_upon_first_use,omitempty"`
	IgnorePasswordExpiry             *bool      `json:"ignore_password_expiry,omitempty"`
	IgnoreLockoutFailureAttempts     *bool      `json:"ignore_lockout_failure_attempts,omitempty"`
	LockPassword                     *bool      `json:"lock_password,omitempty"`
	IgnoreUserInactivity             *bool      `json:"ignore_user_inactivity,omitempty"`
	MultiFactorAuthRules             [][]string `json:"multi_factor_auth_rules,omitempty"`
	MultiFactorAuthEnabled           *bool      `json:"multi_factor_auth_enabled,omitempty"`
}

// On says whether an option is set to true; nil options and unset ones are not.
func On(b *bool) bool { return b != nil && *b }

// PasswordKind tells a user's two passwords apart.
type PasswordKind string

const (
	LoginPassword PasswordKind = "login" // the account's own; also the API's in shared mode
	APIPassword   PasswordKind = "api"   // the API's, in domains in separate mode
)

// Password is one row of a user's passwords: the newest of a kind is the current one.
type Password struct {
	ID          string
	UserID      UserID
	Kind        PasswordKind
	Hash        string
	CreatedAt   time.Time
	ExpiresAt   time.Time // zero for never
	SelfService bool      // set by the user, not by an administrator
}

// UserSpec creates a user. An empty password makes one that cannot log in with a password.
type UserSpec struct {
	DomainID         DomainID
	Name             string
	Enabled          bool
	DefaultProjectID ProjectID
	Email            string
	Password         Secret
	Options          UserOptionsPatch
	Federated        []FederatedIdentity
	Extra            Extra

	Member bool // of the default project, with the member role on it (v2.0)
}

// Validate trims the name and refuses what no user may have.
func (s *UserSpec) Validate() error {
	s.Name = strings.TrimSpace(s.Name)
	if err := checkName("name", s.Name, 255); err != nil {
		return err
	}
	if err := checkFederated(s.Federated); err != nil {
		return err
	}
	return s.Options.Validate()
}

// UserPatch changes a user; the password by an administrator.
type UserPatch struct {
	Name             Opt[string]
	Enabled          Opt[bool]
	DefaultProjectID Opt[ProjectID]
	Password         Opt[Secret]
	Options          UserOptionsPatch
	Federated        []FederatedIdentity // all there are to be; none leaves those there are
	Extra            Extra
	Email            Opt[string]
	DomainID         Opt[DomainID] // given with another value it is refused

	Member bool // the member role moves along with the default project (v2.0)
}

// Validate checks the given fields by themselves.
func (p *UserPatch) Validate() error {
	if p.Name.Set {
		p.Name.Value = strings.TrimSpace(p.Name.Value)
		if err := checkName("name", p.Name.Value, 255); err != nil {
			return err
		}
	}
	if p.Enabled.Set && p.Enabled.Null {
		return Invalidf("Invalid input for field 'enabled': null is not a boolean.")
	}
	if err := checkFederated(p.Federated); err != nil {
		return err
	}
	return p.Options.Validate()
}

// UserOptionsPatch sets, unsets (null) or leaves each option.
type UserOptionsPatch struct {
	IgnoreChangePasswordUponFirstUse Opt[bool]
	IgnorePasswordExpiry             Opt[bool]
	IgnoreLockoutFailureAttempts     Opt[bool]
	LockPassword                     Opt[bool]
	IgnoreUserInactivity             Opt[bool]
	MultiFactorAuthRules             Opt[[][]string]
	MultiFactorAuthEnabled           Opt[bool]
}

// Validate refuses empty and repeated rules (Keystone's schema of multi_factor_auth_rules).
func (p *UserOptionsPatch) Validate() error {
	seen := map[string]bool{}
	for _, rule := range p.MultiFactorAuthRules.Value {
		if len(rule) == 0 {
			return Invalidf("Invalid input for field 'options/multi_factor_auth_rules': a rule is empty.")
		}
		key := strings.Join(slices.Sorted(slices.Values(rule)), "\x1f")
		if seen[key] {
			return Invalidf("Invalid input for field 'options/multi_factor_auth_rules': a rule stands twice.")
		}
		seen[key] = true
	}
	return nil
}

// Apply returns o with the patch applied; nil when nothing is set.
func (p *UserOptionsPatch) Apply(o *UserOptions) *UserOptions {
	var n UserOptions
	if o != nil {
		n = *o
	}
	setOption(p.IgnoreChangePasswordUponFirstUse, &n.IgnoreChangePasswordUponFirstUse)
	setOption(p.IgnorePasswordExpiry, &n.IgnorePasswordExpiry)
	setOption(p.IgnoreLockoutFailureAttempts, &n.IgnoreLockoutFailureAttempts)
	setOption(p.LockPassword, &n.LockPassword)
	setOption(p.IgnoreUserInactivity, &n.IgnoreUserInactivity)
	setOption(p.MultiFactorAuthEnabled, &n.MultiFactorAuthEnabled)
	p.MultiFactorAuthRules.Apply(&n.MultiFactorAuthRules)
	if n.empty() {
		return nil
	}
	return &n
}

func (o *UserOptions) empty() bool {
	return o.IgnoreChangePasswordUponFirstUse == nil && o.IgnorePasswordExpiry == nil && o.IgnoreLockoutFailureAttempts == nil &&
		o.LockPassword == nil && o.IgnoreUserInactivity == nil && o.MultiFactorAuthEnabled == nil && len(o.MultiFactorAuthRules) == 0
}

func setOption(p Opt[bool], dst **bool) {
	switch {
	case p.Null:
		*dst = nil
	case p.Set:
		*dst = &p.Value
	}
}

// UserFilter lists users. Empty fields do not filter.
type UserFilter struct {
	DomainID DomainID
	Name     string
	Enabled  *bool
	GroupID  GroupID      // members of this group only
	Expires  []TimeFilter // of the login password; one that never expires is in no filter
	Text     []TextFilter
	Page     Page

	Federated FederatedIdentity // users with an identity elsewhere that has all of what is named
}
