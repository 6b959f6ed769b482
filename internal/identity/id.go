package identity

import (
	"crypto/rand"
	"encoding/hex"
)

// Ids are opaque text of at most 64 characters; those that Lintel makes are 32 lower-case
// hex digits (a random UUID without dashes, as Keystone's). A region's id is chosen by its
// creator and may have 255. The types keep a user's id from being passed for a project's.
type (
	// DomainID is also the id of the project that the domain acts as.
	DomainID string
	// ProjectID is the id of a project or of a domain acting as one.
	ProjectID string
	// UserID is the id of a user.
	UserID string
	// GroupID is the id of a group.
	GroupID string
	// RoleID is the id of a role.
	RoleID string
	// RegionID is the id of a region.
	RegionID string
	// ServiceID is the id of a service.
	ServiceID string
	// EndpointID is the id of an endpoint.
	EndpointID string
	// ApplicationCredentialID is the id of an application credential.
	ApplicationCredentialID string
	// AccessRuleID is the id of an access rule.
	AccessRuleID string
	// CredentialID is the id of a credential.
	CredentialID string
	// TrustID is the id of a trust.
	TrustID string
	// PolicyID is the id of a policy document kept for services.
	PolicyID string
	// EndpointGroupID is the id of an endpoint group.
	EndpointGroupID string
	// RegisteredLimitID is the id of a registered limit.
	RegisteredLimitID string
	// LimitID is the id of a limit.
	LimitID string
	// ConsumerID is the id of an OAuth 1.0 consumer, which is its key.
	ConsumerID string
	// RequestTokenID is the id of an OAuth 1.0 request token.
	RequestTokenID string
	// AccessTokenID is the id of an OAuth 1.0 access token.
	AccessTokenID string
	// IdentityProviderID is the id of an identity provider, chosen by its creator.
	IdentityProviderID string //nolint:revive // the term is Keystone's
	// ProtocolID is the id of a protocol of an identity provider, chosen by its creator.
	ProtocolID string
	// MappingID is the id of a mapping, chosen by its creator.
	MappingID string
	// ServiceProviderID is the id of a service provider, chosen by its creator.
	ServiceProviderID string
)

// DefaultDomainID is the id of the domain that bootstrap makes.
const DefaultDomainID DomainID = "default"

// NewID returns a fresh random id: a version 4 UUID as 32 hex digits.
func NewID() string {
	var b [16]byte
	rand.Read(b[:]) // never fails: crypto/rand ends the program instead
	b[6] = b[6]&0x0f | 0x40
	b[8] = b[8]&0x3f | 0x80
	return hex.EncodeToString(b[:])
}
