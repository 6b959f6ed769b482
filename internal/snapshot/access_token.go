package snapshot

import "github.com/lintel-id/lintel/internal/identity"

// AccessToken returns the OAuth 1.0 access token with id, or nil.
func (m *Model) AccessToken(id identity.AccessTokenID) *identity.AccessToken {
	return get(m.accessTokens, id)
}
