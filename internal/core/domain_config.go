package core

import (
	"context"
	"slices"

	"github.com/go-json-experiment/json"

	"github.com/lintel-id/lintel/internal/identity"
)

// complianceGroup is the one group of the server's own configuration that everybody may read:
// a page that asks for a password must say which ones are good.
const complianceGroup = "security_compliance"

// DomainConfig returns a part of a domain's configuration without its secrets.
func (c *Core) DomainConfig(ctx context.Context, caller identity.Caller, id identity.DomainID, at identity.DomainConfigPath) (identity.DomainConfig, error) {
	if at.Group == complianceGroup {
		return c.passwordRules(caller, id, at)
	}
	if err := c.enforce(caller, "identity:get_domain_config"); err != nil {
		return nil, err
	}
	known, err := domainOptions()
	if err != nil {
		return nil, err
	}
	if err := checkDomainPath(known, at); err != nil {
		return nil, err
	}
	s, err := c.fresh(ctx)
	if err != nil {
		return nil, err
	}
	if s.Domain(id) == nil {
		return nil, identity.Missing("domain", id)
	}
	rows, err := c.Store.ListDomainConfig(ctx, id)
	if err != nil {
		return nil, err
	}
	config := part(shown(rows), at)
	if len(config) == 0 {
		return nil, missingDomainConfig(id, at)
	}
	return config, nil
}

// passwordRules returns what security_compliance says of passwords, which is the same for all
// domains but readable at the default one only, as in Keystone.
func (c *Core) passwordRules(caller identity.Caller, id identity.DomainID, at identity.DomainConfigPath) (identity.DomainConfig, error) {
	if err := c.enforce(caller, "identity:get_security_compliance_domain_config"); err != nil {
		return nil, err
	}
	if id != c.Settings.DefaultDomain {
		return nil, badDomainConfig("Reading security compliance information for any domain other than the default domain is not allowed or supported")
	}
	config := identity.DomainConfig{}
	for option, text := range map[string]string{"password_regex": c.Settings.Passwords.Pattern, "password_regex_description": c.Settings.Passwords.Description} {
		value, err := json.Marshal(nullIfEmpty(text))
		if err != nil {
			return nil, err
		}
		config.Set(complianceGroup, option, string(value))
	}
	if config = part(config, at); len(config) == 0 {
		return nil, badDomainConfig("Reading security compliance values other than password_regex and password_regex_description is not allowed")
	}
	return config, nil
}

func nullIfEmpty(text string) *string {
	if text == "" {
		return nil
	}
	return &text
}

func missingDomainConfig(id identity.DomainID, at identity.DomainConfigPath) error {
	return &identity.Error{Kind: identity.NotFound, Message: "Could not find " + at.String() + " in domain configuration for domain " + string(id) + "."}
}

// shown is what may be seen of a configuration.
func shown(rows []identity.DomainConfigOption) identity.DomainConfig {
	config := identity.DomainConfig{}
	for _, o := range rows {
		if !o.Sensitive() {
			config.Set(o.Group, o.Option, o.Value)
		}
	}
	return config
}

// ReplaceDomainConfig makes config the whole configuration of a domain, and says whether the
// domain had none before. It returns what may be seen of it.
func (c *Core) ReplaceDomainConfig(ctx context.Context, caller identity.Caller, id identity.DomainID, config identity.DomainConfig) (now identity.DomainConfig, first bool, err error) {
	err = c.updateDomainConfig(ctx, caller, "identity:create_domain_config", id, func(w *write, old []identity.DomainConfigOption) error {
		if err := checkDomainConfig(config); err != nil {
			return err
		}
		first = len(old) == 0
		for _, o := range old {
			if err := w.DeleteDomainConfig(ctx, id, o.Group, o.Option); err != nil {
				return err
			}
		}
		now, err = c.putDomainConfig(ctx, w, id, config)
		return err
	})
	return now, first, err
}

// UpdateDomainConfig sets the options of config, which must belong to a part that is there
// already. It returns what may be seen of the whole configuration.
func (c *Core) UpdateDomainConfig(ctx context.Context, caller identity.Caller, id identity.DomainID, at identity.DomainConfigPath,
	config identity.DomainConfig) (now identity.DomainConfig, err error) {
	err = c.updateDomainConfig(ctx, caller, "identity:update_domain_config", id, func(w *write, old []identity.DomainConfigOption) error {
		if err := checkDomainChange(config, at); err != nil {
			return err
		}
		if at.Group != "" && !slices.ContainsFunc(old, func(o identity.DomainConfigOption) bool { return at.Holds(o.Group, o.Option) }) {
			return missingDomainConfig(id, at)
		}
		now, err = c.putDomainConfig(ctx, w, id, config)
		return err
	})
	return now, err
}

// DeleteDomainConfig removes a part of a domain's configuration. A group or an option must be
// there; all of a configuration may be nothing.
func (c *Core) DeleteDomainConfig(ctx context.Context, caller identity.Caller, id identity.DomainID, at identity.DomainConfigPath) error {
	return c.updateDomainConfig(ctx, caller, "identity:delete_domain_config", id, func(w *write, old []identity.DomainConfigOption) error {
		known, err := domainOptions()
		if err != nil {
			return err
		}
		if err := checkDomainPath(known, at); err != nil {
			return err
		}
		gone := false
		for _, o := range old {
			if !at.Holds(o.Group, o.Option) {
				continue
			}
			gone = true
			if err := w.DeleteDomainConfig(ctx, id, o.Group, o.Option); err != nil {
				return err
			}
		}
		if at.Group != "" && !gone {
			return missingDomainConfig(id, at)
		}
		return nil
	})
}

// updateDomainConfig runs f with the options that a domain has.
func (c *Core) updateDomainConfig(ctx context.Context, caller identity.Caller, action string, id identity.DomainID,
	f func(w *write, old []identity.DomainConfigOption) error) error {
	return c.update(ctx, caller, func(w *write) error {
		if err := c.enforce(w.caller, action); err != nil {
			return err
		}
		if w.model.Domain(id) == nil {
			return identity.Missing("domain", id)
		}
		old, err := w.ListDomainConfig(ctx, id)
		if err != nil {
			return err
		}
		return f(w, old)
	})
}

// putDomainConfig writes options, seals those that are sensitive, and returns what may be seen
// of the whole configuration.
func (c *Core) putDomainConfig(ctx context.Context, w *write, id identity.DomainID, config identity.DomainConfig) (identity.DomainConfig, error) {
	ring, err := c.ring(w.model)
	if err != nil {
		return nil, err
	}
	for group, options := range config {
		for option, value := range options {
			o := &identity.DomainConfigOption{DomainID: id, Group: group, Option: option, Value: value}
			if sensitive(group, option) {
				o.Value = ""
				as, owner, typ := configBoundTo(string(id), group, option)
				o.Sealed, o.KeyID = ring.SealBlob(as, owner, typ, []byte(value))
			}
			if err := w.PutDomainConfig(ctx, o); err != nil {
				return nil, err
			}
		}
	}
	rows, err := w.ListDomainConfig(ctx, id)
	return shown(rows), err
}

// configBoundTo is what a sensitive option is sealed for.
func configBoundTo(domain, group, option string) (id, owner, typ string) {
	return "domain_config", domain, group + "." + option
}
