package identity

import (
	"strings"
	"time"
)

// RevocationKind says which tokens a revocation ends.
type RevocationKind string

const (
	RevokeToken       RevocationKind = "token"                  // key: audit id. That one token, whenever minted
	RevokeChain       RevocationKind = "chain"                  // key: audit chain id
	RevokeUser        RevocationKind = "user"                   // key: user id
	RevokePassword    RevocationKind = "password"               // key: user id. Tokens got by password
	RevokeUserProject RevocationKind = "user_project"           // key: RevocationKey(user, project)
	RevokeProject     RevocationKind = "project"                // key: project id
	RevokeDomain      RevocationKind = "domain"                 // key: domain id. Tokens of its users and of its scopes
	RevokeCredential  RevocationKind = "application_credential" // key: its id
	RevokeAll         RevocationKind = "all"                    // key: "". Every token: the database was restored
)

// Revocation ends the tokens it names that were minted before it: before revision Rev, or for
// tokens of a Keystone, which carry no revision, issued at or before At.
type Revocation struct {
	Kind      RevocationKind
	Key       string
	Rev       int64
	At        time.Time
	ExpiresAt time.Time // when no token it could end can still be alive
}

// RevocationKey joins the parts of a key of more than one id.
func RevocationKey(user UserID, project ProjectID) string {
	return string(user) + keySep + string(project)
}

// UserProject returns the parts of the key of a RevokeUserProject.
func (r *Revocation) UserProject() (user UserID, project ProjectID) {
	u, p, _ := strings.Cut(r.Key, keySep)
	return UserID(u), ProjectID(p)
}
