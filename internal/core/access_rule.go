package core

import (
	"context"
	"slices"

	"github.com/lintel-id/lintel/internal/identity"
)

// AccessRule returns a rule. Its owner decides who may see it, which Keystone does not
// compare; the user of the path counts only when there is no such rule.
func (c *Core) AccessRule(ctx context.Context, caller identity.Caller, of identity.UserID, id identity.AccessRuleID) (*identity.AccessRule, error) {
	if !caller.Known() {
		return nil, identity.Unauthenticated("no token was given")
	}
	rule, err := c.Store.AccessRule(ctx, id)
	if err := c.enforceRule(caller, "identity:get_access_rule", of, &rule, err); err != nil {
		return nil, err
	}
	return &rule, nil
}

// enforceRule asks policy about a rule that was looked for with the outcome found: about its
// real owner. Below another user's path the rule is not known.
func (c *Core) enforceRule(caller identity.Caller, action string, of identity.UserID, rule *identity.AccessRule, found error) error {
	path := of
	if found == nil {
		of = rule.UserID
	} else if identity.KindOf(found) != identity.NotFound {
		return found
	}
	if err := c.enforce(caller, action, attr("target.user.id", of)); err != nil {
		return err
	}
	if found == nil && of != path {
		return identity.Missing("Access Rule", rule.ID)
	}
	return found
}

// AccessRuleFilter lists access rules; "" is no filter.
type AccessRuleFilter struct {
	Service, Method, Path string
	Text                  []identity.TextFilter // on these three
}

// AccessRules lists a user's rules in order of id.
func (c *Core) AccessRules(ctx context.Context, caller identity.Caller, of identity.UserID, f AccessRuleFilter) ([]*identity.AccessRule, error) {
	u, err := c.userFor(ctx, caller, "identity:list_access_rules", of)
	if err != nil {
		return nil, err
	}
	rules, err := listed(c.Store.ListAccessRules(ctx, u.ID))
	if err != nil {
		return nil, err
	}
	return slices.DeleteFunc(rules, func(r *identity.AccessRule) bool {
		text := func(name string) string {
			return map[string]string{"service": r.Service, "method": r.Method, "path": r.Path}[name]
		}
		return !identity.MatchAll(f.Text, text) || f.Service != "" && f.Service != r.Service || f.Method != "" && f.Method != r.Method || f.Path != "" && f.Path != r.Path
	}), nil
}

// DeleteAccessRule removes a rule that no application credential has any more.
func (c *Core) DeleteAccessRule(ctx context.Context, caller identity.Caller, of identity.UserID, id identity.AccessRuleID) error {
	return c.update(ctx, caller, func(w *write) error {
		rule, err := w.AccessRule(ctx, id)
		if err := c.enforceRule(w.caller, "identity:delete_access_rule", of, &rule, err); err != nil {
			return err
		}
		for ac := range w.model.ApplicationCredentialsOf(rule.UserID) {
			rules := w.model.ApplicationCredential(ac).AccessRules
			if slices.ContainsFunc(rules, func(r identity.AccessRule) bool { return r.ID == id }) {
				return identity.Forbiddenf("Cannot delete access rule %s: the application credential %s has it.", id, ac)
			}
		}
		return w.DeleteAccessRule(ctx, id)
	})
}
