package v3

import (
	"strconv"

	"github.com/lintel-id/lintel/internal/api"
	"github.com/lintel-id/lintel/internal/identity"
)

// appendToken appends the body of an issued or validated token. It is written by hand because
// it is what the whole cloud waits for; the catalog and the service providers are nil where none are shown.
func (h *Handler) appendToken(b []byte, a *identity.Authorization, catalog *identity.Catalog, providers *identity.ServiceProviders) []byte {
	t := a.Token
	b = append(b, `{"token": {"methods": [`...)
	for i, m := range t.Methods {
		if i > 0 {
			b = append(b, ", "...)
		}
		b = api.AppendString(b, m)
	}
	b = append(b, `], "user": `...)
	b = appendUser(b, a)
	b = append(b, `, "audit_ids": [`...)
	for i, id := range t.AuditIDs {
		if i > 0 {
			b = append(b, ", "...)
		}
		b = api.AppendString(b, id.String())
	}
	b = append(b, `], "expires_at": "`...)
	b = identity.AppendTime(b, t.ExpiresAt)
	b = append(b, `", "issued_at": "`...)
	b = identity.AppendTime(b, t.IssuedAt)
	b = append(b, '"')
	b = appendScope(b, a)
	b = appendApplicationCredential(b, a.ApplicationCredential)
	b = appendAccessToken(b, a.AccessToken)
	if t.Thumbprint != "" {
		b = append(api.AppendString(append(b, `, "oauth2_credential": {"x5t#S256": `...), t.Thumbprint), '}')
	}
	if catalog != nil {
		b = append(b, `, "catalog": `...)
		b = h.appendCatalog(b, catalog, a)
	}
	b = h.serviceProviders.append(b, providers)
	return append(b, "}}"...)
}

func appendUser(b []byte, a *identity.Authorization) []byte {
	b = appendRef(b, a.User.ID, a.User.Name)
	b = append(b[:len(b)-1], `, "domain": `...)
	b = appendRef(b, a.UserDomain.ID, a.UserDomain.Name)
	b = append(b, `, "password_expires_at": `...)
	if at := a.User.Login.ExpiresAt; at.IsZero() {
		b = append(b, "null"...)
	} else {
		b = append(b, '"')
		b = identity.AppendTime(b, at)
		b = append(b, '"')
	}
	return append(b, '}')
}

func appendScope(b []byte, a *identity.Authorization) []byte {
	switch {
	case a.Project != nil:
		b = append(b, `, "project": `...)
		b = appendRef(b, a.Project.ID, a.Project.Name)
		b = append(b[:len(b)-1], `, "domain": `...)
		b = appendRef(b, a.ProjectDomain.ID, a.ProjectDomain.Name)
		b = append(b, '}')
		b = appendTrust(b, a)
	case a.Domain != nil:
		b = append(b, `, "domain": `...)
		b = appendRef(b, a.Domain.ID, a.Domain.Name)
	case a.Token.System:
		b = append(b, `, "system": {"all": true}`...)
	default:
		return b
	}
	b = append(b, `, "roles": [`...)
	for i, r := range a.Roles {
		if i > 0 {
			b = append(b, ", "...)
		}
		b = appendRef(b, r.ID, r.Name)
	}
	return append(b, ']')
}

// appendTrust appends the trust of a trust's token; the other tokens of projects say whether
// theirs is a domain.
func appendTrust(b []byte, a *identity.Authorization) []byte {
	t := a.Trust
	if t == nil {
		return strconv.AppendBool(append(b, `, "is_domain": `...), a.Project.IsDomain)
	}
	b = api.AppendString(append(b, `, "OS-TRUST:trust": {"id": `...), t.ID)
	b = strconv.AppendBool(append(b, `, "impersonation": `...), t.Impersonation)
	b = api.AppendString(append(b, `, "trustor_user": {"id": `...), t.TrustorID)
	b = api.AppendString(append(b, `}, "trustee_user": {"id": `...), t.TrusteeID)
	return append(b, "}}"...)
}

func appendApplicationCredential(b []byte, ac *identity.ApplicationCredential) []byte {
	if ac == nil {
		return b
	}
	b = append(b, `, "application_credential": `...)
	b = appendRef(b, ac.ID, ac.Name)
	b = append(b[:len(b)-1], `, "restricted": `...)
	b = strconv.AppendBool(b, !ac.Unrestricted)
	if len(ac.AccessRules) > 0 {
		b = append(b, `, "access_rules": [`...)
		for i, r := range ac.AccessRules {
			if i > 0 {
				b = append(b, ", "...)
			}
			b = api.AppendString(append(b, `{"id": `...), r.ID)
			b = api.AppendString(append(b, `, "service": `...), r.Service)
			b = api.AppendString(append(b, `, "method": `...), r.Method)
			b = api.AppendString(append(b, `, "path": `...), r.Path)
			b = append(b, '}')
		}
		b = append(b, ']')
	}
	return append(b, '}')
}

func appendAccessToken(b []byte, t *identity.AccessToken) []byte {
	if t == nil {
		return b
	}
	b = api.AppendString(append(b, `, "OS-OAUTH1": {"access_token_id": `...), t.ID)
	b = api.AppendString(append(b, `, "consumer_id": `...), t.ConsumerID)
	return append(b, '}')
}

// appendRef appends {"id": ..., "name": ...}.
func appendRef[ID ~string](b []byte, id ID, name string) []byte {
	b = api.AppendString(append(b, `{"id": `...), id)
	b = api.AppendString(append(b, `, "name": `...), name)
	return append(b, '}')
}
