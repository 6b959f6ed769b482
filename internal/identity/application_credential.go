package identity

import (
	"slices"
	"strings"
	"time"
)

// ApplicationCredential lets a program act for a user in one project with some of the user's
// roles. Its secret is known only to the program.
type ApplicationCredential struct {
	ID           ApplicationCredentialID
	UserID       UserID
	ProjectID    ProjectID
	Name         string // unique for the user
	Description  string
	Roles        []RoleID
	ExpiresAt    time.Time // zero for never
	Unrestricted bool      // may create and delete application credentials and EC2 keys
	AccessRules  []AccessRule
	SecretHash   string // SecretScheme decides its form; never leaves the server
	Disabled     bool   // ended for good by the loss of the last role on its project
	CreatedAt    time.Time
}

// Expired says whether the credential has ended by time.
func (a *ApplicationCredential) Expired(now time.Time) bool {
	return !a.ExpiresAt.IsZero() && !now.Before(a.ExpiresAt)
}

// AccessRule allows one kind of request to one kind of service.
type AccessRule struct {
	ID      AccessRuleID
	UserID  UserID
	Service string // service type
	Method  string // HTTP method
	Path    string // with * (one segment), {name} (one segment) and ** (the rest)
}

// Validate refuses what no access rule may have.
func (r *AccessRule) Validate() error {
	switch r.Method {
	case "GET", "HEAD", "POST", "PUT", "PATCH", "DELETE":
	default:
		return invalidField("access_rules/method", "it is not one of GET, HEAD, POST, PUT, PATCH, DELETE.")
	}
	if err := checkName("access_rules/service", r.Service, 64); err != nil {
		return err
	}
	if !strings.HasPrefix(r.Path, "/") {
		return invalidField("access_rules/path", "it does not begin with '/'.")
	}
	return checkText("access_rules/path", r.Path, 128)
}

// ApplicationCredentialSpec creates an application credential for the caller.
type ApplicationCredentialSpec struct {
	Name         string
	Description  string
	Secret       Secret // empty: one of 512 bits is made
	ExpiresAt    time.Time
	Roles        []RoleRef // empty: all roles of the caller's token
	Unrestricted bool
	AccessRules  []AccessRule // with only the ID set: an existing rule of the user

	// Once marks a request that may come twice, as of a form that is sent by a double click: for some seconds the same
	// text gives the same credential and secret instead of a second one. Nobody else's can be the same. "" for none.
	Once string
}

// RoleRef names a role by id or by name.
type RoleRef struct {
	ID   RoleID
	Name string
}

// Validate trims the name and refuses what no application credential may have.
func (s *ApplicationCredentialSpec) Validate() error {
	s.Name = strings.TrimSpace(s.Name)
	if err := checkName("name", s.Name, 255); err != nil {
		return err
	}
	if err := checkText("description", s.Description, maxDescription); err != nil {
		return err
	}
	for i := range s.AccessRules {
		if s.AccessRules[i].ID != "" {
			continue
		}
		if err := s.AccessRules[i].Validate(); err != nil {
			return err
		}
	}
	if slices.ContainsFunc(s.Roles, func(r RoleRef) bool { return r.ID == "" && r.Name == "" }) {
		return invalidField("roles", "a role needs an id or a name.")
	}
	return nil
}
