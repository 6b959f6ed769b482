package identity

// Mapping is the rules that make users, groups and projects of what an identity provider says.
type Mapping struct {
	ID            MappingID
	SchemaVersion string
	Rules         string // the JSON list of rules
}

// MappingSpec creates a mapping. An empty version is 1.0.
type MappingSpec struct {
	ID            MappingID
	SchemaVersion string
	Rules         string
}

// Validate refuses an id that no path could name, and no rules. The rules are checked by those
// who read them.
func (s *MappingSpec) Validate() error {
	if err := checkChosenID(string(s.ID)); err != nil {
		return err
	}
	return checkRules(s.Rules)
}

func checkRules(rules string) error {
	if rules == "" {
		return Invalidf("Invalid input for field 'mapping': 'rules' is a required property.")
	}
	return nil
}

// MappingPatch changes a mapping: always the rules; an empty version stays what it was.
type MappingPatch struct {
	SchemaVersion string
	Rules         string
}

// Validate refuses no rules.
func (p *MappingPatch) Validate() error { return checkRules(p.Rules) }
