-- +goose Up

-- value is JSON text, '' for a sensitive option; sealed is the same text sealed, NULL for any other.
CREATE TABLE domain_config (
    domain_id   TEXT NOT NULL REFERENCES project (id) ON DELETE CASCADE,
    group_name  TEXT NOT NULL,
    option_name TEXT NOT NULL,
    value       TEXT NOT NULL,
    sealed      BLOB,
    key_id      TEXT NOT NULL,
    PRIMARY KEY (domain_id, group_name, option_name)
) WITHOUT ROWID;
