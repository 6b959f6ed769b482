package identity

import (
	"fmt"
	"strings"
)

// Role is a name for what somebody may do. A role with a domain is that domain's own and
// never shows in a token: only the roles it implies do.
type Role struct {
	ID          RoleID
	DomainID    DomainID // "" for a global role
	Name        string   // unique among global roles, or in the domain
	Description string
	Options     ResourceOptions
	Extra       Extra
}

// Names of the roles that bootstrap makes.
const (
	RoleAdmin   = "admin"
	RoleManager = "manager"
	RoleMember  = "member"
	RoleReader  = "reader"
	RoleService = "service"
)

// Implication says that whoever holds Prior also holds Implied.
type Implication struct {
	Prior, Implied RoleID
}

// Missing is the 404 of an implication that does not exist, in Keystone's words.
func (i Implication) Missing() *Error {
	return &Error{Kind: NotFound, Message: fmt.Sprintf("%s does not imply %s.", i.Prior, i.Implied)}
}

// RoleSpec creates a role.
type RoleSpec struct {
	DomainID    DomainID
	Name        string
	Description string
	Options     ResourceOptions
	Extra       Extra
}

// Validate trims the name and refuses what no role may have.
func (s *RoleSpec) Validate() error {
	s.Name = strings.TrimSpace(s.Name)
	if err := checkName("name", s.Name, 255); err != nil {
		return err
	}
	return checkText("description", s.Description, 255)
}

// RolePatch changes a role.
type RolePatch struct {
	Name        Opt[string]
	Description Opt[string]
	Immutable   Opt[bool] // null unsets the option
	Extra       Extra
	DomainID    Opt[DomainID] // given with another value it is refused
}

// Validate checks the given fields by themselves.
func (p *RolePatch) Validate() error {
	if p.Name.Set {
		p.Name.Value = strings.TrimSpace(p.Name.Value)
		if err := checkName("name", p.Name.Value, 255); err != nil {
			return err
		}
	}
	return checkText("description", p.Description.Value, 255)
}

// OnlyUnlocks says whether the patch does nothing but take immutability away.
func (p *RolePatch) OnlyUnlocks() bool {
	return p.Immutable.Set && !p.Immutable.Value && !p.Name.Set && !p.Description.Set && p.Extra == ""
}

// RoleFilter lists roles: those of DomainID, or the global ones where it is "".
type RoleFilter struct {
	DomainID DomainID
	Name     string
	Text     []TextFilter
}
