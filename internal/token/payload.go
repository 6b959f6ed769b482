package token

import (
	"errors"
	"time"

	"github.com/lintel-id/lintel/internal/identity"
)

// ErrInvalid is the error of everything that is no token of ours. What wraps it says why, for the log.
var ErrInvalid = errors.New("token: invalid")

// version is the first item of a payload; the numbers are Keystone's (keystone/token/token_formatters.py).
type version uint8

const (
	unscoped version = iota
	domainScoped
	projectScoped
	trustScoped
	federatedUnscoped
	federatedProject
	federatedDomain
	oauth1Scoped
	systemScoped
	applicationCredentialScoped
	oauth2Scoped // mTLS
)

// field is one item of a payload behind the version, the user and the methods.
type field uint8

const (
	none field = iota
	project
	domain
	system
	trust
	accessToken
	applicationCredential
	groups
	identityProvider
	protocol
	thumbprint
	expiry
	audits
)

// layout is the fields of one version in their order; none ends it.
type layout [6]field

const leading = 3 // version, user, methods

// layoutOf returns the layout of v; ok is false for a version that is not known.
func layoutOf(v version) (l layout, ok bool) {
	switch v {
	case unscoped:
		return layout{expiry, audits}, true
	case domainScoped:
		return layout{domain, expiry, audits}, true
	case projectScoped:
		return layout{project, expiry, audits}, true
	case trustScoped:
		return layout{project, expiry, audits, trust}, true
	case federatedUnscoped:
		return layout{groups, identityProvider, protocol, expiry, audits}, true
	case federatedProject:
		return layout{project, groups, identityProvider, protocol, expiry, audits}, true
	case federatedDomain:
		return layout{domain, groups, identityProvider, protocol, expiry, audits}, true
	case oauth1Scoped:
		return layout{project, accessToken, expiry, audits}, true
	case systemScoped:
		return layout{system, expiry, audits}, true
	case applicationCredentialScoped:
		return layout{project, expiry, audits, applicationCredential}, true
	case oauth2Scoped:
		return layout{project, domain, expiry, audits, thumbprint}, true
	}
	return layout{}, false
}

// items counts what the array of the payload holds.
func (l layout) items() int {
	n := leading
	for _, f := range l {
		if f != none {
			n++
		}
	}
	return n
}

func (l layout) has(wanted field) bool {
	for _, f := range l {
		if f == wanted {
			return true
		}
	}
	return false
}

// scopeMayBeNil says whether project and domain may be absent: a trust need not have a project, and an OAuth2 token
// has at most one of the two.
func (v version) scopeMayBeNil() bool { return v == trustScoped || v == oauth2Scoped }

// versionOf picks the version in the order in which Keystone picks it.
func versionOf(t *identity.Token) version {
	switch {
	case t.AccessTokenID != "":
		return oauth1Scoped
	case t.TrustID != "":
		return trustScoped
	case t.IdentityProviderID != "" && t.ProjectID != "":
		return federatedProject
	case t.IdentityProviderID != "" && t.DomainID != "":
		return federatedDomain
	case t.IdentityProviderID != "":
		return federatedUnscoped
	case t.ApplicationCredentialID != "":
		return applicationCredentialScoped
	case t.Thumbprint != "":
		return oauth2Scoped
	case t.ProjectID != "":
		return projectScoped
	case t.DomainID != "":
		return domainScoped
	case t.System:
		return systemScoped
	}
	return unscoped
}

// lost returns a field that t has and l cannot hold, none if there is no such field. To drop one silently could turn a
// delegated token into a plain one.
func (l layout) lost(t *identity.Token) field {
	for f, has := range [...]bool{
		project: t.ProjectID != "", domain: t.DomainID != "", system: t.System,
		trust: t.TrustID != "", accessToken: t.AccessTokenID != "",
		applicationCredential: t.ApplicationCredentialID != "",
		groups:                len(t.GroupIDs) > 0, identityProvider: t.IdentityProviderID != "",
		protocol: t.ProtocolID != "", thumbprint: t.Thumbprint != "",
	} {
		if has && !l.has(field(f)) {
			return field(f)
		}
	}
	return none
}

func (f field) String() string {
	return [...]string{"none", "project", "domain", "system", "trust", "access token", "application credential", "groups", "identity provider", "protocol", "thumbprint", "expiry", "audit ids"}[f]
}

const (
	systemAll  = "all" // the only system scope there is
	uuidSize   = 16
	maxText    = 256          // bytes: the 64 characters of an id, or of a name that serves as one
	maxAudits  = 2            // the token's own and that of the first of its chain
	maxSeconds = 253402300799 // end of the year 9999, the last one Keystone can write
)

// toSeconds writes a time as Keystone does: a float of whole seconds. ok is false outside the years 1970 to 9999.
func toSeconds(t time.Time) (s float64, ok bool) {
	return float64(t.Unix()), t.Unix() >= 0 && t.Unix() <= maxSeconds
}

// fromSeconds reads it, without the fraction, which Keystone drops too.
func fromSeconds(s float64) (t time.Time, ok bool) {
	if !(s >= 0 && s < maxSeconds+1) { // so that NaN fails
		return time.Time{}, false
	}
	return time.Unix(int64(s), 0).UTC(), true
}
