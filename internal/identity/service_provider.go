package identity

import "strings"

// ServiceProvider is another cloud that takes our word for our users.
type ServiceProvider struct {
	ID               ServiceProviderID
	Enabled          bool // tokens show those that are
	Description      string
	AuthURL          string // where its users get a token
	SPURL            string // where it takes our assertion
	RelayStatePrefix string
}

// DefaultRelayStatePrefix is Keystone's, for assertions to enhanced clients.
const DefaultRelayStatePrefix = "ss:mem:"

// ServiceProviderSpec creates a service provider. An empty prefix is the default.
type ServiceProviderSpec struct {
	ID               ServiceProviderID
	Enabled          bool
	Description      string
	AuthURL          string
	SPURL            string
	RelayStatePrefix string
}

// Validate refuses an id that no path could name, and URLs without a scheme.
func (s *ServiceProviderSpec) Validate() error {
	if err := checkChosenID(string(s.ID)); err != nil {
		return err
	}
	if err := checkLink("auth_url", s.AuthURL); err != nil {
		return err
	}
	if err := checkLink("sp_url", s.SPURL); err != nil {
		return err
	}
	if err := checkText("description", s.Description, maxDescription); err != nil {
		return err
	}
	return checkText("relay_state_prefix", s.RelayStatePrefix, 256)
}

// ServiceProviderPatch changes a service provider.
type ServiceProviderPatch struct {
	Enabled          Opt[bool]
	Description      Opt[string]
	AuthURL          Opt[string]
	SPURL            Opt[string]
	RelayStatePrefix Opt[string] // null for the default
}

// Validate checks the given fields by themselves.
func (p *ServiceProviderPatch) Validate() error {
	if !p.Enabled.Set && !p.Description.Set && !p.AuthURL.Set && !p.SPURL.Set && !p.RelayStatePrefix.Set {
		return Invalidf("Invalid input for field 'service_provider': nothing of it is changed.")
	}
	if err := p.Enabled.checkGiven("enabled"); err != nil {
		return err
	}
	if p.AuthURL.Set {
		if err := checkLink("auth_url", p.AuthURL.Value); err != nil {
			return err
		}
	}
	if p.SPURL.Set {
		if err := checkLink("sp_url", p.SPURL.Value); err != nil {
			return err
		}
	}
	if err := checkText("description", p.Description.Value, maxDescription); err != nil {
		return err
	}
	return checkText("relay_state_prefix", p.RelayStatePrefix.Value, 256)
}

// Apply returns the service provider with the patch applied.
func (p *ServiceProviderPatch) Apply(s ServiceProvider) ServiceProvider {
	p.Enabled.Apply(&s.Enabled)
	p.Description.Apply(&s.Description)
	p.AuthURL.Apply(&s.AuthURL)
	p.SPURL.Apply(&s.SPURL)
	p.RelayStatePrefix.Apply(&s.RelayStatePrefix)
	if p.RelayStatePrefix.Null {
		s.RelayStatePrefix = DefaultRelayStatePrefix
	}
	return s
}

// ServiceProviderFilter lists service providers. Empty fields do not filter.
type ServiceProviderFilter struct {
	ID      ServiceProviderID
	Enabled *bool
	Text    []TextFilter // on id
}

// ServiceProviders are those that tokens show, as one revision has them. They never change: until
// a service provider does, every revision has the same pointer.
type ServiceProviders struct {
	Enabled []*ServiceProvider // in order of id; never empty
}

// checkLink refuses what is no URL to Keystone: a scheme, a colon and something more.
func checkLink(attribute, url string) error {
	const letters = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789+.-"
	if scheme, rest, _ := strings.Cut(url, ":"); scheme == "" || rest == "" || strings.Trim(scheme, letters) != "" {
		return Invalidf("Invalid input for field '%s': it is not a URL.", attribute)
	}
	return checkText(attribute, url, 225)
}
