package identity

import "fmt"

// Protocol is a way in which users of an identity provider log in, with the mapping that says
// who they are here. The mapping may be gone, as in Keystone: then nobody can log in.
type Protocol struct {
	ID                ProtocolID
	IdentityProvider  IdentityProviderID
	MappingID         MappingID
	RemoteIDAttribute string // attribute that holds the provider's remote id; "" for none
}

// ProtocolSpec creates a protocol.
type ProtocolSpec struct {
	ID                ProtocolID
	IdentityProvider  IdentityProviderID
	MappingID         MappingID
	RemoteIDAttribute string
}

// Validate refuses an id that no path could name, and a protocol without a mapping.
func (s *ProtocolSpec) Validate() error {
	if err := checkChosenID(string(s.ID)); err != nil {
		return err
	}
	if err := checkMappingID(s.MappingID); err != nil {
		return err
	}
	return checkText("remote_id_attribute", s.RemoteIDAttribute, 64)
}

// ProtocolPatch changes a protocol. The mapping must be named, as in Keystone.
type ProtocolPatch struct {
	MappingID         MappingID
	RemoteIDAttribute Opt[string]
}

// Validate checks the given fields by themselves.
func (p *ProtocolPatch) Validate() error {
	if err := checkMappingID(p.MappingID); err != nil {
		return err
	}
	return checkText("remote_id_attribute", p.RemoteIDAttribute.Value, 64)
}

func checkMappingID(id MappingID) error {
	if id == "" {
		return Invalidf("Invalid input for field 'protocol': 'mapping_id' is a required property.")
	}
	return checkName("mapping_id", string(id), 64)
}

// MissingProtocol is a 404 in Keystone's words.
func MissingProtocol(provider IdentityProviderID, id ProtocolID) *Error {
	return &Error{Kind: NotFound, Message: fmt.Sprintf("Could not find federated protocol %s for Identity Provider: %s.", id, provider)}
}
