package identity

import "fmt"

// DomainConfigOption is one option of a domain's configuration: what is stored for the drivers
// of the domain. A sensitive one is sealed.
type DomainConfigOption struct {
	DomainID DomainID
	Group    string
	Option   string
	Value    string // the text of any JSON value; "" for a sensitive option
	Sealed   []byte // the same text, sealed; nil for an option that is not sensitive
	KeyID    string // of the key that sealed it
}

// Sensitive says whether the option is never shown.
func (o *DomainConfigOption) Sensitive() bool { return o.Sealed != nil }

// DomainConfig is the text of a JSON value for each option of each group.
type DomainConfig map[string]map[string]string

// Set puts an option's value.
func (c DomainConfig) Set(group, option, value string) {
	if c[group] == nil {
		c[group] = map[string]string{}
	}
	c[group][option] = value
}

// DomainConfigPath names a part of a configuration: all of it, a group, or one option.
type DomainConfigPath struct {
	Group  string // "" for all groups
	Option string // "" for all options of the group
}

// String names the part as Keystone does.
func (p DomainConfigPath) String() string {
	switch {
	case p.Option != "":
		return fmt.Sprintf("option %s in group %s", p.Option, p.Group)
	case p.Group != "":
		return "group " + p.Group
	}
	return "any options"
}

// Holds says whether an option belongs to the part.
func (p DomainConfigPath) Holds(group, option string) bool {
	return (p.Group == "" || p.Group == group) && (p.Option == "" || p.Option == option)
}
