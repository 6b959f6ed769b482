package store

import (
	"context"
	"fmt"
	"strings"

	"github.com/lintel-id/lintel/internal/identity"
)

const selectApplicationCredential = `SELECT id, user_id, project_id, name, description, expires_at, unrestricted, secret_hash, disabled, created_at,
	COALESCE((SELECT string_agg(r.role_id, '` + listSep + `' ORDER BY r.role_id) FROM application_credential_role r
		WHERE r.application_credential_id = application_credential.id), ''),
	COALESCE((SELECT string_agg(a.id || '` + fieldSep + `' || a.service || '` + fieldSep + `' || a.method || '` + fieldSep + `' || a.path, '` + listSep + `' ORDER BY l.n)
		FROM application_credential_access_rule l JOIN access_rule a ON a.id = l.access_rule_id
		WHERE l.application_credential_id = application_credential.id), '')
	FROM application_credential`

func scanApplicationCredential(row scanner) (a identity.ApplicationCredential, err error) {
	var expires, created int64
	var roles, rules string
	err = row.Scan(&a.ID, &a.UserID, &a.ProjectID, &a.Name, &a.Description, &expires, &a.Unrestricted, &a.SecretHash, &a.Disabled, &created,
		&roles, &rules)
	if err != nil {
		return a, err
	}
	a.ExpiresAt, a.CreatedAt, a.Roles = fromMicros(expires), fromMicros(created), roleIDs(roles)
	if rules == "" {
		return a, nil
	}
	for rule := range strings.SplitSeq(rules, listSep) {
		f := strings.Split(rule, fieldSep)
		if len(f) != 4 {
			return a, fmt.Errorf("store: access rules of application credential %s cannot be read", a.ID)
		}
		a.AccessRules = append(a.AccessRules, identity.AccessRule{ID: identity.AccessRuleID(f[0]), UserID: a.UserID, Service: f[1], Method: f[2], Path: f[3]})
	}
	return a, nil
}

// InsertApplicationCredential adds an application credential with its roles and access rules.
// A rule that the user has already is used again, a rule with only its ID set is looked up
// (NotFound when the user has none such): a.AccessRules then holds them as they are.
func (tx *Tx) InsertApplicationCredential(ctx context.Context, a *identity.ApplicationCredential) error {
	err := tx.insert(ctx, object{noun: "Application Credential", id: string(a.ID), name: a.Name}, `INSERT INTO application_credential
		(id, user_id, project_id, name, description, expires_at, unrestricted, secret_hash, disabled, created_at)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)`,
		a.ID, a.UserID, a.ProjectID, a.Name, a.Description, micros(a.ExpiresAt), a.Unrestricted, a.SecretHash, a.Disabled, micros(a.CreatedAt))
	if err != nil {
		return err
	}
	tx.added(identity.ChangeApplicationCredential, string(a.ID))
	for _, role := range a.Roles {
		_, err := tx.exec(ctx, `INSERT INTO application_credential_role (application_credential_id, role_id) VALUES ($1, $2) ON CONFLICT DO NOTHING`,
			a.ID, role)
		if err != nil {
			return tx.worded(object{noun: "Application Credential"}, err)
		}
	}
	for i := range a.AccessRules {
		if err := tx.ensureAccessRule(ctx, a.UserID, &a.AccessRules[i]); err != nil {
			return err
		}
		_, err := tx.exec(ctx, `INSERT INTO application_credential_access_rule (application_credential_id, access_rule_id, n) VALUES ($1, $2, $3)
			ON CONFLICT DO NOTHING`, a.ID, a.AccessRules[i].ID, i)
		if err != nil {
			return err
		}
	}
	return nil
}

// DeleteApplicationCredential deletes an application credential. Its access rules stay the
// user's, as in Keystone.
func (tx *Tx) DeleteApplicationCredential(ctx context.Context, id identity.ApplicationCredentialID) error {
	err := tx.remove(ctx, object{noun: "Application Credential", id: string(id)}, `DELETE FROM application_credential WHERE id = $1`, id)
	if err == nil {
		tx.changed(identity.ChangeApplicationCredential, string(id))
	}
	return err
}

// SetApplicationCredentialDisabled ends an application credential for good.
func (tx *Tx) SetApplicationCredentialDisabled(ctx context.Context, id identity.ApplicationCredentialID) error {
	err := tx.update(ctx, object{noun: "Application Credential", id: string(id)}, `UPDATE application_credential SET disabled = $2 WHERE id = $1`, id, true)
	if err == nil {
		tx.changed(identity.ChangeApplicationCredential, string(id))
	}
	return err
}
