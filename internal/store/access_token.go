package store

import (
	"context"

	"github.com/lintel-id/lintel/internal/identity"
)

const selectAccessToken = `SELECT id, consumer_id, user_id, project_id, sealed, key_id, expires_at,
	COALESCE((SELECT string_agg(r.role_id, '` + listSep + `' ORDER BY r.role_id) FROM access_token_role r WHERE r.access_token_id = access_token.id), '')
	FROM access_token`

func scanAccessToken(row scanner) (t identity.AccessToken, err error) {
	var expires int64
	var roles string
	err = row.Scan(&t.ID, &t.ConsumerID, &t.UserID, &t.ProjectID, &t.Sealed, &t.KeyID, &expires, &roles)
	t.ExpiresAt, t.Roles = fromMicros(expires), roleIDs(roles)
	return t, err
}

// InsertAccessToken adds an access token with its roles.
func (tx *Tx) InsertAccessToken(ctx context.Context, t *identity.AccessToken) error {
	o := object{noun: "access token", id: string(t.ID)}
	err := tx.insert(ctx, o, `INSERT INTO access_token (id, consumer_id, user_id, project_id, sealed, key_id, expires_at) VALUES ($1, $2, $3, $4, $5, $6, $7)`,
		t.ID, t.ConsumerID, t.UserID, t.ProjectID, blob(t.Sealed), t.KeyID, micros(t.ExpiresAt))
	if err != nil {
		return err
	}
	tx.added(identity.ChangeAccessToken, string(t.ID))
	for _, role := range t.Roles {
		if _, err := tx.exec(ctx, `INSERT INTO access_token_role (access_token_id, role_id) VALUES ($1, $2)`, t.ID, role); err != nil {
			return tx.worded(o, err)
		}
	}
	return nil
}

// DeleteAccessToken deletes an access token, and the credentials made through it.
func (tx *Tx) DeleteAccessToken(ctx context.Context, id identity.AccessTokenID) error {
	had := len(tx.changes)
	if err := tx.dropAccessTokens(ctx, `id = $1`, id); err != nil {
		return err
	}
	if len(tx.changes) == had {
		return identity.Missing("access token", id)
	}
	return nil
}

// dropAccessTokens deletes the access tokens that the condition, a constant, takes, and the
// credentials made through them.
func (tx *Tx) dropAccessTokens(ctx context.Context, condition string, args ...any) error {
	err := tx.drop(ctx, identity.ChangeCredential,
		`DELETE FROM credential WHERE access_token_id IN (SELECT id FROM access_token WHERE `+condition+`) RETURNING id`, args...)
	if err != nil {
		return err
	}
	return tx.drop(ctx, identity.ChangeAccessToken, `DELETE FROM access_token WHERE `+condition+` RETURNING id`, args...)
}

// dropFromAccessTokens takes roles that are to be deleted out of the access tokens.
func (tx *Tx) dropFromAccessTokens(ctx context.Context, roles, arg string) error {
	return tx.drop(ctx, identity.ChangeAccessToken, `DELETE FROM access_token_role WHERE role_id IN (`+roles+`) RETURNING access_token_id`, arg)
}

// ListAccessTokens lists the access tokens that a user authorised in ascending order of id,
// ended ones too until they are pruned.
func (r reader) ListAccessTokens(ctx context.Context, user identity.UserID) ([]identity.AccessToken, error) {
	return collect(ctx, r, scanAccessToken, selectAccessToken+` WHERE user_id = $1 ORDER BY id`, user)
}
