package core

import (
	"context"
	"crypto/sha256"
	"crypto/x509"
	"encoding/base64"
	"encoding/pem"
	"net/url"
	"strings"

	"github.com/lintel-id/lintel/internal/auth/mapping"
	"github.com/lintel-id/lintel/internal/identity"
	"github.com/lintel-id/lintel/internal/snapshot"
)

// CertificateThumbprint names a certificate, given in DER, as tokens that are bound to one do:
// by the SHA-256 of its PEM text in base64url with padding. RFC 8705 hashes the DER instead;
// this is Keystone's, which keystonemiddleware computes anew to compare.
func CertificateThumbprint(der []byte) string {
	sum := sha256.Sum256(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der}))
	return base64.URLEncoding.EncodeToString(sum[:])
}

// IssueCertificateToken gives a user who has shown a certificate a token for the user's default
// project, bound to the certificate (RFC 8705). Somebody else has verified that the
// certificate is one of a trusted authority and that the client has its key. Failures are all
// one 401.
func (c *Core) IssueCertificateToken(ctx context.Context, shown identity.CertificateProof) (text string, a *identity.Authorization, err error) {
	if err := c.admit(shown.Address, account("user", string(shown.UserID))); err != nil {
		return "", nil, err
	}
	rules, err := c.certificateRules(ctx)
	if err != nil {
		return "", nil, err
	}
	p := proof{user: shown.UserID, thumbprint: CertificateThumbprint(shown.Certificate)}
	err = c.issue(ctx, func(s *snapshot.Snapshot) (*identity.Authorization, error) {
		if err := c.checkCertificate(s, rules, &shown); err != nil {
			return nil, err
		}
		text, a, err = c.mint(s, []string{identity.MethodOAuth2}, &identity.AuthRequest{}, p)
		return a, err
	})
	if err != nil {
		return "", nil, err
	}
	return text, a, nil
}

// bindToCertificate scopes a token to its user's default project and binds it to a certificate.
func bindToCertificate(s *snapshot.Snapshot, t *identity.Token, thumbprint string) error {
	u := s.User(t.UserID)
	if u == nil || u.DefaultProjectID == "" {
		return identity.Unauthenticated("the user has no default project")
	}
	t.ProjectID, t.Thumbprint = u.DefaultProjectID, thumbprint
	return nil
}

// certificateRules are those that make users of certificates. Without them no certificate is
// anybody's.
func (c *Core) certificateRules(ctx context.Context) (*mapping.Mapping, error) {
	if c.Settings.CertificateMapping == "" {
		return nil, identity.Unauthenticated("client certificates are not accepted here")
	}
	m, err := c.Store.Mapping(ctx, c.Settings.CertificateMapping)
	switch {
	case err != nil:
		return nil, err
	case m == nil:
		return nil, identity.Unauthenticated("the mapping of client certificates does not exist")
	}
	return mapping.Parse(m.SchemaVersion, []byte(m.Rules))
}

// checkCertificate says whether the rules make of a certificate the user who shows it.
func (c *Core) checkCertificate(s *snapshot.Snapshot, rules *mapping.Mapping, shown *identity.CertificateProof) error {
	cert, err := x509.ParseCertificate(shown.Certificate)
	if err != nil {
		return identity.Unauthenticated("the client certificate cannot be read")
	}
	if now := c.Now(); now.Before(cert.NotBefore) || now.After(cert.NotAfter) {
		return identity.Unauthenticated("the client certificate is not valid now")
	}
	mapped, err := rules.Evaluate(mapping.Input{Assertion: certificateAttributes(cert)})
	if err != nil {
		return err
	}
	u := s.User(shown.UserID)
	if u == nil {
		return identity.Unauthenticated("the user does not exist")
	}
	if !names(&mapped.User, u, s.Domain(u.DomainID)) {
		return identity.Unauthenticated("the client certificate is not the user's")
	}
	return nil
}

// names says whether what a mapping makes of somebody is a user. All that it says must be so,
// and it must say which user it is: the id, or the name in a domain. (Keystone takes a mapping
// that says nothing of the user for any user.)
func names(m *mapping.User, u *identity.User, home *identity.Project) bool {
	if home == nil || m.Domain.ID != "" && m.Domain.ID != u.DomainID || m.Domain.Name != "" && m.Domain.Name != home.Name ||
		m.Email != "" && m.Email != u.Email {
		return false
	}
	// Where a mapping gives only one of id and name, the other repeats it, the id quoted.
	quoted, err := url.PathUnescape(m.ID)
	byID := m.ID == string(u.ID)
	sameName := m.Name == u.Name || m.Name == "" || m.Name == m.ID && byID
	sameID := byID || m.ID == "" || err == nil && quoted == m.Name
	return sameName && sameID && (byID || m.Name == u.Name && m.Domain != (identity.DomainRef{}))
}

// certificateAttributes is what a mapping can ask of a certificate, by the names that
// Keystone takes from Apache: SSL_CLIENT_SUBJECT_DN_CN and the like, of the issuer too.
func certificateAttributes(cert *x509.Certificate) map[string][]string {
	attributes := map[string][]string{}
	for _, part := range cert.Subject.Names {
		addAttribute(attributes, "SSL_CLIENT_SUBJECT_DN_", part.Type.String(), part.Value)
	}
	for _, part := range cert.Issuer.Names {
		addAttribute(attributes, "SSL_CLIENT_ISSUER_DN_", part.Type.String(), part.Value)
	}
	return attributes
}

func addAttribute(attributes map[string][]string, prefix, oid string, value any) {
	name, text := attributeName(oid), ""
	if text, _ = value.(string); name == "" || strings.TrimSpace(text) == "" {
		return
	}
	attributes[prefix+name] = append(attributes[prefix+name], text)
}

// attributeName is the short name of an attribute of a distinguished name (RFC 4514, section
// 3), or "" for one that has none.
func attributeName(oid string) string {
	return map[string]string{
		"2.5.4.3": "CN", "2.5.4.6": "C", "2.5.4.7": "L", "2.5.4.8": "ST", "2.5.4.9": "STREET", "2.5.4.10": "O", "2.5.4.11": "OU",
		"0.9.2342.19200300.100.1.1": "UID", "0.9.2342.19200300.100.1.25": "DC", "1.2.840.113549.1.9.1": "EMAILADDRESS",
	}[oid]
}
