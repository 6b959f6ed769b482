package store

import (
	"context"

	"github.com/lintel-id/lintel/internal/identity"
)

const selectGroup = `SELECT id, domain_id, name, description, extra FROM "group"`

func scanGroup(row scanner) (g identity.Group, err error) {
	err = row.Scan(&g.ID, &g.DomainID, &g.Name, &g.Description, &g.Extra)
	return g, err
}

func groupObject(g *identity.Group) object {
	return object{noun: "group", id: string(g.ID), name: g.Name, domain: string(g.DomainID)}
}

// InsertGroup adds a group.
func (tx *Tx) InsertGroup(ctx context.Context, g *identity.Group) error {
	err := tx.insert(ctx, groupObject(g), `INSERT INTO "group" (id, domain_id, name, description, extra) VALUES ($1, $2, $3, $4, $5)`,
		g.ID, g.DomainID, g.Name, g.Description, g.Extra)
	if err == nil {
		tx.added(identity.ChangeGroup, string(g.ID))
	}
	return err
}

// UpdateGroup writes every column of a group.
func (tx *Tx) UpdateGroup(ctx context.Context, g *identity.Group) error {
	err := tx.update(ctx, groupObject(g), `UPDATE "group" SET domain_id = $2, name = $3, description = $4, extra = $5 WHERE id = $1`,
		g.ID, g.DomainID, g.Name, g.Description, g.Extra)
	if err == nil {
		tx.changed(identity.ChangeGroup, string(g.ID))
	}
	return err
}

// DeleteGroup deletes a group with its memberships and assignments.
func (tx *Tx) DeleteGroup(ctx context.Context, id identity.GroupID) error {
	had := len(tx.changes)
	if err := tx.dropGroups(ctx, `SELECT id FROM "group" WHERE id = $1`, string(id)); err != nil {
		return err
	}
	if len(tx.changes) == had {
		return identity.Missing("group", id)
	}
	return nil
}

// dropGroups deletes the groups whose ids the subquery chosen selects.
func (tx *Tx) dropGroups(ctx context.Context, chosen, arg string) error {
	if err := tx.dropMemberships(ctx, `group_id IN (`+chosen+`)`, arg); err != nil {
		return err
	}
	if err := tx.dropAssignments(ctx, `actor_kind = 'group' AND actor_id IN (`+chosen+`)`, arg); err != nil {
		return err
	}
	return tx.drop(ctx, identity.ChangeGroup, `DELETE FROM "group" WHERE id IN (`+chosen+`) RETURNING id`, arg)
}

// ListGroupIDs lists the ids of groups in ascending order; the groups themselves are the
// model's. TextFilters may be on name, description and domain_id.
func (r reader) ListGroupIDs(ctx context.Context, f identity.GroupFilter) ([]identity.GroupID, error) {
	var w where
	equal(&w, "domain_id", f.DomainID)
	equal(&w, "name", f.Name)
	if f.UserID != "" {
		w.add("id IN (SELECT group_id FROM membership WHERE user_id = ?)", string(f.UserID))
	}
	if err := w.text(f.Text, "name", "description", "domain_id"); err != nil {
		return nil, err
	}
	w.page(f.Page)
	return collect(ctx, r, scanOne[identity.GroupID], `SELECT id FROM "group"`+w.sql("id"), w.args...)
}
