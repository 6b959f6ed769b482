package store

import (
	"context"
	"time"

	"github.com/lintel-id/lintel/internal/identity"
)

const selectRequestToken = `SELECT id, consumer_id, project_id, COALESCE(user_id, ''), verifier_hash, sealed, key_id, expires_at,
	COALESCE((SELECT string_agg(r.role_id, '` + listSep + `' ORDER BY r.role_id) FROM request_token_role r WHERE r.request_token_id = request_token.id), '')
	FROM request_token`

func scanRequestToken(row scanner) (t identity.RequestToken, err error) {
	var expires int64
	var roles string
	err = row.Scan(&t.ID, &t.ConsumerID, &t.ProjectID, &t.UserID, &t.VerifierHash, &t.Sealed, &t.KeyID, &expires, &roles)
	t.ExpiresAt, t.Roles = fromMicros(expires), roleIDs(roles)
	return t, err
}

func requestTokenObject(id identity.RequestTokenID) object {
	return object{noun: "request token", id: string(id)}
}

// InsertRequestToken adds a request token that nobody has authorised. They are no part of the
// model, and go with their consumer, project and user.
func (tx *Tx) InsertRequestToken(ctx context.Context, t *identity.RequestToken) error {
	return tx.insert(ctx, requestTokenObject(t.ID), `INSERT INTO request_token (id, consumer_id, project_id, user_id, verifier_hash, sealed, key_id, expires_at)
		VALUES ($1, $2, $3, NULL, '', $4, $5, $6)`, t.ID, t.ConsumerID, t.ProjectID, blob(t.Sealed), t.KeyID, micros(t.ExpiresAt))
}

// AuthorizeRequestToken writes who authorises a request token, with which roles and verifier.
func (tx *Tx) AuthorizeRequestToken(ctx context.Context, t *identity.RequestToken) error {
	err := tx.update(ctx, requestTokenObject(t.ID), `UPDATE request_token SET user_id = $2, verifier_hash = $3 WHERE id = $1`, t.ID, t.UserID, t.VerifierHash)
	if err != nil {
		return err
	}
	if _, err := tx.exec(ctx, `DELETE FROM request_token_role WHERE request_token_id = $1`, t.ID); err != nil {
		return err
	}
	for _, role := range t.Roles {
		if _, err := tx.exec(ctx, `INSERT INTO request_token_role (request_token_id, role_id) VALUES ($1, $2)`, t.ID, role); err != nil {
			return tx.worded(requestTokenObject(t.ID), err)
		}
	}
	return nil
}

// DeleteRequestToken deletes a request token.
func (tx *Tx) DeleteRequestToken(ctx context.Context, id identity.RequestTokenID) error {
	return tx.remove(ctx, requestTokenObject(id), `DELETE FROM request_token WHERE id = $1`, id)
}

// RequestToken returns a request token; NotFound when there is none.
func (r reader) RequestToken(ctx context.Context, id identity.RequestTokenID) (identity.RequestToken, error) {
	t, found, err := first(ctx, r, scanRequestToken, selectRequestToken+` WHERE id = $1`, id)
	if err == nil && !found {
		err = identity.Missing("request token", id)
	}
	return t, err
}

// UseNonce takes a nonce, named by its digest, until a time, and says whether it was still to
// be had. Of several who try at the same time, on any node, one gets it. It is no change of
// the model.
func (s *Store) UseNonce(ctx context.Context, digest string, until time.Time) (first bool, err error) {
	err = s.write(ctx, func(w reader) error {
		result, err := w.q.ExecContext(ctx, w.d.bind(`INSERT INTO oauth1_nonce (digest, expires_at) VALUES ($1, $2) ON CONFLICT DO NOTHING`), digest, micros(until))
		if err != nil {
			return err
		}
		n, err := result.RowsAffected()
		first = n > 0
		return err
	})
	return first, err
}

// pruneOAuth1 deletes the tokens of OAuth 1.0 that have ended, and the nonces of requests that
// nobody would accept any more.
func (tx *Tx) pruneOAuth1(ctx context.Context, now time.Time) error {
	for _, text := range [...]string{`DELETE FROM request_token WHERE expires_at > 0 AND expires_at <= $1`, `DELETE FROM oauth1_nonce WHERE expires_at <= $1`} {
		if _, err := tx.exec(ctx, text, now.UnixMicro()); err != nil {
			return err
		}
	}
	return tx.dropAccessTokens(ctx, `expires_at > 0 AND expires_at <= $1`, now.UnixMicro())
}
