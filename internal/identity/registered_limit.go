package identity

import "math"

// Unlimited is the value of a limit that limits nothing.
const Unlimited = -1

// RegisteredLimit is how much of a resource of a service every project and domain may have
// when no Limit of its own says otherwise.
type RegisteredLimit struct {
	ID           RegisteredLimitID
	ServiceID    ServiceID
	RegionID     RegionID // "" for all regions
	ResourceName string   // unique for a service and region
	Default      int64    // Unlimited to 2^31-1
	Description  string
}

// RegisteredLimitSpec creates a registered limit.
type RegisteredLimitSpec struct {
	ServiceID    ServiceID
	RegionID     RegionID
	ResourceName string
	Default      Opt[int64]
	Description  string
}

// Validate refuses what no registered limit may have.
func (s *RegisteredLimitSpec) Validate() error {
	if s.ServiceID == "" {
		return Invalidf("Invalid input: 'service_id' is a required property.")
	}
	if err := checkName("resource_name", s.ResourceName, 255); err != nil {
		return err
	}
	if err := checkLimit("default_limit", s.Default, true); err != nil {
		return err
	}
	return checkText("description", s.Description, maxDescription)
}

// RegisteredLimitPatch changes a registered limit.
type RegisteredLimitPatch struct {
	ServiceID    Opt[ServiceID]
	RegionID     Opt[RegionID]
	ResourceName Opt[string]
	Default      Opt[int64]
	Description  Opt[string]
}

// Validate checks the given fields by themselves.
func (p *RegisteredLimitPatch) Validate() error {
	if p.ServiceID.Set && p.ServiceID.Value == "" {
		return Invalidf("Invalid input for field 'service_id': it must not be blank.")
	}
	if p.ResourceName.Set {
		if err := checkName("resource_name", p.ResourceName.Value, 255); err != nil {
			return err
		}
	}
	if err := checkLimit("default_limit", p.Default, false); err != nil {
		return err
	}
	return checkText("description", p.Description.Value, maxDescription)
}

// checkLimit refuses a value that is no limit, and a missing one where it is required.
func checkLimit(attribute string, v Opt[int64], required bool) error {
	switch {
	case !v.Set && required:
		return Invalidf("Invalid input: '%s' is a required property.", attribute)
	case !v.Set:
		return nil
	case v.Null || v.Value < Unlimited || v.Value > math.MaxInt32:
		return Invalidf("Invalid input for field '%s': it is not a whole number from %d to %d.", attribute, Unlimited, math.MaxInt32)
	}
	return nil
}

// RegisteredLimitFilter lists registered limits. Empty fields do not filter.
type RegisteredLimitFilter struct {
	ServiceID    ServiceID
	RegionID     RegionID
	ResourceName string
	Text         []TextFilter
	Page         Page
}
