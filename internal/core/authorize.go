package core

import (
	"time"

	"github.com/lintel-id/lintel/internal/identity"
	"github.com/lintel-id/lintel/internal/snapshot"
)

// asOf is the time a token is judged at.
type asOf struct {
	now   time.Time
	grace time.Duration // accepts tokens that expired up to this long ago
}

// authorize computes what a token may do on a model, from nothing but the two. It fails with
// an Unauthorized error whose cause is for the log: an expired or revoked token; a user,
// domain, project or credential that is gone or disabled; no role left in the scope.
func (c *Core) authorize(s *snapshot.Snapshot, t *identity.Token, at asOf) (*identity.Authorization, error) {
	if !at.now.Before(t.ExpiresAt.Add(at.grace)) {
		return nil, identity.Unauthenticated("the token has expired")
	}
	a := &identity.Authorization{Token: t, User: s.User(t.UserID)}
	if reason := c.liveUser(s, a, at.now); reason != "" {
		return nil, identity.Unauthenticated(reason)
	}
	if reason := liveScope(s, a); reason != "" {
		return nil, identity.Unauthenticated(reason)
	}
	if reason := c.liveDelegation(s, a, at.now); reason != "" {
		return nil, identity.Unauthenticated(reason)
	}
	scoped := a.Project != nil || a.Domain != nil || t.System
	if scoped && len(a.Roles) == 0 {
		return nil, identity.Unauthenticated("no role is left in the token's scope")
	}
	if reason := revoked(s, a); reason != "" {
		return nil, identity.Unauthenticated(reason)
	}
	if reason := revokedTrust(s, a); reason != "" {
		return nil, identity.Unauthenticated(reason)
	}
	return a, nil
}

func (c *Core) liveUser(s *snapshot.Snapshot, a *identity.Authorization, now time.Time) string {
	if a.User == nil {
		return "the user does not exist"
	}
	a.UserDomain = s.Domain(a.User.DomainID)
	switch {
	case !a.User.Enabled:
		return "the user is disabled"
	case c.inactive(a.User, now):
		return "the user has been inactive for too long"
	case a.UserDomain == nil || !a.UserDomain.Enabled:
		return "the user's domain is disabled"
	}
	return ""
}

func liveScope(s *snapshot.Snapshot, a *identity.Authorization) string {
	t := a.Token
	switch {
	case t.ProjectID != "":
		a.Project = s.Project(t.ProjectID)
		if a.Project == nil || !a.Project.Enabled {
			return "the project is gone or disabled"
		}
		a.ProjectDomain = s.Domain(a.Project.OwnDomain())
		if a.ProjectDomain == nil || !a.ProjectDomain.Enabled {
			return "the project's domain is disabled"
		}
		a.Roles = s.EffectiveRoles(t.UserID, identity.Target{Project: t.ProjectID})
	case t.DomainID != "":
		a.Domain = s.Domain(t.DomainID)
		if a.Domain == nil || !a.Domain.Enabled {
			return "the domain is gone or disabled"
		}
		a.Roles = s.EffectiveRoles(t.UserID, identity.Target{Domain: t.DomainID})
	case t.System:
		a.Roles = s.EffectiveRoles(t.UserID, identity.Target{System: true})
	}
	return ""
}

// liveDelegation narrows the roles to those of what the token was delegated through. Federation
// tokens can come from a Keystone; nothing here can vouch for them yet.
func (c *Core) liveDelegation(s *snapshot.Snapshot, a *identity.Authorization, now time.Time) string {
	switch t := a.Token; {
	case t.IdentityProviderID != "" || t.Thumbprint != "" && c.Settings.CertificateMapping == "":
		return "the token's delegation is not known here"
	case t.ApplicationCredentialID != "":
		return liveApplicationCredential(s, a, now)
	case t.TrustID != "":
		return c.liveTrust(s, a, now)
	case t.AccessTokenID != "":
		return liveAccessToken(s, a, now)
	}
	return ""
}

func liveApplicationCredential(s *snapshot.Snapshot, a *identity.Authorization, now time.Time) string {
	t, ac := a.Token, s.ApplicationCredential(a.Token.ApplicationCredentialID)
	switch {
	case ac == nil:
		return "the application credential is gone"
	case ac.UserID != t.UserID || ac.ProjectID != t.ProjectID:
		return "the application credential is another user's or project's"
	case ac.Disabled:
		return "the application credential has ended with the loss of the last role"
	case ac.Expired(now):
		return "the application credential has expired"
	}
	a.ApplicationCredential = ac
	a.Roles = intersect(s.ExpandRoles(ac.Roles), a.Roles)
	return ""
}

// intersect returns the roles of a that are in b; both in order of name.
func intersect(a, b []identity.RoleRef) []identity.RoleRef {
	if len(a) == len(b) && len(a) > 0 && &a[0] == &b[0] {
		return a
	}
	out := make([]identity.RoleRef, 0, min(len(a), len(b)))
	for len(a) > 0 && len(b) > 0 {
		switch {
		case a[0].Name < b[0].Name:
			a = a[1:]
		case a[0].Name > b[0].Name:
			b = b[1:]
		default:
			out, a, b = append(out, a[0]), a[1:], b[1:]
		}
	}
	return out
}

// revoked says why the token has been revoked, or "". All reasons are looked at: a revocation
// is never hidden by another one.
func revoked(s *snapshot.Snapshot, a *identity.Authorization) string {
	t := a.Token
	if ended(s, t, identity.RevokeAll, "") {
		return "the database was restored since"
	}
	if len(t.AuditIDs) > 0 {
		if s.HasRevocations(identity.RevokeToken) && s.Revocation(identity.RevokeToken, t.AuditIDs[0].String()) != nil {
			return "the token was revoked"
		}
		if s.HasRevocations(identity.RevokeChain) && ended(s, t, identity.RevokeChain, t.AuditIDs[len(t.AuditIDs)-1].String()) {
			return "the token's chain was revoked"
		}
	}
	switch {
	case endedWithCredential(s, t):
		return "the application credential's tokens were revoked"
	case ended(s, t, identity.RevokeUser, string(t.UserID)):
		return "the user's tokens were revoked"
	case t.HasMethod(identity.MethodPassword) && ended(s, t, identity.RevokePassword, string(t.UserID)):
		return "the user's password has changed since, or the user has signed out everywhere"
	case ended(s, t, identity.RevokeDomain, string(a.User.DomainID)):
		return "the user's domain was disabled since"
	case t.DomainID != "" && ended(s, t, identity.RevokeDomain, string(t.DomainID)):
		return "the domain was disabled since"
	case t.ProjectID == "":
		return ""
	case ended(s, t, identity.RevokeProject, string(t.ProjectID)):
		return "the project was disabled since"
	case ended(s, t, identity.RevokeDomain, string(a.ProjectDomain.ID)):
		return "the project's domain was disabled since"
	case a.Trust == nil && s.HasRevocations(identity.RevokeUserProject) && ended(s, t, identity.RevokeUserProject, identity.RevocationKey(t.UserID, t.ProjectID)):
		return "the user lost access to the project since"
	}
	return ""
}

func endedWithCredential(s *snapshot.Snapshot, t *identity.Token) bool {
	return t.ApplicationCredentialID != "" && ended(s, t, identity.RevokeCredential, string(t.ApplicationCredentialID))
}

// ended says whether a revocation of a kind and key ends the token.
func ended(s *snapshot.Snapshot, t *identity.Token, kind identity.RevocationKind, key string) bool {
	r := s.Revocation(kind, key)
	return r != nil && before(t, r, s.Rev)
}

// before says whether a token was minted before a revocation. Our tokens carry their revision
// and are compared by it, so that clocks do not matter and a token of the same second survives.
// Tokens of a Keystone are compared as Keystone does: the same second counts as before.
func before(t *identity.Token, r *identity.Revocation, now int64) bool {
	if len(t.AuditIDs) > 0 {
		if rev, ours := t.AuditIDs[0].Rev(); ours && rev <= now {
			return rev < r.Rev
		}
	}
	return !t.IssuedAt.After(r.At)
}
