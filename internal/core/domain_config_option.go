package core

import (
	_ "embed"
	"fmt"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"

	"github.com/lintel-id/lintel/internal/identity"
)

// domainConfigDefaults is the groups and options that Keystone lets a domain have of its own,
// with the values they have when nobody sets them.
//
//go:embed domain_config_defaults.json
var domainConfigDefaults []byte

// sensitive says whether an option is sealed and never shown.
func sensitive(group, option string) bool { return group == "ldap" && option == "password" }

// domainOptions reads domainConfigDefaults.
func domainOptions() (identity.DomainConfig, error) {
	var groups map[string]map[string]jsontext.Value
	if err := json.Unmarshal(domainConfigDefaults, &groups); err != nil {
		return nil, fmt.Errorf("domain_config_defaults.json: %w", err)
	}
	config := identity.DomainConfig{}
	for group, options := range groups {
		for option, value := range options {
			config.Set(group, option, string(value))
		}
	}
	return config, nil
}

func badDomainConfig(format string, args ...any) error {
	return identity.Forbiddenf("Invalid domain specific configuration: %s.", fmt.Sprintf(format, args...))
}

// checkDomainPath refuses a group or an option that a domain cannot have of its own.
func checkDomainPath(known identity.DomainConfig, at identity.DomainConfigPath) error {
	if at.Group == "" {
		return nil
	}
	options, ok := known[at.Group]
	if !ok {
		return badDomainConfig("Group %s is not supported for domain specific configurations", at.Group)
	}
	if _, ok := options[at.Option]; at.Option != "" && !ok && !sensitive(at.Group, at.Option) {
		return badDomainConfig("Option %s in group %s is not supported for domain specific configurations", at.Option, at.Group)
	}
	return nil
}

// checkDomainConfig refuses a configuration that sets nothing, or something that a domain
// cannot have of its own.
func checkDomainConfig(config identity.DomainConfig) error {
	known, err := domainOptions()
	if err != nil {
		return err
	}
	if len(config) == 0 {
		return badDomainConfig("No options specified")
	}
	for group, options := range config {
		if len(options) == 0 {
			return badDomainConfig("The value of group %s specified in the config should be a dictionary of options", group)
		}
		for option := range options {
			if err := checkDomainPath(known, identity.DomainConfigPath{Group: group, Option: option}); err != nil {
				return err
			}
		}
	}
	return nil
}

// checkDomainChange is checkDomainConfig for the change of one part, which must be all that is
// changed.
func checkDomainChange(config identity.DomainConfig, at identity.DomainConfigPath) error {
	if err := checkDomainConfig(config); err != nil || at.Group == "" {
		return err
	}
	known, err := domainOptions()
	if err != nil {
		return err
	}
	if err := checkDomainPath(known, at); err != nil {
		return err
	}
	for group, options := range config {
		for option := range options {
			if !at.Holds(group, option) {
				return badDomainConfig("Trying to update %s, so that, and only that, must be specified in the config", at)
			}
		}
	}
	return nil
}

// DomainConfigDefaults returns what a part of a domain's configuration is when it is not set.
func (c *Core) DomainConfigDefaults(caller identity.Caller, at identity.DomainConfigPath) (identity.DomainConfig, error) {
	if err := c.enforce(caller, "identity:get_domain_config_default"); err != nil {
		return nil, err
	}
	known, err := domainOptions()
	if err != nil {
		return nil, err
	}
	if err := checkDomainPath(known, at); err != nil {
		return nil, err
	}
	if sensitive(at.Group, at.Option) {
		return nil, badDomainConfig("Reading the default for %s is not supported", at)
	}
	return part(known, at), nil
}

// part returns the options of a configuration that belong to a part of it.
func part(config identity.DomainConfig, at identity.DomainConfigPath) identity.DomainConfig {
	chosen := identity.DomainConfig{}
	for group, options := range config {
		for option, value := range options {
			if at.Holds(group, option) {
				chosen.Set(group, option, value)
			}
		}
	}
	return chosen
}
