package store

import (
	"context"

	"github.com/lintel-id/lintel/internal/identity"
)

const (
	selectMembership = `SELECT user_id, group_id FROM membership`

	// selectMembershipKey is what identity.Membership.Key writes.
	selectMembershipKey = `SELECT user_id || '` + fieldSep + `' || group_id FROM membership`
)

func scanMembership(row scanner) (m identity.Membership, err error) {
	err = row.Scan(&m.UserID, &m.GroupID)
	return m, err
}

// AddMember puts a user into a group. Adding a member again changes nothing.
func (tx *Tx) AddMember(ctx context.Context, m identity.Membership) error {
	n, err := tx.exec(ctx, `INSERT INTO membership (user_id, group_id) VALUES ($1, $2) ON CONFLICT DO NOTHING`, m.UserID, m.GroupID)
	if err != nil {
		return tx.worded(object{noun: "membership"}, err)
	}
	if n > 0 {
		tx.added(identity.ChangeMembership, m.Key())
	}
	return nil
}

// RemoveMember takes a user out of a group; NotFound when it is not in it.
func (tx *Tx) RemoveMember(ctx context.Context, m identity.Membership) error {
	n, err := tx.exec(ctx, `DELETE FROM membership WHERE user_id = $1 AND group_id = $2`, m.UserID, m.GroupID)
	if err != nil {
		return err
	}
	if n == 0 {
		return m.Missing()
	}
	tx.changed(identity.ChangeMembership, m.Key())
	return nil
}

// dropMemberships deletes the memberships that the condition, a constant, takes.
func (tx *Tx) dropMemberships(ctx context.Context, condition, arg string) error {
	return dropKeyed(ctx, tx, identity.ChangeMembership, scanMembership,
		`DELETE FROM membership WHERE `+condition+` RETURNING user_id, group_id`, arg)
}
