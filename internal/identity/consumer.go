package identity

// Consumer is a program that users may let act for them (OS-OAUTH1). It signs its requests
// with its secret; the server signs them too, to compare, so the secret is sealed and not hashed.
type Consumer struct {
	ID          ConsumerID
	Description string
	Sealed      []byte // the secret under the credential key ring
	KeyID       string // which key sealed it
	Extra       Extra
}

// ConsumerSpec creates a consumer. Its secret is made.
type ConsumerSpec struct {
	Description string
	Extra       Extra
}

// Validate refuses what no consumer may have.
func (s *ConsumerSpec) Validate() error {
	return checkText("description", s.Description, maxDescription)
}

// ConsumerPatch changes a consumer.
type ConsumerPatch struct {
	Description Opt[string]
	Extra       Extra
}

// Validate checks the given fields by themselves.
func (p *ConsumerPatch) Validate() error {
	return checkText("description", p.Description.Value, maxDescription)
}
