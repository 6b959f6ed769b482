package identity

import "slices"

// IdentityProvider is somebody outside who vouches for users.
type IdentityProvider struct { //nolint:revive // the term is Keystone's
	ID               IdentityProviderID
	DomainID         DomainID // the home of its users
	Enabled          bool
	Description      string
	RemoteIDs        []string // what it calls itself, in ascending order; each is one provider's only
	AuthorizationTTL *int64   // minutes that group memberships last after a login; nil for the server's default
}

// IdentityProviderSpec creates an identity provider, in a domain of its own where none is named.
type IdentityProviderSpec struct { //nolint:revive // the term is Keystone's
	ID               IdentityProviderID
	DomainID         DomainID
	Enabled          bool
	Description      string
	RemoteIDs        []string
	AuthorizationTTL *int64
}

// Validate refuses an id that no path could name, and what no identity provider may have.
func (s *IdentityProviderSpec) Validate() error {
	if err := checkChosenID(string(s.ID)); err != nil {
		return err
	}
	if err := checkText("description", s.Description, maxDescription); err != nil {
		return err
	}
	if err := checkTTL(s.AuthorizationTTL); err != nil {
		return err
	}
	return checkRemoteIDs(s.RemoteIDs)
}

// IdentityProviderPatch changes an identity provider; null remote ids are none.
type IdentityProviderPatch struct { //nolint:revive // the term is Keystone's
	Enabled          Opt[bool]
	Description      Opt[string]
	RemoteIDs        Opt[[]string]
	AuthorizationTTL Opt[int64] // null for the server's default
}

// Validate checks the given fields by themselves.
func (p *IdentityProviderPatch) Validate() error {
	if !p.Enabled.Set && !p.Description.Set && !p.RemoteIDs.Set && !p.AuthorizationTTL.Set {
		return Invalidf("Invalid input for field 'identity_provider': nothing of it is changed.")
	}
	if err := p.Enabled.checkGiven("enabled"); err != nil {
		return err
	}
	if err := checkText("description", p.Description.Value, maxDescription); err != nil {
		return err
	}
	if err := checkTTL(&p.AuthorizationTTL.Value); err != nil {
		return err
	}
	return checkRemoteIDs(p.RemoteIDs.Value)
}

// Apply returns the provider with the patch applied.
func (p *IdentityProviderPatch) Apply(i IdentityProvider) IdentityProvider {
	p.Enabled.Apply(&i.Enabled)
	p.Description.Apply(&i.Description)
	p.RemoteIDs.Apply(&i.RemoteIDs)
	switch {
	case p.AuthorizationTTL.Null:
		i.AuthorizationTTL = nil
	case p.AuthorizationTTL.Set:
		i.AuthorizationTTL = &p.AuthorizationTTL.Value
	}
	return i
}

// IdentityProviderFilter lists identity providers. Empty fields do not filter.
type IdentityProviderFilter struct { //nolint:revive // the term is Keystone's
	ID      IdentityProviderID
	Enabled *bool
	Text    []TextFilter // on id
}

// checkChosenID refuses ids chosen by clients that cannot stand in a path.
func checkChosenID(id string) error {
	if err := checkName("id", id, 64); err != nil {
		return err
	}
	if id == "." || id == ".." {
		return Invalidf("Invalid input for field 'id': it cannot stand in a URL.")
	}
	return nil
}

// longestTTL is what Keystone's column can hold, in minutes.
const longestTTL = 1<<31 - 1

func checkTTL(minutes *int64) error {
	if minutes != nil && (*minutes < 0 || *minutes > longestTTL) {
		return Invalidf("Invalid input for field 'authorization_ttl': it is not a number of minutes from 0 to %d.", longestTTL)
	}
	return nil
}

func checkRemoteIDs(ids []string) error {
	for i, id := range ids {
		if err := checkName("remote_ids", id, 255); err != nil {
			return err
		}
		if slices.Contains(ids[:i], id) {
			return Invalidf("Invalid input for field 'remote_ids': one of them stands twice.")
		}
	}
	return nil
}
