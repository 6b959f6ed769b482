package identity

import "fmt"

// Actor is who holds a role: a user or a group, never both.
type Actor struct {
	User  UserID
	Group GroupID
}

// Target is what a role is held on: a project, a domain, or the system.
type Target struct {
	Project ProjectID
	Domain  DomainID
	System  bool
}

// Assignment grants one role to one actor on one target. An inherited one holds for the
// projects below the target, not for the target itself.
type Assignment struct {
	Actor     Actor
	Target    Target
	Role      RoleID
	Inherited bool
}

// Missing is the 404 of an assignment that does not exist, in Keystone's words.
func (a Assignment) Missing() *Error {
	_, actor := a.Actor.Row()
	_, target := a.Target.Row()
	return &Error{Kind: NotFound, Message: fmt.Sprintf(
		"Could not find role assignment with role: %s, user or group: %s, project, domain, or system: %s.", a.Role, actor, target)}
}

// AssignmentFilter lists assignments. Empty fields do not filter.
type AssignmentFilter struct {
	User      UserID
	Group     GroupID
	Role      RoleID
	Project   ProjectID
	Domain    DomainID
	System    bool
	Inherited bool
}
