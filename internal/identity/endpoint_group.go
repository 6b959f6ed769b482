package identity

import "strings"

// EndpointGroup names the endpoints that have what its filter asks for. Projects associated
// with it see them in their catalog.
type EndpointGroup struct {
	ID          EndpointGroupID
	Name        string
	Description string
	Filter      EndpointMatch
}

// EndpointGroupSpec creates an endpoint group.
type EndpointGroupSpec struct {
	Name        string
	Description string
	Filter      EndpointMatch
}

// Validate refuses what no endpoint group may have, and one of all endpoints.
func (s *EndpointGroupSpec) Validate() error {
	if err := checkName("name", s.Name, 255); err != nil {
		return err
	}
	if s.Filter == (EndpointMatch{}) {
		return Invalidf("filters field is required and cannot be empty")
	}
	if err := s.Filter.checkText(); err != nil {
		return err
	}
	return checkText("description", s.Description, maxDescription)
}

// EndpointGroupPatch changes an endpoint group. A given filter takes the place of the old one;
// an empty one takes in every endpoint, as in Keystone.
type EndpointGroupPatch struct {
	Name        Opt[string]
	Description Opt[string]
	Filter      Opt[EndpointMatch]
}

// Validate checks the given fields by themselves.
func (p *EndpointGroupPatch) Validate() error {
	if p.Name.Set {
		if err := checkName("name", p.Name.Value, 255); err != nil {
			return err
		}
	}
	if err := p.Filter.Value.checkText(); err != nil {
		return err
	}
	return checkText("description", p.Description.Value, maxDescription)
}

// EndpointMatch is what an endpoint must have to be in a group. Empty fields ask for nothing.
type EndpointMatch struct {
	Interface Interface
	ServiceID ServiceID
	RegionID  RegionID
}

// checkText refuses what no row may hold. What no endpoint can have matches none.
func (f *EndpointMatch) checkText() error {
	if err := checkText("interface", string(f.Interface), 255); err != nil {
		return err
	}
	if err := checkText("service_id", string(f.ServiceID), 255); err != nil {
		return err
	}
	return checkText("region_id", string(f.RegionID), 255)
}

// Matches says whether an endpoint has all that is asked for.
func (f *EndpointMatch) Matches(e *Endpoint) bool {
	return (f.Interface == "" || f.Interface == e.Interface) && (f.ServiceID == "" || f.ServiceID == e.ServiceID) &&
		(f.RegionID == "" || f.RegionID == e.RegionID)
}

// EndpointGroupFilter lists endpoint groups. Empty fields do not filter.
type EndpointGroupFilter struct {
	Name string
	Text []TextFilter
}

// ProjectEndpoint is that a project sees an endpoint. A project with such associations, direct
// or by way of endpoint groups, sees the endpoints of those and no others.
type ProjectEndpoint struct {
	ProjectID  ProjectID
	EndpointID EndpointID
}

// Missing is the 404 of an association that is not there, in Keystone's words.
func (p ProjectEndpoint) Missing() *Error {
	return &Error{Kind: NotFound, Message: "Endpoint " + string(p.EndpointID) + " not found in project " + string(p.ProjectID)}
}

// ProjectEndpointGroup is that a project sees the endpoints of an endpoint group.
type ProjectEndpointGroup struct {
	ProjectID       ProjectID
	EndpointGroupID EndpointGroupID
}

// Missing is the 404 of an association that is not there, in Keystone's words.
func (p ProjectEndpointGroup) Missing() *Error {
	return &Error{Kind: NotFound, Message: "Endpoint Group Project Association not found"}
}

// Key is the association's key in the change log.
func (p ProjectEndpoint) Key() string { return string(p.ProjectID) + keySep + string(p.EndpointID) }

// ParseProjectEndpointKey reads what Key wrote.
func ParseProjectEndpointKey(key string) (ProjectEndpoint, bool) {
	p, e, ok := strings.Cut(key, keySep)
	return ProjectEndpoint{ProjectID(p), EndpointID(e)}, ok
}

// Key is the association's key in the change log.
func (p ProjectEndpointGroup) Key() string {
	return string(p.ProjectID) + keySep + string(p.EndpointGroupID)
}

// ParseProjectEndpointGroupKey reads what Key wrote.
func ParseProjectEndpointGroupKey(key string) (ProjectEndpointGroup, bool) {
	p, g, ok := strings.Cut(key, keySep)
	return ProjectEndpointGroup{ProjectID(p), EndpointGroupID(g)}, ok
}
