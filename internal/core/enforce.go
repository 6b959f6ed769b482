package core

import (
	"slices"

	"github.com/lintel-id/lintel/internal/identity"
	"github.com/lintel-id/lintel/internal/policy"
)

// attr is a target attribute whose empty value is absent from policy's sight.
func attr[T ~string](name string, v T) policy.Attr {
	return policy.Attr{Name: name, Value: string(v)}
}

// nullable is a target attribute that the object has even where it is null.
func nullable[T ~string](name string, v T) policy.Attr {
	return policy.Attr{Name: name, Value: string(v), Null: v == ""}
}

// enforce asks policy whether the caller may do the action to the target, after what no
// policy can allow: a delegation beyond itself.
func (c *Core) enforce(caller identity.Caller, action string, target ...policy.Attr) error {
	if caller.Local {
		return nil
	}
	if caller.Authorization == nil {
		return identity.Unauthenticated("no token was given")
	}
	if !delegationAllows(caller.Delegation(), action) {
		return (&refusal{by: caller.Authorization, action: action, reason: "a delegated token may not do this", target: slices.Clone(target)}).denied()
	}
	pc := policyCaller(caller.Authorization)
	if v := c.Policy.Check(action, &pc, target); !v.Allowed {
		return (&refusal{by: caller.Authorization, action: action, reason: string(v.Reason), byRule: true, target: slices.Clone(target)}).denied()
	}
	return nil
}

func policyCaller(a *identity.Authorization) policy.Caller {
	pc := policy.Caller{UserID: string(a.User.ID), UserDomainID: string(a.User.DomainID)}
	switch {
	case a.Project != nil:
		pc.Scope, pc.ProjectID, pc.ProjectDomainID = policy.Project, string(a.Project.ID), string(a.Project.OwnDomain())
	case a.Domain != nil:
		pc.Scope, pc.DomainID = policy.Domain, string(a.Domain.ID)
	case a.Token.System:
		pc.Scope, pc.SystemScope = policy.System, "all"
	}
	pc.Roles = make([]string, len(a.Roles))
	for i, r := range a.Roles {
		pc.Roles[i] = r.Name
	}
	return pc
}

// delegationRules lists the acts that make or end power and are therefore closed to delegated
// tokens, with the delegations each is open to. Acts that are not listed are open to all but
// EC2 keys' tokens, which exist for services and may only be validated (CVE-2026-80182 and
// commit 910ebab06 of Keystone).
var delegationRules = map[string][]identity.Delegation{
	"identity:create_application_credential": {identity.ByUnrestrictedCredential},
	"identity:delete_application_credential": {identity.ByUnrestrictedCredential},
	"identity:get_application_credential":    {identity.ByRestrictedCredential, identity.ByUnrestrictedCredential},
	"identity:list_application_credentials":  {identity.ByRestrictedCredential, identity.ByUnrestrictedCredential},
	"identity:get_access_rule":               {identity.ByRestrictedCredential, identity.ByUnrestrictedCredential},
	"identity:list_access_rules":             {identity.ByRestrictedCredential, identity.ByUnrestrictedCredential},
	"identity:delete_access_rule":            {identity.ByUnrestrictedCredential},
	"identity:ec2_create_credential":         {identity.ByUnrestrictedCredential},
	"identity:ec2_delete_credential":         {identity.ByUnrestrictedCredential},
	"identity:ec2_get_credential":            {identity.ByRestrictedCredential, identity.ByUnrestrictedCredential},
	"identity:ec2_list_credentials":          {identity.ByRestrictedCredential, identity.ByUnrestrictedCredential},
	// A credential is as good as its user, whatever project it names: Keystone lets no delegated
	// token near one since 2026 (CVE-2026-33551, CVE-2026-90460). Its lists stay open, and empty.
	"identity:list_credentials":        {identity.ByRestrictedCredential, identity.ByUnrestrictedCredential, identity.ByTrust, identity.ByOAuth1},
	"identity:create_credential":       nil,
	"identity:get_credential":          nil,
	"identity:update_credential":       nil,
	"identity:delete_credential":       nil,
	"identity:create_trust":            {identity.ByTrust},
	"identity:list_trusts":             {identity.ByTrust},
	"identity:list_trusts_for_trustor": {identity.ByTrust},
	"identity:list_trusts_for_trustee": {identity.ByTrust},
	"identity:get_trust":               {identity.ByTrust},
	"identity:delete_trust":            {identity.ByTrust},
	"identity:list_roles_for_trust":    {identity.ByTrust},
	"identity:get_role_for_trust":      {identity.ByTrust},
	"identity:authorize_request_token": nil,
	"identity:list_access_tokens":      nil,
	"identity:get_access_token":        nil,
	"identity:delete_access_token":     nil,
	// Whoever says who vouches for users could come back as any of them.
	"identity:create_identity_provider": {identity.ByUnrestrictedCredential},
	"identity:update_identity_provider": {identity.ByUnrestrictedCredential},
	"identity:delete_identity_provider": {identity.ByUnrestrictedCredential},
	"identity:create_protocol":          {identity.ByUnrestrictedCredential},
	"identity:update_protocol":          {identity.ByUnrestrictedCredential},
	"identity:delete_protocol":          {identity.ByUnrestrictedCredential},
	"identity:create_mapping":           {identity.ByUnrestrictedCredential},
	"identity:update_mapping":           {identity.ByUnrestrictedCredential},
	"identity:delete_mapping":           {identity.ByUnrestrictedCredential},
	"identity:create_service_provider":  {identity.ByUnrestrictedCredential},
	"identity:update_service_provider":  {identity.ByUnrestrictedCredential},
	"identity:delete_service_provider":  {identity.ByUnrestrictedCredential},
}

// openToEC2 are the only acts of an EC2 key's token.
var openToEC2 = map[string]bool{"identity:validate_token": true, "identity:check_token": true, "identity:revoke_token": true}

func delegationAllows(d identity.Delegation, action string) bool {
	if d == identity.NotDelegated {
		return true
	}
	if d == identity.ByEC2 {
		return openToEC2[action]
	}
	open, listed := delegationRules[action]
	return !listed || slices.Contains(open, d)
}

// keepsItsUser refuses a delegated token to change the account of the user it acts for: with a
// password of its own choice its holder would be that user, and the delegation without bounds.
func keepsItsUser(caller identity.Caller, action string, user identity.UserID) error {
	if !delegated(caller) || caller.User.ID != user {
		return nil
	}
	return (&refusal{by: caller.Authorization, action: action, reason: "a delegated token may not change the account it acts for"}).denied()
}

// enforceOn is enforce on an object that may not exist. Keystone decides first: whoever may
// act on any such object learns that this one is missing, everybody else only that they may not.
func (c *Core) enforceOn(caller identity.Caller, action string, exists bool, target func() []policy.Attr, missing error) error {
	if !exists {
		if err := c.enforce(caller, action); err != nil {
			return err
		}
		return missing
	}
	return c.enforce(caller, action, target()...)
}

// enforceList is enforce on a list that a domain's own people may see for their domain: for
// a domain-scoped caller the filter becomes that domain.
func (c *Core) enforceList(caller identity.Caller, action string, domain *identity.DomainID) error {
	if caller.Authorization == nil || caller.Domain == nil {
		return c.enforce(caller, action)
	}
	own := identity.DomainID(caller.Domain.ID)
	if err := c.enforce(caller, action, attr("target.domain_id", own), attr("target.domain.id", own), attr("target.group.domain_id", own)); err != nil {
		return err
	}
	if *domain == "" {
		*domain = own
	}
	if *domain != own {
		return (&refusal{by: caller.Authorization, action: action, reason: "a domain-scoped token lists only its own domain"}).denied()
	}
	return nil
}
