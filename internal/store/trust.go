package store

import (
	"context"
	"time"

	"github.com/lintel-id/lintel/internal/identity"
)

const selectTrust = `SELECT id, trustor_user_id, trustee_user_id, COALESCE(project_id, ''), impersonation, expires_at, remaining_uses, redelegation_count,
	COALESCE(redelegated_trust_id, ''), extra,
	COALESCE((SELECT string_agg(r.role_id, '` + listSep + `' ORDER BY r.role_id) FROM trust_role r WHERE r.trust_id = trust.id), '')
	FROM trust`

func scanTrust(row scanner) (t identity.Trust, err error) {
	var expires int64
	var roles string
	err = row.Scan(&t.ID, &t.TrustorID, &t.TrusteeID, &t.ProjectID, &t.Impersonation, &expires, &t.RemainingUses, &t.RedelegationCount,
		&t.RedelegatedFrom, &t.Extra, &roles)
	t.ExpiresAt, t.Roles = fromMicros(expires), roleIDs(roles)
	return t, err
}

// InsertTrust adds a trust with its roles. One with an end that has the same trustor, trustee,
// project, impersonation and end as another is a Conflict.
func (tx *Tx) InsertTrust(ctx context.Context, t *identity.Trust) error {
	o := object{noun: "trust", id: string(t.ID)}
	_, err := tx.exec(ctx, `INSERT INTO trust
		(id, trustor_user_id, trustee_user_id, project_id, impersonation, expires_at, remaining_uses, redelegation_count, redelegated_trust_id, extra)
		VALUES ($1, $2, $3, NULLIF($4, ''), $5, $6, $7, $8, NULLIF($9, ''), $10)`,
		t.ID, t.TrustorID, t.TrusteeID, t.ProjectID, t.Impersonation, micros(t.ExpiresAt), t.RemainingUses, t.RedelegationCount, t.RedelegatedFrom, t.Extra)
	if tx.d.fault(err) == faultDuplicate {
		e := identity.Duplicate("trust", "Duplicate entry found with the same trustor, trustee, project, impersonation and expiry")
		e.Err = err
		return e
	}
	if err != nil {
		return tx.worded(o, err)
	}
	tx.added(identity.ChangeTrust, string(t.ID))
	for _, role := range t.Roles {
		if _, err := tx.exec(ctx, `INSERT INTO trust_role (trust_id, role_id) VALUES ($1, $2) ON CONFLICT DO NOTHING`, t.ID, role); err != nil {
			return err
		}
	}
	return nil
}

// UseTrust takes one of a trust's counted uses, for a token that expires at until. Forbidden
// when none is left, or none is counted.
func (tx *Tx) UseTrust(ctx context.Context, id identity.TrustID, until time.Time) error {
	n, err := tx.exec(ctx, `UPDATE trust SET remaining_uses = remaining_uses - 1, lent_until = CASE WHEN lent_until < $2 THEN $2 ELSE lent_until END
		WHERE id = $1 AND remaining_uses > 0`, id, micros(until))
	if err != nil {
		return err
	}
	if n == 0 {
		return identity.Forbiddenf("No remaining uses for trust: %s.", id)
	}
	tx.changed(identity.ChangeTrust, string(id))
	return nil
}

// DeleteTrust deletes a trust with all that were redelegated from it, and the credentials made
// with any of them.
func (tx *Tx) DeleteTrust(ctx context.Context, id identity.TrustID) error {
	had := len(tx.changes)
	if err := tx.dropTrusts(ctx, `id = $1`, string(id)); err != nil {
		return err
	}
	if len(tx.changes) == had {
		return identity.Missing("trust", id)
	}
	return nil
}

// dropTrusts deletes the trusts that the condition, a constant, takes, with all below them.
func (tx *Tx) dropTrusts(ctx context.Context, condition string, args ...any) error {
	doomed := `WITH RECURSIVE doomed(id) AS (SELECT id FROM trust WHERE ` + condition + `
		UNION SELECT t.id FROM trust t JOIN doomed d ON t.redelegated_trust_id = d.id) `
	if err := tx.drop(ctx, identity.ChangeCredential, doomed+`DELETE FROM credential WHERE trust_id IN (SELECT id FROM doomed) RETURNING id`, args...); err != nil {
		return err
	}
	return tx.drop(ctx, identity.ChangeTrust, doomed+`DELETE FROM trust WHERE id IN (SELECT id FROM doomed) RETURNING id`, args...)
}

// pruneTrusts deletes the trusts that have ended, and those without a use left of which no
// token is alive.
func (tx *Tx) pruneTrusts(ctx context.Context, now time.Time) error {
	return tx.dropTrusts(ctx, `expires_at > 0 AND expires_at <= $1 OR remaining_uses = 0 AND lent_until <= $1`, now.UnixMicro())
}

// ListTrusts lists trusts in ascending order of id, those that are over too.
func (r reader) ListTrusts(ctx context.Context, f identity.TrustFilter) ([]identity.Trust, error) {
	var w where
	equal(&w, "trustor_user_id", f.TrustorID)
	equal(&w, "trustee_user_id", f.TrusteeID)
	return collect(ctx, r, scanTrust, selectTrust+w.sql("id"), w.args...)
}
