package identity

// Service is one kind of API of the cloud.
type Service struct {
	ID          ServiceID
	Type        string // "compute", "image", ...
	Name        string // "" for none
	Description string
	Enabled     bool
	Extra       Extra
}

// ServiceSpec creates a service.
type ServiceSpec struct {
	Type        string
	Name        string
	Description string
	Enabled     bool
	Extra       Extra
}

// Validate refuses what no service may have.
func (s *ServiceSpec) Validate() error {
	if err := checkName("type", s.Type, 255); err != nil {
		return err
	}
	if err := checkText("name", s.Name, 255); err != nil {
		return err
	}
	return checkText("description", s.Description, maxDescription)
}

// ServicePatch changes a service.
type ServicePatch struct {
	Type        Opt[string]
	Name        Opt[string]
	Description Opt[string]
	Enabled     Opt[bool]
	Extra       Extra
}

// Validate checks the given fields by themselves.
func (p *ServicePatch) Validate() error {
	if err := p.Enabled.checkGiven("enabled"); err != nil {
		return err
	}
	if p.Type.Set {
		if err := checkName("type", p.Type.Value, 255); err != nil {
			return err
		}
	}
	if err := checkText("name", p.Name.Value, 255); err != nil {
		return err
	}
	return checkText("description", p.Description.Value, maxDescription)
}

// ServiceFilter lists services. Empty fields do not filter.
type ServiceFilter struct {
	Name, Type string
	Text       []TextFilter
}
