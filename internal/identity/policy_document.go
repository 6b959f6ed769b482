package identity

import "strings"

// PolicyDocument is a text that Keystone keeps for services and never reads: what its API calls
// a policy. Lintel's own rules are in package policy.
type PolicyDocument struct {
	ID    PolicyID
	Type  string // its MIME type
	Blob  string // the text
	Extra Extra
}

// PolicyDocumentSpec creates a policy document.
type PolicyDocumentSpec struct {
	Type  string
	Blob  string
	Extra Extra
}

// Validate refuses a type that is not one line and a text that no database keeps.
func (s *PolicyDocumentSpec) Validate() error {
	if err := checkText("type", s.Type, 255); err != nil {
		return err
	}
	return checkBlob(s.Blob)
}

// PolicyDocumentPatch changes a policy document.
type PolicyDocumentPatch struct {
	Type  Opt[string]
	Blob  Opt[string]
	Extra Extra
}

// Validate checks the given fields by themselves.
func (p *PolicyDocumentPatch) Validate() error {
	if err := p.Type.checkGiven("type"); err != nil {
		return err
	}
	if err := p.Blob.checkGiven("blob"); err != nil {
		return err
	}
	if err := checkText("type", p.Type.Value, 255); err != nil {
		return err
	}
	return checkBlob(p.Blob.Value)
}

func checkBlob(blob string) error {
	if strings.ContainsRune(blob, 0) {
		return Invalidf("Invalid input for field 'blob': it holds the character U+0000.")
	}
	return nil
}

// PolicyDocumentFilter lists policy documents. Empty fields do not filter.
type PolicyDocumentFilter struct {
	Type string
	Text []TextFilter
}

// PolicyAssociation says which policy document is meant for an endpoint, for a service, or for
// a service in a region and those below it: only the fields of one of the three are set. There
// is at most one document for each.
type PolicyAssociation struct {
	PolicyID   PolicyID
	EndpointID EndpointID
	ServiceID  ServiceID
	RegionID   RegionID
}
