-- +goose Up

-- An EC2 key ends with the last role of its owner on its project.
ALTER TABLE credential ADD COLUMN disabled BOOLEAN NOT NULL DEFAULT FALSE;

-- When something was last used to prove who somebody is. Rows are written in batches, and go
-- with what was used.
CREATE TABLE credential_used (
    credential_id TEXT NOT NULL PRIMARY KEY REFERENCES credential (id) ON DELETE CASCADE,
    at            BIGINT NOT NULL
) WITHOUT ROWID;
CREATE TABLE application_credential_used (
    application_credential_id TEXT NOT NULL PRIMARY KEY REFERENCES application_credential (id) ON DELETE CASCADE,
    at                        BIGINT NOT NULL
) WITHOUT ROWID;
