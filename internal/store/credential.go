package store

import (
	"context"

	"github.com/lintel-id/lintel/internal/identity"
)

const selectCredential = `SELECT id, user_id, project_id, type, sealed, key_id, extra, access, application_credential_id, trust_id, access_token_id, created_at, disabled
	FROM credential`

func scanCredential(row scanner) (c identity.Credential, err error) {
	var created int64
	err = row.Scan(&c.ID, &c.UserID, &c.ProjectID, &c.Type, &c.Sealed, &c.KeyID, &c.Extra, &c.Access, &c.ApplicationCredentialID, &c.TrustID,
		&c.AccessTokenID, &created, &c.Disabled)
	c.CreatedAt = fromMicros(created)
	return c, err
}

func credentialObject(id identity.CredentialID) object {
	return object{noun: "credential", id: string(id)}
}

// InsertCredential adds a credential.
func (tx *Tx) InsertCredential(ctx context.Context, c *identity.Credential) error {
	err := tx.insert(ctx, credentialObject(c.ID), `INSERT INTO credential
		(id, user_id, project_id, type, sealed, key_id, extra, access, application_credential_id, trust_id, access_token_id, created_at, disabled)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)`,
		c.ID, c.UserID, c.ProjectID, c.Type, blob(c.Sealed), c.KeyID, c.Extra, c.Access, c.ApplicationCredentialID, c.TrustID,
		c.AccessTokenID, micros(c.CreatedAt), c.Disabled)
	if err == nil {
		tx.added(identity.ChangeCredential, string(c.ID))
	}
	return err
}

// UpdateCredential writes every column of a credential but those fixed for its life: the
// delegation it was made through, created_at and whether it has ended.
func (tx *Tx) UpdateCredential(ctx context.Context, c *identity.Credential) error {
	err := tx.update(ctx, credentialObject(c.ID), `UPDATE credential SET user_id = $2, project_id = $3, type = $4, sealed = $5, key_id = $6,
		extra = $7, access = $8 WHERE id = $1`,
		c.ID, c.UserID, c.ProjectID, c.Type, blob(c.Sealed), c.KeyID, c.Extra, c.Access)
	if err == nil {
		tx.changed(identity.ChangeCredential, string(c.ID))
	}
	return err
}

// SetCredentialDisabled ends a credential for good.
func (tx *Tx) SetCredentialDisabled(ctx context.Context, id identity.CredentialID) error {
	err := tx.update(ctx, credentialObject(id), `UPDATE credential SET disabled = $2 WHERE id = $1`, id, true)
	if err == nil {
		tx.changed(identity.ChangeCredential, string(id))
	}
	return err
}

// DeleteCredential deletes a credential.
func (tx *Tx) DeleteCredential(ctx context.Context, id identity.CredentialID) error {
	err := tx.remove(ctx, credentialObject(id), `DELETE FROM credential WHERE id = $1`, id)
	if err == nil {
		tx.changed(identity.ChangeCredential, string(id))
	}
	return err
}

// ListCredentials lists credentials in ascending order of id.
func (r reader) ListCredentials(ctx context.Context, f identity.CredentialFilter) ([]identity.Credential, error) {
	var w where
	equal(&w, "user_id", f.UserID)
	equal(&w, "type", f.Type)
	return collect(ctx, r, scanCredential, selectCredential+w.sql("id"), w.args...)
}

// UseTOTPStep takes a time step of a TOTP credential for a login of so many methods, and says
// whether it was still to be had: steps before it can be taken no more, and itself only for a
// login of more methods. Of several who try at the same time, on any node, one gets it. Nobody
// gets a step of a credential that is gone.
func (s *Store) UseTOTPStep(ctx context.Context, id identity.CredentialID, step int64, methods int) (first bool, err error) {
	err = s.write(ctx, func(w reader) error {
		result, err := w.q.ExecContext(ctx, w.d.bind(`INSERT INTO totp_used (credential_id, step, methods)
			SELECT id, CAST($2 AS BIGINT), CAST($3 AS BIGINT) FROM credential WHERE id = $1
			ON CONFLICT (credential_id) DO UPDATE SET step = excluded.step, methods = excluded.methods
			WHERE totp_used.step < excluded.step OR totp_used.step = excluded.step AND totp_used.methods < excluded.methods`), string(id), step, methods)
		if err != nil {
			if w.d.fault(err) == faultReference {
				return nil // it went while we looked
			}
			return err
		}
		n, err := result.RowsAffected()
		first = n > 0
		return err
	})
	return first, err
}

// blob keeps an empty value from becoming NULL.
func blob(b []byte) []byte {
	if b == nil {
		return []byte{}
	}
	return b
}
