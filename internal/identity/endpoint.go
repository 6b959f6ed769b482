package identity

import "strings"

// Interface is who an endpoint is for.
type Interface string

const (
	PublicInterface   Interface = "public"
	InternalInterface Interface = "internal"
	AdminInterface    Interface = "admin"
)

// Endpoint is where a service answers. The URL may hold $(name)s and %(name)s fields.
type Endpoint struct {
	ID        EndpointID
	Interface Interface
	ServiceID ServiceID
	RegionID  RegionID // "" for none
	URL       string
	Enabled   bool
	Extra     Extra
}

// EndpointSpec creates an endpoint.
type EndpointSpec struct {
	Interface Interface
	ServiceID ServiceID
	RegionID  RegionID
	URL       string
	Enabled   bool
	Extra     Extra

	MakeRegion bool // a region that is not there is made (Keystone's "region" attribute)
}

// Validate refuses an unknown interface, and a URL that is empty, too long or whose fields no
// catalog could fill.
func (s *EndpointSpec) Validate() error {
	if err := s.Interface.check(); err != nil {
		return err
	}
	return checkURL(s.URL)
}

// EndpointPatch changes an endpoint.
type EndpointPatch struct {
	Interface Opt[Interface]
	ServiceID Opt[ServiceID]
	RegionID  Opt[RegionID]
	URL       Opt[string]
	Enabled   Opt[bool]
	Extra     Extra

	MakeRegion bool // a region that is not there is made (Keystone's "region" attribute)
}

// Validate checks the given fields by themselves.
func (p *EndpointPatch) Validate() error {
	if err := p.Enabled.checkGiven("enabled"); err != nil {
		return err
	}
	if p.Interface.Set {
		if err := p.Interface.Value.check(); err != nil {
			return err
		}
	}
	if p.URL.Set {
		return checkURL(p.URL.Value)
	}
	return nil
}

func (i Interface) check() error {
	switch i {
	case PublicInterface, InternalInterface, AdminInterface:
		return nil
	}
	return Invalidf("Invalid input for field 'interface': '%s' is not one of public, internal, admin.", strings.ToValidUTF8(string(i), "?"))
}

// schemeLetters are what the scheme of a URL is made of (RFC 3986 section 3.1).
const schemeLetters = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789+-."

func checkURL(url string) error {
	if err := checkName("url", url, 225); err != nil {
		return err
	}
	if scheme, rest, _ := strings.Cut(url, ":"); scheme == "" || rest == "" || strings.Trim(scheme, schemeLetters) != "" {
		return Invalidf("Invalid input for field 'url': it does not begin with a scheme, as in https://.")
	}
	if _, err := ParseURLTemplate(url); err != nil {
		return Invalidf("Malformed endpoint URL (%s): %s.", url, err)
	}
	return nil
}

// EndpointFilter lists endpoints. Empty fields do not filter.
type EndpointFilter struct {
	Interface Interface
	ServiceID ServiceID
	RegionID  RegionID
}

// Validate refuses an interface that no endpoint can have.
func (f *EndpointFilter) Validate() error {
	if f.Interface == "" {
		return nil
	}
	return f.Interface.check()
}
