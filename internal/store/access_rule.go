package store

import (
	"context"

	"github.com/lintel-id/lintel/internal/identity"
)

const selectAccessRule = `SELECT id, user_id, service, method, path FROM access_rule`

func scanAccessRule(row scanner) (r identity.AccessRule, err error) {
	err = row.Scan(&r.ID, &r.UserID, &r.Service, &r.Method, &r.Path)
	return r, err
}

// ensureAccessRule finds the user's rule that r means, or adds it, and makes r that rule.
func (tx *Tx) ensureAccessRule(ctx context.Context, user identity.UserID, r *identity.AccessRule) error {
	if r.Service == "" {
		rule, err := tx.AccessRule(ctx, r.ID)
		if err == nil && rule.UserID != user {
			err = identity.Missing("Access Rule", r.ID)
		}
		*r = rule
		return err
	}
	rule, found, err := first(ctx, tx.reader, scanAccessRule, selectAccessRule+` WHERE user_id = $1 AND service = $2 AND path = $3 AND method = $4`,
		user, r.Service, r.Path, r.Method)
	if err != nil {
		return err
	}
	if found {
		*r = rule
		return nil
	}
	if r.ID == "" {
		r.ID = identity.AccessRuleID(identity.NewID())
	}
	r.UserID = user
	return tx.insert(ctx, object{noun: "Access Rule", id: string(r.ID)}, `INSERT INTO access_rule (id, user_id, service, path, method)
		VALUES ($1, $2, $3, $4, $5)`, r.ID, r.UserID, r.Service, r.Path, r.Method)
}

// DeleteAccessRule deletes a rule; Conflict while an application credential has it. It is no
// change of the model, which knows only the rules of application credentials.
func (tx *Tx) DeleteAccessRule(ctx context.Context, id identity.AccessRuleID) error {
	return tx.remove(ctx, object{noun: "Access Rule", id: string(id)}, `DELETE FROM access_rule WHERE id = $1`, id)
}

// AccessRule returns a rule; NotFound when there is none.
func (r reader) AccessRule(ctx context.Context, id identity.AccessRuleID) (identity.AccessRule, error) {
	rule, found, err := first(ctx, r, scanAccessRule, selectAccessRule+` WHERE id = $1`, id)
	if err == nil && !found {
		err = identity.Missing("Access Rule", id)
	}
	return rule, err
}

// ListAccessRules lists a user's rules in ascending order of id.
func (r reader) ListAccessRules(ctx context.Context, user identity.UserID) ([]identity.AccessRule, error) {
	return collect(ctx, r, scanAccessRule, selectAccessRule+` WHERE user_id = $1 ORDER BY id`, user)
}
