package store

import (
	"context"

	"github.com/lintel-id/lintel/internal/identity"
)

const selectPassword = `SELECT id, user_id, kind, hash, created_at, expires_at, self_service FROM password`

func scanPassword(row scanner) (p identity.Password, err error) {
	var created, expires int64
	err = row.Scan(&p.ID, &p.UserID, &p.Kind, &p.Hash, &created, &expires, &p.SelfService)
	p.CreatedAt, p.ExpiresAt = fromMicros(created), fromMicros(expires)
	return p, err
}

// AddPassword adds a row to a user's passwords. The newest row of its kind, by CreatedAt and
// then by order of arrival, is the current one, and part of the user from then on.
func (tx *Tx) AddPassword(ctx context.Context, p identity.Password) error {
	err := tx.insert(ctx, object{noun: "password", id: p.ID}, `INSERT INTO password (id, user_id, kind, hash, created_at, expires_at, self_service)
		VALUES ($1, $2, $3, $4, $5, $6, $7)`,
		p.ID, p.UserID, p.Kind, p.Hash, micros(p.CreatedAt), micros(p.ExpiresAt), p.SelfService)
	if err != nil {
		return err
	}
	current, err := tx.CurrentPassword(ctx, p.UserID, p.Kind)
	if err != nil {
		return err
	}
	text := `UPDATE "user" SET login_password_id = $2, login_password_expires_at = $3 WHERE id = $1`
	if p.Kind == identity.APIPassword {
		text = `UPDATE "user" SET api_password_id = $2, api_password_expires_at = $3 WHERE id = $1`
	}
	err = tx.update(ctx, object{noun: "user", id: string(p.UserID)}, text, p.UserID, current.ID, micros(current.ExpiresAt))
	if err == nil {
		tx.changed(identity.ChangeUser, string(p.UserID))
	}
	return err
}

// UpdatePasswordHash replaces the hash of a row by another of the same password. It is no
// change of the model.
func (tx *Tx) UpdatePasswordHash(ctx context.Context, id, hash string) error {
	return tx.update(ctx, object{noun: "password", id: id}, `UPDATE password SET hash = $2 WHERE id = $1`, id, hash)
}

// CurrentPassword returns the newest row of a kind; NotFound when there is none.
func (r reader) CurrentPassword(ctx context.Context, user identity.UserID, kind identity.PasswordKind) (identity.Password, error) {
	rows, err := r.Passwords(ctx, user, kind, 1)
	if err != nil {
		return identity.Password{}, err
	}
	if len(rows) == 0 {
		return identity.Password{}, identity.Missing("password of user", user)
	}
	return rows[0], nil
}

// Passwords returns at most limit rows of a kind, newest first.
func (r reader) Passwords(ctx context.Context, user identity.UserID, kind identity.PasswordKind, limit int) ([]identity.Password, error) {
	return collect(ctx, r, scanPassword, selectPassword+` WHERE user_id = $1 AND kind = $2 ORDER BY created_at DESC, seq DESC LIMIT $3`,
		user, kind, limit)
}

// PrunePasswords deletes all but the newest keep rows of a kind. keep is at least 1.
func (tx *Tx) PrunePasswords(ctx context.Context, user identity.UserID, kind identity.PasswordKind, keep int) error {
	_, err := tx.exec(ctx, `DELETE FROM password WHERE user_id = $1 AND kind = $2 AND seq NOT IN
		(SELECT seq FROM password WHERE user_id = $1 AND kind = $2 ORDER BY created_at DESC, seq DESC LIMIT $3)`, user, kind, max(1, keep))
	return err
}
