package identity

// Limit is how much of a resource one project or domain may have. It overrides the default of
// a RegisteredLimit, from which it has its service, region and resource name.
type Limit struct {
	ID           LimitID
	RegisteredID RegisteredLimitID
	ProjectID    ProjectID // "" for a domain's limit
	DomainID     DomainID  // "" for a project's limit
	ServiceID    ServiceID
	RegionID     RegionID
	ResourceName string
	Value        int64 // Unlimited to 2^31-1
	Description  string

	ProjectDomainID DomainID // the project's domain; "" for a domain's limit
}

// Of is the project that the limit is for, or the domain as the project it is.
func (l *Limit) Of() ProjectID {
	if l.DomainID != "" {
		return ProjectID(l.DomainID)
	}
	return l.ProjectID
}

// LimitSpec creates a limit for a project or a domain, never both. A project that acts as a
// domain is that domain.
type LimitSpec struct {
	ProjectID    ProjectID
	DomainID     DomainID
	ServiceID    ServiceID
	RegionID     RegionID
	ResourceName string
	Value        Opt[int64]
	Description  string
}

// Validate refuses what no limit may have.
func (s *LimitSpec) Validate() error {
	if (s.ProjectID == "") == (s.DomainID == "") {
		return Invalidf("Invalid input: either 'project_id' or 'domain_id' is a required property.")
	}
	if s.ServiceID == "" {
		return Invalidf("Invalid input: 'service_id' is a required property.")
	}
	if err := checkName("resource_name", s.ResourceName, 255); err != nil {
		return err
	}
	if err := checkLimit("resource_limit", s.Value, true); err != nil {
		return err
	}
	return checkText("description", s.Description, maxDescription)
}

// LimitPatch changes a limit.
type LimitPatch struct {
	Value       Opt[int64]
	Description Opt[string]
}

// Validate checks the given fields by themselves.
func (p *LimitPatch) Validate() error {
	if err := checkLimit("resource_limit", p.Value, false); err != nil {
		return err
	}
	return checkText("description", p.Description.Value, maxDescription)
}

// LimitFilter lists limits. Empty fields do not filter.
type LimitFilter struct {
	ProjectID    ProjectID
	DomainID     DomainID
	ServiceID    ServiceID
	RegionID     RegionID
	ResourceName string
	Text         []TextFilter
	Page         Page

	RegisteredID RegisteredLimitID

	Of ProjectID // limits of this project, or of the domain that it is
	In DomainID  // limits of this domain and of the projects in it
}

// LimitModel says how limits of projects depend on each other.
type LimitModel string

const (
	// FlatLimits: not at all.
	FlatLimits LimitModel = "flat"
	// StrictTwoLevelLimits: projects are at most two deep below their domain, and no limit is
	// above that of the parent.
	StrictTwoLevelLimits LimitModel = "strict_two_level"
)
