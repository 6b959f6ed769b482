package identity

// SealedIn is a kind of rows that keep a secret sealed by a credential key.
type SealedIn string

// What is sealed by credential keys.
const (
	SealedInCredential   SealedIn = "credential"    // named by its id, user and type
	SealedInConsumer     SealedIn = "consumer"      // of OAuth 1.0, by its id
	SealedInRequestToken SealedIn = "request_token" // of OAuth 1.0, by its id
	SealedInAccessToken  SealedIn = "access_token"  // of OAuth 1.0, by its id
	SealedInDomainConfig SealedIn = "domain_config" // by domain, group and option
)

// SealedInAll lists all kinds of rows that keep a secret.
func SealedInAll() []SealedIn {
	return []SealedIn{SealedInCredential, SealedInConsumer, SealedInRequestToken, SealedInAccessToken, SealedInDomainConfig}
}

// SealedRow is the secret of one row.
type SealedRow struct {
	Name   [3]string // says which row, see SealedIn; "" where a name is shorter
	KeyID  string    // of the key that sealed it
	Sealed []byte
}
