package v3

import (
	"github.com/lintel-id/lintel/internal/api"
	"github.com/lintel-id/lintel/internal/identity"
)

// The token's body as types. appendToken writes it by hand; these say for /openapi.json what
// it writes, and the tests hold the one against the other.
type (
	tokenOut struct {
		Methods               []string            `json:"methods"`
		User                  tokenUserOut        `json:"user"`
		AuditIDs              []string            `json:"audit_ids"`
		ExpiresAt             string              `json:"expires_at"`
		IssuedAt              string              `json:"issued_at"`
		Project               *tokenProjectOut    `json:"project,omitzero"`
		IsDomain              *bool               `json:"is_domain,omitzero"`
		Domain                *refOut             `json:"domain,omitzero"`
		System                *systemOut          `json:"system,omitzero"`
		Roles                 []refOut            `json:"roles,omitzero"`
		Trust                 *tokenTrustOut      `json:"OS-TRUST:trust,omitzero"`
		ApplicationCredential *tokenCredentialOut `json:"application_credential,omitzero"`
		OAuth1                *tokenOAuth1Out     `json:"OS-OAUTH1,omitzero"`
		OAuth2                *tokenOAuth2Out     `json:"oauth2_credential,omitzero"`
		Catalog               []catalogServiceOut `json:"catalog,omitzero"`
		ServiceProviders      []tokenProviderOut  `json:"service_providers,omitzero"`
	}
	tokenProviderOut struct {
		ID      identity.ServiceProviderID `json:"id"`
		AuthURL string                     `json:"auth_url"`
		SPURL   string                     `json:"sp_url"`
	}
	refOut struct {
		ID   string `json:"id"`
		Name string `json:"name"`
	}
	systemOut struct {
		All bool `json:"all"`
	}
	tokenUserOut struct {
		ID                identity.UserID `json:"id"`
		Name              string          `json:"name"`
		Domain            refOut          `json:"domain"`
		PasswordExpiresAt *string         `json:"password_expires_at,omitzero"`
	}
	tokenProjectOut struct {
		ID     identity.ProjectID `json:"id"`
		Name   string             `json:"name"`
		Domain refOut             `json:"domain"`
	}
	tokenTrustOut struct {
		ID            identity.TrustID `json:"id"`
		Impersonation bool             `json:"impersonation"`
		Trustor       tokenAgentOut    `json:"trustor_user"`
		Trustee       tokenAgentOut    `json:"trustee_user"`
	}
	tokenAgentOut struct {
		ID identity.UserID `json:"id"`
	}
	tokenCredentialOut struct {
		ID          identity.ApplicationCredentialID `json:"id"`
		Name        string                           `json:"name"`
		Restricted  bool                             `json:"restricted"`
		AccessRules []heldRuleOut                    `json:"access_rules,omitzero"`
	}
	tokenOAuth2Out struct {
		Thumbprint string `json:"x5t#S256"`
	}
	tokenOAuth1Out struct {
		AccessTokenID identity.AccessTokenID `json:"access_token_id"`
		ConsumerID    identity.ConsumerID    `json:"consumer_id"`
	}
	catalogServiceOut struct {
		ID        identity.ServiceID   `json:"id"`
		Type      string               `json:"type"`
		Name      string               `json:"name"`
		Endpoints []catalogEndpointOut `json:"endpoints"`
	}
	catalogEndpointOut struct {
		ID        identity.EndpointID `json:"id"`
		Interface identity.Interface  `json:"interface"`
		Region    *identity.RegionID  `json:"region"`
		RegionID  *identity.RegionID  `json:"region_id"`
		URL       string              `json:"url"`
	}
	authCatalogOut struct {
		Catalog []catalogServiceOut `json:"catalog"`
		Links   api.Links           `json:"links"`
	}
)
