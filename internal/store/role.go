package store

import (
	"context"

	"github.com/lintel-id/lintel/internal/identity"
)

const selectRole = `SELECT id, domain_id, name, description, options, extra FROM role`

func scanRole(row scanner) (r identity.Role, err error) {
	var options string
	if err = row.Scan(&r.ID, &r.DomainID, &r.Name, &r.Description, &options, &r.Extra); err != nil {
		return r, err
	}
	r.Options, err = decodeResourceOptions(options)
	return r, err
}

func roleObject(r *identity.Role) object {
	return object{noun: "role", id: string(r.ID), name: r.Name, domain: string(r.DomainID)}
}

// InsertRole adds a role.
func (tx *Tx) InsertRole(ctx context.Context, r *identity.Role) error {
	options, err := encodeResourceOptions(r.Options)
	if err != nil {
		return err
	}
	err = tx.insert(ctx, roleObject(r), `INSERT INTO role (id, domain_id, name, description, options, extra) VALUES ($1, $2, $3, $4, $5, $6)`,
		r.ID, r.DomainID, r.Name, r.Description, options, r.Extra)
	if err == nil {
		tx.added(identity.ChangeRole, string(r.ID))
	}
	return err
}

// UpdateRole writes every column of a role.
func (tx *Tx) UpdateRole(ctx context.Context, r *identity.Role) error {
	options, err := encodeResourceOptions(r.Options)
	if err != nil {
		return err
	}
	err = tx.update(ctx, roleObject(r), `UPDATE role SET domain_id = $2, name = $3, description = $4, options = $5, extra = $6 WHERE id = $1`,
		r.ID, r.DomainID, r.Name, r.Description, options, r.Extra)
	if err == nil {
		tx.changed(identity.ChangeRole, string(r.ID))
	}
	return err
}

// DeleteRole deletes a role with its assignments, its implications in both directions and the
// application credentials that hold it. OAuth1 tokens keep their other roles.
func (tx *Tx) DeleteRole(ctx context.Context, id identity.RoleID) error {
	had := len(tx.changes)
	if err := tx.dropRoles(ctx, `SELECT id FROM role WHERE id = $1`, string(id)); err != nil {
		return err
	}
	if len(tx.changes) == had {
		return identity.Missing("role", id)
	}
	return nil
}

// dropRoles deletes the roles whose ids the subquery chosen selects.
func (tx *Tx) dropRoles(ctx context.Context, chosen, arg string) error {
	if err := tx.dropAssignments(ctx, `role_id IN (`+chosen+`)`, arg); err != nil {
		return err
	}
	err := dropKeyed(ctx, tx, identity.ChangeImplication, scanImplication,
		`DELETE FROM implication WHERE prior_role_id IN (`+chosen+`) OR implied_role_id IN (`+chosen+`) RETURNING prior_role_id, implied_role_id`, arg)
	if err != nil {
		return err
	}
	err = tx.drop(ctx, identity.ChangeApplicationCredential, `DELETE FROM application_credential WHERE id IN
		(SELECT application_credential_id FROM application_credential_role WHERE role_id IN (`+chosen+`)) RETURNING id`, arg)
	if err != nil {
		return err
	}
	if err := tx.dropFromAccessTokens(ctx, chosen, arg); err != nil {
		return err
	}
	return tx.drop(ctx, identity.ChangeRole, `DELETE FROM role WHERE id IN (`+chosen+`) RETURNING id`, arg)
}

// ListRoles lists the roles of a domain, or the global ones, in ascending order of id.
// TextFilters may be on name and description.
func (r reader) ListRoles(ctx context.Context, f identity.RoleFilter) ([]identity.Role, error) {
	var w where
	w.add("domain_id = ?", string(f.DomainID))
	equal(&w, "name", f.Name)
	if err := w.text(f.Text, "name", "description"); err != nil {
		return nil, err
	}
	return collect(ctx, r, scanRole, selectRole+w.sql("id"), w.args...)
}
