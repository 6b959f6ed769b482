package core

import "github.com/lintel-id/lintel/internal/identity"

// Administers fails unless policy lets the caller list users or projects: of the cloud, or of the
// domain that its token is scoped to. It says who is shown the pages of administrators; each act
// there asks policy for itself.
func (c *Core) Administers(caller identity.Caller) error {
	var err error
	for _, action := range []string{"identity:list_users", "identity:list_projects"} {
		var own identity.DomainID
		if err = c.enforceList(caller, action, &own); err == nil {
			return nil
		}
	}
	return err
}
