-- +goose Up

-- The day of the last login with a password, where [security_compliance] asks for it; 0 for none.
ALTER TABLE "user" ADD COLUMN last_active_at BIGINT NOT NULL DEFAULT 0;

-- Lists of users by the time their password expires.
CREATE INDEX user_login_password_expires ON "user" (login_password_expires_at);
