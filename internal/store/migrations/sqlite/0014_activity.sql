-- +goose Up

-- Where people are signed in to the portal: what its owner may see of a session, which is a
-- cookie. The id is the audit chain of the session's tokens. Rows go when those have expired.
CREATE TABLE portal_session (
    id         TEXT NOT NULL PRIMARY KEY,
    user_id    TEXT NOT NULL REFERENCES "user" (id) ON DELETE CASCADE,
    began      BIGINT NOT NULL,
    issued_at  BIGINT NOT NULL,
    expires_at BIGINT NOT NULL,
    address    TEXT NOT NULL,
    client     TEXT NOT NULL
) WITHOUT ROWID;
CREATE INDEX portal_session_user ON portal_session (user_id);
CREATE INDEX portal_session_expires ON portal_session (expires_at);
CREATE TABLE portal_session_used (
    portal_session_id TEXT NOT NULL PRIMARY KEY REFERENCES portal_session (id) ON DELETE CASCADE,
    at                BIGINT NOT NULL
) WITHOUT ROWID;

-- Who proved to be a user, or failed to, how often on a day: a few rows for each user, written
-- in batches. The reason is empty for what went well.
CREATE TABLE activity (
    user_id       TEXT NOT NULL REFERENCES "user" (id) ON DELETE CASCADE,
    day           BIGINT NOT NULL,
    kind          TEXT NOT NULL,
    credential_id TEXT NOT NULL,
    reason        TEXT NOT NULL,
    address       TEXT NOT NULL,
    client        TEXT NOT NULL,
    count         BIGINT NOT NULL,
    last_at       BIGINT NOT NULL,
    PRIMARY KEY (user_id, day, kind, credential_id, reason, address, client)
) WITHOUT ROWID;
CREATE INDEX activity_day ON activity (day);
