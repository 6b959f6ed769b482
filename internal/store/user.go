package store

import (
	"context"
	"time"

	"github.com/lintel-id/lintel/internal/identity"
)

const selectUser = `SELECT id, domain_id, name, enabled, default_project_id, email, options, extra, created_at, last_active_at,
	login_password_id, login_password_expires_at, api_password_id, api_password_expires_at FROM "user"`

func scanUser(row scanner) (u identity.User, err error) {
	var options string
	var created, active, loginExpires, apiExpires int64
	err = row.Scan(&u.ID, &u.DomainID, &u.Name, &u.Enabled, &u.DefaultProjectID, &u.Email, &options, &u.Extra, &created, &active,
		&u.Login.ID, &loginExpires, &u.API.ID, &apiExpires)
	if err != nil {
		return u, err
	}
	u.CreatedAt, u.LastActiveAt = fromMicros(created), fromMicros(active)
	u.Login.ExpiresAt, u.API.ExpiresAt = fromMicros(loginExpires), fromMicros(apiExpires)
	u.Options, err = decode[identity.UserOptions](options)
	return u, err
}

func userObject(u *identity.User) object {
	return object{noun: "user", id: string(u.ID), name: u.Name, domain: string(u.DomainID)}
}

// InsertUser adds a user without a password: u.Login and u.API are AddPassword's to set.
func (tx *Tx) InsertUser(ctx context.Context, u *identity.User) error {
	options, err := encodeUserOptions(u.Options)
	if err != nil {
		return err
	}
	err = tx.insert(ctx, userObject(u), `INSERT INTO "user" (id, domain_id, name, enabled, default_project_id, email, options, extra, created_at, last_active_at)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)`,
		u.ID, u.DomainID, u.Name, u.Enabled, u.DefaultProjectID, u.Email, options, u.Extra, micros(u.CreatedAt), micros(u.LastActiveAt))
	if err == nil {
		tx.added(identity.ChangeUser, string(u.ID))
	}
	return err
}

// UpdateUser writes every column of a user but created_at and what AddPassword sets.
func (tx *Tx) UpdateUser(ctx context.Context, u *identity.User) error {
	options, err := encodeUserOptions(u.Options)
	if err != nil {
		return err
	}
	err = tx.update(ctx, userObject(u), `UPDATE "user" SET domain_id = $2, name = $3, enabled = $4, default_project_id = $5, email = $6,
		options = $7, extra = $8, last_active_at = $9 WHERE id = $1`,
		u.ID, u.DomainID, u.Name, u.Enabled, u.DefaultProjectID, u.Email, options, u.Extra, micros(u.LastActiveAt))
	if err == nil {
		tx.changed(identity.ChangeUser, string(u.ID))
	}
	return err
}

// NoteActive sets the day of a user's last login, unless a later one is known.
func (tx *Tx) NoteActive(ctx context.Context, id identity.UserID, day time.Time) error {
	return tx.drop(ctx, identity.ChangeUser, `UPDATE "user" SET last_active_at = $2 WHERE id = $1 AND last_active_at < $2 RETURNING id`, id, micros(day))
}

// DeleteUser deletes a user with memberships, assignments, passwords, application
// credentials, access rules, credentials, OAuth1 tokens, and the trusts by and for it.
func (tx *Tx) DeleteUser(ctx context.Context, id identity.UserID) error {
	had := len(tx.changes)
	if err := tx.dropUsers(ctx, `SELECT id FROM "user" WHERE id = $1`, string(id)); err != nil {
		return err
	}
	if len(tx.changes) == had {
		return identity.Missing("user", id)
	}
	return nil
}

// dropUsers deletes the users whose ids the subquery chosen selects. Passwords and login
// failures go with their row.
func (tx *Tx) dropUsers(ctx context.Context, chosen, arg string) error {
	if err := tx.dropMemberships(ctx, `user_id IN (`+chosen+`)`, arg); err != nil {
		return err
	}
	if err := tx.dropAssignments(ctx, `actor_kind = 'user' AND actor_id IN (`+chosen+`)`, arg); err != nil {
		return err
	}
	if err := tx.dropTrusts(ctx, `trustor_user_id IN (`+chosen+`) OR trustee_user_id IN (`+chosen+`)`, arg); err != nil {
		return err
	}
	if err := tx.dropAccessTokens(ctx, `user_id IN (`+chosen+`)`, arg); err != nil {
		return err
	}
	if err := tx.drop(ctx, identity.ChangeApplicationCredential, `DELETE FROM application_credential WHERE user_id IN (`+chosen+`) RETURNING id`, arg); err != nil {
		return err
	}
	if _, err := tx.exec(ctx, `DELETE FROM access_rule WHERE user_id IN (`+chosen+`)`, arg); err != nil {
		return err
	}
	if err := tx.drop(ctx, identity.ChangeCredential, `DELETE FROM credential WHERE user_id IN (`+chosen+`) RETURNING id`, arg); err != nil {
		return err
	}
	return tx.drop(ctx, identity.ChangeUser, `DELETE FROM "user" WHERE id IN (`+chosen+`) RETURNING id`, arg)
}

// ListUserIDs lists the ids of users in ascending order; the users themselves are the model's.
// TextFilters may be on name, email and domain_id.
func (r reader) ListUserIDs(ctx context.Context, f identity.UserFilter) ([]identity.UserID, error) {
	var w where
	equal(&w, "domain_id", f.DomainID)
	equal(&w, "name", f.Name)
	w.flag("enabled", f.Enabled)
	if f.GroupID != "" {
		w.add("id IN (SELECT user_id FROM membership WHERE group_id = ?)", string(f.GroupID))
	}
	if err := w.times("login_password_expires_at", f.Expires); err != nil {
		return nil, err
	}
	w.federated(f.Federated)
	if err := w.text(f.Text, "name", "email", "domain_id"); err != nil {
		return nil, err
	}
	w.page(f.Page)
	return collect(ctx, r, scanOne[identity.UserID], `SELECT id FROM "user"`+w.sql("id"), w.args...)
}
