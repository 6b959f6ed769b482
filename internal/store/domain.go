package store

import (
	"context"

	"github.com/lintel-id/lintel/internal/identity"
)

// DeleteDomainContents deletes everything that is in a domain, and every assignment on it.
// The domain itself stays: DeleteProject deletes it then.
func (tx *Tx) DeleteDomainContents(ctx context.Context, id identity.DomainID) error {
	arg := string(id)
	if err := tx.dropIdentityProviders(ctx, arg); err != nil {
		return err
	}
	if err := tx.dropUsers(ctx, `SELECT id FROM "user" WHERE domain_id = $1`, arg); err != nil {
		return err
	}
	if err := tx.dropGroups(ctx, `SELECT id FROM "group" WHERE domain_id = $1`, arg); err != nil {
		return err
	}
	// The subquery of no id would take all domains, whose domain_id is ''.
	if err := tx.dropProjects(ctx, `SELECT id FROM project WHERE domain_id = $1 AND domain_id <> ''`, arg); err != nil {
		return err
	}
	if err := tx.dropRoles(ctx, `SELECT id FROM role WHERE domain_id = $1 AND domain_id <> ''`, arg); err != nil {
		return err
	}
	return tx.dropAssignments(ctx, `target_kind IN ('project', 'domain') AND target_id = $1`, arg)
}
