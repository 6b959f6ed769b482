package identity

import "strings"

// Region is a place that has endpoints. Regions may nest.
type Region struct {
	ID          RegionID
	ParentID    RegionID // "" for none
	Description string
	Extra       Extra
}

// RegionSpec creates a region; an empty ID makes one.
type RegionSpec struct {
	ID          RegionID
	ParentID    RegionID
	Description string
	Extra       Extra
}

// Validate refuses what no region may have, and ids that no path could name.
func (s *RegionSpec) Validate() error {
	if s.ID != "" {
		if err := checkName("id", string(s.ID), 255); err != nil {
			return err
		}
		if strings.ContainsAny(string(s.ID), `/\;`) || s.ID == "." || s.ID == ".." {
			return Invalidf("Invalid input for field 'id': it cannot stand in a URL.")
		}
	}
	return checkText("description", s.Description, 255)
}

// RegionPatch changes a region.
type RegionPatch struct {
	ParentID    Opt[RegionID]
	Description Opt[string]
	Extra       Extra
}

// Validate checks the given fields by themselves.
func (p *RegionPatch) Validate() error {
	return checkText("description", p.Description.Value, 255)
}
