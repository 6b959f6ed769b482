-- +goose Up

-- The OAuth1 access token that a credential was made through; '' for none.
ALTER TABLE credential ADD COLUMN access_token_id TEXT NOT NULL DEFAULT '';

-- The last time step whose passcode was taken, and with how many methods in one login. Those
-- before it are good for nothing more, it only for a login of more methods.
CREATE TABLE totp_used (
    credential_id TEXT   NOT NULL PRIMARY KEY REFERENCES credential (id) ON DELETE CASCADE,
    step          BIGINT NOT NULL,
    methods       BIGINT NOT NULL
) WITHOUT ROWID;
