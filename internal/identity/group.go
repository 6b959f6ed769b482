package identity

import (
	"fmt"
	"strings"
)

// Group is a set of users of a domain that roles can be granted to.
type Group struct {
	ID          GroupID
	DomainID    DomainID
	Name        string // unique in the domain
	Description string
	Extra       Extra
}

// Membership says that a user is in a group.
type Membership struct {
	UserID  UserID
	GroupID GroupID
}

// Missing is the 404 of a user who is not in a group, in Keystone's words.
func (m Membership) Missing() *Error {
	return &Error{Kind: NotFound, Message: fmt.Sprintf("User '%s' not found in group '%s'.", m.UserID, m.GroupID)}
}

// GroupSpec creates a group.
type GroupSpec struct {
	DomainID    DomainID
	Name        string
	Description string
	Extra       Extra
}

// Validate trims the name and refuses what no group may have.
func (s *GroupSpec) Validate() error {
	s.Name = strings.TrimSpace(s.Name)
	if err := checkName("name", s.Name, 64); err != nil {
		return err
	}
	return checkText("description", s.Description, maxDescription)
}

// GroupPatch changes a group.
type GroupPatch struct {
	Name        Opt[string]
	Description Opt[string]
	Extra       Extra
	DomainID    Opt[DomainID] // given with another value it is refused
}

// Validate checks the given fields by themselves.
func (p *GroupPatch) Validate() error {
	if p.Name.Set {
		p.Name.Value = strings.TrimSpace(p.Name.Value)
		if err := checkName("name", p.Name.Value, 64); err != nil {
			return err
		}
	}
	return checkText("description", p.Description.Value, maxDescription)
}

// GroupFilter lists groups. Empty fields do not filter.
type GroupFilter struct {
	DomainID DomainID
	Name     string
	UserID   UserID // groups of this user only
	Text     []TextFilter
	Page     Page
}
